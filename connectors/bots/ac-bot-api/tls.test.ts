import pino from 'pino';
import { afterAll, describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { type KeyAndCertificate, selfSignedCertificate, testAuthority } from '../../../src/net/testing-certificates.ts';
import { acBotApiConfigSchema } from './config.ts';
import { createAcBotApi } from './connector.ts';
import { FakeBotServer } from './fake-bot.ts';
import { FakeWsBot } from './fake-ws-bot.ts';
import { botErrorOf, contextOf, openSession } from './test-support.ts';

const authority = testAuthority();
const stranger = testAuthority();
const selfSigned = selfSignedCertificate();

/** What was started, closed after the file. */
const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.reverse()) await cleanUp();
});

interface TlsBot {
  url: string;
  /** Requests and upgrades that came through. */
  asked(): number;
}

const health = { type: 'ac-bot-api', success: true };
const greeting = () => [{ type: 'message', text: 'hello' }];

const bots: Readonly<Record<string, (tls: KeyAndCertificate) => Promise<TlsBot>>> = {
  async https(tls) {
    const bot = await FakeBotServer.start({ tls, token: 'secret', answer: greeting });
    cleanUps.push(() => bot.close());
    return { url: bot.url, asked: () => bot.requests.length };
  },
  async wss(tls) {
    const bot = await FakeWsBot.start({ tls, token: 'secret', health });
    bot.answer = greeting;
    cleanUps.push(() => bot.close());
    return { url: bot.url, asked: () => bot.upgrades.length + bot.gets.length };
  },
};

function connect(url: string, settings: { allowSelfSignedCert?: boolean; caCertificate?: string }) {
  const config = acBotApiConfigSchema.parse({ url, auth: { token: 'secret' }, ...settings });
  const connection = createAcBotApi(
    { id: 'tls', name: 'TLS', config },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  cleanUps.push(() => connection.close());
  return connection;
}

async function expectRefused(bot: TlsBot, connection: ReturnType<typeof connect>): Promise<void> {
  const handlers = { onActivities: () => {}, onLost: () => {} };
  expect(await botErrorOf(connection.open(contextOf(), handlers))).toMatchObject({
    code: 'bot_unreachable',
    retryable: false,
    message: expect.stringContaining('certificate was not accepted'),
  });
  const report = await connection.validate();
  expect(report.ok).toBe(false);
  for (const { message } of report.steps) expect(message).toContain('certificate was not accepted');
  expect(bot.asked(), 'nobody else gets the credentials').toBe(0);
}

async function expectAccepted(connection: ReturnType<typeof connect>): Promise<void> {
  expect(await connection.validate()).toMatchObject({ ok: true });
  const { session, activities } = await openSession(connection);
  const start = {
    id: '1',
    timestamp: new Date().toISOString(),
    language: 'en-US',
    type: 'event',
    name: 'start',
  } as const;
  await session.send([{ ...start, parameters: {} }]);
  await expect.poll(() => activities).toMatchObject([{ type: 'message', text: 'hello' }]);
  await session.end({ reasonCode: 'client-disconnected', reason: 'done' });
}

describe.skipIf(authority === undefined)('a bot behind real TLS (needs the program openssl)', () => {
  const ours = () => authority?.ca ?? '';
  const issue = (name = 'IP:127.0.0.1') => authority?.issue(name) as KeyAndCertificate;

  describe.each(Object.entries(bots))('%s', (_, start) => {
    test('is refused when nobody vouches for its certificate', async () => {
      for (const certificate of [selfSigned, issue()]) {
        const bot = await start(certificate as KeyAndCertificate);
        await expectRefused(bot, connect(bot.url, {}));
      }
    });

    test('is refused when another authority is trusted', async () => {
      const bot = await start(issue());
      await expectRefused(bot, connect(bot.url, { caCertificate: stranger?.ca ?? '' }));
    });

    test('is refused when its certificate is for somebody else', async () => {
      const bot = await start(issue('DNS:bot.example'));
      await expectRefused(bot, connect(bot.url, { caCertificate: ours() }));
    });

    test('is talked with when its authority is trusted', async () => {
      const bot = await start(issue());
      await expectAccepted(connect(bot.url, { caCertificate: `${stranger?.ca}\n${ours()}` }));
    });

    test('is talked with when any certificate will do', async () => {
      const bot = await start(selfSigned as KeyAndCertificate);
      await expectAccepted(connect(bot.url, { allowSelfSignedCert: true }));
    });
  });
});

test.each(['', 'nonsense', '-----BEGIN CERTIFICATE-----\nQUJD\n-----END CERTIFICATE-----'])(
  'caCertificate %j is no certificate',
  (caCertificate) => {
    const { error } = acBotApiConfigSchema.safeParse({ url: 'https://bot.example', caCertificate });
    expect(error?.issues).toMatchObject([{ path: ['caCertificate'] }]);
  },
);
