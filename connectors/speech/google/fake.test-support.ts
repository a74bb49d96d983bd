import { testAuthority } from '../../../src/net/testing-certificates.ts';
import { createFakeAccount, type FakeAccount } from './fake-account.ts';
import { FakeGoogle, type FakeGoogleOptions } from './fake-server.ts';

/** An authority of the tests' own; undefined where the program openssl is missing. */
export const authority = testAuthority();
let account: FakeAccount | undefined;
const tls = authority?.issue('DNS:localhost');

/** A fake that listens, and the fields of hub.yaml that lead there. */
export async function startFakeGoogle(options: Partial<FakeGoogleOptions> = {}) {
  if (authority === undefined || tls === undefined) throw new Error('the program openssl is missing');
  account ??= createFakeAccount();
  const { keyFile } = account;
  const server = new FakeGoogle({ account, tls, ...options });
  const apiEndpoint = await server.listen();
  return {
    server,
    apiEndpoint,
    /** An entry of `speechServices`. */
    settings({ stt = {}, tts = {}, ...more }: { stt?: object; tts?: object; [key: string]: unknown } = {}) {
      return {
        id: 'google',
        vendor: 'google',
        credentials: { keyFile },
        caCertificate: authority.ca,
        stt: { apiEndpoint, ...stt },
        tts: { apiEndpoint, ...tts },
        ...more,
      };
    },
    dispose: () => server.close(),
  };
}
