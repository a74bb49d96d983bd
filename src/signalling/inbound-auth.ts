import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { type Credentials, DigestServer, type DigestServerOptions } from './digest.ts';
import type { IncomingInvite } from './incoming-invite.ts';

/** SIP connections that ask their callers for credentials. */
export interface InboundAuth {
  /** Refuses what is not authenticated: 401 with a challenge, 403 for wrong credentials. True: the call may go on. */
  admits(invite: IncomingInvite, connection: string): boolean;
}

/** What the configuration says of a connection's credentials. */
export type ConnectionAuth = Credentials &
  Pick<DigestServerOptions, 'realm' | 'algorithms'> & {
    /** False: they are for calls to the other side only. */
    challengeCallers: boolean;
  };

export function createInboundAuth(
  connections: readonly { id: string; auth?: ConnectionAuth | undefined }[],
  clock: Clock,
): InboundAuth {
  const key = randomBytes(32);
  const servers = new Map<string, DigestServer>();
  for (const { id, auth } of connections) {
    if (auth?.challengeCallers !== true) continue;
    const { realm, algorithms, username, password } = auth;
    const options = { realm, algorithms, credentials: { username, password }, key };
    servers.set(id, new DigestServer({ ...options, now: () => clock.date().getTime() }));
  }
  return {
    admits(invite, connection) {
      const server = servers.get(connection);
      if (server === undefined) return true;
      const bound = `${connection}\n${invite.callId}\n${invite.source.address}`;
      const given = invite.headers.get('authorization') ?? [];
      const verdict = server.check(given, bound, { method: 'INVITE', body: invite.sdp });
      if (verdict === 'good') return true;
      if (verdict === 'wrong') {
        invite.reject(403);
        return false;
      }
      const challenges = server.challenges(bound, { stale: verdict === 'stale' });
      invite.reject(401, { headers: { 'WWW-Authenticate': challenges.join(', ') } });
      return false;
    },
  };
}
