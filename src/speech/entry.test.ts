import pino from 'pino';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../clock.ts';
import { speechVendor } from './entry.ts';

test.each([
  [true, ['the certificate of this service is not checked (allowSelfSignedCert)']],
  [false, []],
])('a service with allowSelfSignedCert %s: %j', (allowSelfSignedCert, expected) => {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const entry = speechVendor({
    ...{ settings: z.object({ allowSelfSignedCert: z.boolean() }), stt: true, tts: true },
    create: () => ({ id: 's', stt: undefined, tts: undefined, warmUp: async () => {}, close: async () => {} }),
  });
  entry.create({ allowSelfSignedCert }, { log, clock: systemClock });
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(
    expected.map((text) => expect.stringContaining(text)),
  );
});
