import { afterEach, describe, expect, test } from 'vitest';
import { checkBot, checkReportLines } from '../../../src/bots/check.ts';
import { systemClock } from '../../../src/clock.ts';
import { FakeBotServer } from './fake-bot.ts';
import { makeWsRig, type WsRig } from './ws-test-support.ts';

const rigs: WsRig[] = [];
async function rigOf(...args: Parameters<typeof makeWsRig>): Promise<WsRig> {
  const rig = await makeWsRig(...args);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const HEALTHY = { type: 'ac-bot-api', success: true };

describe('the check of a bot over WebSocket', () => {
  test('is content with GET at the http address of the same name', async () => {
    const { connection, bot } = await rigOf({ bot: { health: HEALTHY }, config: { auth: { token: 't0p' } } });
    const report = await checkBot(connection, { clock: systemClock });
    expect(report).toMatchObject({ ok: true, steps: [{ step: 'http-get', ok: true }] });
    expect(bot.gets[0]?.authorization).toBe('Bearer t0p');
    expect(bot.upgrades).toHaveLength(0);
  });

  test.each([
    [undefined, '426'],
    [{ status: 'ok' }, 'expected {"type":"ac-bot-api","success":true}'],
  ])('goes on to connection.validate where GET says %j', async (health, words) => {
    const { connection, bot } = await rigOf({ bot: { health, validates: true } });
    const report = await checkBot(connection, { clock: systemClock });
    expect(report).toMatchObject({
      ok: true,
      steps: [
        { step: 'http-get', ok: false, message: expect.stringContaining(words) },
        { step: 'ws-handshake', ok: true },
        { step: 'ws-validate', ok: true },
      ],
    });
    expect(bot.conversations.size).toBe(0);
  });

  test('passes a bot on the SDK, which knows none of this, with a warning', async () => {
    const { connection } = await rigOf();
    const report = await checkBot(connection, { clock: systemClock });
    expect(report.ok).toBe(true);
    expect(report.steps.at(-1)).toMatchObject({ step: 'ws-validate', ok: true, warning: true });
    expect(report.steps.at(-1)?.message).toContain('handshake only');
    expect(report.steps.at(-1)?.ms).toBeGreaterThanOrEqual(2_900);
    expect(checkReportLines(report).join('\n')).toMatch(/^no .*http-get.*warning .*ws-validate.*can be used\.$/s);
  });

  test('fails a bot that says no', async () => {
    const { connection } = await rigOf({ bot: { validates: 'refuse' } });
    const report = await checkBot(connection, { clock: systemClock });
    expect(report).toMatchObject({ ok: false });
    expect(report.steps.at(-1)).toMatchObject({ step: 'ws-validate', ok: false });
  });

  test('fails a bot that refuses the token, or is not there', async () => {
    const { connection, bot } = await rigOf({ bot: { token: 'right' }, config: { auth: { token: 'wrong' } } });
    const refused = await checkBot(connection, { clock: systemClock });
    expect(refused).toMatchObject({
      ok: false,
      steps: [
        {},
        { step: 'ws-handshake', ok: false, message: expect.stringContaining('credentials were not accepted') },
      ],
    });
    await bot.close();
    const gone = await checkBot(connection, { clock: systemClock });
    expect(gone.steps.map(({ ok, message }) => [ok, message.includes('is the bot running?')])).toEqual([
      [false, true],
      [false, true],
    ]);
    expect(checkReportLines(gone).at(-1)).toBe('The bot cannot be used as it is configured.');
  });

  test('asks for the OAuth token first', async () => {
    const identity = await FakeBotServer.start();
    const oauth = { tokenUrl: `${identity.origin}/token`, clientId: 'hub', clientSecret: 's' };
    const { connection } = await rigOf({ bot: { health: HEALTHY }, config: { auth: { oauth } } });
    expect((await checkBot(connection, { clock: systemClock })).steps.map(({ step }) => step)).toEqual([
      'token',
      'http-get',
    ]);
    await identity.close();
    const other = await rigOf({ bot: { health: HEALTHY }, config: { auth: { oauth } } });
    expect(await checkBot(other.connection, { clock: systemClock })).toMatchObject({
      ok: false,
      steps: [{ step: 'token', ok: false }],
    });
  });
});
