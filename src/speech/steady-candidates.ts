import { causeOf, type Failover } from './failover.ts';
import { SpeechError, type SpeechToText } from './ports.ts';
import { ASK_PART, HEAD_START, type SteadyLimits, type SttCandidate } from './steady-limits.ts';
import type { TextTimes } from './text-deadline.ts';

/** The services that a call may come to, in their order. */
export class Candidates {
  readonly count: number;
  readonly #all: readonly SttCandidate[];

  constructor(all: readonly SttCandidate[]) {
    this.#all = all;
    this.count = all.length;
  }

  /** @throws SpeechError where there is none */
  stt(index: number): SpeechToText {
    const stt = this.#all[index]?.stt;
    if (stt === undefined) throw new SpeechError('speech_unavailable', 'no speech service is left');
    return stt;
  }

  /** The next one; the same again when it is the last. */
  after(index: number): number {
    return Math.min(index + 1, this.count - 1);
  }

  /** How long a text may take; undefined where the service does not say what is usual. */
  finalMs(index: number, limits: SteadyLimits): number | undefined {
    const usualMs = this.stt(index).capabilities.p99TimeToFinalMs;
    return usualMs === undefined ? undefined : Math.max(limits.finalMs, usualMs);
  }

  /** How much longer than the hub, which has heard `silenceMs` of silence, the vendor waits before it ends an utterance. */
  moreSilenceMs(index: number, silenceMs: number): number {
    const { endpointing, endpointingMs = 0 } = this.stt(index).capabilities;
    return endpointing === 'vendor' ? Math.max(0, endpointingMs - silenceMs) : 0;
  }

  /**
   * When what is to happen while a text is owed; undefined where the service does not say what is usual.
   * @param heard.moreMs for audio that was given at once
   * @param heard.silenceMs since the end of speech
   */
  textTimes(
    index: number,
    limits: SteadyLimits,
    { moreMs, silenceMs }: { moreMs: number; silenceMs: number },
  ): TextTimes | undefined {
    const usualMs = this.finalMs(index, limits);
    if (usualMs === undefined) return undefined;
    const fromMs = this.moreSilenceMs(index, silenceMs);
    const dueMs = limits.finalMs + moreMs;
    return {
      ask: fromMs + dueMs * ASK_PART,
      late: fromMs + dueMs * HEAD_START,
      due: fromMs + dueMs,
      over: fromMs + usualMs + moreMs,
    };
  }

  succeeded(index: number): void {
    this.#all[index]?.health.succeeded();
  }

  openedInTime(index: number): void {
    this.#all[index]?.hedges.openedInTime();
  }

  /** Whether the next service may be opened as well because this one opens slowly. */
  takeHedge(index: number): boolean {
    return this.#all[index]?.hedges.take() === true;
  }

  /** What is refused is refused to this request; everything else speaks against the service. */
  blame(index: number, error: unknown): void {
    if (error instanceof SpeechError && error.code === 'speech_rejected') return;
    this.#all[index]?.health.failed(error);
  }

  failover(callId: string, from: number, to: number, error: unknown): Failover {
    const id = (index: number) => this.stt(index).id;
    return { kind: 'stt', callId, from: id(from), to: id(to), ...causeOf(error) };
  }
}
