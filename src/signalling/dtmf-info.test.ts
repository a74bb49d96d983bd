import fc from 'fast-check';
import { expect, it } from 'vitest';
import { DTMF_DIGITS } from '../media/dtmf.ts';
import { keyPressInfo, readKeyPress } from './dtmf-info.ts';

const read = (contentType: string, body: string) => readKeyPress({ contentType, contentEncoding: '', body });
const RELAY = 'application/dtmf-relay';

it.each([
  [RELAY, 'Signal=5\r\nDuration=160\r\n', { digit: '5', durationMs: 160 }],
  [RELAY, 'Signal= 5\nDuration= 250', { digit: '5', durationMs: 250 }],
  ['Application/DTMF-Relay; charset=utf-8', 'signal=*\r\nduration=100', { digit: '*', durationMs: 100 }],
  [RELAY, 'Duration=100\r\nSignal=#\r\n', { digit: '#', durationMs: 100 }],
  [RELAY, 'Signal=10\r\nDuration=100\r\n', { digit: '*', durationMs: 100 }],
  [RELAY, 'Signal=11\r\n', { digit: '#', durationMs: 160 }],
  [RELAY, 'Signal=a\r\n', { digit: 'A', durationMs: 160 }],
  [RELAY, 'Signal=5\r\nDuration=999999', { digit: '5', durationMs: 8_000 }],
  [RELAY, 'Signal=5\r\nDuration=0', { digit: '5', durationMs: 40 }],
  ['application/dtmf', '7', { digit: '7', durationMs: 160 }],
  ['application/dtmf', ' #\r\n', { digit: '#', durationMs: 160 }],
  ['application/dtmf', 'Signal=3\r\nDuration=80', { digit: '3', durationMs: 80 }],
  [RELAY, '', 'unreadable'],
  [RELAY, 'Signal=E', 'unreadable'],
  [RELAY, 'Signal=55', 'unreadable'],
  [RELAY, '5', 'unreadable'],
  ['application/dtmf', '12', 'unreadable'],
  ['application/dtmf', '', 'unreadable'],
  ['application/json', '5', undefined],
  ['', '5', undefined],
])('%s %j', (contentType, body, expected) => {
  expect(read(contentType, body)).toEqual(expected);
});

it('what is written is read', () => {
  fc.assert(
    fc.property(fc.constantFrom(...DTMF_DIGITS), fc.integer({ min: 40, max: 8_000 }), (digit, durationMs) => {
      const { contentType, body } = keyPressInfo({ digit, durationMs });
      expect(read(contentType, body)).toEqual({ digit, durationMs });
    }),
  );
});

it('nothing that is sent makes it throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(RELAY, 'application/dtmf'), fc.string(), (type, body) => {
      expect(() => read(type, body)).not.toThrow();
    }),
  );
});
