import { type Kysely, sql } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import { messageOf } from '../errors.ts';
import { createCallEventTable } from './call-events.ts';
import { createDialoutTables } from './dialouts-migration.ts';
import { QueryError, StoreError } from './errors.ts';
import { createNotificationTables } from './notifications-migration.ts';
import { createRecordingTable } from './recordings-migration.ts';
import type { DatabaseSchema } from './schema.ts';

const undefinedTable = '42P01';

/** In the order of their names. A migration that has been released is never changed. */
const migrations: Record<string, Migration> = {
  '0001_call_records': {
    async up(db: Kysely<DatabaseSchema>) {
      await db.schema
        .createTable('call_records')
        // The C collation orders as JavaScript compares, so that pages of the store and of live calls fit together.
        .addColumn('id', sql`text collate "C"`, (column) => column.primaryKey())
        .addColumn('sip_call_id', 'text', (column) => column.notNull())
        .addColumn('direction', 'text', (column) => column.notNull())
        .addColumn('state', 'text', (column) => column.notNull())
        .addColumn('calling', 'jsonb', (column) => column.notNull())
        .addColumn('called', 'jsonb', (column) => column.notNull())
        .addColumn('remote', 'text', (column) => column.notNull())
        .addColumn('sip_connection', 'text')
        .addColumn('routing_rule', 'text')
        .addColumn('destination', 'jsonb')
        .addColumn('conversation_id', 'text')
        .addColumn('setup_time', 'timestamptz', (column) => column.notNull())
        .addColumn('answer_time', 'timestamptz')
        .addColumn('end_time', 'timestamptz')
        .addColumn('duration_ms', 'double precision', (column) => column.notNull())
        .addColumn('end_reason', 'jsonb')
        .addColumn('transcript', 'jsonb', (column) => column.notNull())
        .execute();
      await db.schema.createIndex('call_records_by_time').on('call_records').columns(['setup_time', 'id']).execute();
      await db.schema
        .createIndex('call_records_unfinished')
        .on('call_records')
        .column('id')
        .where(sql.ref('state'), '<>', 'ended')
        .execute();
    },
  },
  '0002_call_turns': {
    async up(db: Kysely<DatabaseSchema>) {
      await db.schema
        .alterTable('call_records')
        .addColumn('turns', 'jsonb', (column) => column.notNull().defaultTo(sql`'[]'::jsonb`))
        .execute();
    },
  },
  '0003_api_clients': {
    async up(db: Kysely<DatabaseSchema>) {
      await db.schema
        .createTable('api_clients')
        .addColumn('id', sql`text collate "C"`, (column) => column.primaryKey())
        .addColumn('secret_hash', 'text', (column) => column.notNull())
        .addColumn('client_groups', 'text', (column) => column.notNull())
        .addColumn('created_at', 'timestamptz', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('hub_keys')
        .addColumn('kid', 'text', (column) => column.primaryKey())
        .addColumn('purpose', 'text', (column) => column.notNull())
        .addColumn('secret', 'text', (column) => column.notNull())
        .addColumn('created_at', 'timestamptz', (column) => column.notNull())
        .execute();
      // Live Hub's filter botConversationId; the page that it asks for is in the order of time.
      await db.schema
        .createIndex('call_records_by_conversation')
        .on('call_records')
        .columns(['conversation_id', 'setup_time'])
        .where('conversation_id', 'is not', null)
        .execute();
    },
  },
  '0004_dialouts': { up: createDialoutTables },
  '0005_notifications': { up: createNotificationTables },
  '0006_call_dial': {
    async up(db: Kysely<DatabaseSchema>) {
      await db.schema.alterTable('call_records').addColumn('dial', 'jsonb').execute();
    },
  },
  '0007_call_sessions': {
    async up(db: Kysely<DatabaseSchema>) {
      await db.schema
        .alterTable('call_records')
        .addColumn('session_id', 'text')
        .addColumn('bridged_with', 'text')
        .addColumn('transfers', 'jsonb')
        .execute();
    },
  },
  '0008_recordings': { up: createRecordingTable },
  '0009_call_events': { up: createCallEventTable },
};

/** Brings the database up to this version. @throws StoreError `store_incompatible` when it was made by a newer one */
export async function migrate(db: Kysely<DatabaseSchema>): Promise<void> {
  if (await isUpToDate(db)) return;
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const done = await migrator.getMigrations().catch((error: unknown) => {
    throw new StoreError('store_failed', `the migrations cannot be read: ${messageOf(error)}`, { cause: error });
  });
  const { error } = await migrator.migrateToLatest();
  if (error === undefined) return;
  const missing = /corrupted migrations/.test(messageOf(error)) || done.some(({ name }) => !(name in migrations));
  throw missing
    ? new StoreError('store_incompatible', 'the database was made by a newer version of the hub', { cause: error })
    : new StoreError('store_failed', `the database cannot be brought up to date: ${messageOf(error)}`, {
        cause: error,
      });
}

/** One small query; kysely's migrator looks through the whole catalogue, which takes most of a start. */
async function isUpToDate(db: Kysely<DatabaseSchema>): Promise<boolean> {
  try {
    const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
    const done = new Set(rows.map(({ name }) => name));
    const known = Object.keys(migrations);
    return done.size === known.length && known.every((name) => done.has(name));
  } catch (error) {
    if (error instanceof QueryError && error.sqlState === undefinedTable) return false;
    throw error;
  }
}
