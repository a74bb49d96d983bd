import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { acBotApiConfigSchema } from './config.ts';
import { createAcBotApi } from './connector.ts';
import { botErrorOf, contextOf } from './test-support.ts';

const certificate = selfSigned();

describe('a bot with a self-signed certificate', () => {
  test.skipIf(certificate === undefined)(
    'is refused, unless allowSelfSignedCert (needs the program openssl)',
    async () => {
      const server = createServer(certificate ?? {}, (_request, response) => {
        response.end('{"type":"ac-bot-api","success":true}');
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/bot`;
      const connectionWith = (allowSelfSignedCert: boolean) =>
        createAcBotApi(
          { id: 'tls', name: 'TLS', config: acBotApiConfigSchema.parse({ url, allowSelfSignedCert }) },
          { log: pino({ level: 'silent' }), clock: systemClock },
        );
      const [strict, lenient] = [connectionWith(false), connectionWith(true)];
      expect(await strict.validate()).toMatchObject({
        ok: false,
        steps: [{ message: expect.stringContaining('certificate was not accepted') }],
      });
      expect(await botErrorOf(strict.open(contextOf(), { onActivities: () => {}, onLost: () => {} }))).toMatchObject({
        code: 'bot_unreachable',
        retryable: false,
      });
      expect(await lenient.validate()).toMatchObject({ ok: true });
      await Promise.all([strict.close(), lenient.close()]);
      await new Promise((resolve) => server.close(resolve));
    },
  );
});

function selfSigned(): { key: string; cert: string } | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-tls-'));
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  try {
    const { status } = spawnSync('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
      ...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ]);
    return status === 0 ? { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') } : undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
