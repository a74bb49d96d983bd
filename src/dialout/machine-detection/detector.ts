import type { MachineVerdict } from '../status.ts';
import { FrameInput } from './frame-input.ts';
import { GreetingEnd } from './greeting-end.ts';
import { Hypotheses } from './hypotheses.ts';
import { Listener } from './listener.ts';
import type { DictatedWord, GuessedWord } from './phrases.ts';
import { type Judgement, judge, type RuleSettings } from './rules.ts';

export interface MachineDetectorOptions {
  /** BCP 47: greeting phrases of this language and of English are listened for; absent: those of all languages that are known. */
  language?: string;
  /** The recogniser's hypotheses will be handed in: speech that timing alone would call a machine is given time for words. */
  wordsExpected?: boolean;
  /** Guesses or dictation will be handed in: speech that goes on is given all the time there is. */
  guessesExpected?: boolean;
  /** Latest decision, counted from the first frame; at most 5000, the default. */
  decideWithinMs?: number;
  /** How long the end of a machine's greeting is awaited after the verdict; 0, the default: not at all. */
  greetingEndTimeoutMs?: number;
}

/** What a frame or a hypothesis led to. */
export type MachineEvent =
  /** At most once. */
  | { type: 'verdict'; verdict: MachineVerdict }
  /**
   * At most once, only after the verdict `answering-machine` and with a `greetingEndTimeoutMs`: a message may be left.
   * `beep`: its tone has just ended; `timeout`: the greeting may still be going on.
   */
  | { type: 'greetingEnd'; by: 'beep' | 'silence' | 'timeout'; atMs: number; beepHz: number | undefined };

/** Listens to the callee from the answer on. One per call; pure, and allocates nothing per frame. */
export interface MachineDetector {
  /**
   * The next 20 ms of the callee's audio, mono linear PCM: 160 samples at 8 kHz or 320 at 16 kHz; the rate may change
   * from frame to frame. Time is what was pushed: push silence where nothing arrives.
   * @throws MachineDetectionError `bad_frame` for another length or rate; the frame does not count then
   */
  push(frame: Int16Array, sampleRate: 8000 | 16000): MachineEvent | undefined;
  /**
   * What the recogniser has understood of the current utterance, all of it, as often as it changes; `final`: the next
   * text belongs to another utterance. May be called or not; late and repeated texts do no harm.
   */
  hypothesis(text: string, final?: boolean): MachineEvent | undefined;
  /**
   * What a recogniser that knows greetings only believes to have heard in the first `heardMs` since the answer, as often as it
   * has gone through them. Phrases count that are sure enough; the number of words says nothing.
   */
  guess(words: readonly GuessedWord[], heardMs: number): MachineEvent | undefined;
  /**
   * All that a recogniser of dictation has understood of the first `heardMs` since the answer, as often as it has gone
   * through them; each replaces the one before. Not to be mixed with `hypothesis`.
   */
  dictation(words: readonly DictatedWord[], heardMs: number): MachineEvent | undefined;
  readonly verdict: MachineVerdict | undefined;
  /** Milliseconds of audio taken. */
  readonly elapsedMs: number;
  /** Nothing more will come of this call; `push` returns at once. */
  readonly done: boolean;
}

/** Ringing and music may sound like words, too. */
const SPEECH_BEFORE_GUESSES_MS = 360;
/** With so much silence after it, a word is over. */
const WORD_END_MS = 60;

/** Decisions come within this time of the answer. */
export const LATEST_DECISION_MS = 5000;

/**
 * Tells a human from an answering machine and a fax by the timing of speech, by tones and, where there are any, by words.
 * @throws RangeError when `decideWithinMs` or `greetingEndTimeoutMs` is no sensible time
 */
export function createMachineDetector(options: MachineDetectorOptions = {}): MachineDetector {
  return new Detector(options);
}

/** Those of a dictation that were spoken, and to their end: audio may end in the middle of a word, which is then taken for another. */
export function finishedWords(
  words: readonly DictatedWord[],
  heardMs: number,
  { activity, elapsedMs }: Listener,
): readonly DictatedWord[] {
  const heard = activity.speechMs >= SPEECH_BEFORE_GUESSES_MS ? words : [];
  const quietMs = activity.silenceMs - (elapsedMs - heardMs);
  return quietMs >= WORD_END_MS ? heard : heard.slice(0, -1);
}

class Detector implements MachineDetector {
  readonly #input = new FrameInput();
  readonly #listener: Listener;
  readonly #words: Hypotheses;
  readonly #settings: RuleSettings;
  readonly #greetingEndTimeoutMs: number;
  #verdict: MachineVerdict | undefined;
  #greetingEnd: GreetingEnd | undefined;
  #done = false;

  constructor(options: MachineDetectorOptions) {
    const decideWithinMs = options.decideWithinMs ?? LATEST_DECISION_MS;
    this.#greetingEndTimeoutMs = options.greetingEndTimeoutMs ?? 0;
    if (!(decideWithinMs >= 500 && decideWithinMs <= LATEST_DECISION_MS)) {
      throw new RangeError(`decideWithinMs is 500 to ${LATEST_DECISION_MS}, not ${decideWithinMs}`);
    }
    if (!(this.#greetingEndTimeoutMs >= 0 && Number.isFinite(this.#greetingEndTimeoutMs))) {
      throw new RangeError(`greetingEndTimeoutMs is a number from 0 on, not ${this.#greetingEndTimeoutMs}`);
    }
    const { wordsExpected = false, guessesExpected = false } = options;
    this.#settings = { wordsExpected, guessesExpected, decideWithinMs };
    this.#words = new Hypotheses(options.language);
    this.#listener = new Listener();
  }

  get verdict(): MachineVerdict | undefined {
    return this.#verdict;
  }

  get elapsedMs(): number {
    return this.#listener.elapsedMs;
  }

  get done(): boolean {
    return this.#done;
  }

  push(frame: Int16Array, sampleRate: 8000 | 16000): MachineEvent | undefined {
    const samples = this.#input.take(frame, sampleRate);
    if (this.#done) return undefined;
    this.#listener.push(samples);
    if (this.#greetingEnd !== undefined) return this.#awaitGreetingEnd(this.#greetingEnd);
    return this.#decide();
  }

  hypothesis(text: string, final = false): MachineEvent | undefined {
    if (this.#done || this.#verdict !== undefined) return undefined;
    this.#words.take(text, final);
    return this.#decide();
  }

  guess(words: readonly GuessedWord[], heardMs: number): MachineEvent | undefined {
    if (this.#done || this.#verdict !== undefined) return undefined;
    const spoken = this.#listener.activity.speechMs >= SPEECH_BEFORE_GUESSES_MS;
    this.#words.guess(spoken ? words : [], heardMs);
    return this.#decide();
  }

  dictation(words: readonly DictatedWord[], heardMs: number): MachineEvent | undefined {
    if (this.#done || this.#verdict !== undefined) return undefined;
    this.#words.dictate(finishedWords(words, heardMs, this.#listener), heardMs);
    return this.#decide();
  }

  #decide(): MachineEvent | undefined {
    const judgement = judge(this.#listener, this.#words, this.#settings);
    return judgement === undefined ? undefined : this.#settle(judgement);
  }

  #settle({ type, because }: Judgement): MachineEvent {
    const decidedAfterMs = Math.min(this.#listener.elapsedMs, this.#settings.decideWithinMs);
    const verdict: MachineVerdict = {
      type,
      decidedAfterMs,
      evidence: { because, ...this.#listener.figures(), ...this.#words.figures() },
    };
    this.#verdict = verdict;
    if (type === 'answering-machine' && this.#greetingEndTimeoutMs > 0) {
      this.#greetingEnd = new GreetingEnd(this.#listener, this.#greetingEndTimeoutMs);
    } else {
      this.#done = true;
    }
    return { type: 'verdict', verdict };
  }

  #awaitGreetingEnd(greetingEnd: GreetingEnd): MachineEvent | undefined {
    const by = greetingEnd.check();
    if (by === undefined) return undefined;
    this.#done = true;
    const beepHz = by === 'beep' ? greetingEnd.beepHz : undefined;
    return { type: 'greetingEnd', by, atMs: this.#listener.elapsedMs, beepHz };
  }
}
