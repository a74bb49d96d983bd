import type { Logger } from 'pino';
import { type Access, createAccess } from '../access/access.ts';
import { isLoopback } from '../api/loopback.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import type { Store } from '../store/open.ts';

/**
 * API clients of the configuration and of the database, their tokens and their limits. Tells in the log when nobody
 * can use the API, and when credentials would travel in the clear.
 */
export async function openAccess(
  config: Pick<HubConfig, 'apiClients' | 'auth' | 'http'>,
  deps: { store: Pick<Store, 'apiClients' | 'hubKeys'>; clock: Clock; log: Logger },
): Promise<Access> {
  const { store, clock, log } = deps;
  const access = createAccess({
    declared: config.apiClients.map((client) => ({
      id: client.id,
      secretHash: client.secretHash,
      groups: client.groups,
      notificationSecret: client.notificationSecret,
      source: 'configuration',
      createdAt: undefined,
    })),
    clients: store.apiClients,
    keys: store.hubKeys,
    tokenLifetimeMs: config.auth.tokenLifetimeMs,
    clock,
    log: log.child({ part: 'access' }),
  });
  if ((await access.directory.list()).length === 0) {
    log.info(
      'the API is closed: there is no API client; make the first with: npm run patchbay -- client create ID --groups administrator',
    );
  }
  if (!isLoopback(config.http.host) && config.http.publicUrl === undefined) {
    log.warn(
      { host: config.http.host },
      'the API listens on a network without TLS: secrets and tokens travel in the clear; put a proxy with TLS in front and set http.publicUrl',
    );
  }
  return access;
}
