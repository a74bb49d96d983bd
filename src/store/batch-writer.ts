import { type Clock, systemClock } from '../clock.ts';
import { StoreError } from './errors.ts';

const firstPauseMs = 50;
const longestPauseMs = 2_000;
const lastRetriesMs = 3_000;

export interface BatchLimits {
  maxBatch: number;
  maxWaiting: number;
  /** How long a batch that fails for a passing reason is tried again and again; by default it is once more, at once. */
  retryForMs?: number;
  clock?: Clock;
}

interface Entry<Row> {
  row: Row;
  waiting: PromiseWithResolvers<void>[];
}

/**
 * Writes rows in batches: while one batch is being committed, the next gathers. A row that is written again before its
 * turn replaces the one that waits. Every promise resolves only when its row, or a later one with the same key, is
 * committed. A batch that fails for a passing reason is tried again, within bounds; one that is refused is tried row by
 * row, so that one bad row fails alone.
 */
export class BatchWriter<Row> {
  readonly #commit: (rows: readonly Row[]) => Promise<void>;
  readonly #maxBatch: number;
  readonly #maxWaiting: number;
  #retryForMs: number;
  readonly #clock: Clock;
  #queue = new Map<string, Entry<Row>>();
  #running: Promise<void> | undefined;

  constructor(commit: (rows: readonly Row[]) => Promise<void>, limits: BatchLimits) {
    this.#commit = commit;
    this.#maxBatch = limits.maxBatch;
    this.#maxWaiting = limits.maxWaiting;
    this.#retryForMs = limits.retryForMs ?? 0;
    this.#clock = limits.clock ?? systemClock;
  }

  /** @throws StoreError `store_overloaded` when too many rows wait; what `commit` throws */
  write(key: string, row: Row): Promise<void> {
    const waiting = Promise.withResolvers<void>();
    const entry = this.#queue.get(key);
    if (entry !== undefined) {
      entry.row = row;
      entry.waiting.push(waiting);
    } else if (this.#queue.size >= this.#maxWaiting) {
      waiting.reject(
        new StoreError('store_overloaded', `${this.#maxWaiting} writes wait for the database`, { retryable: true }),
      );
    } else {
      this.#queue.set(key, { row, waiting: [waiting] });
    }
    this.#running ??= this.#run();
    return waiting.promise;
  }

  /**
   * Resolves when nothing waits any more, whether it could be written or not. Whoever asks wants to stop: what fails
   * from now on is tried again for some seconds only.
   */
  async idle(): Promise<void> {
    this.#retryForMs = Math.min(this.#retryForMs, lastRetriesMs);
    while (this.#running !== undefined) await this.#running;
  }

  async #run(): Promise<void> {
    // One turn of the microtask queue lets writes of the same moment share a batch.
    await Promise.resolve();
    while (this.#queue.size > 0) {
      const batch: Entry<Row>[] = [];
      for (const [key, entry] of this.#queue) {
        if (batch.length >= this.#maxBatch) break;
        batch.push(entry);
        this.#queue.delete(key);
      }
      await this.#write(batch);
    }
    this.#running = undefined;
  }

  async #write(batch: readonly Entry<Row>[]): Promise<void> {
    const rows = batch.map((entry) => entry.row);
    try {
      await this.#commitPatiently(rows);
    } catch (error) {
      if (batch.length === 1 || isRetryable(error)) {
        for (const entry of batch) for (const waiting of entry.waiting) waiting.reject(error);
        return;
      }
      for (const entry of batch) await this.#write([entry]);
      return;
    }
    for (const entry of batch) for (const waiting of entry.waiting) waiting.resolve();
  }

  async #commitPatiently(rows: readonly Row[]): Promise<void> {
    const startedAt = this.#clock.now();
    for (let attempt = 0; ; attempt += 1) {
      try {
        await this.#commit(rows);
        return;
      } catch (error) {
        if (!isRetryable(error) || (attempt > 0 && this.#clock.now() - startedAt >= this.#retryForMs)) throw error;
      }
      const pauseMs = attempt === 0 ? 0 : Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(attempt, 10));
      if (pauseMs > 0) await new Promise<void>((resolve) => this.#clock.after(pauseMs, resolve));
    }
  }
}

function isRetryable(error: unknown): boolean {
  return error instanceof StoreError && error.retryable;
}
