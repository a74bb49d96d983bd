import { errors, jwtVerify, SignJWT } from 'jose';
import type { Clock } from '../clock.ts';
import { type ApiClient, fingerprintOf } from './client.ts';
import type { HubKeys } from './hub-keys.ts';
import type { HubKey } from './ports.ts';

const issuer = 'patchbay';
const maxTokenLength = 2_048;

export type TokenCheck =
  | { kind: 'valid'; clientId: string; fingerprint: string }
  /** Signed by us, and too old. */
  | { kind: 'expired' }
  /** Not signed by us. */
  | { kind: 'invalid' };

/** Bearer tokens: JWTs (RFC 7519) signed with HS256. Every node that shares the keys takes them. */
export class AccessTokens {
  readonly #keys: HubKeys;
  readonly #clock: Clock;
  readonly #lifetimeMs: number;

  constructor(keys: HubKeys, clock: Clock, lifetimeMs: number) {
    this.#keys = keys;
    this.#clock = clock;
    this.#lifetimeMs = lifetimeMs;
  }

  async issue(client: ApiClient): Promise<{ token: string; expiresInSec: number }> {
    const key = await this.#keys.current();
    const now = Math.floor(this.#clock.date().getTime() / 1000);
    const expiresInSec = Math.round(this.#lifetimeMs / 1000);
    const token = await new SignJWT({ fgp: fingerprintOf(client) })
      .setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: key.kid })
      .setIssuer(issuer)
      .setSubject(client.id)
      .setIssuedAt(now)
      .setExpirationTime(now + expiresInSec)
      .sign(bytesOf(key));
    return { token, expiresInSec };
  }

  /** Checks signature and age. Whether its client still is what it was, is for the caller to ask. */
  async verify(token: string): Promise<TokenCheck> {
    if (token.length > maxTokenLength) return { kind: 'invalid' };
    let found: HubKey | undefined;
    try {
      const { payload } = await jwtVerify(
        token,
        async ({ kid }) => {
          found = kid === undefined ? undefined : await this.#keys.find(kid);
          if (!found) throw new errors.JWKSNoMatchingKey();
          return bytesOf(found);
        },
        { algorithms: ['HS256'], issuer, requiredClaims: ['sub', 'exp', 'iat'], currentDate: this.#clock.date() },
      );
      const { sub, fgp } = payload;
      if (sub === undefined || typeof fgp !== 'string') return { kind: 'invalid' };
      return { kind: 'valid', clientId: sub, fingerprint: fgp };
    } catch (error) {
      if (error instanceof errors.JWTExpired) return { kind: 'expired' };
      if (error instanceof errors.JOSEError) return { kind: 'invalid' };
      throw error;
    }
  }
}

function bytesOf(key: HubKey): Uint8Array {
  return Buffer.from(key.secret, 'base64url');
}
