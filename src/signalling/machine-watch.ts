import type { Logger } from 'pino';
import type { MachineDetector, MachineEvent } from '../dialout/machine-detection/detector.ts';
import type { MachineVerdict } from '../dialout/status.ts';
import type { AudioFrame } from '../media/audio.ts';

export interface MachineWatchEvents {
  verdict(verdict: MachineVerdict): void;
  /** After the verdict: nothing is waited for any more. */
  over(): void;
}

/** Feeds a machine detector with what the callee says. A detector that fails is as good as one that does not know. */
export class MachineWatch {
  readonly #detector: MachineDetector;
  readonly #events: MachineWatchEvents;
  readonly #log: Logger;
  #failed = false;
  #over = false;

  constructor(detector: MachineDetector, events: MachineWatchEvents, log: Logger) {
    this.#detector = detector;
    this.#events = events;
    this.#log = log;
  }

  onAudio(frame: AudioFrame): void {
    const { samples, sampleRate } = frame;
    if (sampleRate !== 8000 && sampleRate !== 16_000) {
      this.#fail(new Error(`machine detection does not know audio of ${sampleRate} Hz`));
      return;
    }
    this.#run(() => this.#detector.push(samples, sampleRate));
  }

  onText(text: string, final: boolean): void {
    this.#run(() => this.#detector.hypothesis(text, final));
  }

  #run(step: () => MachineEvent | undefined): void {
    if (this.#over || this.#failed) return;
    try {
      const event = step();
      if (event?.type === 'verdict') this.#events.verdict(event.verdict);
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
    this.#events.over();
  }
}
