import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import { messageOf } from '../errors.ts';
import type { ThreadReply, ThreadRequest } from './thread-messages.ts';

/** The thread that PGlite runs on: a query, a checkpoint or a vacuum never holds up calls on the main thread. */
const port = parentPort;
if (port === null) throw new Error('this file is the entry of a worker thread');

const reply = (message: ThreadReply): void => port.postMessage(message);

function sqlStateOf(error: unknown): string | undefined {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

const { directory } = workerData as { directory: string };

try {
  const database = await PGlite.create(directory);
  port.on('message', (request: ThreadRequest) => {
    void serve(database, request);
  });
  reply({ kind: 'ready' });
} catch (error) {
  reply({ kind: 'error', id: undefined, message: messageOf(error), sqlState: undefined });
  port.close();
}

/** PGlite itself runs queries one after the other, in the order in which they were asked for. */
async function serve(database: PGlite, request: ThreadRequest): Promise<void> {
  try {
    switch (request.kind) {
      case 'query': {
        const { rows, affectedRows } = await database.query(request.sql, request.parameters);
        reply({ kind: 'result', id: request.id, rows, affectedRows });
        return;
      }
      case 'exec': {
        const results = await database.exec(request.sql);
        reply({ kind: 'result', id: request.id, rows: results.flatMap(({ rows }) => rows), affectedRows: undefined });
        return;
      }
      case 'listen': {
        const { channel } = request;
        await database.listen(channel, (payload) => reply({ kind: 'notification', channel, payload }));
        reply({ kind: 'result', id: request.id, rows: [], affectedRows: undefined });
        return;
      }
      case 'close':
        await database.close();
        reply({ kind: 'result', id: request.id, rows: [], affectedRows: undefined });
        port?.close();
        return;
    }
  } catch (error) {
    const sqlState = sqlStateOf(error);
    reply({ kind: 'error', id: request.id, message: messageOf(error), sqlState });
    // Without an SQL state the database did not refuse, it broke: nothing after it can be trusted.
    if (sqlState === undefined) port?.close();
  }
}
