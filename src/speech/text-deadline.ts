import type { Clock } from '../clock.ts';
import type { Candidates } from './steady-candidates.ts';
import { judge, type Line } from './steady-line.ts';

/** The vendor is asked for its text, the next service as well, its text may be heard, and nothing is waited for any more. */
const STEPS = ['ask', 'late', 'due', 'over'] as const;
type Step = (typeof STEPS)[number];
/** Milliseconds from now on. */
export type TextTimes = Readonly<Record<Step, number>>;

/** How long the text of an utterance is waited for, and what becomes of a session that another one has overtaken. */
export class TextDeadline {
  readonly #clock: Clock;
  readonly #candidates: Candidates;
  readonly #overtaken = new Set<() => void>();
  #cancels: (() => void)[] = [];
  #dueAt = 0;
  #overAt = 0;

  constructor(clock: Clock, candidates: Candidates) {
    this.#clock = clock;
    this.#candidates = candidates;
  }

  /** Anew from now on: what is to happen when. */
  arm(when: TextTimes, on: Readonly<Record<Step, () => void>>): void {
    this.disarm();
    const now = this.#clock.now();
    this.#dueAt = now + when.due;
    this.#overAt = now + when.over;
    this.#cancels = STEPS.map((step) => this.#clock.after(when[step], on[step]));
  }

  /** The time is over, and there is still somebody who may have a text: `fn` is called where none comes. */
  extend(ms: number, fn: () => void): void {
    this.#cancels.push(this.#clock.after(ms, fn));
  }

  /** Nothing is waited for any more, but what `extend` has asked for. */
  get over(): boolean {
    return this.#clock.now() >= this.#overAt;
  }

  /** A text of another service may be heard. */
  get due(): boolean {
    return this.#clock.now() >= this.#dueAt;
  }

  disarm(): void {
    for (const cancel of this.#cancels.splice(0)) cancel();
  }

  /** It has the rest of its time to show that its service lives. */
  overtaken(line: Line): void {
    const cancel = judge(line, {
      limitMs: Math.max(0, this.#overAt - this.#clock.now()),
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
