import { createHash } from 'node:crypto';
import type { ClientGroup } from './groups.ts';

/** A program that uses the API. */
export interface ApiClient {
  id: string;
  /** `sha256:<hex>` of the secret. */
  secretHash: string;
  groups: readonly ClientGroup[];
  /** Signs the notifications of its dialouts; undefined: derived from the hub's key. */
  notificationSecret: string | undefined;
  /** Where it is declared: what the configuration declares is read-only for the API. */
  source: 'configuration' | 'database';
  /** ISO 8601, UTC; of clients of the database. */
  createdAt: string | undefined;
}

export const clientIdPattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/**
 * Changes when the client's secret or groups change: a token carries it, and dies with it. Says nothing about the
 * secret.
 */
export function fingerprintOf(client: Pick<ApiClient, 'id' | 'secretHash' | 'groups'>): string {
  const groups = [...new Set(client.groups)].sort().join(',');
  return createHash('sha256').update(`${client.id}\n${client.secretHash}\n${groups}`).digest('base64url').slice(0, 22);
}
