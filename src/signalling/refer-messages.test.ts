import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isReferTarget, parseReplaces, readRefer, readReferReport, referToReplacing } from './refer-messages.ts';

const fields = (given: Record<string, string>) => (name: string) => given[name] ?? '';

describe('readReferReport', () => {
  const report = (event: string, state: string, body: string) =>
    readReferReport(fields({ Event: event, 'Subscription-State': state }), body);

  test.each([
    ['refer', 'active;expires=60', 'SIP/2.0 100 Trying\r\n', { status: 100, terminated: false, id: undefined }],
    ['refer;id=93', 'active', 'SIP/2.0 180 Ringing', { status: 180, terminated: false, id: 93 }],
    [
      'Refer ; id="7"',
      'terminated;reason=noresource',
      'SIP/2.0 200 OK\r\nX: y\r\n',
      { status: 200, terminated: true, id: 7 },
    ],
    ['refer', 'Terminated', '  sip/2.0 486\r\n', { status: 486, reason: '', terminated: true }],
    ['refer', '', 'INVITE sip:a@b SIP/2.0\r\n', { status: undefined, terminated: false }],
    ['refer', 'terminated', '', { status: undefined, terminated: true }],
  ])('%s, %s, %j', (event, state, body, expected) => {
    expect(report(event, state, body)).toMatchObject(expected);
  });

  test.each(['', 'presence', 'referral', 'refer2'])('event %j is about no REFER', (event) => {
    expect(report(event, 'active', 'SIP/2.0 200 OK')).toBeUndefined();
  });
});

describe('readRefer', () => {
  const read = (referTo: string, more: Record<string, string> = {}) =>
    readRefer(fields({ 'Refer-To': referTo, CSeq: '12 REFER', ...more }));

  test('blind, with and without angle brackets', () => {
    expect(read('<sip:agent@desk.example;transport=tcp>')).toEqual({
      refer: {
        target: 'sip:agent@desk.example;transport=tcp',
        user: 'agent',
        host: 'desk.example',
        replaces: undefined,
        referredBy: '',
        wantsReports: true,
        cseq: 12,
      },
    });
    expect(read('tel:+4930123456')).toMatchObject({ refer: { target: 'tel:+4930123456', user: '+4930123456' } });
  });

  test('attended: the dialog to be replaced', () => {
    expect(read('"Desk" <sip:d@desk.example?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&X-Y=1>')).toMatchObject({
      refer: {
        target: 'sip:d@desk.example',
        replaces: { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false },
      },
    });
  });

  test('no reports are wanted', () => {
    expect(read('<sip:a@b>', { 'Refer-Sub': 'false' })).toMatchObject({ refer: { wantsReports: false } });
  });

  test.each([
    ['', 400],
    ['<http://example.com>', 416],
    ['<sip:a@b;method=BYE>', 400],
    ['<sip:a@b?Replaces=nonsense>', 400],
    ['<sip:a@b?Replaces=%zz>', 400],
  ])('%j is refused with %d', (referTo, status) => {
    expect(read(referTo)).toMatchObject({ refused: { status } });
  });

  test('whatever is written is read or refused', () => {
    fc.assert(fc.property(fc.string(), (text) => void read(text)));
  });
});

test('what we ask a far side to replace is what it reads', () => {
  const part = fc.stringMatching(/^[A-Za-z0-9.@!%*_+`'~-]{1,30}$/);
  fc.assert(
    fc.property(part, part, part, (callId, toTag, fromTag) => {
      const value = referToReplacing('sip:agent@10.0.0.1:5070;transport=tcp', { callId, toTag, fromTag });
      const read = readRefer((name) => (name === 'Refer-To' ? value : ''));
      expect(read).toMatchObject({
        refer: {
          target: 'sip:agent@10.0.0.1:5070;transport=tcp',
          replaces: { callId, toTag, fromTag, earlyOnly: false },
        },
      });
    }),
  );
});

test.each([
  ['a@b;to-tag=1;from-tag=2;early-only', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: true }],
  ['a@b; From-Tag=2 ;to-tag=1', { callId: 'a@b', toTag: '1', fromTag: '2', earlyOnly: false }],
  ['a@b;to-tag=1', undefined],
  ['', undefined],
])('Replaces: %s', (value, expected) => {
  expect(parseReplaces(value)).toEqual(expected);
});

test.each([
  ['tel:+4930123456', true],
  ['tel:7042;phone-context=example.com', true],
  ['sip:desk@pbx.example;user=phone?X-A=1', true],
  ['sip:a@b>', false],
  ['sip:a b@c', false],
  ['sip:a\r\nX: y', false],
  ['+4930', false],
  ['http://a', false],
])('%j can stand in Refer-To: %s', (uri, can) => {
  expect(isReferTarget(uri)).toBe(can);
});
