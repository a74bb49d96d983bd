import type { ApiClientStore, HubKey, HubKeyStore, KeyPurpose, StoredClient } from './ports.ts';

/** Stores in memory, for tests. */
export class MemoryClientStore implements ApiClientStore {
  readonly clients = new Map<string, StoredClient>();
  /** How often the list was asked for. */
  reads = 0;

  async list(): Promise<StoredClient[]> {
    this.reads++;
    return [...this.clients.values()];
  }

  async insert(client: StoredClient, limit: number): Promise<'inserted' | 'taken' | 'full'> {
    if (this.clients.has(client.id)) return 'taken';
    if (this.clients.size >= limit) return 'full';
    this.clients.set(client.id, client);
    return 'inserted';
  }

  async setSecretHash(id: string, secretHash: string): Promise<boolean> {
    const client = this.clients.get(id);
    if (client) this.clients.set(id, { ...client, secretHash });
    return client !== undefined;
  }

  async remove(id: string): Promise<boolean> {
    return this.clients.delete(id);
  }
}

export class MemoryKeyStore implements HubKeyStore {
  readonly keys: HubKey[] = [];

  async list(purpose: KeyPurpose): Promise<HubKey[]> {
    return this.keys.filter((key) => key.purpose === purpose).toSorted((a, b) => (a.createdAt < b.createdAt ? 1 : -1));
  }

  async insertIfAbsent(key: HubKey): Promise<void> {
    if (!this.keys.some(({ kid }) => kid === key.kid)) this.keys.push(key);
  }
}
