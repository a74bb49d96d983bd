import type { ConversationObserver, TurnLedger } from './ports.ts';

type Mark = keyof TurnLedger;

/**
 * Keeps the ledger of the turn under way (architecture.md section 5, rule 12): from the caller's last word to the first packet
 * of the bot's answer; the greeting is a turn without a caller's part. A turn is reported when that packet is out, or when the next turn or the end comes first.
 */
export class TurnClock {
  readonly #observer: ConversationObserver;
  #ledger: TurnLedger = {};
  /** The first prompt of the bot's answer. */
  #promptId: number | undefined;

  constructor(observer: ConversationObserver) {
    this.#observer = observer;
  }

  endOfSpeech(lastVoicedAt: number | undefined, at: number): void {
    this.report();
    if (lastVoicedAt !== undefined) this.#ledger.lastVoicedAt = lastVoicedAt;
    this.#ledger.endOfSpeechAt = at;
  }

  finalText(at: number): void {
    if (this.#ledger.botRequestAt !== undefined) this.report();
    this.#ledger.finalTextAt = at;
  }

  botRequest(at: number): void {
    this.#first('botRequestAt', at);
  }

  /** The bot's message `promptId` has come in. */
  botReply(promptId: number, at: number): void {
    if (this.#ledger.botRequestAt === undefined || this.#promptId !== undefined) return;
    this.#promptId = promptId;
    this.#first('botReplyAt', at);
  }

  ttsFirstByte(promptId: number, at: number): void {
    if (promptId === this.#promptId) this.#first('ttsFirstByteAt', at);
  }

  firstRtp(promptId: number, at: number): void {
    if (promptId !== this.#promptId) return;
    this.#first('firstRtpAt', at);
    this.report();
  }

  /** Reports the turn under way, if it got as far as the bot; a request without text that got no reply is no turn. */
  report(): void {
    const ledger = this.#ledger;
    this.#ledger = {};
    this.#promptId = undefined;
    const answered = ledger.botReplyAt !== undefined;
    const spoken = ledger.finalTextAt !== undefined;
    if (ledger.botRequestAt !== undefined && (answered || spoken)) this.#observer.turn(ledger);
  }

  #first(mark: Mark, at: number): void {
    this.#ledger[mark] ??= at;
  }
}
