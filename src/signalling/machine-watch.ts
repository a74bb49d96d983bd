import type { Logger } from 'pino';
import type { MachineDetector, MachineEvent } from '../dialout/machine-detection/detector.ts';
import type { DictatedWord, GuessedWord } from '../dialout/machine-detection/phrases.ts';
import type { MachineVerdict } from '../dialout/status.ts';
import type { AudioFrame } from '../media/audio.ts';

export interface MachineWatchEvents {
  verdict(verdict: MachineVerdict): void;
  /** After the verdict: nothing is waited for any more. */
  over(): void;
}

/** Hears greetings; see GreetingRecognizer in speech/ports.ts. */
export interface GreetingEar {
  write(frame: AudioFrame): void;
  close(): void;
}

/** What an ear tells, by its kind. */
export interface Heard {
  guessed(words: readonly GuessedWord[], heardMs: number): void;
  understood(words: readonly DictatedWord[], heardMs: number): void;
}

export type OpenEar = (heard: Heard) => GreetingEar;

/** Feeds a machine detector with what the callee says. A detector that fails is as good as one that does not know. */
export class MachineWatch {
  readonly #detector: MachineDetector;
  readonly #events: MachineWatchEvents;
  readonly #log: Logger;
  #openEar: OpenEar | undefined;
  #ear: GreetingEar | undefined;
  #failed = false;
  #over = false;

  /** @param openEar opened with the first frame and closed with the verdict; without: the detector gets no guesses */
  constructor(detector: MachineDetector, events: MachineWatchEvents, log: Logger, openEar?: OpenEar) {
    this.#detector = detector;
    this.#events = events;
    this.#log = log;
    this.#openEar = openEar;
  }

  onAudio(frame: AudioFrame): void {
    const { samples, sampleRate } = frame;
    if (sampleRate !== 8000 && sampleRate !== 16_000) {
      this.#fail(new Error(`machine detection does not know audio of ${sampleRate} Hz`));
      return;
    }
    this.#run(() => this.#detector.push(samples, sampleRate));
    this.#hear(frame);
  }

  onText(text: string, final: boolean): void {
    this.#run(() => this.#detector.hypothesis(text, final));
  }

  #hear(frame: AudioFrame): void {
    const open = this.#openEar;
    if (open !== undefined) {
      this.#openEar = undefined;
      if (!this.#deaf) {
        this.#ear = open({
          guessed: (words, heardMs) => this.#run(() => this.#detector.guess(words, heardMs)),
          understood: (words, heardMs) => this.#run(() => this.#detector.dictation(words, heardMs)),
        });
      }
    }
    this.#ear?.write(frame);
  }

  /** Words make no difference any more. */
  get #deaf(): boolean {
    return this.#over || this.#failed || this.#detector.verdict !== undefined;
  }

  #closeEar(): void {
    this.#ear?.close();
    this.#ear = undefined;
  }

  #run(step: () => MachineEvent | undefined): void {
    if (this.#over || this.#failed) return;
    try {
      const event = step();
      if (event?.type === 'verdict') {
        this.#closeEar();
        this.#events.verdict(event.verdict);
      }
      if (this.#detector.done) this.#finish();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#failed) return;
    this.#failed = true;
    this.#log.error({ err: error }, 'machine detection failed');
    this.#finish();
  }

  #finish(): void {
    if (this.#over) return;
    this.#over = true;
    this.#closeEar();
    this.#events.over();
  }
}
