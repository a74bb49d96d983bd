import { afterEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { FakeBotServer } from './fake-bot.ts';
import { botErrorOf, makeRig, message, openSession, type Rig } from './test-support.ts';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

/** A bot that asks for the tokens `access-1`, `access-2`, ... which the identity server hands out one after another. */
async function oauthRig(tokens: { expiresIn?: unknown; scope?: string } = {}) {
  const clock = new VirtualClock();
  const identity = await FakeBotServer.start();
  closing.push(() => identity.close());
  let issued = 0;
  identity.tokenAnswer = () => {
    issued += 1;
    return { access_token: `access-${issued}`, token_type: 'bearer', expires_in: tokens.expiresIn ?? 900 };
  };
  const scope = tokens.scope === undefined ? {} : { scope: tokens.scope };
  const oauth = { tokenUrl: `${identity.origin}/token`, clientId: 'hub', clientSecret: 'hush&=+', ...scope };
  const rig: Rig = await makeRig({ clock, bot: { token: 'access-1' }, config: { auth: { oauth } } });
  closing.push(rig.close);
  return { clock, identity, rig };
}

describe('OAuth client credentials', () => {
  test('posts the form and sends the token', async () => {
    const { identity, rig } = await oauthRig({ scope: 'bot.talk' });
    await rig.open();
    expect(identity.requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded');
    expect(identity.requests[0]?.headers.authorization).toBeUndefined();
    expect(Object.fromEntries(new URLSearchParams(identity.bodies('token')[0]))).toEqual({
      grant_type: 'client_credentials',
      client_id: 'hub',
      client_secret: 'hush&=+',
      scope: 'bot.talk',
    });
    expect(rig.bot.requests[0]?.headers.authorization).toBe('Bearer access-1');
  });

  test('asks once for many conversations at the same time, and keeps the token', async () => {
    const { identity, rig } = await oauthRig();
    await Promise.all(Array.from({ length: 10 }, () => rig.open()));
    await rig.open();
    expect(identity.count('token')).toBe(1);
  });

  test('renews before the token expires, without making anybody wait', async () => {
    const { clock, identity, rig } = await oauthRig({ expiresIn: '900' });
    const { session } = await rig.open();
    clock.advance(839_000);
    await session.send([message('a')]);
    expect(identity.count('token')).toBe(1);
    const gate = Promise.withResolvers<void>();
    identity.next('token', { kind: 'hold', until: gate.promise });
    clock.advance(2_000);
    await session.send([message('b')]);
    expect(rig.bot.requests.at(-1)?.headers.authorization).toBe('Bearer access-1');
    await session.send([message('c')]);
    await eventually(() => identity.count('token') === 2, 'the renewal');
    rig.bot.token = 'access-2';
    gate.resolve();
    await eventually(() => clock.pending <= 2, 'the renewal done');
    await session.send([message('d')]);
    expect(identity.count('token')).toBe(2);
  });

  test('waits for a new one when the token has expired', async () => {
    const { clock, identity, rig } = await oauthRig({ expiresIn: 900 });
    const { session } = await rig.open();
    clock.advance(901_000);
    rig.bot.token = 'access-2';
    await session.send([message('a')]);
    expect(identity.count('token')).toBe(2);
  });

  test('asks for a new one when the bot refuses the token, once', async () => {
    const { identity, rig } = await oauthRig();
    const { session } = await rig.open();
    rig.bot.token = 'access-2';
    await session.send([message('a')]);
    expect(identity.count('token')).toBe(2);
    rig.bot.token = 'never';
    expect((await botErrorOf(session.send([message('b')]))).code).toBe('bot_rejected');
    expect(identity.count('token')).toBe(3);
  });

  test('a client that is refused is bot_rejected, with the code and without the secret', async () => {
    const { identity, rig } = await oauthRig();
    identity.always('token', { kind: 'status', status: 401, body: '{"error":"invalid_client","hint":"hush&=+"}' });
    const error = await botErrorOf(rig.open());
    expect(error.code).toBe('bot_rejected');
    expect(error.message).toContain('invalid_client');
    expect(JSON.stringify([error.message, error.stack, rig.logLines])).not.toContain('hush');
    expect(rig.bot.requests).toHaveLength(0);
  });

  test.each([
    ['no token', '{"expires_in":900}'],
    ['a token that fits no header', '{"access_token":"a\\r\\nx: y"}'],
    ['another type', '{"access_token":"abc","token_type":"mac"}'],
    ['broken JSON', '{'],
  ])('%s is bot_failed', async (_what, body) => {
    const { identity, rig } = await oauthRig();
    identity.always('token', { kind: 'body', body });
    expect((await botErrorOf(rig.open())).code).toBe('bot_failed');
  });

  test('an identity server that is not there is bot_unreachable', async () => {
    const identity = await FakeBotServer.start();
    const oauth = { tokenUrl: `${identity.origin}/token`, clientId: 'hub', clientSecret: 's' };
    await identity.close();
    const rig = await makeRig({ config: { auth: { oauth } } });
    closing.push(rig.close);
    expect((await botErrorOf(openSession(rig.connection))).code).toBe('bot_unreachable');
  });
});
