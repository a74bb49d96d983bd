import { PatchbayError } from '../errors.ts';

export type DialoutErrorCode =
  | 'rate_limited' // the bot's queue is so long that the dialout could not be begun in time
  | 'queue_full' // too many dialouts wait, over all bots
  | 'idempotency_conflict' // the key stands for another request
  | 'draining'; // the hub is being stopped

export class DialoutError extends PatchbayError<DialoutErrorCode> {
  /** When the same request may succeed. */
  readonly retryAfterMs: number | undefined;

  constructor(code: DialoutErrorCode, message: string, retryAfterMs?: number) {
    super(code, message, { retryable: code !== 'idempotency_conflict' });
    this.retryAfterMs = retryAfterMs;
  }
}
