import type { Logger } from 'pino';
import { BotError, type BotSpeechEvent, type BotUserAudio } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import type { Answer } from './answer.ts';
import { CallerVoice } from './caller-voice.ts';
import type { AudioCall } from './calls.ts';
import { botErrorOf, isLimit, mayPass, STATUS, statusOf } from './errors.ts';
import type { AudioCallHandlers, Heard } from './heard.ts';
import { REPLAY_MS, RecentAudio, type Stretch } from './recent-audio.ts';
import { AudioChunker, type AudioFormat, CHUNK_MS, formatOf } from './user-audio.ts';

export interface SpeechStreamDeps {
  sampleRate: SampleRate;
  /** The API can be talked to. @throws BotError */
  ready(): Promise<void>;
  /** Opens a stream of the agent. */
  open(format: AudioFormat, on: AudioCallHandlers): AudioCall;
  /** The credentials are not good any more: they are read anew, and another connection is used. */
  renewConnection(): void;
  /** The connection does not answer: another one is used, unless it answers others. */
  doubtConnection(): void;
  onSpeech(event: BotSpeechEvent): void;
  onAnswer(answer: Answer): void;
  /** The stream broke after the text was known, and before the answer. */
  onUnanswered(text: string): void;
  onLost(error: BotError): void;
  /** Something that waits for the end of an answer may go on. */
  onIdle(): void;
  /** A stream is replaced after this time; the agent ends it after 60 s. */
  renewMs: number;
  answerMs: number;
  clock: Clock;
  log: Logger;
}

/** Pieces in the way of a slow network, besides all that a stream begins with; newer ones are left out. */
const MAX_WAITING = 2_000 / CHUNK_MS;
const REOPEN_MS = 300;
/** In a row, with nothing understood between them. */
const MAX_FAILURES = 3;
/** A stream that has lived so long has not failed with those before it. */
const LIVED_MS = 5_000;
/** What is said when a stream has to be replaced may take a little longer. */
const LATEST = 1.14;
/** Of the longest stream, what one has at least for what is still to come. */
const LEAST = 0.2;
/** From the end of what was said to its text. */
const TEXT_MS = 3_000;

/** One stream: the caller is heard until he has finished, then the agent answers. */
interface Utterance {
  readonly openedAt: number;
  call: AudioCall | undefined;
  /** Pieces that may wait to be sent. */
  maxWaiting: number;
  phase: 'hearing' | 'answering';
  /** A word was understood. */
  speaking: boolean;
  /** What it has heard, until the text is known. */
  audio: readonly Buffer[];
  texts: string[];
  answered: boolean;
  cancelTimer: () => void;
}

/**
 * The caller's audio straight into the agent (StreamingDetectIntent): a stream for each utterance, and a new one in time
 * where nobody speaks for long. What a stream that broke, or fell silent, has not understood for good is heard by the next one.
 */
export class SpeechStream implements BotUserAudio {
  readonly #deps: SpeechStreamDeps;
  readonly #format: AudioFormat;
  readonly #chunker: AudioChunker;
  readonly #voice = new CallerVoice();
  readonly #recent: RecentAudio;
  #current: Utterance | undefined;
  #wanted = false;
  /** The caller has finished something that no stream has understood: it is heard anew, also where nothing else is wanted. */
  #owed = false;
  /** The hub was told that the caller has begun to speak, and not that he has finished. */
  #begun = false;
  #held = false;
  #closed = false;
  #failures = 0;
  #renewed = false;
  /** Of this utterance, a stream was given up because it said nothing. */
  #doubted = false;
  #cancelReopening: (() => void) | undefined;
  #dropping = false;

  constructor(deps: SpeechStreamDeps) {
    this.#deps = deps;
    this.#format = formatOf(deps.sampleRate);
    this.#recent = new RecentAudio(deps.renewMs);
    this.#chunker = new AudioChunker(this.#format, (bytes) => this.#onChunk(bytes));
  }

  start(): void {
    if (this.#wanted || this.#closed) return;
    this.#wanted = true;
    if (!this.#owed) this.#forget();
    this.#chunker.reset();
    this.#settle();
  }

  write(frame: AudioFrame): void {
    if (!this.#wanted) return;
    if (this.#current?.phase !== 'answering') this.#voice.hear(frame, this.#deps.clock.now());
    this.#chunker.write(frame);
  }

  /** What was not finished is not heard; what is being answered is answered. */
  stop(): void {
    this.#wanted = false;
    this.#begun = false;
    if (!this.#owed) this.#forget();
    this.#settle();
  }

  /** An answer is under way. */
  get answering(): boolean {
    return this.#current?.phase === 'answering';
  }

  /** The agent is asked something else meanwhile: nothing is heard until `release`. */
  hold(): void {
    this.#held = true;
    this.#settle();
  }

  release(): void {
    this.#held = false;
    this.#settle();
  }

  /** Idempotent. */
  close(): void {
    this.#closed = true;
    this.#wanted = false;
    this.#drop();
  }

  #forget(): void {
    this.#recent.take();
    this.#voice.understood(this.#deps.clock.now());
  }

  #settle(): void {
    const hears = (this.#wanted || this.#owed) && !this.#held && !this.#closed;
    if (!hears && this.#current?.phase !== 'answering') this.#drop();
    if (hears && this.#current === undefined && this.#cancelReopening === undefined) void this.#open();
  }

  #drop(): void {
    this.#cancelReopening?.();
    this.#cancelReopening = undefined;
    const current = this.#current;
    this.#current = undefined;
    current?.cancelTimer();
    current?.call?.cancel();
  }

  async #open(): Promise<void> {
    const { ready, open, clock, renewMs } = this.#deps;
    // The agent's clock of audio runs as well as that of the stream.
    const anewMs = Math.max(0, this.#recent.ms - REPLAY_MS);
    const mine: Utterance = {
      ...{ openedAt: clock.now(), call: undefined, maxWaiting: 0, phase: 'hearing' },
      ...{ speaking: this.#begun || this.#owed, audio: [], texts: [], answered: false },
      cancelTimer: clock.after(Math.max(LEAST * renewMs, renewMs - anewMs), () => this.#onTime(mine)),
    };
    this.#current = mine;
    try {
      await ready();
      if (this.#current !== mine) return;
      const call = open(this.#format, {
        heard: (event) => this.#current === mine && this.#onHeard(mine, event),
        closed: (error) => this.#current === mine && this.#onClosed(mine, error),
      });
      mine.call = call;
      const { pieces } = this.#recent;
      mine.maxWaiting = pieces.length + MAX_WAITING;
      for (const piece of pieces) call.send(piece);
      this.#voice.heardAnew(clock.now());
      const owed = this.#owed;
      this.#owed = false;
      if (owed && !this.#wanted) this.#finish(mine);
    } catch (error) {
      if (this.#current === mine) this.#onClosed(mine, error);
    }
  }

  /** What is known of what the caller does. */
  #stretch(): Stretch {
    const { call, phase } = this.#current ?? {};
    if (phase === 'answering') return 'held';
    if (this.#begun || this.#owed) return 'speaking';
    if (this.#voice.loud) return 'loud';
    return call === undefined ? 'held' : 'silent';
  }

  #onChunk(bytes: Buffer): void {
    const mine = this.#current;
    this.#recent.push(bytes, this.#stretch());
    if (mine?.call === undefined || mine.phase !== 'hearing') return;
    if (mine.call.waiting < mine.maxWaiting) {
      this.#dropping = false;
      mine.call.send(bytes);
    } else if (!this.#dropping) {
      this.#dropping = true;
      this.#deps.log.warn('the agent does not keep up with the audio of the caller: some is left out');
    }
    if (this.#voice.unanswered(this.#deps.clock.now(), mine.speaking)) this.#onUnheard(mine);
  }

  /**
   * A stream that does not understand a voice, or finds no end of what was said, may be dead: another one, on another connection
   * where that is silent, hears it. If that one does no better, it was no speech; begun speech is ended.
   */
  #onUnheard(mine: Utterance): void {
    const { clock } = this.#deps;
    if (!this.#doubted) this.#doubt(mine);
    else if (mine.speaking) this.#finish(mine);
    else this.#voice.understood(clock.now());
  }

  #doubt(mine: Utterance): void {
    this.#doubted = true;
    mine.call?.cancel();
    this.#deps.doubtConnection();
    const message = 'Dialogflow: the agent says nothing to what the caller says';
    const publicMessage = 'the agent does not answer';
    this.#onClosed(mine, new BotError('bot_unreachable', message, { retryable: true, publicMessage }));
  }

  /** The stream has to be replaced: at once where nobody speaks, otherwise at the end of what is said. */
  #onTime(mine: Utterance): void {
    const { clock, renewMs } = this.#deps;
    if (this.#current !== mine || mine.phase !== 'hearing') return;
    if (mine.speaking) {
      mine.cancelTimer = clock.after(renewMs * (LATEST - 1), () => this.#finish(mine));
      return;
    }
    this.#drop();
    this.#settle();
  }

  #onHeard(mine: Utterance, event: Heard): void {
    const { onSpeech, onAnswer, clock } = this.#deps;
    this.#voice.understood(clock.now());
    switch (event.type) {
      case 'interim':
        this.#begin(mine);
        onSpeech({ type: 'hypothesis', text: event.text });
        return;
      case 'endOfUtterance':
        this.#finish(mine);
        return;
      case 'final':
        this.#succeeded();
        this.#begin(mine);
        this.#finish(mine);
        this.#end();
        mine.audio = [];
        mine.texts.push(event.text);
        this.#armAnswer(mine);
        onSpeech({ type: 'recognition', text: event.text, confidence: event.confidence });
        return;
      case 'answer':
        this.#succeeded();
        this.#finish(mine);
        this.#armAnswer(mine);
        mine.answered = !event.answer.partial;
        onAnswer(event.answer);
        return;
    }
  }

  #succeeded(): void {
    this.#failures = 0;
    this.#renewed = false;
    this.#doubted = false;
  }

  #begin(mine: Utterance): void {
    if (mine.speaking) return;
    mine.speaking = true;
    this.#begun = true;
    this.#deps.onSpeech({ type: 'started' });
  }

  /** No more audio for this one: the agent answers. */
  #finish(mine: Utterance): void {
    if (this.#current !== mine || mine.phase === 'answering') return;
    mine.phase = 'answering';
    mine.audio = this.#recent.take();
    mine.call?.finish();
    this.#armAnswer(mine);
    this.#end();
  }

  #end(): void {
    if (!this.#begun) return;
    this.#begun = false;
    this.#deps.onSpeech({ type: 'stopped' });
  }

  /** The text of what was said comes soon; what the agent makes of it may take its time. */
  #armAnswer(mine: Utterance): void {
    const { clock, answerMs } = this.#deps;
    const textOwed = mine.speaking && mine.audio.length > 0 && !this.#doubted;
    mine.cancelTimer();
    mine.cancelTimer = clock.after(textOwed ? Math.min(TEXT_MS, answerMs) : answerMs, () => {
      if (textOwed) {
        this.#doubt(mine);
        return;
      }
      mine.call?.cancel();
      const late = new Error(`no answer for ${answerMs} ms`);
      this.#onClosed(mine, Object.assign(late, { code: STATUS.DEADLINE_EXCEEDED }));
    });
  }

  #onClosed(mine: Utterance, cause: unknown): void {
    if (this.#current !== mine) return;
    mine.cancelTimer();
    this.#current = undefined;
    if (mine.answered) {
      this.#deps.onIdle();
      this.#settle();
    } else if (mine.phase === 'answering') {
      this.#onUnanswered(mine, cause);
    } else {
      this.#onBroken(mine, cause);
    }
  }

  /** The caller does not say it again by himself: what was said is asked by its text, or heard anew where there is none yet. */
  #onUnanswered(mine: Utterance, cause: unknown): void {
    const { onUnanswered, onLost, onIdle } = this.#deps;
    const error = botErrorOf(cause ?? new Error('the stream ended without an answer'));
    const text = mine.texts.join(' ').trim();
    if (text !== '' && error.retryable) onUnanswered(text);
    else if (text === '' && mine.speaking && mine.audio.length > 0 && mayPass(cause)) {
      this.#recent.prepend(mine.audio);
      this.#owed = true;
      this.#onBroken(mine, cause);
    } else onLost(error);
    onIdle();
    this.#settle();
  }

  /** A stream that breaks while it hears is opened again, and hears what was not understood for good. */
  #onBroken({ openedAt }: Utterance, cause: unknown): void {
    const { clock, log, onLost, renewConnection } = this.#deps;
    const error = botErrorOf(cause ?? new Error('the stream ended'));
    if (clock.now() - openedAt >= LIVED_MS) this.#failures = 0;
    this.#failures += 1;
    const refused = statusOf(cause) === STATUS.UNAUTHENTICATED;
    const may = refused ? !this.#renewed : mayPass(cause);
    if (!may || this.#failures > MAX_FAILURES) {
      this.close();
      onLost(error);
      return;
    }
    log.warn({ code: error.code, error: error.message }, 'a stream to the agent broke and is opened again');
    this.#renewed ||= refused;
    const atOnce = isLimit(cause) || cause instanceof BotError;
    this.#cancelReopening = clock.after(atOnce ? 0 : REOPEN_MS, () => {
      this.#cancelReopening = undefined;
      if (refused) renewConnection();
      this.#settle();
    });
  }
}
