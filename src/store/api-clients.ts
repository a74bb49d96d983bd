import { type Kysely, sql } from 'kysely';
import { type ClientGroup, isClientGroup } from '../access/groups.ts';
import type { ApiClientStore, HubKey, HubKeyStore, KeyPurpose, StoredClient } from '../access/ports.ts';
import type { DatabaseSchema } from './schema.ts';

/** API clients that were made through the API or the command line. */
export class SqlApiClientStore implements ApiClientStore {
  readonly #db: Kysely<DatabaseSchema>;

  constructor(db: Kysely<DatabaseSchema>) {
    this.#db = db;
  }

  async list(): Promise<StoredClient[]> {
    const rows = await this.#db.selectFrom('api_clients').selectAll().orderBy('id').execute();
    return rows.map((row) => ({
      id: row.id,
      secretHash: row.secret_hash,
      // A group of a newer version grants nothing here.
      groups: row.client_groups.split(',').filter((name): name is ClientGroup => isClientGroup(name)),
      createdAt: row.created_at.toISOString(),
    }));
  }

  async insert(client: StoredClient, limit: number): Promise<'inserted' | 'taken' | 'full'> {
    const inserted = await this.#db
      .insertInto('api_clients')
      .columns(['id', 'secret_hash', 'client_groups', 'created_at'])
      .expression(
        this.#db
          .selectNoFrom([
            sql<string>`${client.id}::text`.as('id'),
            sql<string>`${client.secretHash}::text`.as('secret_hash'),
            sql<string>`${client.groups.join(',')}::text`.as('client_groups'),
            sql<string>`${client.createdAt}::timestamptz`.as('created_at'),
          ])
          .where(sql<number>`(select count(*) from api_clients)`, '<', limit),
      )
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirst();
    if (Number(inserted.numInsertedOrUpdatedRows ?? 0) > 0) return 'inserted';
    const there = await this.#db.selectFrom('api_clients').select('id').where('id', '=', client.id).executeTakeFirst();
    return there === undefined ? 'full' : 'taken';
  }

  async setSecretHash(id: string, secretHash: string): Promise<boolean> {
    const result = await this.#db
      .updateTable('api_clients')
      .set({ secret_hash: secretHash })
      .where('id', '=', id)
      .executeTakeFirst();
    return result.numUpdatedRows > 0n;
  }

  async remove(id: string): Promise<boolean> {
    const result = await this.#db.deleteFrom('api_clients').where('id', '=', id).executeTakeFirst();
    return result.numDeletedRows > 0n;
  }
}

/** The keys with which the hub signs. */
export class SqlHubKeyStore implements HubKeyStore {
  readonly #db: Kysely<DatabaseSchema>;

  constructor(db: Kysely<DatabaseSchema>) {
    this.#db = db;
  }

  async list(purpose: KeyPurpose): Promise<HubKey[]> {
    const rows = await this.#db
      .selectFrom('hub_keys')
      .selectAll()
      .where('purpose', '=', purpose)
      .orderBy('created_at', 'desc')
      .orderBy('kid', 'desc')
      .execute();
    return rows.map((row) => ({ kid: row.kid, purpose, secret: row.secret, createdAt: row.created_at.toISOString() }));
  }

  async insertIfAbsent(key: HubKey): Promise<void> {
    await this.#db
      .insertInto('hub_keys')
      .values({ kid: key.kid, purpose: key.purpose, secret: key.secret, created_at: key.createdAt })
      .onConflict((conflict) => conflict.column('kid').doNothing())
      .execute();
  }
}
