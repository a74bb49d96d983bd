import { type AudioFrame, durationMs, type SampleRate } from '../media/audio.ts';
import type { SttSession } from './ports.ts';

type Entry =
  | { readonly type: 'audio'; readonly samples: Int16Array; readonly timestampMs: number }
  | { readonly type: 'start'; readonly preRollMs: number }
  | { readonly type: 'end'; readonly trailingSilenceMs: number };

/** Of more audio, the oldest is forgotten. */
const MAX_MS = 60_000;
/** So much before the end of speech, as the hub hears it, a result may end that is the whole text. */
const SLACK_MS = 200;

/** Whether a text of a recogniser that endpoints by itself, which ends at `ms`, is all of what was said up to `untilMs`. */
export function reachesTo(ms: number, untilMs: number): boolean {
  return ms + SLACK_MS >= untilMs;
}

/**
 * What was written to a recogniser and has not been recognised for good: another session can be given all of it. The memory
 * of frames that are forgotten serves the next ones.
 */
export class AudioLog {
  readonly #sampleRate: SampleRate;
  readonly #spare: Int16Array[] = [];
  #entries: Entry[] = [];
  #heldMs = 0;
  #endMs = 0;
  /** Utterances that are over and not recognised. */
  #owed = 0;
  #speaking = false;
  /** Up to where texts of a recogniser that endpoints by itself reach. */
  #settledMs = Number.NEGATIVE_INFINITY;

  constructor(sampleRate: SampleRate) {
    this.#sampleRate = sampleRate;
  }

  /** Milliseconds of audio that were written since the log was made. */
  get endMs(): number {
    return this.#endMs;
  }

  /** Milliseconds of audio that are kept. */
  get heldMs(): number {
    return this.#heldMs;
  }

  /** Utterances whose final text is owed. */
  get owed(): number {
    return this.#owed;
  }

  /** An utterance is under way, or one is owed its text. */
  get busy(): boolean {
    return this.#speaking || this.#owed > 0;
  }

  write({ samples, timestampMs }: AudioFrame): void {
    const spare = this.#spare.pop();
    const copy = spare?.length === samples.length ? spare : new Int16Array(samples.length);
    copy.set(samples);
    this.#entries.push({ type: 'audio', samples: copy, timestampMs });
    const ms = durationMs(samples.length, this.#sampleRate);
    this.#endMs += ms;
    this.#heldMs += ms;
    while (this.#heldMs > MAX_MS) {
      const oldest = this.#entries.findIndex((entry) => entry.type === 'audio');
      this.#forget(this.#entries.splice(oldest, 1));
    }
  }

  start(preRollMs: number): void {
    this.#speaking = true;
    this.#entries.push({ type: 'start', preRollMs });
  }

  end(trailingSilenceMs: number): void {
    if (!this.#speaking) return;
    if (reachesTo(this.#settledMs, this.#endMs - trailingSilenceMs)) {
      this.cancel();
      return;
    }
    this.#speaking = false;
    this.#owed += 1;
    this.#entries.push({ type: 'end', trailingSilenceMs });
  }

  /** The utterance under way was none; its audio may still be the beginning of another. */
  cancel(): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    const start = this.#entries.findLastIndex((entry) => entry.type === 'start');
    this.#entries.splice(start, 1);
  }

  /** Where the speech ends that texts are owed for, in milliseconds since the log was made; undefined: no text is owed. */
  get owedUntilMs(): number | undefined {
    let atMs = this.#endMs - this.#heldMs;
    let untilMs: number | undefined;
    for (const entry of this.#entries) {
      if (entry.type === 'audio') atMs += durationMs(entry.samples.length, this.#sampleRate);
      else if (entry.type === 'end') untilMs = atMs - entry.trailingSilenceMs;
    }
    return untilMs;
  }

  /** The text of a recogniser that endpoints by itself reaches up to `ms`: nothing of that is owed, and it is forgotten. */
  settleUntil(ms: number): void {
    this.#settledMs = Math.max(this.#settledMs, ms);
    let atMs = this.#endMs - this.#heldMs;
    let count = 0;
    for (const [index, entry] of this.#entries.entries()) {
      if (entry.type === 'audio') atMs += durationMs(entry.samples.length, this.#sampleRate);
      const within = entry.type === 'end' && reachesTo(ms, atMs - entry.trailingSilenceMs);
      if (within || (entry.type === 'audio' && atMs <= ms)) count = index + 1;
    }
    const gone = this.#entries.splice(0, count);
    const ended = gone.filter(({ type }) => type === 'end').length;
    this.#owed -= ended;
    // Of an utterance that goes on, the rest begins here.
    const begun = gone.filter(({ type }) => type === 'start').length;
    if (begun > ended) this.#entries.unshift({ type: 'start', preRollMs: 0 });
    this.#forget(gone);
  }

  /** The oldest utterance has its text. @returns false when none is owed one */
  settle(): boolean {
    if (this.#owed === 0) return false;
    this.#owed -= 1;
    const end = this.#entries.findIndex((entry) => entry.type === 'end');
    this.#forget(this.#entries.splice(0, end + 1));
    return true;
  }

  /** Forgets audio up to `ms` after the log was made. */
  dropUntil(ms: number): void {
    let at = this.#endMs - this.#heldMs;
    let count = 0;
    for (const entry of this.#entries) {
      if (entry.type === 'audio') {
        at += durationMs(entry.samples.length, this.#sampleRate);
        if (at > ms) break;
      }
      count += 1;
    }
    this.#forget(this.#entries.splice(0, count));
  }

  /** Of what nobody is owed a text for, keeps the last `ms`. */
  keepLast(ms: number): void {
    if (!this.busy && this.#heldMs > ms) this.dropUntil(this.#endMs - ms);
  }

  /** Writes all of it to another session. */
  replay(session: Pick<SttSession, 'write' | 'startUtterance' | 'endUtterance'>): void {
    for (const entry of this.#entries) {
      switch (entry.type) {
        case 'audio':
          session.write({ samples: entry.samples, sampleRate: this.#sampleRate, timestampMs: entry.timestampMs });
          break;
        case 'start':
          session.startUtterance(entry.preRollMs);
          break;
        case 'end':
          session.endUtterance(entry.trailingSilenceMs);
      }
    }
  }

  #forget(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (entry.type !== 'audio') continue;
      this.#heldMs -= durationMs(entry.samples.length, this.#sampleRate);
      if (this.#spare.length < 100) this.#spare.push(entry.samples);
    }
  }
}
