import { causeOf, type Failover } from './failover.ts';
import { SpeechError, type SpeechToText } from './ports.ts';
import type { SteadyLimits, SttCandidate } from './steady-limits.ts';

/** The services that a call may come to, in their order. */
export class Candidates {
  readonly count: number;
  readonly #all: readonly SttCandidate[];

  constructor(all: readonly SttCandidate[]) {
    this.#all = all;
    this.count = all.length;
  }

  stt(index: number): SpeechToText | undefined {
    return this.#all[index]?.stt;
  }

  /** The next one; the same again when it is the last. */
  after(index: number): number {
    return Math.min(index + 1, this.count - 1);
  }

  /** How long a text may take; undefined where the service does not say what is usual. */
  finalMs(index: number, limits: SteadyLimits): number | undefined {
    const usualMs = this.stt(index)?.capabilities.p99TimeToFinalMs;
    return usualMs === undefined ? undefined : Math.max(limits.finalMs, usualMs);
  }

  succeeded(index: number): void {
    this.#all[index]?.health.succeeded();
  }

  /** What is refused is refused to this request; everything else speaks against the service. */
  blame(index: number, error: unknown): void {
    if (error instanceof SpeechError && error.code === 'speech_rejected') return;
    this.#all[index]?.health.failed(error);
  }

  failover(callId: string, from: number, to: number, error: unknown): Failover {
    const id = (index: number) => this.stt(index)?.id ?? '';
    return { kind: 'stt', callId, from: id(from), to: id(to), ...causeOf(error) };
  }
}
