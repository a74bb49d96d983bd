import type { ApiClient } from './client.ts';

export type StoredClient = Pick<ApiClient, 'id' | 'secretHash' | 'groups'> & { createdAt: string };

/** API clients of the database, which all nodes of a hub share. */
export interface ApiClientStore {
  /** By id; never more than `limit` of `insert`. */
  list(): Promise<StoredClient[]>;
  /** `full`: there are `limit` clients already. */
  insert(client: StoredClient, limit: number): Promise<'inserted' | 'taken' | 'full'>;
  /** False: there is no such client. */
  setSecretHash(id: string, secretHash: string): Promise<boolean>;
  /** False: there was no such client. */
  remove(id: string): Promise<boolean>;
}

/** What a key is for: each purpose has keys of its own. */
export type KeyPurpose = 'tokens' | 'notifications';

export interface HubKey {
  /** Names the key in the header of what it signed (RFC 7515 4.1.4). */
  kid: string;
  purpose: KeyPurpose;
  /** 256 bit, base64url. */
  secret: string;
  /** ISO 8601, UTC. */
  createdAt: string;
}

/** Keys of the hub, which all its nodes share. */
export interface HubKeyStore {
  /** Newest first. */
  list(purpose: KeyPurpose): Promise<HubKey[]>;
  /** Keeps what is there under the same `kid`: of two nodes that make the first key at the same time, one wins. */
  insertIfAbsent(key: HubKey): Promise<void>;
}
