import { type Clock, systemClock } from './clock.ts';

const MINUTE_MS = 60_000;

/** How many requests the fake of a vendor takes in a minute; they are counted anew with each minute of the clock. */
export class MinuteQuota {
  limit: number;
  used = 0;
  readonly #clock: Clock;
  #minute: number;

  constructor(limit: number, clock: Clock = systemClock) {
    this.limit = limit;
    this.#clock = clock;
    this.#minute = this.#now();
  }

  get remaining(): number {
    this.#turn();
    return Math.max(0, this.limit - this.used);
  }

  /** Milliseconds until requests are counted anew. */
  get resetMs(): number {
    return MINUTE_MS - (this.#clock.now() % MINUTE_MS);
  }

  /** @returns whether this request is taken */
  take(): boolean {
    if (this.remaining === 0) return false;
    this.used += 1;
    return true;
  }

  #now(): number {
    return Math.floor(this.#clock.now() / MINUTE_MS);
  }

  #turn(): void {
    if (this.#now() === this.#minute) return;
    this.#minute = this.#now();
    this.used = 0;
  }
}

/**
 * What OpenAI tells of its limits with each answer, and, with 429, why it takes no more.
 * https://platform.openai.com/docs/guides/rate-limits#rate-limits-in-headers
 */
export function openAiLimitHeaders({ limit, remaining, resetMs }: MinuteQuota): Record<string, string> {
  return {
    'x-ratelimit-limit-requests': String(limit),
    'x-ratelimit-remaining-requests': String(remaining),
    'x-ratelimit-reset-requests': `${Math.ceil(resetMs)}ms`,
    ...(remaining === 0 ? { 'retry-after': String(Math.ceil(resetMs / 1000)) } : {}),
  };
}

export function openAiLimitError(model: string, { limit, resetMs }: MinuteQuota): string {
  const message =
    `Rate limit reached for ${model} in organization org-fake on requests per min (RPM): Limit ${limit}, Used ${limit}, Requested 1. ` +
    `Please try again in ${Math.ceil(resetMs)}ms.`;
  return JSON.stringify({ error: { message, type: 'requests', param: null, code: 'rate_limit_exceeded' } });
}
