import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { OriginGates } from './origin-gates.ts';

const limits = { overall: 16, perOrigin: 4 };

function failing(gates: OriginGates, name: string, now = 0): void {
  for (let n = 0; n < 5; n += 1) {
    expect(gates.start(name, now)).toBe('started');
    gates.finish(name, 'outage', now);
  }
}

function proven(gates: OriginGates, name: string): void {
  gates.start(name, 0);
  gates.finish(name, 'answered', 0);
}

describe('gates of origins', () => {
  test('so many at a time to one origin', () => {
    const gates = new OriginGates(limits);
    for (let n = 0; n < 4; n += 1) expect(gates.start('a', 0)).toBe('started');
    expect(gates.start('a', 0)).toBe('busy');
    gates.finish('a', 'unknown', 0);
    expect(gates.start('a', 0)).toBe('started');
  });

  test('an origin that keeps failing is probed one at a time, after 1 s, 2 s, 4 s, ... a minute', () => {
    const gates = new OriginGates(limits);
    failing(gates, 'a');
    const pauses: number[] = [];
    let now = 0;
    for (let probe = 0; probe < 9; probe += 1) {
      expect(gates.start('a', now)).toBe('paused');
      expect(gates.paused(now)).toEqual(['a']);
      const pause = gates.pauseMs('a', now);
      pauses.push(pause / 1000);
      expect(gates.nextProbeAt(now)).toBe(now + pause);
      now += pause;
      expect(gates.paused(now)).toEqual([]);
      expect(gates.start('a', now)).toBe('started');
      expect(gates.start('a', now)).toBe('paused');
      gates.finish('a', 'outage', now);
    }
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
    now += 60_000;
    gates.start('a', now);
    gates.finish('a', 'answered', now);
    expect(gates.failing).toBe(0);
    for (let n = 0; n < 4; n += 1) expect(gates.start('a', now)).toBe('started');
  });

  test('a request that was under way before the origin failed is no probe', () => {
    const gates = new OriginGates(limits);
    for (let n = 0; n < 4; n += 1) gates.start('a', 0);
    for (let n = 0; n < 3; n += 1) gates.finish('a', 'outage', 100);
    gates.start('a', 100);
    gates.start('a', 100);
    gates.finish('a', 'outage', 100);
    gates.finish('a', 'outage', 100);
    expect(gates.isFailing('a')).toBe(true);
    expect(gates.start('a', 10_000)).toBe('paused');
    gates.finish('a', 'outage', 10_000);
    expect(gates.pauseMs('a', 10_000)).toBe(1_000);
  });

  test('one bad answer among good ones changes nothing', () => {
    const gates = new OriginGates(limits);
    for (let n = 0; n < 40; n += 1) {
      expect(gates.start('a', 0)).toBe('started');
      gates.finish('a', n % 5 === 0 ? 'answered' : 'outage', 0);
    }
    expect(gates.isFailing('a')).toBe(false);
  });

  test('new origins leave a quarter to those that answered, failing ones three quarters', () => {
    const gates = new OriginGates(limits);
    proven(gates, 'good');
    for (const name of ['f1', 'f2', 'f3', 'f4', 'f5']) failing(gates, name);
    const probes = ['f1', 'f2', 'f3', 'f4', 'f5'].map((name) => gates.start(name, 60_000));
    expect(probes).toEqual(['started', 'started', 'started', 'started', 'crowded']);
    const news = ['n1', 'n2', 'n3', 'n4', 'n5', 'n6', 'n7', 'n8', 'n9'].map((name) => gates.start(name, 60_000));
    expect(news.filter((start) => start === 'started')).toHaveLength(8);
    for (let n = 0; n < 4; n += 1) expect(gates.start('good', 60_000)).toBe('started');
    expect(gates.running).toBe(16);
    expect(gates.start('good', 60_000)).not.toBe('started');
  });

  test('whatever happens, no limit is passed, and nothing is counted twice', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f');
    const result = fc.constantFrom('answered' as const, 'outage' as const, 'outage' as const, 'unknown' as const);
    const move = fc.record({ start: fc.boolean(), name, result, passes: fc.nat(5_000) });
    fc.assert(
      fc.property(fc.array(move, { maxLength: 300 }), (moves) => {
        const gates = new OriginGates({ overall: 8, perOrigin: 3 });
        const running = new Map<string, number>();
        const answered = new Set<string>();
        let now = 0;
        for (const step of moves) {
          now += step.passes;
          const own = running.get(step.name) ?? 0;
          const total = [...running.values()].reduce((sum, count) => sum + count, 0);
          if (step.start) {
            const wasFailing = gates.isFailing(step.name);
            const start = gates.start(step.name, now);
            if (start === 'started') {
              running.set(step.name, own + 1);
              expect(own).toBeLessThan(wasFailing ? 1 : 3);
              expect(total).toBeLessThan(8);
            } else if (answered.has(step.name) && own < 3) {
              // One that answered is only kept waiting where there is no room at all.
              expect(total).toBe(8);
            }
          } else if (own > 0) {
            running.set(step.name, own - 1);
            gates.finish(step.name, step.result, now);
            if (step.result === 'answered') answered.add(step.name);
            if (gates.isFailing(step.name)) answered.delete(step.name);
          }
          expect(gates.running).toBe([...running.values()].reduce((sum, count) => sum + count, 0));
        }
      }),
      { numRuns: 300 },
    );
  });

  test('any number of names costs a bounded amount of memory', () => {
    const gates = new OriginGates(limits);
    expect(gates.start('kept', 0)).toBe('started');
    for (let n = 0; n < 30_000; n += 1) proven(gates, `o${n}`);
    gates.finish('kept', 'answered', 0);
    expect(gates.running).toBe(0);
    expect(gates.remembered).toBeLessThanOrEqual(10_000);
  });

  test('finishing what was never started is a mistake', () => {
    expect(() => new OriginGates(limits).finish('a', 'answered', 0)).toThrow('under way');
  });
});
