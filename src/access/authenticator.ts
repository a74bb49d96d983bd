import { assertNever } from '../errors.ts';
import type { AttemptLimiter } from './attempt-limiter.ts';
import { type ApiClient, clientIdPattern, fingerprintOf } from './client.ts';
import type { ClientDirectory } from './client-directory.ts';
import { parseAuthorization } from './credentials.ts';
import { matchesSecret } from './secret.ts';
import type { AccessTokens } from './tokens.ts';

export type Authentication =
  | { kind: 'client'; client: ApiClient }
  /** No credentials were sent. */
  | { kind: 'missing' }
  /** Wrong ones, or a token that is over. */
  | { kind: 'wrong'; reason: WrongReason }
  /** Too many wrong ones came from there. */
  | { kind: 'limited'; retryAfterMs: number };

/** For the log, and for RFC 6750's error_description; not told apart for secrets. */
export type WrongReason = 'malformed' | 'secret' | 'token' | 'token_expired' | 'token_revoked';

export interface AuthenticatorDeps {
  directory: ClientDirectory;
  tokens: AccessTokens;
  limiter: AttemptLimiter;
  log: { warn(fields: object, message: string): void };
  /** A client that programs on the hub's own machine prove to be, by a bearer token that is none of `tokens`. */
  local?: { client: ApiClient; tokenHash: string };
}

/** Finds out who sends a request. Nothing it logs holds a secret. */
export class Authenticator {
  readonly #deps: AuthenticatorDeps;

  constructor(deps: AuthenticatorDeps) {
    this.#deps = deps;
  }

  /** `authorization`: the header field; `address`: where the request comes from. @throws what the stores throw */
  async authenticate(authorization: string | undefined, address: string): Promise<Authentication> {
    const credentials = parseAuthorization(authorization);
    if (credentials === undefined) return { kind: 'missing' };
    switch (credentials.scheme) {
      case 'basic':
        return await this.checkSecret(credentials.id, credentials.secret, address);
      case 'bearer':
        return await this.#checkToken(credentials.token, address);
      case 'unknown':
        return this.#limited(address, undefined) ?? this.#wrong('malformed', address, undefined);
      default:
        return assertNever(credentials);
    }
  }

  /** An id and a secret, however they came. @throws what the stores throw */
  async checkSecret(id: string, secret: string, address: string): Promise<Authentication> {
    const limited = this.#limited(address, id);
    if (limited) return limited;
    const client = await this.#deps.directory.find(id);
    if (!matchesSecret(secret, client?.secretHash) || client === undefined) return this.#wrong('secret', address, id);
    this.#deps.limiter.succeeded(address, client.id);
    return { kind: 'client', client };
  }

  async #checkToken(token: string, address: string): Promise<Authentication> {
    const { directory, tokens, local } = this.#deps;
    if (local && matchesSecret(token, local.tokenHash)) return { kind: 'client', client: local.client };
    const limited = this.#limited(address, undefined);
    const check = await tokens.verify(token);
    switch (check.kind) {
      case 'invalid':
        return limited ?? this.#wrong('token', address, undefined);
      // Whoever has one that was good is no guesser, and is not counted as one.
      case 'expired':
        return { kind: 'wrong', reason: 'token_expired' };
      case 'valid': {
        const client = await directory.find(check.clientId);
        if (client && fingerprintOf(client) === check.fingerprint) return { kind: 'client', client };
        return { kind: 'wrong', reason: 'token_revoked' };
      }
      default:
        return assertNever(check);
    }
  }

  #limited(address: string, id: string | undefined): Authentication | undefined {
    const retryAfterMs = this.#deps.limiter.waitMs(address, id);
    return retryAfterMs > 0 ? { kind: 'limited', retryAfterMs } : undefined;
  }

  #wrong(reason: WrongReason, address: string, id: string | undefined): Authentication {
    this.#deps.limiter.failed(address, id);
    const blocked = this.#deps.limiter.waitMs(address, id) > 0;
    this.#deps.log.warn(
      { address, client: loggable(id), reason, blocked },
      blocked ? 'wrong credentials; no more attempts are taken from there for a while' : 'wrong credentials',
    );
    return { kind: 'wrong', reason };
  }
}

/** An id that cannot be a secret in the wrong place: those of 256 bit have 43 characters. */
function loggable(id: string | undefined): string | undefined {
  if (id === undefined) return undefined;
  return id.length <= 32 && clientIdPattern.test(id) ? id : '(not shown)';
}
