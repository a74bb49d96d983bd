import { mkdir, writeFile } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { startTestServer } from '../../src/store/testing-postgres.ts';
import { Dialer } from '../e2e/support/dialer.ts';
import { FakeBot } from '../e2e/support/fake-bot.ts';
import { freeHubPorts, TEST_AUTHORIZATION } from '../e2e/support/hub-config.ts';
import { HubProcess, TEST_LAUNCHER } from '../e2e/support/hub-process.ts';
import { percentile } from './figures.ts';
import { type Rig, rig } from './report.ts';
import { SipUas } from './sip-uas.ts';

/**
 * `npm run load -- --dialout [--seconds S] [--database postgresql|pglite] [--no-save]`
 *
 * How many dialouts the hub accepts (each is on disk before it is answered), how soon their INVITE goes out when no limit
 * applies, and how many notifications it sends. Hub, database, dialer and callee share the machine. Stops by itself.
 */

export interface DialoutSettings {
  seconds: number;
  database: 'postgresql' | 'pglite';
}

interface Answer {
  status: number;
  ms: number;
  conversationId: string | undefined;
  /** `performance.now()` */
  at: number;
}

/** Requests that are under way at a time: as many as a busy dialer has connections. */
const CONNECTIONS = 32;
/** Dialouts for the time from request to INVITE, this far apart. */
const MOST_PROMPT_DIALOUTS = 300;
const PROMPT_PAUSE_MS = 40;
const RESULTS = join(import.meta.dirname, 'results');

export interface DialoutFigures {
  date: string;
  rig: Rig;
  database: string;
  accepted: number;
  acceptedPerSecond: number;
  answerMs: { p50: number; p95: number; p99: number; max: number };
  toInviteMs: { p50: number; p95: number; max: number };
  notifications: number;
  notificationsPerSecond: number;
  refused: Record<number, number>;
}

/** @throws Error when a part does not come up, or a dialout gets lost */
export async function measureDialouts(settings: DialoutSettings): Promise<DialoutFigures> {
  const uas = await SipUas.open(() => ({ answerAfterMs: 0, status: 486 }));
  const bot = await FakeBot.start({ onActivity: () => [] });
  const dialer = await Dialer.start();
  const server = settings.database === 'postgresql' ? await startTestServer() : undefined;
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  // The ports of a call rest for 5 s after it.
  const ports = await freeHubPorts(4000);
  let hub: HubProcess | undefined;
  try {
    const limits = (callsPerSecond: number, concurrentCalls: number) => ({
      limits: { callsPerSecond, concurrentCalls, maxQueueMs: 3_600_000 },
    });
    const botOf = (id: string, own: object) => ({
      id,
      connector: 'ac-bot-api',
      url: bot.url,
      speech: { stt: 'speech', tts: 'speech' },
      parameters: { language: 'en-US' },
      ...own,
    });
    const rule = (id: string) => ({ id, origin: { bot: id }, called: '*', destination: { sipConnection: 'carrier' } });
    hub = await HubProcess.start({
      program: TEST_LAUNCHER,
      ports,
      botUrl: bot.url,
      extra: {
        log: { level: 'warn' },
        limits: { concurrentCalls: 500, callsPerSecond: 1000, queuedDialouts: 1_000_000 },
        // Waits: what is measured is the request, not the calls.
        bots: [botOf('waiting', limits(20, 20)), botOf('prompt', limits(1000, 500)), botOf('burst', limits(1000, 500))],
        sipConnections: [{ id: 'carrier', gateways: [`sip:127.0.0.1:${uas.port}`], allowFrom: [] }],
        routingRules: ['waiting', 'prompt', 'burst'].map(rule),
        notifications: { allowPrivateNetworks: true },
        ...(server === undefined ? {} : { database: { url: await server.freshDatabase() } }),
      },
    });
    let number = 0;
    const ask = (name: string, notifyUrl?: string): Promise<Answer> => {
      number += 1;
      const target = `tel:+4930${String(1_000_000 + number)}`;
      return post(agent, ports.http, { bot: name, target, ...(notifyUrl === undefined ? {} : { notifyUrl }) });
    };

    // From request to INVITE, on a hub that has nothing else to do.
    for (let i = 0; i < 20; i++) await ask('prompt');
    const toInvite: number[] = [];
    for (let i = 0; i < Math.min(MOST_PROMPT_DIALOUTS, settings.seconds * 30); i++) {
      const asked = performance.now();
      const seen = uas.invites.length;
      const answer = await ask('prompt');
      if (answer.status !== 200) throw new Error(`a dialout was refused with ${answer.status}`);
      const user = `+4930${String(1_000_000 + number)}`;
      toInvite.push((await inviteOf(uas, user, seen)) - asked);
      await sleep(PROMPT_PAUSE_MS);
    }

    // Requests, as fast as they are answered.
    await flood(CONNECTIONS, 1000, () => ask('waiting'));
    const startedAt = performance.now();
    const answers = await flood(CONNECTIONS, settings.seconds * 1000, () => ask('waiting'));
    const tookMs = performance.now() - startedAt;
    const accepted = answers.filter(({ status }) => status === 200);
    const times = accepted.map(({ ms }) => ms);
    const refused: Record<number, number> = {};
    for (const { status } of answers) if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;

    // Notifications: dialouts that are refused at once, one notification each.
    const before = dialer.notifications.length;
    const burstAt = performance.now();
    const burst = await flood(CONNECTIONS, Math.min(5, settings.seconds) * 1000, () => ask('burst', dialer.url));
    const expected = burst.filter(({ status }) => status === 200).length;
    const limit = performance.now() + 60_000;
    while (dialer.notifications.length - before < expected && performance.now() < limit) await sleep(20);
    const notifications = dialer.notifications.length - before;
    const notifiedMs = (dialer.notifications.at(-1)?.at ?? burstAt) - burstAt;
    if (notifications < expected) throw new Error(`${expected - notifications} notifications did not come in a minute`);

    return {
      date: new Date().toISOString(),
      rig: rig(),
      database: settings.database,
      accepted: accepted.length,
      acceptedPerSecond: (accepted.length * 1000) / tookMs,
      answerMs: {
        p50: percentile(times, 0.5),
        p95: percentile(times, 0.95),
        p99: percentile(times, 0.99),
        max: Math.max(...times),
      },
      toInviteMs: { p50: percentile(toInvite, 0.5), p95: percentile(toInvite, 0.95), max: Math.max(...toInvite) },
      notifications,
      notificationsPerSecond: (notifications * 1000) / notifiedMs,
      refused,
    };
  } finally {
    await hub?.stop();
    agent.destroy();
    uas.close();
    await bot.close();
    dialer.close();
    await server?.remove();
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

/** When the INVITE to `user` came; it is looked for among those after the first `from`. */
async function inviteOf(uas: SipUas, user: string, from: number): Promise<number> {
  const limit = performance.now() + 5000;
  while (performance.now() < limit) {
    const invite = uas.invites.slice(from).find((seen) => seen.user === user);
    if (invite !== undefined) return invite.at;
    await sleep(1);
  }
  throw new Error(`nobody called ${user}`);
}

/** Asks over and over for `ms`, `width` at a time. */
async function flood(width: number, ms: number, ask: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  const until = performance.now() + ms;
  const work = async () => {
    while (performance.now() < until) answers.push(await ask());
  };
  await Promise.all(Array.from({ length: width }, work));
  return answers;
}

function post(agent: Agent, port: number, body: object): Promise<Answer> {
  const text = JSON.stringify(body);
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        agent,
        port,
        host: '127.0.0.1',
        method: 'POST',
        path: '/api/v1/actions/dialout',
        headers: {
          authorization: TEST_AUTHORIZATION,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(text),
        },
      },
      (response) => {
        let answer = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          answer += chunk;
        });
        response.on('end', () => {
          const at = performance.now();
          const { conversationId } = JSON.parse(answer) as { conversationId?: string };
          resolve({ status: response.statusCode ?? 0, ms: at - startedAt, conversationId, at });
        });
      },
    );
    sent.once('error', reject);
    sent.end(text);
  });
}

export function dialoutReport(figures: DialoutFigures): string {
  const { answerMs, toInviteMs, rig } = figures;
  const ms = (value: number) => value.toFixed(1);
  const refused = Object.entries(figures.refused).map(([status, count]) => `${count} with ${status}`);
  return [
    `# Dialouts, ${figures.date.slice(0, 16).replace('T', ' ')} UTC`,
    '',
    `Made by \`npm run load -- --dialout\` on ${rig.cores} x ${rig.cpu}, ${rig.memoryGb} GB, node ${rig.node}, Linux ${rig.kernel}, ${figures.database}. Hub, database, dialer and callee share it.`,
    '',
    '| Figure | Value |',
    '|---|---|',
    `| Accepted per second, ${CONNECTIONS} connections, each on disk before its 200 | ${figures.acceptedPerSecond.toFixed(0)} (of ${figures.accepted}) |`,
    `| Answer, ms | p50 ${ms(answerMs.p50)}, p95 ${ms(answerMs.p95)}, p99 ${ms(answerMs.p99)}, max ${ms(answerMs.max)} |`,
    `| Request to INVITE when no limit applies, ms | p50 ${ms(toInviteMs.p50)}, p95 ${ms(toInviteMs.p95)}, max ${ms(toInviteMs.max)} |`,
    `| Notifications per second, with their dialouts being accepted and dialled | ${figures.notificationsPerSecond.toFixed(0)} (of ${figures.notifications}) |`,
    `| Refused | ${refused.join(', ') || 'none'} |`,
    '',
  ].join('\n');
}

/** Keeps the figures beside those of other runs. */
export async function saveDialouts(figures: DialoutFigures): Promise<string> {
  await mkdir(RESULTS, { recursive: true });
  const name = `${figures.date.slice(0, 19).replaceAll(':', '')}-dialout-${figures.database}.json`;
  await writeFile(join(RESULTS, name), `${JSON.stringify(figures, undefined, 1)}\n`);
  await writeFile(join(RESULTS, `dialout-${figures.database}.md`), dialoutReport(figures));
  return join('test/load/results', name);
}
