import { CHUNK_MS } from './user-audio.ts';

/** Given to the next stream of what was said before it: a word may have begun. */
export const REPLAY_MS = 1_500;
/** Kept of what is said while an agent answers. */
const HOLD_MS = 5_000;
/** Kept of what is loud and not understood. */
const LOUD_MS = 10_000;
/** Of the longest stream, kept of what is being said: a stream can hear so much anew, and its end. */
const UTTERANCE_PART = 0.8;

/** What a caller is doing, as far as it is known. */
export type Stretch = 'speaking' | 'loud' | 'silent' | 'held';

/** The caller's audio that a stream has heard and not understood for good, or has not heard: the next one begins with it. */
export class RecentAudio {
  #pieces: Buffer[] = [];
  readonly #limits: Readonly<Record<Stretch, number>>;

  /** @param renewMs longest stream */
  constructor(renewMs: number) {
    const pieces = (ms: number) => Math.floor(ms / CHUNK_MS);
    const speaking = Math.max(REPLAY_MS, UTTERANCE_PART * renewMs);
    this.#limits = {
      speaking: pieces(speaking),
      loud: pieces(Math.min(LOUD_MS, speaking)),
      silent: pieces(REPLAY_MS),
      held: pieces(HOLD_MS),
    };
  }

  get pieces(): readonly Buffer[] {
    return this.#pieces;
  }

  get ms(): number {
    return this.#pieces.length * CHUNK_MS;
  }

  push(piece: Buffer, stretch: Stretch): void {
    this.#pieces.push(piece);
    const over = this.#pieces.length - this.#limits[stretch];
    if (over === 1) this.#pieces.shift();
    else if (over > 1) this.#pieces.splice(0, over);
  }

  /** @returns all of it, and keeps nothing */
  take(): readonly Buffer[] {
    const pieces = this.#pieces;
    this.#pieces = [];
    return pieces;
  }

  /** What is kept was said after `pieces`. */
  prepend(pieces: readonly Buffer[]): void {
    this.#pieces = [...pieces, ...this.#pieces];
  }
}
