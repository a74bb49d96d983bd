import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../clock.ts';
import type { EventDelivery } from '../dialout/notifications/ports.ts';
import type { DialoutStatus } from '../dialout/status.ts';
import { openStore, type Store } from '../store/open.ts';
import { quickWasm, temporaryDirectory } from '../store/store-fixture.ts';
import { postgresMissing, startTestServer, type TestServer } from '../store/testing-postgres.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { type NotificationDeps, type Notifications, openNotifications } from './notifications.ts';

quickWasm();
const log = pino({ level: 'silent' });
const settings = {
  ...{ allowPrivateNetworks: true, timeoutMs: 1_000, maxAgeHours: 24, concurrent: 128, concurrentPerTarget: 8 },
  ...{ keepDays: 30, maxStreams: 10 },
};

interface Received {
  headers: IncomingHttpHeaders;
  body: string;
  status: string;
}

/** A dialer's server, which answers as it is told. */
async function dialer(answer: (response: ServerResponse, n: number) => void = (response) => void response.end()) {
  const received: Received[] = [];
  const waiting = new Set<() => void>();
  const sockets = new Set<unknown>();
  const server = createServer(async (request, response) => {
    sockets.add(request.socket);
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    received.push({ headers: request.headers, body, status: JSON.parse(body).status });
    response.on('error', () => {});
    answer(response, received.length);
    for (const wake of [...waiting]) wake();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`;
  return {
    url,
    received,
    sockets,
    async until(count: number): Promise<readonly Received[]> {
      while (received.length < count) {
        await new Promise<void>((resolve) => {
          const wake = (): void => {
            waiting.delete(wake);
            resolve();
          };
          waiting.add(wake);
        });
      }
      return received;
    },
  };
}

const makes = [
  { name: 'PGlite', missing: undefined },
  { name: 'PostgreSQL', missing: postgresMissing },
];

describe.each(makes)('notifications on $name', ({ name, missing }) => {
  describe.skipIf(missing)(missing ?? 'over HTTP', () => {
    let server: TestServer | undefined;
    let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
    let place: { dataDir: string; url: string | undefined };
    let ids = 0;
    beforeAll(async () => {
      directory = await temporaryDirectory();
      if (name === 'PostgreSQL') server = await startTestServer();
      place = { dataDir: join(directory.path, 'data'), url: await server?.freshDatabase() };
    }, 60_000);
    afterAll(async () => {
      await closeShared();
      await server?.remove();
      await directory.remove();
    });

    /** Serves the tests whose hub does not stop: opening PGlite takes a second. */
    let shared: Store | undefined;
    async function closeShared(): Promise<void> {
      await shared?.close();
      shared = undefined;
    }

    interface Node {
      store: Store;
      notifications: Notifications;
      metrics: ReturnType<typeof createMetrics>;
      publish(id: string, status: DialoutStatus, url: string | undefined, more?: object): Promise<void>;
      /** The events of a dialout once `done` holds for all of them. */
      settled(id: string, done?: (delivery: EventDelivery) => boolean): Promise<EventDelivery[]>;
      close(): Promise<void>;
    }

    async function open(changes: Partial<typeof settings> = {}, deps: Partial<NotificationDeps> = {}): Promise<Node> {
      shared ??= await openStore({ ...place, log });
      return openOn(shared, async () => {}, changes, deps);
    }

    /** A hub with a store of its own, which is closed with it. */
    async function openHub(): Promise<Node> {
      await closeShared();
      const store = await openStore({ ...place, log });
      return openOn(store, () => store.close());
    }

    async function openOn(
      store: Store,
      closeStore: () => Promise<void>,
      changes: Partial<typeof settings> = {},
      deps: Partial<NotificationDeps> = {},
    ): Promise<Node> {
      const metrics = createMetrics({ processMetrics: false });
      const notifications = await openNotifications(
        { ...settings, ...changes },
        {
          store,
          metrics: metrics.notifications,
          secretOf: (client) => `secret of ${client}`,
          clock: systemClock,
          log,
          version: '1',
          ...deps,
        },
      );
      notifications.start();
      let closed = false;
      const close = async () => {
        if (closed) return;
        closed = true;
        await notifications.close();
        await closeStore();
      };
      onTestFinished(close);
      return {
        store,
        notifications,
        metrics,
        close,
        publish: (id, status, notifyUrl, more = {}) =>
          notifications.outbox.publish(
            { conversationId: id, client: 'dialer', bot: 'demo', status, timestamp: new Date().toISOString(), ...more },
            { notifyUrl },
          ),
        async settled(id, done = ({ delivery }) => delivery !== 'pending') {
          for (;;) {
            const events = await notifications.attemptsOf(id);
            if (events.length > 0 && events.every(done)) return events;
            await new Promise((resolve) => setTimeout(resolve, 10));
          }
        },
      };
    }

    const someId = () => `00000000-0000-4000-8000-${String(++ids).padStart(12, '0')}`;

    test('a dialer is told in order, with what it can verify', async () => {
      const node = await open();
      const { url, until, sockets } = await dialer((response) => void response.writeHead(204).end());
      const id = someId();
      await node.publish(id, 'ringing', url, { ringingMs: 40 });
      await node.publish(id, 'answered', url);
      await node.publish(id, 'completed', url, { reasonCode: 'client-disconnected', reason: 'Client Side' });
      const received = await until(3);
      expect(received.map(({ status }) => status)).toEqual(['ringing', 'answered', 'completed']);
      expect(JSON.parse(received[2]?.body ?? '')).toMatchObject({
        ...{ conversationId: id, status: 'completed', reasonCode: 'client-disconnected', reason: 'Client Side' },
      });
      for (const { headers, body } of received) {
        expect(headers).toMatchObject({
          'content-type': 'application/json',
          'x-patchbay-attempt': '1',
          'x-patchbay-event-id': expect.stringMatching(/^\d+$/),
        });
        const [, time, digest] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(headers['x-patchbay-signature'])) ?? [];
        expect(digest).toBe(createHmac('sha256', 'secret of dialer').update(`${time}.${body}`).digest('hex'));
        expect(Math.abs(Number(time) - Date.now() / 1000)).toBeLessThan(60);
      }
      expect(sockets.size).toBe(1);
      const events = await node.settled(id);
      expect(events.map(({ delivery, attempts }) => [delivery, attempts.map(({ status }) => status)])).toEqual(
        Array.from({ length: 3 }, () => ['delivered', [204]]),
      );
      expect(await node.metrics.text()).toMatch(/patchbay_notification_attempts_total\{result="delivered"\} 3/);
      expect(await node.metrics.text()).toMatch(/patchbay_notifications_pending 0/);
    });

    test('a client without a secret is told without a signature', async () => {
      const node = await open({}, { secretOf: () => undefined });
      const { url, until } = await dialer();
      await node.publish(someId(), 'failed', url);
      expect((await until(1))[0]?.headers['x-patchbay-signature']).toBeUndefined();
    });

    test('500, then a connection that is cut, then 200: delivered once, each attempt in the record', async () => {
      const node = await open();
      const { url, until } = await dialer((response, n) => {
        if (n === 2) response.socket?.resetAndDestroy();
        else response.writeHead(n === 1 ? 500 : 200).end('thank you');
      });
      const id = someId();
      await node.publish(id, 'answered', url);
      await node.publish(id, 'completed', url);
      const received = await until(4);
      expect(received.map(({ status }) => status)).toEqual(['answered', 'answered', 'answered', 'completed']);
      expect(received.map(({ headers }) => headers['x-patchbay-attempt'])).toEqual(['1', '2', '3', '1']);
      expect(new Set(received.map(({ headers }) => headers['x-patchbay-event-id'])).size).toBe(2);
      const [answered] = await node.settled(id);
      expect(answered?.attempts).toMatchObject([
        { attempt: 1, status: 500 },
        { attempt: 2, error: 'the server cannot be reached' },
        { attempt: 3, status: 200 },
      ]);
    });

    test('410 ends the notification, not those after it', async () => {
      const node = await open();
      const { url } = await dialer((response, n) => void response.writeHead(n === 1 ? 410 : 200).end());
      const id = someId();
      await node.publish(id, 'answered', url);
      await node.publish(id, 'completed', url);
      expect((await node.settled(id)).map(({ delivery }) => delivery)).toEqual(['given-up', 'delivered']);
      expect(await node.metrics.text()).toMatch(/patchbay_notifications_given_up_total 1/);
    });

    test('no answer in time is tried again', async () => {
      const node = await open({ timeoutMs: 100 });
      const { url } = await dialer((response, n) => void (n === 1 || response.end()));
      const id = someId();
      await node.publish(id, 'failed', url);
      const [event] = await node.settled(id);
      expect(event?.attempts).toMatchObject([{ error: 'no answer in time' }, { status: 200 }]);
    });

    test('a redirect is not followed, wherever it leads', async () => {
      const node = await open();
      const inside = await dialer();
      const { url } = await dialer((response) => void response.writeHead(307, { location: inside.url }).end());
      const id = someId();
      await node.publish(id, 'failed', url);
      const [event] = await node.settled(id, ({ attempts }) => attempts.length > 0);
      expect(event).toMatchObject({ delivery: 'pending', attempts: [{ status: 307 }] });
      expect(inside.received).toEqual([]);
    });

    test('an answer without end costs neither memory nor time', async () => {
      const node = await open();
      let written = 0;
      const { url } = await dialer((response) => {
        const chunk = Buffer.alloc(64 * 1024);
        const more = (): void => {
          while (!response.destroyed && response.write(chunk)) written += chunk.length;
        };
        response.writeHead(200).on('drain', more);
        more();
      });
      const id = someId();
      await node.publish(id, 'failed', url);
      const [event] = await node.settled(id);
      expect(event).toMatchObject({ delivery: 'delivered', attempts: [{ status: 200 }] });
      expect(written).toBeLessThan(16 * 1024 * 1024);
    });

    test('private networks are not reached, whatever the name says and whenever it says it', async () => {
      const addresses = ['93.184.216.34', '127.0.0.1'];
      const node = await open(
        { allowPrivateNetworks: false },
        { network: { resolve: async () => [{ address: addresses.pop() ?? '10.0.0.1', family: 4 }] } },
      );
      const { url, received } = await dialer();
      expect(() => node.notifications.checkUrl(url)).toThrow('private network');
      expect(() => node.notifications.checkUrl('ftp://dialer.example/')).toThrow('http');
      node.notifications.checkUrl('http://rebinding.example/');
      const ids = [someId(), someId()];
      await node.publish(ids[0] ?? '', 'failed', url);
      await node.publish(ids[1] ?? '', 'failed', url.replace('127.0.0.1', 'rebinding.example'));
      for (const id of ids) {
        const [event] = await node.settled(id, ({ attempts }) => attempts.length > 0);
        expect(event).toMatchObject({
          delivery: 'pending',
          attempts: [{ error: 'the URL leads into a private network' }],
        });
      }
      expect(received).toEqual([]);
    });

    test('one dialer hangs, and another is told at once', async () => {
      const node = await open();
      const stuck = await dialer(() => {});
      const quick = await dialer();
      await Promise.all(Array.from({ length: 500 }, () => node.publish(someId(), 'failed', stuck.url)));
      await stuck.until(8);
      await node.publish(someId(), 'failed', quick.url);
      await quick.until(1);
      expect(stuck.received).toHaveLength(8);
    });

    test('what was pending when the hub stopped is delivered by the next one, once', async () => {
      const first = await openHub();
      let open200 = false;
      const { url, until, received } = await dialer((response) => void response.writeHead(open200 ? 200 : 503).end());
      const id = someId();
      await first.publish(id, 'answered', url);
      await first.publish(id, 'completed', url);
      await until(1);
      await first.close();
      const before = received.length;
      open200 = true;
      const second = await openHub();
      await until(before + 2);
      expect(received.slice(before).map(({ status }) => status)).toEqual(['answered', 'completed']);
      await second.settled(id);
      expect(received).toHaveLength(before + 2);
    });

    test('what a hub that is gone had in its hands is sent by another', async () => {
      const first = await openHub();
      const { url, until, received } = await dialer((response, n) => void (n > 8 && response.end()));
      const ids = Array.from({ length: 20 }, someId);
      await Promise.all(ids.map((id) => first.publish(id, 'failed', url)));
      await until(8);
      // Cut off from its database it can neither settle nor give back what it holds: to the others it is dead.
      await first.store.close();
      const second = await openHub();
      for (const id of ids) await second.settled(id);
      const told = received.slice(8).map(({ body }) => JSON.parse(body).conversationId);
      expect(new Set(told)).toEqual(new Set(ids));
    });

    test.skipIf(name === 'PGlite')('two hubs share the work, and wake each other', async () => {
      const [a, b] = [await openHub(), await openHub()];
      const { url, until, received } = await dialer();
      const reader = await b.notifications.feed.read({ client: 'x', after: undefined, filter: {} });
      const ids = Array.from({ length: 100 }, someId);
      await Promise.all(ids.map((id) => a.publish(id, 'answered', url)));
      await Promise.all(ids.map((id) => b.publish(id, 'completed', url)));
      await until(200);
      for (const id of ids) {
        const statuses = received.filter(({ body }) => body.includes(id)).map(({ status }) => status);
        expect(statuses).toEqual(['answered', 'completed']);
        await a.settled(id);
      }
      expect(received).toHaveLength(200);
      const seen: number[] = [];
      while (seen.length < 200) seen.push(...(await reader.next(5_000)).map((event) => event.id));
      expect(seen).toEqual(seen.toSorted((x, y) => x - y));
      expect(new Set(seen).size).toBe(200);
    });
  });
});
