import type { Logger } from 'pino';
import type { BotError, BotSpeechEvent, BotUserAudio } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import type { Answer } from './answer.ts';
import type { AudioCall } from './calls.ts';
import { botErrorOf, STATUS, statusOf } from './errors.ts';
import { AudioChunker, type AudioFormat, CHUNK_MS, formatOf } from './user-audio.ts';

/** What an agent tells in a stream of audio. */
export type Heard =
  | { type: 'interim'; text: string }
  | { type: 'final'; text: string; confidence: number | undefined }
  /** The caller has finished; no more audio is taken. */
  | { type: 'endOfUtterance' }
  | { type: 'answer'; answer: Answer };

export interface AudioCallHandlers {
  heard(event: Heard): void;
  /** @param error what went wrong, or undefined */
  closed(error: unknown): void;
}

export interface SpeechStreamDeps {
  sampleRate: SampleRate;
  /** The API can be talked to. @throws BotError */
  ready(): Promise<void>;
  /** Opens a stream of the agent. */
  open(format: AudioFormat, on: AudioCallHandlers): AudioCall;
  /** Credentials are to be read anew. */
  renewCredentials(): void;
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

/** Given to the next stream of what was said before it: a word may have begun. */
const REPLAY_MS = 1_500;
/** Kept of what is said while an agent answers. */
const HOLD_MS = 5_000;
/** Pieces in the way of a slow network, besides all that a stream may begin with; newer ones are left out. */
const MAX_WAITING = (HOLD_MS + 2_000) / CHUNK_MS;
const REOPEN_MS = 300;
/** In a row, without a word between them. */
const MAX_FAILURES = 3;
/** What is said when a stream has to be replaced may take a little longer. */
const LATEST = 1.14;

/** One stream: the caller is heard until he has finished, then the agent answers. */
interface Utterance {
  call: AudioCall | undefined;
  phase: 'hearing' | 'answering';
  /** A word was understood. */
  speaking: boolean;
  texts: string[];
  answered: boolean;
  cancelTimer: () => void;
}

/**
 * The caller's audio straight into the agent (StreamingDetectIntent): a stream for each utterance, and a new one in time
 * where nobody speaks for long.
 */
export class SpeechStream implements BotUserAudio {
  readonly #deps: SpeechStreamDeps;
  readonly #format: AudioFormat;
  readonly #chunker: AudioChunker;
  /** What the next stream begins with. */
  #recent: Buffer[] = [];
  #current: Utterance | undefined;
  #wanted = false;
  #held = false;
  #closed = false;
  #failures = 0;
  #renewed = false;
  #cancelReopening: (() => void) | undefined;
  #dropping = false;

  constructor(deps: SpeechStreamDeps) {
    this.#deps = deps;
    this.#format = formatOf(deps.sampleRate);
    this.#chunker = new AudioChunker(this.#format, (bytes) => this.#onChunk(bytes));
  }

  start(): void {
    if (this.#wanted || this.#closed) return;
    this.#wanted = true;
    this.#recent = [];
    this.#chunker.reset();
    this.#settle();
  }

  write(frame: AudioFrame): void {
    if (this.#wanted) this.#chunker.write(frame);
  }

  /** What was not finished is not heard; what is being answered is answered. */
  stop(): void {
    this.#wanted = false;
    this.#recent = [];
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

  #settle(): void {
    const hears = this.#wanted && !this.#held && !this.#closed;
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
    const mine: Utterance = {
      ...{ call: undefined, phase: 'hearing', speaking: false, texts: [], answered: false },
      cancelTimer: clock.after(renewMs, () => this.#onTime(mine)),
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
      for (const chunk of this.#recent) call.send(chunk);
    } catch (error) {
      if (this.#current === mine) this.#onClosed(mine, error);
    }
  }

  #onChunk(bytes: Buffer): void {
    this.#recent.push(bytes);
    const { call, phase } = this.#current ?? {};
    const hears = call !== undefined && phase === 'hearing';
    if (this.#recent.length > (hears ? REPLAY_MS : HOLD_MS) / CHUNK_MS) this.#recent.shift();
    if (!hears) return;
    if (call.waiting < MAX_WAITING) {
      this.#dropping = false;
      call.send(bytes);
    } else if (!this.#dropping) {
      this.#dropping = true;
      this.#deps.log.warn('the agent does not keep up with the audio of the caller: some is left out');
    }
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
    const { onSpeech, onAnswer } = this.#deps;
    this.#failures = 0;
    this.#renewed = false;
    switch (event.type) {
      case 'interim':
        this.#begin(mine);
        onSpeech({ type: 'hypothesis', text: event.text });
        return;
      case 'endOfUtterance':
        this.#finish(mine);
        return;
      case 'final':
        this.#begin(mine);
        this.#finish(mine);
        mine.texts.push(event.text);
        onSpeech({ type: 'recognition', text: event.text, confidence: event.confidence });
        return;
      case 'answer':
        this.#finish(mine);
        this.#armAnswer(mine);
        mine.answered = !event.answer.partial;
        onAnswer(event.answer);
        return;
    }
  }

  #begin(mine: Utterance): void {
    if (mine.speaking) return;
    mine.speaking = true;
    this.#deps.onSpeech({ type: 'started' });
  }

  /** No more audio for this one: the agent answers. */
  #finish(mine: Utterance): void {
    if (this.#current !== mine || mine.phase === 'answering') return;
    mine.phase = 'answering';
    this.#recent = [];
    mine.call?.finish();
    this.#armAnswer(mine);
    if (mine.speaking) this.#deps.onSpeech({ type: 'stopped' });
  }

  #armAnswer(mine: Utterance): void {
    const { clock, answerMs } = this.#deps;
    mine.cancelTimer();
    mine.cancelTimer = clock.after(answerMs, () => {
      mine.call?.cancel();
      this.#onClosed(
        mine,
        Object.assign(new Error(`no answer for ${answerMs} ms`), { code: STATUS.DEADLINE_EXCEEDED }),
      );
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
      this.#onBroken(cause);
    }
  }

  /** What was said is known, or lost: nobody says it again by himself. */
  #onUnanswered({ texts }: Utterance, cause: unknown): void {
    const { onUnanswered, onLost, onIdle } = this.#deps;
    const error = botErrorOf(cause ?? new Error('the stream ended without an answer'));
    const text = texts.join(' ').trim();
    if (text !== '' && error.retryable) onUnanswered(text);
    else onLost(error);
    onIdle();
    this.#settle();
  }

  /** A stream that breaks while it hears is opened again, with what was said last. */
  #onBroken(cause: unknown): void {
    const { clock, log, onLost, renewCredentials } = this.#deps;
    const status = statusOf(cause);
    const error = botErrorOf(cause ?? new Error('the stream ended'));
    this.#failures += 1;
    const refused = status === STATUS.UNAUTHENTICATED;
    const limit = cause === undefined || status === STATUS.OUT_OF_RANGE;
    const may = refused ? !this.#renewed : error.retryable || limit;
    if (!may || this.#failures > MAX_FAILURES) {
      this.close();
      onLost(error);
      return;
    }
    log.warn({ code: error.code, error: error.message }, 'a stream to the agent broke and is opened again');
    this.#renewed ||= refused;
    this.#cancelReopening = clock.after(limit ? 0 : REOPEN_MS, () => {
      this.#cancelReopening = undefined;
      if (refused) renewCredentials();
      this.#settle();
    });
  }
}
