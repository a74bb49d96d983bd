import type { Logger } from 'pino';
import { request } from 'undici';
import { z } from 'zod';
import { createAccess } from '../access/access.ts';
import type { ApiClient } from '../access/client.ts';
import { type ClientGroup, groupNames } from '../access/groups.ts';
import { readLocalAccess } from '../access/local-access.ts';
import { systemClock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import { SqlApiClientStore, SqlHubKeyStore } from '../store/api-clients.ts';
import { openHubDatabase } from '../store/open-database.ts';
import { declaredClients } from './access.ts';

const listed = z.object({
  id: z.string(),
  groups: z.array(z.enum(groupNames)),
  source: z.enum(['configuration', 'database']),
  createdAt: z.string().optional(),
});
const withSecrets = z.object({ id: z.string(), secret: z.string(), notificationSecret: z.string() });

export type ListedClient = Pick<ApiClient, 'id' | 'groups' | 'source' | 'createdAt'>;
/** Shown once. */
export type ClientSecrets = z.output<typeof withSecrets>;

/** API clients, as the command line manages them. */
export interface ClientAdmin {
  list(): Promise<ListedClient[]>;
  create(id: string, groups: readonly ClientGroup[]): Promise<ClientSecrets>;
  renewSecret(id: string): Promise<ClientSecrets>;
  remove(id: string): Promise<void>;
  close(): Promise<void>;
}

type Config = Pick<HubConfig, 'apiClients' | 'auth' | 'dataDir' | 'database' | 'file'>;

/**
 * The API of the hub that runs on the configuration's data directory; its database where none does.
 * @throws PatchbayError `hub_running` where a hub holds the database and its API cannot be used; StoreError
 */
export async function openClientAdmin(config: Config, log: Logger): Promise<ClientAdmin> {
  const local = await readLocalAccess(config.dataDir);
  const problem = local === undefined ? undefined : await unusable(local);
  if (local !== undefined && problem === undefined) return throughHub(local);
  try {
    return await throughDatabase(config, log);
  } catch (error) {
    if (!(error instanceof PatchbayError) || error.code !== 'store_in_use') throw error;
    throw new PatchbayError(
      'hub_running',
      [
        `a hub runs on ${config.dataDir} and its API cannot be used from here${problem === undefined ? '' : ` (${problem})`};`,
        'ask it as an administrator (/api/v1/clients), stop it first, or let `client create ID --groups ... --print` print',
        `lines for ${config.file}`,
      ].join(' '),
      { cause: error },
    );
  }
}

type LocalHub = NonNullable<Awaited<ReturnType<typeof readLocalAccess>>>;

async function unusable(hub: LocalHub): Promise<string | undefined> {
  try {
    await ask(hub, 'GET', '/clients');
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function throughHub(hub: LocalHub): ClientAdmin {
  const at = (id: string) => `/clients/${encodeURIComponent(id)}`;
  return {
    list: async () => {
      const { clients } = z.object({ clients: z.array(listed) }).parse(await ask(hub, 'GET', '/clients'));
      return clients.map((client) => ({ ...client, createdAt: client.createdAt }));
    },
    create: async (id, groups) => withSecrets.parse(await ask(hub, 'POST', '/clients', { id, groups })),
    renewSecret: async (id) => withSecrets.parse(await ask(hub, 'POST', `${at(id)}/secret`)),
    remove: async (id) => void (await ask(hub, 'DELETE', at(id))),
    close: async () => {},
  };
}

const errorBody = z.object({ error: z.object({ code: z.string(), message: z.string() }) });

async function ask(hub: LocalHub, method: 'GET' | 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  const response = await request(`${hub.url}/api/v1${path}`, {
    method,
    headers: {
      authorization: `Bearer ${hub.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headersTimeout: 5_000,
    bodyTimeout: 5_000,
  });
  const text = await response.body.text();
  if (response.statusCode >= 200 && response.statusCode < 300) return text === '' ? undefined : JSON.parse(text);
  const error = errorBody.safeParse(text.startsWith('{') ? JSON.parse(text) : undefined);
  if (error.success) throw new PatchbayError(error.data.error.code, error.data.error.message);
  throw new PatchbayError('hub_api_unavailable', `${hub.url} answered ${response.statusCode}`);
}

async function throughDatabase(config: Config, log: Logger): Promise<ClientAdmin> {
  const { database } = await openHubDatabase({
    url: config.database.url,
    dataDir: config.dataDir,
    log,
    clock: systemClock,
  });
  const { directory, notificationSecretOf } = createAccess({
    declared: declaredClients(config),
    clients: new SqlApiClientStore(database.db),
    keys: new SqlHubKeyStore(database.db),
    tokenLifetimeMs: config.auth.tokenLifetimeMs,
    clock: systemClock,
    log,
  });
  const shown = async (id: string, secret: string): Promise<ClientSecrets> => ({
    id,
    secret,
    notificationSecret: await notificationSecretOf(id),
  });
  return {
    list: () => directory.list(),
    create: async (id, groups) => shown(id, (await directory.create(id, groups)).secret),
    renewSecret: async (id) => shown(id, await directory.renewSecret(id)),
    remove: (id) => directory.remove(id),
    close: () => database.close(),
  };
}
