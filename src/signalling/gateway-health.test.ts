import fc from 'fast-check';
import { expect, it } from 'vitest';
import { afterProbe, type GatewayHealth, unknownHealth } from './gateway-health.ts';

const at = (s: number) => new Date(Date.UTC(2026, 0, 1, 0, 0, s));
const run = (statuses: readonly (number | undefined)[]): GatewayHealth[] => {
  const seen: GatewayHealth[] = [];
  let health = unknownHealth;
  for (const [index, status] of statuses.entries()) {
    health = afterProbe(health, { status, roundTripMs: 10 + index }, at(index));
    seen.push(health);
  }
  return seen;
};
const states = (statuses: readonly (number | undefined)[]) => run(statuses).map(({ state }) => state);

it('is up at the first answer, and down after the second one that is missing', () => {
  expect(states([undefined, undefined, undefined, 200, undefined, 200])).toEqual([
    ...['unknown', 'down', 'down', 'up', 'up', 'up'],
  ]);
});

it.each([
  [200, 'up'],
  [401, 'up'],
  [404, 'up'],
  [405, 'up'],
  [500, 'up'],
  [501, 'up'],
  [408, 'down'],
  [502, 'down'],
  [503, 'down'],
  [504, 'down'],
])('whoever answers %i twice is %s', (status, state) => {
  expect(states([status, status]).at(-1)).toBe(state);
});

it('tells since when, what was answered last, and how long that took', () => {
  expect(run([200, 200, 503, undefined]).at(-1)).toEqual({
    ...{ state: 'down', since: at(3), askedAt: at(3), lastStatus: undefined, roundTripMs: 12, failures: 2 },
  });
  expect(run([200, 200]).at(-1)).toMatchObject({ state: 'up', since: at(0), askedAt: at(1), roundTripMs: 11 });
});

it('one failure never changes a state, and `since` moves exactly when the state does', () => {
  const status = fc.option(fc.constantFrom(200, 404, 503, 408), { nil: undefined });
  fc.assert(
    fc.property(fc.array(status, { minLength: 1, maxLength: 30 }), (statuses) => {
      let before = unknownHealth;
      for (const [index, health] of run(statuses).entries()) {
        const failed = health.failures > 0;
        if (failed && before.failures === 0) expect(health.state).toBe(before.state);
        if (!failed) expect(health.state).toBe('up');
        expect(health.since === before.since).toBe(health.state === before.state);
        expect(health.lastStatus).toBe(statuses[index]);
        before = health;
      }
    }),
  );
});
