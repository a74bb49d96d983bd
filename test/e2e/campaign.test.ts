import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { QUICK_WASM } from '../../src/store/store-fixture.ts';
import { postgresMissing, startTestServer, type TestServer } from '../../src/store/testing-postgres.ts';
import { SipUas } from '../load/sip-uas.ts';
import { Campaign } from './support/campaign.ts';
import { Dialer } from './support/dialer.ts';
import { FakeBot } from './support/fake-bot.ts';
import { freeHubPorts } from './support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from './support/hub-process.ts';
import { waitFor } from './support/wait-for.ts';

const CALLS = 200;
const KILLS = 20;

let uas: SipUas;
let bot: FakeBot;
let dialer: Dialer;

beforeAll(async () => {
  // Rings, then answers; some refuse. The callee hangs up after a moment.
  uas = await SipUas.open((user) => {
    const last = Number(user.at(-1));
    if (last === 0) return { ringAfterMs: 5, answerAfterMs: 100, status: 486 };
    return { ringAfterMs: 5, answerAfterMs: 20 + last * 40, holdMs: 100 + last * 30 };
  });
  bot = await FakeBot.start({ onActivity: () => [] });
  dialer = await Dialer.start();
});

afterAll(async () => {
  uas.close();
  await bot.close();
  dialer.close();
});

const settings = (callsPerSecond: number, databaseUrl?: string) => ({
  botUrl: bot.url,
  extra: {
    log: { level: 'info' },
    limits: { concurrentCalls: 60, callsPerSecond: 1000 },
    bots: [
      {
        id: 'demo',
        connector: 'ac-bot-api',
        url: bot.url,
        speech: { stt: 'speech', tts: 'speech' },
        parameters: { language: 'en-US' },
        limits: { callsPerSecond, concurrentCalls: 20, maxQueueMs: 600_000 },
      },
    ],
    sipConnections: [{ id: 'carrier', gateways: [`sip:127.0.0.1:${uas.port}`], allowFrom: [] }],
    routingRules: [{ id: 'out', origin: { bot: 'demo' }, called: '*', destination: { sipConnection: 'carrier' } }],
    notifications: { allowPrivateNetworks: true },
    ...(databaseUrl === undefined ? {} : { database: { url: databaseUrl } }),
  },
});

/** Every accepted dialout was dialled once at most, and came to exactly one end. */
function expectExactlyOnce(campaign: Campaign): void {
  const dialled = new Map<string, Set<string>>();
  for (const { user, callId } of uas.invites) dialled.set(user, (dialled.get(user) ?? new Set()).add(callId));
  expect([...dialled].filter(([, calls]) => calls.size > 1)).toEqual([]);
  for (const [number, id] of campaign.accepted) {
    const statuses = dialer.statusesOf(id);
    const finals = statuses.filter((status) => status === 'failed' || status === 'completed');
    expect({ number, finals: finals.length, statuses }).toMatchObject({ finals: 1 });
    expect(['failed', 'completed']).toContain(statuses.at(-1));
  }
}

describe('a campaign of 200 dialouts', () => {
  test('the hub is killed 20 times: none is lost, none is dialled twice, each ends in one final notification', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-campaign-'));
    const ports = await freeHubPorts(60);
    const dataDir = join(folder, 'data');
    const campaign = new Campaign({
      calls: CALLS,
      prefix: '+49301',
      notifyUrl: dialer.url,
      urls: [`http://127.0.0.1:${ports.http}`],
    });
    const everyEnded = () =>
      campaign.accepted.size === CALLS &&
      [...campaign.accepted.values()].every((id) => dialer.finalOf(id) !== undefined);
    const start = () =>
      HubProcess.start({ ...settings(8), program: TEST_LAUNCHER, nodeFlags: QUICK_WASM, ports, dataDir });
    let hub = await start();
    try {
      const submitted = campaign.submit();
      for (let i = 0; i < KILLS; i++) {
        // At a random moment, half of the times of what follows a call.
        const dialled = uas.invites.length;
        const called = () => uas.invites.length > dialled || everyEnded();
        if (i % 2 === 1) await waitFor('a call', 10_000, async () => called() || undefined);
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 700));
        hub.kill('SIGKILL');
        await hub.exited;
        uas.forget();
        await hub.stop();
        hub = await start();
      }
      await submitted;
      expect(campaign.accepted.size).toBe(CALLS);
      await waitFor('every dialout to end', 90_000, async () => everyEnded() || undefined);
      expectExactlyOnce(campaign);
      // The campaign was a real one: calls were talked on and refused, and the kills cut some.
      const reasons = campaign.reasons(dialer);
      expect(reasons['client-disconnected'] ?? 0).toBeGreaterThan(0);
      expect(reasons.busy ?? 0).toBeGreaterThan(0);
      expect(reasons.error ?? 0).toBeGreaterThan(0);
    } finally {
      await hub.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }, 240_000);
});

describe.skipIf(postgresMissing !== undefined)(`two hubs on one PostgreSQL${postgresMissing ?? ''}`, () => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer();
  }, 60_000);
  afterAll(() => server?.remove());

  test('limits hold, work is shared, and killing one loses nothing', async () => {
    const url = await server.freshDatabase();
    const ports = [await freeHubPorts(60), await freeHubPorts(60)];
    const hubs = await Promise.all(
      ports.map((own) => HubProcess.start({ ...settings(25, url), program: TEST_LAUNCHER, ports: own })),
    );
    uas.forget();
    uas.invites.length = 0;
    uas.mostAtOnce = 0;
    try {
      const campaign = new Campaign({
        calls: CALLS,
        prefix: '+49302',
        notifyUrl: dialer.url,
        urls: ports.map(({ http }) => `http://127.0.0.1:${http}`),
      });
      await campaign.submit();
      await waitFor('calls by both', 20_000, async () => uas.invites.length >= 60 || undefined);
      const byPort = new Set(uas.invites.map(({ message }) => /^Contact:.*:(\d+)/im.exec(message)?.[1]));
      expect(byPort.size).toBe(2);
      hubs[1]?.kill('SIGKILL');
      await waitFor(
        'every dialout to end',
        90_000,
        async () => [...campaign.accepted.values()].every((id) => dialer.finalOf(id) !== undefined) || undefined,
      );
      expectExactlyOnce(campaign);
      expect(uas.mostAtOnce).toBeLessThanOrEqual(40); // 20 of them may be what the dead hub left ringing or talking
      const starts = uas.invites.map(({ at }) => at).sort((a, b) => a - b);
      const most = Math.max(...starts.map((from, i) => starts.slice(i).filter((at) => at < from + 990).length));
      expect(most).toBeLessThanOrEqual(25);
    } finally {
      await Promise.all(hubs.map((hub) => hub.stop()));
    }
  }, 180_000);
});
