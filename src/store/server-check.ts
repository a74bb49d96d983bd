import pg from 'pg';
import { openingError, serverAddress } from './server-errors.ts';

const CONNECT_MS = 5_000;

/** Asks a PostgreSQL server whether a hub could work with it; changes nothing. @throws StoreError with what to do about it */
export async function checkServer(url: string): Promise<{ server: string; version: string; mayCreate: boolean }> {
  const address = serverAddress(url);
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS });
  client.on('error', () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string; create: boolean }>(
      `select current_setting('server_version') as version, has_database_privilege(current_database(), 'CREATE') as create`,
    );
    return { server: address.server, version: rows[0]?.version ?? '', mayCreate: rows[0]?.create === true };
  } catch (error) {
    throw openingError(error, address);
  } finally {
    await client.end().catch(() => {});
  }
}
