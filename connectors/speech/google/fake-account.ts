import { generateKeyPairSync, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A service account whose key file the SDK takes, and whose tokens (self-signed JWTs, RFC 7523) the fake can verify. */
export interface FakeAccount {
  /** Path of the key file. */
  readonly keyFile: string;
  /** @returns why a request with this `authorization` is refused; undefined: it is taken */
  refusal(authorization: string | undefined): string | undefined;
}

const EMAIL = 'patchbay@patchbay-test.iam.gserviceaccount.com';
const REFUSED =
  'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.';

/** The key file is there as long as the process. */
export function createFakeAccount(): FakeAccount {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-google-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const keyFile = join(folder, 'google.json');
  writeFileSync(
    keyFile,
    JSON.stringify({
      type: 'service_account',
      project_id: 'patchbay-test',
      private_key_id: 'k1',
      private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
      client_email: EMAIL,
      client_id: '1',
      token_uri: 'https://oauth2.googleapis.com/token',
    }),
    { mode: 0o600 },
  );
  return {
    keyFile,
    refusal(authorization) {
      const [, token = ''] = /^Bearer (.+)$/.exec(authorization ?? '') ?? [];
      const [header = '', body = '', signature = ''] = token.split('.');
      const signed = verify(
        'RSA-SHA256',
        Buffer.from(`${header}.${body}`),
        publicKey,
        Buffer.from(signature, 'base64url'),
      );
      if (!signed) return REFUSED;
      const { iss, exp } = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as {
        iss?: string;
        exp?: number;
      };
      return iss === EMAIL && (exp ?? 0) * 1000 > Date.now() ? undefined : REFUSED;
    },
  };
}
