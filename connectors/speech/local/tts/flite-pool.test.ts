import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, it } from 'vitest';
import type { Clock } from '../../../../src/clock.ts';
import { systemClock } from '../../../../src/clock.ts';
import { FlitePool, type FlitePoolOptions, type SentenceJob } from './flite-pool.ts';

const never = new AbortController().signal;
const job = (callId: string, text = 'Yes.'): SentenceJob => ({
  callId,
  urgent: true,
  voice: 'kal',
  text,
  sampleRate: 8000,
});

/** A thread that answers with as many samples as the text has letters, and misbehaves on demand. */
const SCRIPT = `
const { parentPort } = require('node:worker_threads');
parentPort.on('message', ({ id, text }) => {
  if (text === 'crash') throw new Error('boom');
  if (text === 'exit') process.exit(3);
  if (text === 'hang') return;
  if (text === 'refuse') return parentPort.postMessage({ id, error: 'no such word' });
  parentPort.postMessage({ id, samples: new Int16Array(text.length) });
});`;
const scripted = () => new Worker(SCRIPT, { eval: true });

let pool: FlitePool;
let warnings: string[];
function start(options: Partial<FlitePoolOptions> = {}): FlitePool {
  warnings = [];
  pool = new FlitePool({
    threads: 1,
    clock: systemClock,
    warn: (message) => warnings.push(message),
    startThread: scripted,
    ...options,
  });
  return pool;
}
afterEach(() => pool.close());

describe('FlitePool with threads that misbehave', () => {
  it.each(['crash', 'exit'])(
    'fails only the sentence whose thread is lost (%s), and starts another thread',
    async (how) => {
      start();
      const lost = pool.synthesize(job('a', how), never);
      const waiting = pool.synthesize(job('b', 'abcd'), never);
      await expect(lost).rejects.toMatchObject({ code: 'speech_failed', retryable: true });
      expect(await waiting).toHaveLength(4);
      expect(await pool.synthesize(job('a', 'ab'), never)).toHaveLength(2);
      expect(pool.threads).toBe(1);
      expect(warnings).toHaveLength(1);
    },
  );

  it('replaces a thread that hangs', async () => {
    const timers: { ms: number; fn: () => void }[] = [];
    const clock: Clock = {
      ...systemClock,
      after(ms, fn) {
        const timer = { ms, fn };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer), 1);
      },
    };
    start({ clock });
    const hung = pool.synthesize(job('a', 'hang'), never);
    const failure = expect(hung).rejects.toMatchObject({ code: 'speech_timeout', retryable: true });
    await expect.poll(() => timers.length).toBe(1);
    timers[0]?.fn();
    await failure;
    timers.length = 0;
    expect(await pool.synthesize(job('b', 'abc'), never)).toHaveLength(3);
    expect(timers).toHaveLength(0);
  });

  it('passes on a refusal of the thread and keeps the thread', async () => {
    start();
    await expect(pool.synthesize(job('a', 'refuse'), never)).rejects.toMatchObject({
      code: 'speech_failed',
      message: 'no such word',
      retryable: false,
    });
    expect(await pool.synthesize(job('a', 'ab'), never)).toHaveLength(2);
    expect(warnings).toEqual([]);
  });

  it('resolves an aborted sentence at once, while its thread still works', async () => {
    start();
    const abort = new AbortController();
    const hung = pool.synthesize(job('a', 'hang'), abort.signal);
    await expect.poll(() => pool.threads).toBe(1);
    const waiting = pool.synthesize(job('b'), abort.signal);
    abort.abort();
    expect(await hung).toBeUndefined();
    expect(await waiting).toBeUndefined();
  });

  it('uses as many threads as there are, never more', async () => {
    start({ threads: 2 });
    const results = await Promise.all(
      Array.from({ length: 12 }, (_, i) => pool.synthesize(job(`call-${i}`, 'x'.repeat(i + 1)), never)),
    );
    expect(results.map((samples) => samples?.length)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
    expect(pool.threads).toBe(2);
  });

  it('leaves no thread behind, fails what runs and refuses what comes', async () => {
    start({ threads: 2 });
    const hung = expect(pool.synthesize(job('a', 'hang'), never)).rejects.toMatchObject({ code: 'speech_unavailable' });
    await expect.poll(() => pool.threads).toBe(1);
    await pool.close();
    await hung;
    expect(pool.threads).toBe(0);
    await expect(pool.synthesize(job('a'), never)).rejects.toMatchObject({ code: 'speech_unavailable' });
    expect(warnings).toEqual([]);
  });
});

describe('FlitePool with flite', () => {
  it('gives the same audio for the same sentence, whatever was spoken in between', async () => {
    pool = new FlitePool({ threads: 1, clock: systemClock, warn: () => undefined });
    const speak = (voice: string, text: string) => pool.synthesize({ ...job('a', text), voice }, never);
    const before = await speak('slt', 'Good morning.');
    await speak('rms', `${'Something much longer is said in between, with many words. '.repeat(3)}`);
    await speak('kal', '');
    expect(before?.length).toBeGreaterThan(3000);
    expect(await speak('slt', 'Good morning.')).toEqual(before);
  });

  it('does not mistake text for options', async () => {
    pool = new FlitePool({ threads: 1, clock: systemClock, warn: () => undefined });
    const help = await pool.synthesize(job('a', '--help'), never);
    expect(help?.length).toBeGreaterThan(1000);
    expect(help?.length).toBeLessThan(16_000);
  });
});
