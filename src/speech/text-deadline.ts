import type { Clock } from '../clock.ts';
import type { Candidates } from './steady-candidates.ts';
import { judge, type Line } from './steady-line.ts';

/** How long the text of an utterance is waited for, and what becomes of a session that another one has overtaken. */
export class TextDeadline {
  readonly #clock: Clock;
  readonly #candidates: Candidates;
  readonly #overtaken = new Set<() => void>();
  #cancels: (() => void)[] = [];
  #at = 0;

  constructor(clock: Clock, candidates: Candidates) {
    this.#clock = clock;
    this.#candidates = candidates;
  }

  /** Anew from now on: `onLate` after `lateMs`, `onOver` after `limitMs`. */
  arm(options: { lateMs: number; limitMs: number; onLate(): void; onOver(): void }): void {
    this.disarm();
    this.#at = this.#clock.now() + options.limitMs;
    this.#cancels = [
      this.#clock.after(options.lateMs, options.onLate),
      this.#clock.after(options.limitMs, options.onOver),
    ];
  }

  disarm(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** It has the rest of its time to show that its service lives. */
  overtaken(line: Line): void {
    const cancel = judge(line, {
      limitMs: this.#at - this.#clock.now(),
      clock: this.#clock,
      verdict: (error) => {
        this.#overtaken.delete(cancel);
        if (error === undefined) this.#candidates.succeeded(line.index);
        else this.#candidates.blame(line.index, error);
      },
    });
    this.#overtaken.add(cancel);
  }

  /** Also lets go of those who were overtaken. */
  close(): void {
    this.disarm();
    for (const cancel of this.#overtaken) cancel();
  }
}
