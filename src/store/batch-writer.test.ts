import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import { BatchWriter } from './batch-writer.ts';
import { StoreError } from './errors.ts';

interface Row {
  key: string;
  version: number;
}

/** A database that commits when it is told to. */
class ManualDatabase {
  readonly committed = new Map<string, number>();
  readonly batches: string[][] = [];
  bad = new Set<string>();
  #release: (() => void) | undefined;
  held = false;

  readonly commit = async (rows: readonly Row[]): Promise<void> => {
    this.batches.push(rows.map((row) => row.key));
    if (this.held) await new Promise<void>((resolve) => (this.#release = resolve));
    if (rows.some((row) => this.bad.has(row.key))) throw new Error(`refused ${rows.map((row) => row.key).join()}`);
    for (const row of rows) this.committed.set(row.key, row.version);
  };

  release(): void {
    this.held = false;
    this.#release?.();
  }
}

function setUp(limits = { maxBatch: 3, maxWaiting: 5 }) {
  const database = new ManualDatabase();
  const writer = new BatchWriter<Row>(database.commit, limits);
  const write = (key: string, version = 1) => writer.write(key, { key, version });
  return { database, writer, write };
}

describe('batches of writes', () => {
  test('writes of one moment share a batch, up to its limit', async () => {
    const { database, write } = setUp();
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => write(key)));
    expect(database.batches).toEqual([['a', 'b', 'c'], ['d']]);
  });

  test('a row written again before its turn replaces the one that waits, and both writers hear of the commit', async () => {
    const { database, write } = setUp();
    await Promise.all([write('a', 1), write('a', 2)]);
    expect(database.batches).toEqual([['a']]);
    expect(database.committed.get('a')).toBe(2);
  });

  test('a row written again while its batch is under way goes into the next', async () => {
    const { database, write } = setUp();
    database.held = true;
    const first = write('a', 1);
    await Promise.resolve();
    await Promise.resolve();
    const second = write('a', 2);
    database.release();
    await first;
    await second;
    expect(database.batches).toEqual([['a'], ['a']]);
    expect(database.committed.get('a')).toBe(2);
  });

  test('a bad row fails alone', async () => {
    const { database, write } = setUp();
    database.bad.add('b');
    const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => write(key)));
    expect(results.map((result) => result.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect([...database.committed.keys()]).toEqual(['a', 'c']);
  });

  test('what fails for a passing reason is tried once more, and then fails as a whole', async () => {
    let failures = 1;
    let attempts = 0;
    const writer = new BatchWriter<Row>(
      async () => {
        attempts += 1;
        failures -= 1;
        if (failures >= 0) throw new StoreError('store_failed', 'the thread died', { retryable: true });
      },
      { maxBatch: 3, maxWaiting: 5 },
    );
    const write = (key: string) => writer.write(key, { key, version: 1 });
    await Promise.all([write('a'), write('b')]);
    expect(attempts).toBe(2);
    failures = 2;
    const results = await Promise.allSettled([write('a'), write('b')]);
    expect(results.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect(attempts).toBe(4);
  });

  test('the queue has an end', async () => {
    const { database, write } = setUp();
    database.held = true;
    const taken = ['a', 'b', 'c', 'd', 'e'].map((key) => write(key));
    await expect(write('f')).rejects.toMatchObject({ code: 'store_overloaded', retryable: true });
    const again = write('a', 2);
    database.release();
    await Promise.all([...taken, again]);
    await expect(write('f')).resolves.toBeUndefined();
  });

  test('idle waits for all of it', async () => {
    const { database, writer, write } = setUp();
    const writes = ['a', 'b', 'c', 'd', 'e'].map((key) => write(key));
    await writer.idle();
    expect(database.committed.size).toBe(5);
    await Promise.all(writes);
  });

  test('whatever is written in whatever order: the last version of every row is committed when its promise resolves', async () => {
    const steps = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c', 'd'), wait: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const { database, write } = setUp({ maxBatch: 2, maxWaiting: 10 });
        const last = new Map<string, number>();
        const pending: Promise<void>[] = [];
        for (const [version, { key, wait }] of list.entries()) {
          last.set(key, version);
          pending.push(
            write(key, version).then(() => expect(database.committed.get(key)).toBeGreaterThanOrEqual(version)),
          );
          if (wait) await pending.at(-1);
        }
        await Promise.all(pending);
        expect(database.committed).toEqual(last);
      }),
    );
  });

  describe('that fail for a passing reason', () => {
    function setUpFailing(failures: number, retryForMs: number) {
      const clock = new VirtualClock();
      const attempts: number[] = [];
      const writer = new BatchWriter<Row>(
        async () => {
          attempts.push(clock.now());
          if (attempts.length <= failures) throw new StoreError('store_failed', 'away', { retryable: true });
        },
        { maxBatch: 3, maxWaiting: 5, retryForMs, clock },
      );
      return { clock, attempts, writer };
    }

    test('are tried again, ever less often', async () => {
      const { clock, attempts, writer } = setUpFailing(5, 60_000);
      const written = writer.write('a', { key: 'a', version: 1 });
      await clock.run(10_000);
      await written;
      expect(attempts).toEqual([0, 0, 100, 300, 700, 1_500]);
    });

    test('are given up in the end', async () => {
      const { clock, attempts, writer } = setUpFailing(1_000, 5_000);
      const written = writer.write('a', { key: 'a', version: 1 });
      const failed = expect(written).rejects.toMatchObject({ code: 'store_failed' });
      await clock.run(20_000);
      await failed;
      expect(attempts.at(-1)).toBeGreaterThanOrEqual(5_000);
      expect(attempts.at(-1)).toBeLessThan(7_500);
    });

    test('hold up a stop for some seconds only', async () => {
      const { clock, writer } = setUpFailing(1_000, 600_000);
      const failed = expect(writer.write('a', { key: 'a', version: 1 })).rejects.toMatchObject({ retryable: true });
      await clock.run(1_000);
      const idle = writer.idle();
      await clock.run(6_000);
      await Promise.all([failed, idle]);
    });
  });
});
