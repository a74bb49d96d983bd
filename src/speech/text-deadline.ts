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
  /** Since when a text is waited for; undefined: for none. */
  #since: number | undefined;
  #dueAt = 0;
  #overAt = 0;

  constructor(clock: Clock, candidates: Candidates) {
    this.#clock = clock;
    this.#candidates = candidates;
  }

  /** Anew: what is to happen when, of a text that was waited for before for `waitedMs`. The service has all of its own time from now on. */
  arm(when: TextTimes, waitedMs: number, on: Readonly<Record<Step, () => void>>): void {
    this.disarm();
    const now = this.#clock.now();
    this.#since = now - waitedMs;
    this.#dueAt = this.#since + when.due;
    this.#overAt = now + when.over;
    this.#cancels = STEPS.map((step) => {
      const ms = step === 'over' ? when.over : Math.max(0, when[step] - waitedMs);
      return this.#clock.after(ms, on[step]);
    });
  }

  /** How long the text has been waited for. */
  get waitedMs(): number {
    return this.#since === undefined ? 0 : this.#clock.now() - this.#since;
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
    this.#since = undefined;
  }

  /** It has the rest of its time to show that its service lives. */
  overtaken(line: Line): void {
    const cancel = judge(line, {
      limitMs: Math.max(0, this.#overAt - this.#clock.now()),
      clock: this.#clock,
      verdict: (error) => {
        if (error === undefined) this.#candidates.succeeded(line.index);
        else this.#candidates.blame(line.index, error);
      },
      over: () => this.#overtaken.delete(cancel),
    });
    this.#overtaken.add(cancel);
  }

  /** Also lets go of those who were overtaken. */
  close(): void {
    this.disarm();
    for (const cancel of this.#overtaken) cancel();
  }
}
