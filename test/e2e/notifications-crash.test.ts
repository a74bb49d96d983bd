import { type ChildProcess, spawn } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, onTestFinished, test } from 'vitest';
import { QUICK_WASM, temporaryDirectory } from '../../src/store/store-fixture.ts';
import { postgresMissing, startTestServer } from '../../src/store/testing-postgres.ts';
import type { NotifyNodeOptions } from './support/notify-node.ts';
import { waitFor } from './support/wait-for.ts';

const program = join(import.meta.dirname, 'support', 'notify-node.ts');
const rounds = 4;
const perRound = 60;

/** A dialer that takes some milliseconds for each notification, and notes them in their order. */
async function slowDialer() {
  const told: { conversation: string; status: string; eventId: string }[] = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    const { conversationId: conversation, status } = JSON.parse(body);
    told.push({ conversation, status, eventId: String(request.headers['x-patchbay-event-id']) });
    setTimeout(() => response.end(), 5);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, told };
}

/** A process that is up. @param stored gets what it says is on disk */
async function startNode(options: NotifyNodeOptions, stored: Set<string>): Promise<{ kill(): Promise<void> }> {
  const child: ChildProcess = spawn(process.execPath, [...QUICK_WASM, program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL');
    await exited;
  };
  onTestFinished(kill);
  await new Promise<void>((resolve, reject) => {
    child.once('exit', () => reject(new Error('the process has ended')));
    createInterface({ input: child.stdout ?? process.stdin }).on('line', (line) => {
      if (line === 'up') resolve();
      else stored.add(line);
    });
  });
  return { kill };
}

const databases = [
  { name: 'PGlite', missing: undefined, nodes: 1 },
  { name: 'two hubs on PostgreSQL', missing: postgresMissing, nodes: 2 },
];

describe.each(databases)('killed at random moments: $name', ({ name, missing, nodes }) => {
  test.skipIf(missing)(
    'every stored event is told, in order, and few are repeated',
    async () => {
      const directory = await temporaryDirectory();
      onTestFinished(() => directory.remove());
      const server = name === 'PGlite' ? undefined : await startTestServer();
      onTestFinished(() => server?.remove());
      const dialer = await slowDialer();
      const base = {
        ...{ dataDir: join(directory.path, 'data'), databaseUrl: await server?.freshDatabase() },
        notifyUrl: dialer.url,
      };
      const stored = new Set<string>();
      let next = 0;
      const conversations = () => Array.from({ length: perRound }, () => `c${next++}`);
      const running: { kill(): Promise<void> }[] = [];
      for (let n = 1; n < nodes; n += 1)
        running.push(await startNode({ ...base, conversations: conversations() }, stored));
      for (let round = 0; round < rounds; round += 1) {
        running.push(await startNode({ ...base, conversations: conversations() }, stored));
        const enough = stored.size + 1 + Math.floor(Math.random() * perRound);
        await waitFor('events on disk', 20_000, () => stored.size >= enough);
        await running.shift()?.kill();
      }
      running.push(await startNode({ ...base, conversations: [] }, stored));

      const firstTold = () => [...new Map(dialer.told.map((one) => [`${one.conversation} ${one.status}`, one])).keys()];
      await waitFor('all stored events at the dialer', 40_000, () => {
        const told = new Set(firstTold());
        return [...stored].every((event) => told.has(event));
      });
      for (const node of running) await node.kill();

      expect(stored.size).toBeGreaterThan(rounds);
      const order = new Map<string, string[]>();
      for (const key of firstTold()) {
        const [conversation = '', status = ''] = key.split(' ');
        order.set(conversation, [...(order.get(conversation) ?? []), status]);
      }
      for (const statuses of order.values()) expect(['answered', 'answered,completed']).toContain(statuses.join());
      // Only what a killed process had on its way can come twice, and it comes with the same id.
      const repeats = dialer.told.length - firstTold().length;
      expect(repeats).toBeLessThanOrEqual((rounds + nodes) * 8);
      const ids = new Map<string, Set<string>>();
      for (const { conversation, status, eventId } of dialer.told) {
        const key = `${conversation} ${status}`;
        ids.set(key, (ids.get(key) ?? new Set()).add(eventId));
      }
      for (const set of ids.values()) expect(set.size).toBe(1);
    },
    120_000,
  );
});
