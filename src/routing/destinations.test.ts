import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { allowsHost, type DestinationPattern, parseDestination, refusedDestination } from './destinations.ts';

function list(...entries: string[]): DestinationPattern[] {
  return entries.map((entry) => {
    const read = parseDestination(entry);
    if ('problem' in read) throw new Error(read.problem);
    return read.destination;
  });
}

describe('parseDestination', () => {
  it.each([
    ['+1', { kind: 'prefix', prefix: '+1' }],
    ['+4930*', { kind: 'prefix', prefix: '+4930' }],
    ['+49 30 1234-5678', { kind: 'exact', number: '+493012345678' }],
    ['110', { kind: 'exact', number: '110' }],
    ['*', { kind: 'any' }],
    ['sip:*@PBX.example.com', { kind: 'host', user: { kind: 'any' }, host: 'pbx.example.com' }],
  ])('reads %s', (text, destination) => {
    expect(parseDestination(text)).toEqual({ destination });
  });

  it('does not guess what +4930 without a star means', () => {
    expect(parseDestination('+4930')).toEqual({ problem: expect.stringContaining("'+4930*'") });
  });
});

describe('refusedDestination', () => {
  it('an empty list lets nothing through, a list what it names', () => {
    expect(refusedDestination([], '+12025550123')).toMatch(/empty/);
    expect(refusedDestination(list('+1'), '+12025550123')).toBeUndefined();
    expect(refusedDestination(list('+1'), '+493012345678')).toMatch(/not in/);
    expect(refusedDestination(list('+4930*'), '+493012345678')).toBeUndefined();
    expect(refusedDestination(list('+4930*'), '+498912345678')).toMatch(/not in/);
  });

  it('without a list everything goes but emergency and premium-rate numbers', () => {
    for (const number of ['+12025550123', '100', 'alice'])
      expect(refusedDestination(undefined, number)).toBeUndefined();
    expect(refusedDestination(undefined, '112')).toMatch(/emergency/);
    expect(refusedDestination(undefined, '+19005551234')).toMatch(/premium/);
  });

  it.each(['+19005551234', '112', '100', '+979123456789'])('%s must be listed itself', (number) => {
    expect(refusedDestination(list('*', '+1', '+979'), number)).toMatch(/listed itself/);
    expect(refusedDestination(list(number), number)).toBeUndefined();
  });

  it('worldwide networks must be listed by their code', () => {
    expect(refusedDestination(list('*'), '+881612345678')).toMatch(/'\+881'/);
    expect(refusedDestination(undefined, '+881612345678')).toMatch(/'\+881'/);
    expect(refusedDestination(list('+881'), '+881612345678')).toBeUndefined();
  });

  it('a prefix of a country lets no other country through', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), fc.stringMatching(/^[1-9]\d{8,11}$/), (code, rest) => {
        const allowed = refusedDestination(list(`+${code}`), `+${rest}`) === undefined;
        if (allowed) expect(rest.startsWith(String(code))).toBe(true);
      }),
    );
  });
});

it('SIP addresses beyond the gateways have to be named', () => {
  expect(allowsHost(undefined, 'a', 'pbx.example.com')).toBe(false);
  expect(allowsHost(list('sip:2*@pbx.example.com'), '200', 'PBX.example.com')).toBe(true);
  expect(allowsHost(list('sip:2*@pbx.example.com'), '300', 'pbx.example.com')).toBe(false);
  expect(allowsHost(list('*', 'sip:*@a.example'), '200', 'b.example')).toBe(false);
});
