import {
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  handleAll,
} from 'cockatiel';
import { messageOf } from '../errors.ts';

/** Failures in a row after which a service is left out. */
const FAILURES = 2;
/** A probe that has not succeeded by then has failed. */
const PROBE_LIMIT_MS = 10_000;
/** Longest pause between two probes. */
const MAX_PAUSE_MS = 300_000;

/** The breaker, which reads the wall clock, holds up no probe: the timer says when its time has come. */
const BY_TIMER_ALONE = Number.NEGATIVE_INFINITY;

export interface ServiceHealthOptions {
  /** Uses the service for something small; rejects when that does not work. */
  probe(signal: AbortSignal): Promise<void>;
  /** Pause before a service that failed is probed; it doubles with each probe that fails, up to five minutes. */
  probeAfterMs: number;
  /** The service is left out from now on, or is used again. */
  onChange(change: { usable: boolean; why: string }): void;
}

/**
 * Whether calls should use a service at all. After two failures in a row it is left out and probed until a probe succeeds,
 * so that no caller is the probe. Runs on the timers of the process, which a wall clock that is set does not hold up.
 */
export class ServiceHealth {
  readonly #options: ServiceHealthOptions;
  readonly #breaker: CircuitBreakerPolicy;
  readonly #closed = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = 0;

  constructor(options: ServiceHealthOptions) {
    this.#options = options;
    this.#breaker = circuitBreaker(handleAll, {
      breaker: new ConsecutiveBreaker(FAILURES),
      halfOpenAfter: new DelegateBackoff(({ attempt }) => {
        this.#pauseMs = Math.min(MAX_PAUSE_MS, options.probeAfterMs * 2 ** (attempt - 1));
        return BY_TIMER_ALONE;
      }),
    });
    this.#breaker.onBreak((reason) => this.#onBreak('error' in reason ? messageOf(reason.error) : 'isolated'));
    this.#breaker.onReset(() => options.onChange({ usable: true, why: 'a probe succeeded' }));
  }

  get usable(): boolean {
    return this.#breaker.state === CircuitState.Closed;
  }

  /** A call could use the service. */
  succeeded(): void {
    this.#note(() => undefined);
  }

  /** A call could not. */
  failed(error: unknown): void {
    this.#note(() => {
      throw error;
    });
  }

  close(): void {
    this.#closed.abort();
    clearTimeout(this.#timer);
  }

  /** What calls meet while the service is left out decides nothing: only a probe does. */
  #note(outcome: () => void): void {
    if (this.usable) this.#breaker.execute(outcome).catch(() => undefined);
  }

  #onBreak(why: string): void {
    if (this.#closed.signal.aborted) return;
    if (this.#timer === undefined) this.#options.onChange({ usable: false, why });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#probe(), this.#pauseMs);
    this.#timer.unref();
  }

  async #probe(): Promise<void> {
    const signal = AbortSignal.any([this.#closed.signal, AbortSignal.timeout(PROBE_LIMIT_MS)]);
    // One that hangs is not waited for.
    const over = Promise.withResolvers<never>();
    over.promise.catch(() => undefined);
    signal.addEventListener('abort', () => over.reject(signal.reason), { once: true });
    try {
      await this.#breaker.execute(() => Promise.race([this.#options.probe(signal), over.promise]));
      this.#timer = undefined;
    } catch {
      // the breaker is open again, and has told so
    }
  }
}
