import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../../src/media/virtual-clock.ts';
import { POOL_LIMITS } from '../../../../src/speech/decoder-workers.ts';
import { compileGrammar } from './grammar.ts';
import type { DecoderReply, DecoderRequest } from './stt-messages.ts';
import { type DecodeJob, DecoderPool, type DecoderThread } from './stt-pool.ts';

const GRAMMAR = compileGrammar([], 'en');
const OTHER = compileGrammar(['apples'], 'en');

/** A thread that answers when the test says so. */
class FakeThread implements DecoderThread {
  readonly requests: DecoderRequest[] = [];
  ended = false;
  readonly #message: ((reply: DecoderReply) => void)[] = [];
  readonly #error: ((error: unknown) => void)[] = [];
  readonly #exit: (() => void)[] = [];

  postMessage(request: DecoderRequest): void {
    this.requests.push(request);
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    const listeners = { message: this.#message, error: this.#error, exit: this.#exit }[event] as ((
      value: never,
    ) => void)[];
    listeners.push(listener);
  }

  terminate(): Promise<void> {
    this.die();
    return Promise.resolve();
  }

  reply(text = 'yes'): void {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('nothing was asked');
    const { id } = request;
    const decoded = { text, words: [] };
    const reply: DecoderReply =
      request.type === 'warm-up' ? { type: 'warm', id } : { type: 'decoded', id, decoded, decodeMs: 1 };
    for (const listener of this.#message) listener(reply);
  }

  fail(message: string): void {
    for (const listener of this.#message) listener({ type: 'failed', id: this.requests.at(-1)?.id ?? 0, message });
  }

  die(error?: Error): void {
    if (this.ended) return;
    this.ended = true;
    if (error !== undefined) for (const listener of this.#error) listener(error);
    for (const listener of this.#exit) listener();
  }
}

async function setUp(workers: number, { warm = true, interimWorkers = workers } = {}) {
  const threads: FakeThread[] = [];
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const spawn = () => {
    const thread = new FakeThread();
    threads.push(thread);
    return thread;
  };
  const log = { warn: (_: Record<string, unknown>, message: string) => warnings.push(message) };
  const pool = new DecoderPool({ workers, interimWorkers, clock, log, spawn }, GRAMMAR);
  if (warm) {
    const ready = pool.ready();
    for (const thread of threads) thread.reply();
    await ready;
  }
  const thread = (i: number): FakeThread => {
    const found = threads[i];
    if (found === undefined) throw new Error(`no thread ${i}`);
    return found;
  };
  return { pool, threads, thread, clock, warnings };
}

function job(ms = 1000, grammar = GRAMMAR): DecodeJob {
  return { samples: new Int16Array(ms * 8), partial: false, grammar };
}

describe('finals', () => {
  test('wait for a free thread, in order', async () => {
    const { pool, thread } = await setUp(1);
    const results = [pool.decode(job()), pool.decode(job())];
    expect(thread(0).requests).toHaveLength(2);
    thread(0).reply('first');
    thread(0).reply('second');
    expect((await Promise.all(results)).map(({ decoded }) => decoded.text)).toEqual(['first', 'second']);
  });

  test('go to the thread that has their grammar', async () => {
    const { pool, thread } = await setUp(2);
    const other = pool.decode(job(1000, OTHER));
    thread(0).reply();
    await other;
    void pool.decode(job(1000, OTHER));
    void pool.decode(job(1000, GRAMMAR));
    expect(thread(0).requests.map(({ grammar }) => grammar.key)).toEqual([GRAMMAR.key, OTHER.key, OTHER.key]);
    expect(thread(1).requests.map(({ grammar }) => grammar.key)).toEqual([GRAMMAR.key, GRAMMAR.key]);
  });

  test('are refused, retryable, when too many or too much audio waits', async () => {
    const { pool } = await setUp(1);
    for (let i = 0; i <= POOL_LIMITS.queuedJobs; i++) void pool.decode(job(10)).catch(() => undefined);
    await expect(pool.decode(job(10))).rejects.toMatchObject({ code: 'speech_failed', retryable: true });
    const { pool: other } = await setUp(1);
    for (let i = 0; i < 17; i++) void other.decode(job(15_000)).catch(() => undefined);
    await expect(other.decode(job(15_000))).rejects.toMatchObject({ retryable: true });
  });

  test('that the engine refuses fail alone', async () => {
    const { pool, thread } = await setUp(1);
    const bad = pool.decode(job());
    const good = pool.decode(job());
    thread(0).fail('no such word');
    await expect(bad).rejects.toMatchObject({
      code: 'speech_failed',
      message: expect.stringContaining('no such word'),
    });
    thread(0).reply();
    await good;
  });
});

describe('interim results', () => {
  test('are made by an idle thread or not at all', async () => {
    const { pool, thread } = await setUp(1);
    const interim = pool.decodeIfIdle({ ...job(), partial: true });
    expect(pool.decodeIfIdle(job())).toBeUndefined();
    thread(0).reply('so far');
    expect((await interim)?.decoded.text).toBe('so far');
  });

  test('leave threads free for finals', async () => {
    const { pool, thread } = await setUp(3, { interimWorkers: 2 });
    const interims = [0, 1].map(() => pool.decodeIfIdle({ ...job(), partial: true }));
    expect(pool.decodeIfIdle({ ...job(), partial: true })).toBeUndefined();
    const final = pool.decode(job());
    thread(2).reply('at once');
    expect((await final).decoded.text).toBe('at once');
    thread(0).reply();
    await interims[0];
    expect(pool.decodeIfIdle({ ...job(), partial: true })).toBeDefined();
  });

  test('are not repeated when their thread dies', async () => {
    const { pool, thread } = await setUp(2);
    const interim = pool.decodeIfIdle({ ...job(), partial: true });
    thread(0).die();
    await expect(interim).rejects.toMatchObject({ retryable: true });
    expect(thread(1).requests).toHaveLength(1);
  });
});

describe('a thread that dies', () => {
  test('gives its utterance to another and is replaced', async () => {
    const { pool, thread, threads, clock, warnings } = await setUp(2);
    const result = pool.decode(job());
    thread(0).die(new Error('out of memory'));
    thread(1).reply('saved');
    expect((await result).decoded.text).toBe('saved');
    clock.advance(POOL_LIMITS.restartMs.first);
    expect(threads).toHaveLength(3);
    thread(2).reply();
    expect(warnings).toHaveLength(1);
    const next = [pool.decode(job()), pool.decode(job())];
    thread(1).reply();
    thread(2).reply();
    await Promise.all(next);
  });

  test('twice over the same utterance ends that utterance only', async () => {
    const { pool, thread } = await setUp(3);
    const poison = pool.decode(job());
    const good = pool.decode(job());
    thread(0).die();
    thread(2).die();
    await expect(poison).rejects.toMatchObject({ code: 'speech_failed', retryable: true });
    thread(1).reply();
    await good;
  });

  test('before it was ready, again and again, makes the recogniser unavailable until one starts', async () => {
    const { pool, threads, thread, clock } = await setUp(1, { warm: false });
    const ready = pool.ready();
    const final = pool.decode(job());
    for (let i = 0; i < POOL_LIMITS.failedStarts; i++) {
      thread(i).die(new Error('no such package'));
      clock.advance(POOL_LIMITS.restartMs.max);
    }
    await expect(ready).rejects.toMatchObject({ code: 'speech_unavailable', retryable: true });
    await expect(final).rejects.toMatchObject({ message: expect.stringContaining('no such package') });
    const later = pool.ready();
    threads.at(-1)?.reply();
    await later;
  });
});

test('a thread that does not answer is ended, its utterance is not tried again', async () => {
  const { pool, thread, clock } = await setUp(2);
  const stuck = pool.decode(job());
  clock.advance(POOL_LIMITS.jobMs);
  await expect(stuck).rejects.toMatchObject({ code: 'speech_failed' });
  expect(thread(0).ended).toBe(true);
  expect(thread(1).requests).toHaveLength(1);
});

test('closing refuses what waits and ends every thread, once', async () => {
  const { pool, threads, thread, clock } = await setUp(2);
  const finals = [pool.decode(job()), pool.decode(job()), pool.decode(job())];
  thread(1).die();
  await Promise.all([
    pool.close(),
    ...finals.map((final) => expect(final).rejects.toMatchObject({ code: 'speech_unavailable' })),
  ]);
  clock.advance(60_000);
  expect(threads).toHaveLength(2);
  expect(threads.every(({ ended }) => ended)).toBe(true);
  await expect(pool.decode(job())).rejects.toMatchObject({ code: 'speech_unavailable' });
  expect(pool.decodeIfIdle(job())).toBeUndefined();
});
