import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { EndReason } from '../calls/end-reason.ts';
import { maxForwardsOf, passedHeaders } from './forward-headers.ts';
import { endOfForward } from './forward-refusal.ts';

const headers = new Map([
  ['from', ['<sip:a@b>']],
  ['via', ['SIP/2.0/UDP 10.0.0.1']],
  ['diversion', ['<sip:1@a>;reason=no-answer', '<sip:2@a>;reason=user-busy']],
  ['alert-info', ['<http://a>;info=alert-autoanswer']],
  ['x-acme-case', ['7']],
  ['x-internal', ['secret']],
  ['authorization', ['Digest ...']],
]);

describe('header fields that go on with a call', () => {
  it('are those about the caller and how the call came about', () => {
    expect(passedHeaders(headers, [])).toEqual([
      { name: 'Diversion', value: '<sip:1@a>;reason=no-answer, <sip:2@a>;reason=user-busy' },
    ]);
  });

  it('and those that the connection wants', () => {
    expect(passedHeaders(headers, ['X-Acme-*', 'alert-info']).map(({ name }) => name)).toEqual([
      'Diversion',
      'Alert-Info',
      'X-Acme-Case',
    ]);
  });

  it('are bounded', () => {
    const many = new Map([
      ['diversion', Array.from({ length: 100 }, () => '<sip:1@a>')],
      ['subject', ['x'.repeat(5_000)]],
    ]);
    expect(passedHeaders(many, [])[0]?.value.split(',')).toHaveLength(16);
    expect(passedHeaders(many, [])).toHaveLength(1);
  });
});

describe('Max-Forwards', () => {
  it.each([
    ['0', 0],
    [' 12 ', 12],
    ['999', 255],
    ['', 70],
    ['x', 70],
    ['-1', 70],
  ])('%j is %i', (text, expected) => {
    expect(maxForwardsOf(new Map([['max-forwards', [text]]]))).toBe(expected);
  });

  it('is 70 where there is none', () => {
    expect(maxForwardsOf(new Map())).toBe(70);
  });
});

describe('what the caller is told when nobody has answered', () => {
  const refused = (sipStatus: number): EndReason => ({ category: 'dial-failed', by: 'callee', text: '', sipStatus });

  it.each([
    [486, 486],
    [404, 404],
    [480, 480],
    [603, 603],
    [488, 488],
    [401, 480],
    [407, 480],
    [302, 480],
    [408, 480],
    [420, 480],
    [503, 500],
    [500, 500],
    [600, 600],
  ])('%i becomes %i', (sipStatus, expected) => {
    expect(endOfForward([refused(sipStatus)]).sipStatus).toBe(expected);
  });

  it.each<[string, EndReason, number]>([
    ['no answer in time', { category: 'no-answer', by: 'hub', text: '', sipStatus: 487 }, 480],
    ['no gateway', { category: 'dial-failed', by: 'hub', text: '' }, 504],
    ['not allowed', { category: 'rejected', by: 'hub', text: '', sipStatus: 403 }, 403],
    ['no room', { category: 'rejected', by: 'hub', text: '', sipStatus: 503 }, 503],
    ['no media', { category: 'media-failure', by: 'hub', text: '', sipStatus: 503 }, 503],
  ])('%s', (_, failure, expected) => {
    expect(endOfForward([failure]).sipStatus).toBe(expected);
  });

  it('nobody was there to call', () => {
    expect(endOfForward([])).toMatchObject({ category: 'dial-failed', sipStatus: 480 });
  });

  it('always a final status that is no challenge and no redirection', () => {
    fc.assert(
      fc.property(fc.integer({ min: 300, max: 699 }), (sipStatus) => {
        const status = endOfForward([refused(sipStatus)]).sipStatus ?? 0;
        expect(status).toBeGreaterThanOrEqual(400);
        expect([401, 407, 503]).not.toContain(status);
      }),
    );
  });
});
