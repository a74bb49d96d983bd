import { Worker } from 'node:worker_threads';
import type { PGlite } from 'kysely';
import { messageOf } from '../errors.ts';
import type { ChannelListener } from './database.ts';
import { QueryError, StoreError } from './errors.ts';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';

interface Result {
  rows: unknown[];
  affectedRows: number | undefined;
}

interface Waiting {
  resolve(result: Result): void;
  reject(error: Error): void;
}

/** One life of the worker thread. */
interface Life {
  worker: Worker;
  ready: Promise<void>;
  waiting: Map<number, Waiting>;
  over: boolean;
}

const reopenPauseMs = 5_000;

export function spawnDatabaseWorker(directory: string): Worker {
  return new Worker(new URL('./database-worker.ts', import.meta.url), { name: 'database', workerData: { directory } });
}

/**
 * PGlite on a worker thread, in the form in which kysely's dialect takes it. When the thread dies, what was under way
 * fails, and the next query starts another one: PGlite recovers from its write-ahead log as after a killed process.
 * Queries are run in order; kysely sees to it that a transaction has the connection for itself.
 */
export class DatabaseThread implements PGlite {
  closed = false;
  ready = true;
  readonly waitReady = Promise.resolve();
  readonly #directory: string;
  readonly #onLost: (error: Error) => void;
  readonly #spawn: (directory: string) => Worker;
  readonly #now: () => number;
  /** No other thread is started before: the last one could not open the database. */
  #notBefore = 0;
  #life: Life | undefined;
  #nextId = 1;
  readonly #listeners = new Map<string, Set<ChannelListener>>();

  /**
   * @param onLost told of every death of the thread that nobody asked for
   * @param options.spawn starts the thread
   * @param options.now milliseconds, monotonic
   */
  constructor(
    directory: string,
    onLost: (error: Error) => void,
    options: { spawn?: (directory: string) => Worker; now?: () => number } = {},
  ) {
    this.#directory = directory;
    this.#onLost = onLost;
    this.#spawn = options.spawn ?? spawnDatabaseWorker;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Starts the thread. @throws StoreError `store_failed` when the database cannot be opened */
  async open(): Promise<void> {
    await this.#current().ready;
  }

  async query<Row>(sql: string, parameters: unknown[] = []) {
    const { rows, affectedRows } = await this.#send(await this.#ready(), { kind: 'query', sql, parameters });
    return { rows: rows as Row[], fields: [], ...(affectedRows === undefined ? {} : { affectedRows }) };
  }

  /** A transaction lives and dies with the thread that it was begun on. */
  async transaction<T>(
    run: (transaction: Pick<PGlite, 'query'> & { rollback(): Promise<void> }) => Promise<T>,
  ): Promise<T> {
    const life = await this.#ready();
    const query = async <Row>(sql: string, parameters: unknown[] = []) => {
      const { rows, affectedRows } = await this.#send(life, { kind: 'query', sql, parameters });
      return { rows: rows as Row[], fields: [], ...(affectedRows === undefined ? {} : { affectedRows }) };
    };
    const rollback = async (): Promise<void> => {
      if (!life.over) await query('ROLLBACK');
    };
    await query('BEGIN');
    let result: T;
    try {
      result = await run({ query, rollback });
    } catch (error) {
      await rollback();
      throw error;
    }
    await query('COMMIT');
    return result;
  }

  /** Runs several statements in a row. The caller sees to it that it has the connection for itself. */
  async exec(sql: string): Promise<unknown[]> {
    const { rows } = await this.#send(await this.#ready(), { kind: 'exec', sql });
    return rows;
  }

  /** LISTEN, also on the threads that take the place of this one. @returns what ends it */
  async listen(channel: string, listener: ChannelListener): Promise<() => Promise<void>> {
    const life = await this.#ready();
    const others = this.#listeners.get(channel);
    if (others === undefined) {
      this.#listeners.set(channel, new Set([listener]));
      await this.#send(life, { kind: 'listen', channel });
    } else {
      others.add(listener);
    }
    return async () => {
      this.#listeners.get(channel)?.delete(listener);
    };
  }

  /** Closes the database and ends the thread. Idempotent. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    const life = this.#life;
    if (life === undefined || life.over) return;
    const exited = new Promise<void>((resolve) => life.worker.once('exit', () => resolve()));
    await this.#send(life, { kind: 'close' }).catch((error: unknown) => this.#onLost(asError(error)));
    await exited;
  }

  /** @throws StoreError when the database is closed, or could not be opened a moment ago */
  async #ready(): Promise<Life> {
    if (this.closed) throw new StoreError('store_closed', 'the database is closed');
    if ((this.#life === undefined || this.#life.over) && this.#now() < this.#notBefore) {
      throw new StoreError('store_failed', 'the database could not be opened a moment ago', {
        publicMessage: 'The database is not available',
      });
    }
    const life = this.#current();
    await life.ready;
    return life;
  }

  #send(
    life: Life,
    request:
      | { kind: 'query'; sql: string; parameters: unknown[] }
      | { kind: 'exec'; sql: string }
      | { kind: 'listen'; channel: string }
      | { kind: 'close' },
  ): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (life.over) {
        reject(new StoreError('store_failed', 'the database thread has ended', { retryable: true }));
        return;
      }
      const id = this.#nextId;
      this.#nextId += 1;
      life.waiting.set(id, { resolve, reject });
      const message: ThreadRequest = { ...request, id };
      life.worker.postMessage(message);
    });
  }

  #current(): Life {
    if (this.#life !== undefined && !this.#life.over) return this.#life;
    const worker = this.#spawn(this.#directory);
    const waiting = new Map<number, Waiting>();
    const started = Promise.withResolvers<void>();
    started.promise.catch(() => {});
    const life: Life = { worker, ready: started.promise, waiting, over: false };
    let opened = false;
    let cause: Error | undefined;
    worker.on('message', (message: ThreadReply) => {
      switch (message.kind) {
        case 'ready':
          opened = true;
          started.resolve();
          this.#listenAgain(life);
          return;
        case 'notification':
          for (const listener of this.#listeners.get(message.channel) ?? []) listener.onNotification(message.payload);
          return;
        case 'result':
          settle(waiting, message.id)?.resolve({ rows: message.rows, affectedRows: message.affectedRows });
          return;
        case 'error': {
          const error = new QueryError(message.message, message.sqlState);
          if (message.sqlState === undefined) {
            cause = error;
            life.over = true;
          }
          if (message.id === undefined) started.reject(openFailure(this.#directory, error));
          else settle(waiting, message.id)?.reject(error);
          return;
        }
      }
    });
    worker.on('error', (error) => {
      cause = asError(error);
      life.over = true;
    });
    worker.once('exit', () => {
      life.over = true;
      const error = new StoreError(
        'store_failed',
        `the database thread has ended${cause ? `: ${cause.message}` : ''}`,
        {
          cause,
          retryable: true,
          publicMessage: 'The database is not available',
        },
      );
      if (!opened) this.#notBefore = this.#now() + reopenPauseMs;
      started.reject(openFailure(this.#directory, error));
      for (const query of waiting.values()) query.reject(error);
      waiting.clear();
      if (!this.closed) this.#onLost(error);
    });
    this.#life = life;
    return life;
  }

  #listenAgain(life: Life): void {
    for (const [channel, listeners] of this.#listeners) {
      this.#send(life, { kind: 'listen', channel }).then(
        () => {
          for (const listener of listeners) listener.onReconnect();
        },
        () => {}, // the thread has died again, and the next one listens again
      );
    }
  }
}

function settle(waiting: Map<number, Waiting>, id: number): Waiting | undefined {
  const found = waiting.get(id);
  waiting.delete(id);
  return found;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(messageOf(error));
}

function openFailure(directory: string, cause: Error): StoreError {
  return new StoreError('store_failed', `the database in ${directory} cannot be opened: ${cause.message}`, {
    cause,
    publicMessage: 'The database cannot be opened',
  });
}
