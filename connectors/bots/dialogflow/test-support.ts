import { generateKeyPairSync } from 'node:crypto';
import { testAuthority } from '../../../src/net/testing-certificates.ts';
import type { FakeAccount } from './fake-api.ts';

/** An account of a test's own; it is good for any number of fakes. */
export function fakeAccount(): FakeAccount {
  const authority = testAuthority();
  if (authority === undefined) throw new Error('the program openssl is needed');
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  return {
    clientEmail: 'bot@fake-project.iam.gserviceaccount.com',
    ...keys,
    ca: authority.ca,
    tls: authority.issue('DNS:localhost'),
  };
}
