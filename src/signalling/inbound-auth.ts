import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { Credentials } from './digest.ts';
import { claimedUser, DigestServer, type DigestServerOptions, type DigestVerdict } from './digest-server.ts';
import type { IncomingInvite } from './incoming-invite.ts';

/** SIP connections that ask their callers for credentials. */
export interface InboundAuth {
  /**
   * Answers what is not authenticated: 401 with a challenge, 403 for wrong credentials and for who has tried too often.
   * `admitted`: the call may go on.
   */
  admit(invite: IncomingInvite, connection: string): 'admitted' | 'challenged' | 'refused';
}

/** `limited`: too many wrong ones came from there, or for this name; these were not looked at. */
export type InboundAuthOutcome = DigestVerdict | 'limited';

/** Slows down who guesses. Addresses are those of SIP, names what the credentials claim. */
export interface GuessLimiter {
  /** Milliseconds until an attempt is welcome; 0: now. */
  waitMs(address: string, user: string): number;
  failed(address: string, user: string): void;
  succeeded(address: string, user: string): void;
}

/** What the configuration says of a connection's credentials. */
export type ConnectionAuth = Credentials &
  Pick<DigestServerOptions, 'realm' | 'algorithms' | 'nonceLifetimeMs'> & {
    /** False: they are for calls to the other side only. */
    challengeCallers: boolean;
  };

export interface InboundAuthDeps {
  clock: Clock;
  log: Logger;
  /** One for each connection that asks. */
  createLimiter(): GuessLimiter;
  /** Told of every INVITE on a connection that asks. */
  outcome(connection: string, outcome: InboundAuthOutcome): void;
}

export function createInboundAuth(
  connections: readonly { id: string; auth?: ConnectionAuth | undefined }[],
  deps: InboundAuthDeps,
): InboundAuth {
  const { clock, createLimiter, log } = deps;
  const key = randomBytes(32);
  const guards = new Map<string, { server: DigestServer; limiter: GuessLimiter }>();
  for (const { id, auth } of connections) {
    if (auth?.challengeCallers !== true) continue;
    const { realm, algorithms, nonceLifetimeMs, username, password } = auth;
    const options = { realm, algorithms, nonceLifetimeMs, credentials: { username, password }, key };
    const server = new DigestServer({ ...options, now: () => clock.date().getTime() });
    guards.set(id, { server, limiter: createLimiter() });
  }

  return {
    admit(invite, connection) {
      const guard = guards.get(connection);
      if (guard === undefined) return 'admitted';
      const { server, limiter } = guard;
      const { address } = invite.source;
      const given = invite.headers.get('authorization') ?? [];
      const user = claimedUser(given) ?? '';
      if (given.length > 0 && limiter.waitMs(address, user) > 0) {
        deps.outcome(connection, 'limited');
        invite.reject(403);
        return 'refused';
      }
      const bound = `${connection}\n${invite.callId}\n${address}`;
      const verdict = server.check(given, bound, { method: 'INVITE', body: invite.sdp });
      deps.outcome(connection, verdict);
      switch (verdict) {
        case 'good':
          limiter.succeeded(address, user);
          return 'admitted';
        case 'wrong': {
          limiter.failed(address, user);
          const waitMs = limiter.waitMs(address, user);
          log.warn(
            { remote: address, connection, user: user.slice(0, 64), ...(waitMs > 0 ? { refusedForMs: waitMs } : {}) },
            'INVITE with wrong credentials',
          );
          invite.reject(403);
          return 'refused';
        }
        case 'replayed':
          log.warn({ remote: address, connection, user: user.slice(0, 64) }, 'INVITE with credentials used before');
          break;
        case 'absent':
        case 'stale':
          break;
      }
      // whoever knows the password answers the new nonce without asking a person, also where the old one was used up
      const challenges = server.challenges(bound, { stale: verdict !== 'absent' });
      invite.reject(401, { headers: { 'WWW-Authenticate': challenges.join(', ') } });
      return 'challenged';
    },
  };
}
