import type { Clock } from '../clock.ts';
import type { SampleRate } from '../media/audio.ts';
import type { TapFrame } from '../media/port.ts';
import type { RecordingError } from './errors.ts';
import type { RecordingEntry } from './ports.ts';
import { type CreateFile, RecordingFile } from './recording-file.ts';
import { StereoTimeline } from './timeline.ts';

export interface RecordingOptions {
  entry: RecordingEntry;
  path: string;
  sampleRate: SampleRate;
  create: CreateFile;
  maxMs: number;
  clock: Clock;
  /** The entry has changed. */
  changed(entry: RecordingEntry): void;
  /** It has reached `maxMs`, or has failed: to be stopped. */
  over(): void;
}

const CHUNK_MS = 500;
/** How long the disk may be behind the call. */
const MAX_PENDING_MS = 20_000;
/** Frames, and what was said in them, are so late at most: what is missing at the end beyond that never comes. */
const LATE_MS = 300;

/** One recording under way. Times are those of the call: a pause is silent in the file and takes as long as it took. */
export class Recording {
  readonly entry: RecordingEntry;
  readonly #options: RecordingOptions;
  readonly #file: RecordingFile;
  readonly #timeline: StereoTimeline;
  readonly #startedAt: number;
  /** Of the engine's clock, at the beginning of the recording. */
  #zeroMs: number | undefined;
  #stopped: Promise<void> | undefined;
  #reachedEnd = false;

  constructor(options: RecordingOptions) {
    this.#options = options;
    this.entry = options.entry;
    this.#startedAt = options.clock.now();
    this.#file = new RecordingFile({
      ...options,
      maxPendingBytes: (options.sampleRate * 4 * MAX_PENDING_MS) / 1000,
      failed: (error) => this.#fail(error),
    });
    this.#timeline = new StereoTimeline({
      sampleRate: options.sampleRate,
      chunkMs: CHUNK_MS,
      leftWaitsMs: LATE_MS,
      chunk: (bytes) => this.#file.append(bytes),
    });
  }

  get id(): string {
    return this.entry.id;
  }

  get paused(): boolean {
    return this.entry.state === 'paused';
  }

  /** Still takes frames. */
  get active(): boolean {
    return this.entry.state === 'recording' || this.entry.state === 'paused';
  }

  add({ said, heard, sampleRate, timestampMs, saidAtMs }: TapFrame): void {
    if (!this.active || this.#reachedEnd || sampleRate !== this.#options.sampleRate) return;
    if (this.#zeroMs === undefined) {
      const waitedMs = this.#options.clock.now() - this.#startedAt;
      this.#zeroMs = timestampMs - (waitedMs > LATE_MS ? waitedMs : 0);
    }
    const atMs = timestampMs - this.#zeroMs;
    if (atMs >= this.#options.maxMs) {
      this.#reachedEnd = true;
      this.entry.note = 'the longest time of a recording was reached';
      this.#options.over();
      return;
    }
    this.#timeline.add(said, heard, atMs, this.paused, saidAtMs - timestampMs);
  }

  /** False: it is paused already, or over. */
  pause(): boolean {
    if (this.entry.state !== 'recording') return false;
    this.entry.state = 'paused';
    this.entry.pauses.push({ fromMs: this.#positionMs, toMs: undefined });
    this.#changed();
    return true;
  }

  /** False: it is not paused. */
  resume(): boolean {
    if (this.entry.state !== 'paused') return false;
    this.entry.state = 'recording';
    this.#endPause();
    this.#changed();
    return true;
  }

  /** Resolves when the file is complete, or given up. Idempotent, never rejects. */
  stop(): Promise<void> {
    this.#stopped ??= this.#finish();
    return this.#stopped;
  }

  async #finish(): Promise<void> {
    const { clock, maxMs } = this.#options;
    const failed = this.entry.state === 'failed';
    if (!failed && !this.#reachedEnd) {
      const elapsedMs = Math.min(maxMs, clock.now() - this.#startedAt);
      if (elapsedMs - this.#timeline.positionMs > LATE_MS) this.#timeline.fillTo(elapsedMs);
    }
    this.#endPause();
    this.entry.durationMs = this.#positionMs;
    this.entry.endedAt = clock.date().toISOString();
    if (!failed) {
      // no frame gets in any more; whether it is all on disk is not known yet
      this.entry.state = 'completed';
      this.#timeline.flush();
    }
    await this.#file.close();
    this.entry.bytes = this.#file.bytes;
    this.#changed();
  }

  #fail(error: RecordingError): void {
    this.entry.state = 'failed';
    this.entry.note = error.publicMessage;
    this.#changed();
    this.#options.over();
  }

  #endPause(): void {
    const last = this.entry.pauses.at(-1);
    if (last !== undefined) last.toMs ??= this.#positionMs;
  }

  get #positionMs(): number {
    return Math.round(this.#timeline.positionMs);
  }

  #changed(): void {
    this.entry.bytes = this.#file.bytes;
    this.#options.changed(this.entry);
  }
}
