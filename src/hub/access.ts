import type { Logger } from 'pino';
import { type Access, createAccess } from '../access/access.ts';
import type { ApiClient } from '../access/client.ts';
import { writeLocalAccess } from '../access/local-access.ts';
import { isLoopback } from '../api/loopback.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import type { Store } from '../store/open.ts';

/** The API clients that the configuration declares. */
export function declaredClients(config: Pick<HubConfig, 'apiClients'>): ApiClient[] {
  return config.apiClients.map(({ id, secretHash, groups, notificationSecret }) => ({
    id,
    secretHash,
    groups,
    notificationSecret,
    source: 'configuration',
    createdAt: undefined,
  }));
}

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
    declared: declaredClients(config),
    clients: store.apiClients,
    keys: store.hubKeys,
    tokenLifetimeMs: config.auth.tokenLifetimeMs,
    clock,
    log: log.child({ part: 'access' }),
  });
  const [stored, clients] = await Promise.all([store.apiClients.list(), access.directory.list()]);
  for (const { id } of stored.filter(({ id }) => config.apiClients.some((declared) => declared.id === id))) {
    log.warn({ client: id }, 'API client of the database not used: the configuration declares one with the same id');
  }
  if (clients.length === 0) {
    log.info(
      'the API is closed: there is no API client; make the first with: npm run patchbay -- client create ID --groups administrator',
    );
  }
  if (inTheClear(config.http)) {
    log.warn(
      { host: config.http.host, publicUrl: config.http.publicUrl },
      'the API is reached over a network without TLS: secrets and tokens travel in the clear; put a proxy with TLS in front and set http.publicUrl to its https: address',
    );
  }
  return access;
}

/** Requests cross a network without TLS, as far as can be known. */
function inTheClear({ host, publicUrl }: HubConfig['http']): boolean {
  if (publicUrl === undefined) return !isLoopback(host);
  const { protocol, hostname } = new URL(publicUrl);
  return protocol === 'http:' && !isLoopback(hostname);
}

/**
 * Leaves the key to the API for programs of the same user in the data directory; they have less to offer where that
 * cannot be done, and nothing else depends on it.
 */
export async function offerLocalAccess(
  config: Pick<HubConfig, 'dataDir' | 'http'>,
  port: number,
  { access, log }: { access: Access; log: Logger },
): Promise<{ remove(): Promise<void> }> {
  try {
    return await writeLocalAccess(config.dataDir, { host: config.http.host, port }, access.localToken);
  } catch (error) {
    log.warn({ reason: messageOf(error) }, 'no key to the API could be left in dataDir: `patchbay call` shows no text');
    return { remove: async () => {} };
  }
}
