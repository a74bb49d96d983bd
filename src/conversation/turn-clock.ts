import type { ConversationObserver, TurnLedger } from './ports.ts';

/**
 * Keeps the ledger of the turn under way (architecture.md section 5, rule 12): from the caller's last word to the first packet
 * of the bot's answer; the greeting is a turn without a caller's part. A turn is reported when that packet is out, or
 * when the next request or the end comes first.
 */
export class TurnClock {
  readonly #observer: ConversationObserver;
  /** The caller's part of the turn that the next request begins. */
  #caller: Pick<TurnLedger, 'lastVoicedAt' | 'endOfSpeechAt' | 'finalTextAt'> = {};
  #turn: TurnLedger | undefined;
  /** The first prompt of the bot's answer. */
  #promptId: number | undefined;

  constructor(observer: ConversationObserver) {
    this.#observer = observer;
  }

  endOfSpeech(lastVoicedAt: number | undefined, at: number): void {
    this.#caller = lastVoicedAt === undefined ? { endOfSpeechAt: at } : { lastVoicedAt, endOfSpeechAt: at };
  }

  finalText(at: number): void {
    this.#caller.finalTextAt = at;
  }

  /** Input for the bot goes out. */
  botRequest(at: number): void {
    this.report();
    this.#turn = { ...this.#caller, botRequestAt: at };
    this.#caller = {};
  }

  /** The bot's message `promptId` has come in. */
  botReply(promptId: number, at: number): void {
    if (this.#turn === undefined || this.#promptId !== undefined) return;
    this.#promptId = promptId;
    this.#turn.botReplyAt = at;
  }

  ttsFirstByte(promptId: number, at: number): void {
    if (this.#turn !== undefined && promptId === this.#promptId) this.#turn.ttsFirstByteAt ??= at;
  }

  firstRtp(promptId: number, at: number): void {
    if (this.#turn === undefined || promptId !== this.#promptId) return;
    this.#turn.firstRtpAt = at;
    this.report();
  }

  /** Reports the turn under way; a request without text that got no reply is no turn. */
  report(): void {
    const turn = this.#turn;
    this.#turn = undefined;
    this.#promptId = undefined;
    if (turn?.botReplyAt !== undefined || turn?.finalTextAt !== undefined) this.#observer.turn(turn);
  }
}
