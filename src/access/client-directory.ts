import type { Clock } from '../clock.ts';
import { type ApiClient, clientIdPattern } from './client.ts';
import { AccessError } from './errors.ts';
import type { ClientGroup } from './groups.ts';
import type { ApiClientStore } from './ports.ts';
import { hashSecret, newSecret } from './secret.ts';

/** What another node changed is seen after so long. What this one changed, at once. */
const maxAgeMs = 1_000;
export const maxStoredClients = 1_000;

/**
 * All API clients: those that the configuration declares, and those of the database. Where both have an id, the
 * configuration's counts. Reading is cheap: the database is asked once a second at most.
 */
export class ClientDirectory {
  readonly #declared: ReadonlyMap<string, ApiClient>;
  readonly #store: ApiClientStore;
  readonly #clock: Clock;
  #known: { at: number; clients: ReadonlyMap<string, ApiClient> } | undefined;
  #reading: Promise<ReadonlyMap<string, ApiClient>> | undefined;

  constructor(declared: readonly ApiClient[], store: ApiClientStore, clock: Clock) {
    this.#declared = new Map(declared.map((client) => [client.id, client]));
    this.#store = store;
    this.#clock = clock;
  }

  /** @throws what the store throws, for a client that the configuration does not declare */
  async find(id: string): Promise<ApiClient | undefined> {
    return this.#declared.get(id) ?? (await this.#stored()).get(id);
  }

  /** By id. */
  async list(): Promise<ApiClient[]> {
    const all = new Map([...(await this.#stored()), ...this.#declared]);
    return [...all.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  /**
   * A client of the database, and its secret, which nobody can read again.
   * @throws AccessError `bad_client`, `client_exists`, `too_many_clients`
   */
  async create(id: string, groups: readonly ClientGroup[]): Promise<{ client: ApiClient; secret: string }> {
    if (!clientIdPattern.test(id)) {
      throw new AccessError(
        'bad_client',
        'the id of a client has up to 64 letters, digits, dots, dashes and underscores, a letter or digit first',
      );
    }
    if (groups.length === 0) throw new AccessError('bad_client', 'a client needs at least one group');
    const secret = newSecret();
    const createdAt = this.#clock.date().toISOString();
    const stored = { id, secretHash: hashSecret(secret), groups: [...new Set(groups)], createdAt };
    const outcome = this.#declared.has(id) ? 'taken' : await this.#change((s) => s.insert(stored, maxStoredClients));
    if (outcome === 'taken') throw new AccessError('client_exists', `there is a client '${id}' already`);
    if (outcome === 'full') {
      throw new AccessError('too_many_clients', `there are ${maxStoredClients} clients: remove some first`);
    }
    return { client: { ...stored, notificationSecret: undefined, source: 'database' }, secret };
  }

  /** @throws AccessError `client_unknown`, `client_declared` */
  async remove(id: string): Promise<void> {
    this.#mustBeStored(id);
    if (!(await this.#change((store) => store.remove(id)))) throw unknown(id);
  }

  /** A new secret; the old one and all tokens die. @throws AccessError `client_unknown`, `client_declared` */
  async renewSecret(id: string): Promise<string> {
    this.#mustBeStored(id);
    const secret = newSecret();
    if (!(await this.#change((store) => store.setSecretHash(id, hashSecret(secret))))) throw unknown(id);
    return secret;
  }

  #mustBeStored(id: string): void {
    if (!this.#declared.has(id)) return;
    throw new AccessError(
      'client_declared',
      `the client '${id}' is declared in the configuration file: change it there`,
    );
  }

  async #change<T>(change: (store: ApiClientStore) => Promise<T>): Promise<T> {
    try {
      return await change(this.#store);
    } finally {
      this.#known = undefined;
      this.#reading = undefined;
    }
  }

  async #stored(): Promise<ReadonlyMap<string, ApiClient>> {
    if (this.#known && this.#clock.now() - this.#known.at < maxAgeMs) return this.#known.clients;
    this.#reading ??= this.#read();
    return await this.#reading;
  }

  #read(): Promise<ReadonlyMap<string, ApiClient>> {
    const at = this.#clock.now();
    const reading = this.#store.list().then((rows) => {
      const clients = new Map(
        rows.map((row): [string, ApiClient] => [row.id, { ...row, notificationSecret: undefined, source: 'database' }]),
      );
      // A change in the meantime makes what was read old.
      if (this.#reading === reading) this.#known = { at, clients };
      return clients;
    });
    const over = () => {
      if (this.#reading === reading) this.#reading = undefined;
    };
    reading.then(over, over);
    return reading;
  }
}

function unknown(id: string): AccessError {
  return new AccessError('client_unknown', `there is no client '${id.slice(0, 64)}'`);
}
