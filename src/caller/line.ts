import type { AudioFrame, SampleRate } from '../media/audio.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { TwoTrack } from './two-track.ts';
import { HUB_VOICE, type SpeechSegment, VoiceActivity } from './voice-activity.ts';

export interface LineEvents {
  /** The hub began to speak. */
  started(): void;
  /** The hub has been silent for the time that ends a prompt. */
  stopped(segment: SpeechSegment): void;
}

/** Silence that splits two pieces of speech when latencies are measured; a prompt's end takes longer. */
const MEASURING_HANGOVER_MS = 200;

interface Waiter {
  met: () => boolean;
  deadlineMs: number;
  settle: (met: boolean) => void;
}

/**
 * What the caller hears and sends, on one clock: the 20 ms frames of the media endpoint. All waiting is done on that
 * clock, so that it stands still with the line.
 */
export class Line {
  readonly track: TwoTrack;
  readonly #endpoint: MediaEndpoint;
  readonly #turns: VoiceActivity;
  readonly #pieces = new VoiceActivity({ ...HUB_VOICE, hangoverMs: MEASURING_HANGOVER_MS });
  readonly #events: LineEvents;
  #waiters: Waiter[] = [];

  constructor(endpoint: MediaEndpoint, promptEndMs: number, events: LineEvents) {
    this.#endpoint = endpoint;
    this.#events = events;
    this.track = new TwoTrack(endpoint.sampleRate);
    this.#turns = new VoiceActivity({ ...HUB_VOICE, hangoverMs: promptEndMs });
    endpoint.onAudio((frame) => this.#hear(frame));
  }

  get sampleRate(): SampleRate {
    return this.track.sampleRate;
  }

  get clockMs(): number {
    return this.track.clockMs;
  }

  /** The hub is speaking, or has stopped so briefly that it may go on. */
  get hubSpeaks(): boolean {
    return this.#turns.speaking;
  }

  /** Where the hub's latest prompt began; undefined before the first. */
  get lastPromptFromMs(): number | undefined {
    return this.#turns.lastSegment?.fromMs;
  }

  /** Every piece of the hub's speech, split at short pauses. */
  get pieces(): readonly SpeechSegment[] {
    return this.#pieces.segments;
  }

  /** Resolves `true` when `met` holds at a frame, `false` after `ms` of line time or when `signal` aborts. */
  until(met: () => boolean, ms: number, signal: AbortSignal): Promise<boolean> {
    if (met()) return Promise.resolve(true);
    if (signal.aborted) return Promise.resolve(false);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        met,
        deadlineMs: this.clockMs + ms,
        settle: (result) => {
          signal.removeEventListener('abort', onAbort);
          this.#waiters = this.#waiters.filter((other) => other !== waiter);
          resolve(result);
        },
      };
      const onAbort = () => waiter.settle(false);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.push(waiter);
    });
  }

  /**
   * Speaks a clip. Resolves with the line time of its first sample when it has gone out; `undefined` when the call ended first.
   */
  async speak(samples: Int16Array): Promise<number | undefined> {
    let fromMs: number | undefined;
    this.track.queueCaller(samples, (atMs) => {
      fromMs = atMs;
    });
    this.#endpoint.playout.write(samples);
    const complete = await this.#endpoint.playout.drained();
    return complete ? (fromMs ?? this.clockMs) : fromMs;
  }

  close(): void {
    this.#endpoint.onAudio(undefined);
    for (const waiter of this.#waiters) waiter.settle(false);
  }

  #hear(frame: AudioFrame): void {
    this.track.writeHub(frame.samples, this.#endpoint.playout.playedMs);
    this.#pieces.write(frame.samples, frame.sampleRate);
    const change = this.#turns.write(frame.samples, frame.sampleRate);
    if (change === 'started') this.#events.started();
    const segment = this.#turns.lastSegment;
    if (change === 'stopped' && segment) this.#events.stopped(segment);
    for (const waiter of this.#waiters) {
      if (waiter.met()) waiter.settle(true);
      else if (this.clockMs >= waiter.deadlineMs) waiter.settle(false);
    }
  }
}
