import { describe, expect, test } from 'vitest';
import { parseRewriteStep } from './rewrite.ts';
import {
  causeOf,
  defaultFailOn,
  type GroupDestination,
  goesOn,
  type RoutingGroup,
  ringPlan,
  ringPlanInWords,
  tellingFailure,
} from './ring-plan.ts';

function to(target: GroupDestination['target'], options: { priority?: number; called?: string; ms?: number } = {}) {
  const read = options.called === undefined ? undefined : parseRewriteStep('*', options.called);
  const called = read !== undefined && 'step' in read ? [read.step] : undefined;
  return { priority: options.priority ?? 1, target, rewrite: { called }, ringTimeoutMs: options.ms };
}

function group(id: string, strategy: RoutingGroup['strategy'], ...destinations: GroupDestination[]): RoutingGroup {
  return { id, strategy, failOn: defaultFailOn, destinations };
}

const numbers = { calling: '+4930', called: '100' };

describe('whom a call is offered to', () => {
  test('by priority one after the other, the same in the order of the file', () => {
    const groups = [
      group(
        'sales',
        'priority',
        to({ bot: 'night' }, { priority: 9 }),
        to({ sipConnection: 'pbx' }, { called: '200' }),
        to({ phoneNumber: '+1555' }, { called: '+49*' }),
      ),
    ];
    expect(ringPlanInWords(ringPlan({ routingGroup: 'sales' }, numbers, groups))).toEqual([
      'routing group sales, on after busy, no-answer, unreachable, not-found, refused:',
      '  1. 200 by SIP connection pbx, as +4930',
      '  2. +49100 by phone number +1555',
      '  3. bot night',
    ]);
  });

  test('simultaneously those of one priority, groups within groups', () => {
    const groups = [
      group('all', 'simultaneous', to({ routingGroup: 'desk' }), to({ sipConnection: 'mobile' }, { ms: 5_000 }), {
        ...to({ bot: 'night' }, { priority: 2 }),
      }),
      group('desk', 'priority', to({ sipConnection: 'a' }), to({ sipConnection: 'b' })),
    ];
    const plan = ringPlan({ routingGroup: 'all' }, numbers, groups);
    expect(ringPlanInWords(plan)).toEqual([
      expect.stringContaining('routing group all'),
      '  1. at once:',
      expect.stringContaining('     routing group desk'),
      '       1. 100 by SIP connection a, as +4930',
      '       2. 100 by SIP connection b, as +4930',
      '     100 by SIP connection mobile, as +4930, at most 5000 ms',
      '  2. bot night',
    ]);
  });

  test('a ring time of a group holds for the destinations that have none', () => {
    const groups = [
      group('all', 'priority', to({ routingGroup: 'desk' }, { ms: 7_000 })),
      group('desk', 'priority', to({ sipConnection: 'a' }), to({ sipConnection: 'b' }, { ms: 1_000 })),
    ];
    const lines = ringPlanInWords(ringPlan({ routingGroup: 'all' }, numbers, groups)).join('\n');
    expect(lines).toMatch(/connection a, as \+4930, at most 7000 ms/);
    expect(lines).toMatch(/connection b, as \+4930, at most 1000 ms/);
  });
});

describe('failures', () => {
  test.each([
    [486, 'busy'],
    [600, 'busy'],
    [480, 'no-answer'],
    [604, 'not-found'],
    [603, 'declined'],
    [503, 'unreachable'],
    [undefined, 'unreachable'],
    [488, 'refused'],
    [302, 'refused'],
    [606, 'refused'],
  ])('%s is %s', (status, cause) => {
    expect(causeOf(status)).toBe(cause);
  });

  test('the next destination is tried after those of the list, by cause and by status', () => {
    expect(goesOn(defaultFailOn, 486)).toBe(true);
    expect(goesOn(defaultFailOn, 603)).toBe(false);
    expect(goesOn(['busy'], 503)).toBe(false);
    expect(goesOn(['busy', 503], 503)).toBe(true);
    expect(goesOn(['unreachable'], undefined)).toBe(true);
  });

  test('the caller is told the one that says most', () => {
    expect(tellingFailure([{ sipStatus: 503 }, { sipStatus: 486 }, { sipStatus: 480 }])).toEqual({ sipStatus: 486 });
    expect(tellingFailure([{}, { sipStatus: 404 }])).toEqual({ sipStatus: 404 });
    expect(tellingFailure([])).toBeUndefined();
  });
});
