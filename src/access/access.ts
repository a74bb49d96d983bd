import { randomBytes } from 'node:crypto';
import type { Clock } from '../clock.ts';
import { AttemptLimiter } from './attempt-limiter.ts';
import { Authenticator } from './authenticator.ts';
import type { ApiClient } from './client.ts';
import { ClientDirectory } from './client-directory.ts';
import { deriveNotificationSecret, HubKeys } from './hub-keys.ts';
import type { ApiClientStore, HubKeyStore } from './ports.ts';
import { hashSecret, newSecret } from './secret.ts';
import { AccessTokens } from './tokens.ts';

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

export interface AccessOptions {
  /** Of the configuration. */
  declared: readonly ApiClient[];
  clients: ApiClientStore;
  keys: HubKeyStore;
  tokenLifetimeMs: number;
  clock: Clock;
  log: Log;
}

/** Who may use the hub, and how they prove it. */
export interface Access {
  readonly directory: ClientDirectory;
  readonly authenticator: Authenticator;
  readonly tokens: AccessTokens;
  /** A bearer token of an administrator, good while this process lives: for programs of the same user on this machine. */
  readonly localToken: string;
  /** Logs who changed what, or heard what; `by`: an API client. */
  audit(fields: Readonly<{ by: string } & Record<string, string>>, message: string): void;
  /** Signs the notifications that go to this client. Known also for a client that was removed meanwhile. */
  notificationSecretOf(clientId: string): Promise<string>;
}

/** The client that whoever holds `localToken` is; no other can have this id. */
const localClient: ApiClient = {
  id: '@local',
  secretHash: '',
  groups: ['administrator'],
  notificationSecret: undefined,
  source: 'configuration',
  createdAt: undefined,
};

export function createAccess(options: AccessOptions): Access {
  const { declared, clients, keys, clock, log } = options;
  const directory = new ClientDirectory(declared, clients, clock);
  const tokens = new AccessTokens(new HubKeys(keys, 'tokens', clock), clock, options.tokenLifetimeMs);
  const localToken = newSecret(randomBytes);
  const authenticator = new Authenticator({
    directory,
    tokens,
    limiter: new AttemptLimiter(clock),
    log,
    local: { client: localClient, tokenHash: hashSecret(localToken) },
  });
  const notificationKeys = new HubKeys(keys, 'notifications', clock);
  const declaredSecrets = new Map(declared.map((client) => [client.id, client.notificationSecret]));
  return {
    directory,
    authenticator,
    tokens,
    localToken,
    audit: (fields, message) => log.info(fields, message),
    notificationSecretOf: async (clientId) =>
      declaredSecrets.get(clientId) ?? deriveNotificationSecret(await notificationKeys.current(), clientId),
  };
}
