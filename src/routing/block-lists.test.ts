import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CallBlockList, createBlocker } from './block-lists.ts';
import { matchesNumber, type NumberPattern, parseNumberPattern } from './numbers.ts';

function patterns(...texts: string[]): NumberPattern[] {
  return texts.map((text) => {
    const read = parseNumberPattern(text);
    if ('problem' in read) throw new Error(read.problem);
    return read.pattern;
  });
}

function list(id: string, numbers: NumberPattern[], sipConnections?: string[]): CallBlockList {
  return { id, numbers, sipConnections, reject: { code: 603, reason: 'Decline' } };
}

describe('a block list', () => {
  const blocker = createBlocker([
    list('carrier only', patterns('+4412*', 'anonymous'), ['carrier']),
    list('everywhere', patterns('+49 30-123', '+1900*')),
  ]);
  const on = (sipConnection: string, ...callers: string[]) => blocker({ sipConnection, callers })?.id;

  test('holds for its SIP connections, the others for all', () => {
    expect(on('carrier', '+44123')).toBe('carrier only');
    expect(on('pbx', '+44123')).toBeUndefined();
    expect(on('pbx', '+4930123')).toBe('everywhere');
    expect(on('pbx', '+49301234')).toBeUndefined();
    expect(on('carrier', 'anonymous')).toBe('carrier only');
  });

  test('whoever says who calls counts: the number asserted by the network, too', () => {
    expect(on('pbx', 'anonymous', '+19005551234')).toBe('everywhere');
    expect(on('pbx')).toBeUndefined();
  });

  test('of anybody', () => {
    expect(createBlocker([list('all', patterns('*'))])({ sipConnection: 'x', callers: [''] })?.id).toBe('all');
  });

  test('agrees with its patterns, one by one', () => {
    const text = fc.constantFrom('*', '+4*', '+49', '+49*', '1-2*', '12', 'a*', 'ann');
    const number = fc.constantFrom('', '+4', '+49', '+491', '12', '1-23', 'a', 'ann', 'Ann');
    fc.assert(
      fc.property(fc.array(text, { maxLength: 5 }), number, (texts, caller) => {
        const numbers = patterns(...texts);
        const blocked = createBlocker([list('l', numbers)])({ sipConnection: 's', callers: [caller] }) !== undefined;
        expect(blocked).toBe(numbers.some((pattern) => matchesNumber(pattern, caller)));
      }),
    );
  });
});
