import { afterEach, describe, expect, test } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import type { FakeBehaviour } from './fake-bot.ts';
import { RETRY_DELAY_MS } from './http-client.ts';
import { MAX_WAITING_DELIVERIES, MIN_REFRESH_MS } from './http-session.ts';
import { botErrorOf, makeRig, message, type Rig } from './test-support.ts';

const rigs: Rig[] = [];
async function rigOf(...args: Parameters<typeof makeRig>): Promise<Rig> {
  const rig = await makeRig(...args);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

describe('deliveries', () => {
  test('carry conversation, ids, times and language as they were given', async () => {
    const { bot, open } = await rigOf();
    const { session, id } = await open();
    const activity = message('hello');
    await session.send([activity]);
    expect(JSON.parse(bot.bodies('activities')[0] ?? '')).toEqual({ conversation: id, activities: [activity] });
  });

  test('go out one at a time, in order', async () => {
    const { bot, open } = await rigOf();
    const { session, id } = await open();
    const gate = Promise.withResolvers<void>();
    bot.next('activities', { kind: 'hold', until: gate.promise });
    const sent = ['a', 'b', 'c'].map((text) => session.send([message(text)]));
    await eventually(() => bot.count('activities') === 1, 'the first request');
    gate.resolve();
    await Promise.all(sent);
    expect(bot.conversations.get(id)?.received.map((activity) => activity.text)).toEqual(['a', 'b', 'c']);
  });

  test('a bot that is far behind gets no more', async () => {
    const { bot, open } = await rigOf();
    const { session } = await open();
    bot.always('activities', { kind: 'silence' });
    const waiting = Array.from({ length: MAX_WAITING_DELIVERIES }, () => botErrorOf(session.send([message('x')])));
    expect(await botErrorOf(session.send([message('too many')]))).toMatchObject({
      code: 'bot_unreachable',
      retryable: true,
    });
    await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    expect(new Set((await Promise.all(waiting)).map((error) => error.code))).toEqual(
      new Set(['bot_conversation_lost']),
    );
  });

  test('replies with faults are used as far as they go, and the log says what is wrong but not what was said', async () => {
    const { bot, open, logLines } = await rigOf();
    const { session, activities } = await open();
    bot.answer = () => [{ type: 'Message', text: 'private words' }, 7, { type: 'EVENT', name: 'Hangup' }];
    await session.send([message('my number is 1234')]);
    expect(activities.map((activity) => [activity.type, activity.text ?? activity.name])).toEqual([
      ['message', 'private words'],
      ['event', 'Hangup'],
    ]);
    expect(logLines).toContainEqual(
      expect.objectContaining({ level: 40, problems: [expect.stringContaining('activity 1')] }),
    );
    expect(JSON.stringify(logLines)).not.toMatch(/private words|1234/);
  });

  const repeated: [string, FakeBehaviour][] = [
    ['a dropped connection', { kind: 'drop', taken: false }],
    ['a connection dropped in the middle of the answer', { kind: 'drop-mid-body' }],
    ['status 502', { kind: 'status', status: 502, body: '<html>bad gateway</html>' }],
    ['status 503', { kind: 'status', status: 503 }],
    ['status 504', { kind: 'status', status: 504 }],
  ];
  test.each(repeated)('%s is answered by one repetition, word for word', async (_what, behaviour) => {
    const { bot, open } = await rigOf();
    const { session, id } = await open();
    bot.next('activities', behaviour);
    await session.send([message('once')]);
    expect(bot.count('activities')).toBe(2);
    expect(bot.bodies('activities')[1]).toBe(bot.bodies('activities')[0]);
    expect(bot.conversations.get(id)?.received).toHaveLength(1);
    expect(bot.conversations.get(id)?.repeated).toBe(behaviour.kind === 'drop-mid-body' ? 1 : 0);
  });

  test('trouble that stays is reported after the repetition, and the session lives', async () => {
    const { bot, open } = await rigOf();
    const { session, lost } = await open();
    bot.next('activities', { kind: 'drop', taken: false }, { kind: 'drop', taken: false });
    expect(await botErrorOf(session.send([message('a')]))).toMatchObject({ code: 'bot_unreachable', retryable: true });
    bot.next('activities', { kind: 'status', status: 503 }, { kind: 'status', status: 503 });
    expect(await botErrorOf(session.send([message('b')]))).toMatchObject({ code: 'bot_failed', retryable: true });
    await session.send([message('c')]);
    expect(lost).toEqual([]);
  });

  const fatal: [string, FakeBehaviour, string][] = [
    ['status 500', { kind: 'status', status: 500 }, 'bot_failed'],
    ['broken JSON', { kind: 'body', body: '{"activities":[' }, 'bot_failed'],
    ['a web page', { kind: 'body', body: '<html></html>' }, 'bot_failed'],
    ['JSON of another type', { kind: 'body', body: '{"activities":"hi"}' }, 'bot_failed'],
    ['an answer that is no HTTP', { kind: 'bytes', bytes: 'SSH-2.0-OpenSSH_9.7\r\n' }, 'bot_failed'],
    ['a huge header', { kind: 'status', status: 200, headers: { 'x-padding': 'x'.repeat(20_000) } }, 'bot_failed'],
    ['a huge body', { kind: 'body', body: `"${'x'.repeat(2_000_000)}"` }, 'bot_failed'],
    ['status 302', { kind: 'status', status: 302, headers: { location: '/login' } }, 'bot_failed'],
    ['status 400', { kind: 'status', status: 400 }, 'bot_rejected'],
    ['status 401', { kind: 'status', status: 401 }, 'bot_rejected'],
    ['status 403', { kind: 'status', status: 403 }, 'bot_rejected'],
    ['status 404', { kind: 'status', status: 404 }, 'bot_conversation_lost'],
    ['status 410', { kind: 'status', status: 410 }, 'bot_conversation_lost'],
  ];
  test.each(fatal)('%s is not repeated and ends the session', async (_what, behaviour, code) => {
    const { bot, open } = await rigOf();
    const { session, id, lost, activities } = await open();
    bot.next('activities', behaviour);
    const error = await botErrorOf(session.send([message('hello')]));
    expect(error).toMatchObject({ code, retryable: false });
    expect(lost).toEqual([error]);
    expect(await botErrorOf(session.send([message('again')]))).toBe(error);
    expect(bot.count('activities')).toBe(1);
    expect(activities).toEqual([]);
    await session.end({ reasonCode: 'error', reason: 'bot failure' });
    expect(bot.conversations.get(id)?.ends).toHaveLength(1);
  });

  const quiet: [string, FakeBehaviour][] = [
    ['204', { kind: 'status', status: 204 }],
    ['an empty body', { kind: 'body', body: '' }],
    ['{}', { kind: 'body', body: '{}' }],
    ['null', { kind: 'body', body: ' null ' }],
    ['a byte order mark', { kind: 'body', body: '\uFEFF{}' }],
  ];
  test.each(quiet)('%s is a reply without activities', async (_what, behaviour) => {
    const { bot, open } = await rigOf();
    const { session, activities } = await open();
    bot.next('activities', behaviour);
    await session.send([message('hello')]);
    expect(activities).toEqual([]);
  });
});

describe('time', () => {
  const slow: [string, FakeBehaviour][] = [
    ['says nothing', { kind: 'silence' }],
    ['stops in the middle of a header', { kind: 'slow-header' }],
    ['stops in the middle of a body', { kind: 'stall' }],
  ];
  test.each(slow)('a bot that %s is given up after responseMs, without a repetition', async (_what, behaviour) => {
    const clock = new VirtualClock();
    const { bot, open } = await rigOf({ clock });
    const { session, lost } = await open();
    bot.next('activities', behaviour);
    let settled = false;
    const failure = botErrorOf(session.send([message('hello')])).finally(() => {
      settled = true;
    });
    await eventually(() => bot.count('activities') === 1, 'the request');
    clock.advance(29_999);
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    clock.advance(1);
    expect(await failure).toMatchObject({ code: 'bot_unreachable', retryable: true });
    expect(lost).toEqual([]);
    await session.send([message('and now?')]);
    expect(bot.count('activities')).toBe(2);
  });

  test('a repetition waits a moment', async () => {
    const clock = new VirtualClock();
    const { bot, open } = await rigOf({ clock });
    const { session } = await open();
    bot.next('activities', { kind: 'status', status: 503 });
    const sent = session.send([message('hello')]);
    await eventually(() => clock.nextInMs === RETRY_DELAY_MS, 'the pause');
    expect(bot.count('activities')).toBe(1);
    clock.advance(RETRY_DELAY_MS);
    await sent;
    expect(bot.count('activities')).toBe(2);
  });
});

describe('keeping the conversation alive', () => {
  async function idle(expiresSeconds: unknown) {
    const clock = new VirtualClock();
    const rig = await rigOf({ clock, bot: { expiresSeconds } });
    return { clock, rig, ...(await rig.open()) };
  }

  test.each([
    [120, 60_000],
    ['60', 30_000],
    [10, MIN_REFRESH_MS],
    [undefined, 30_000],
  ])('with expiresSeconds %j after %i ms', async (expiresSeconds, afterMs) => {
    const { clock, rig, id } = await idle(expiresSeconds);
    expect(clock.nextInMs).toBe(afterMs);
    clock.advance(afterMs);
    await eventually(() => rig.bot.conversations.get(id)?.refreshes === 1, 'a refresh');
    await eventually(() => clock.nextInMs === afterMs, 'the next timer');
    expect(JSON.parse(rig.bot.bodies('refresh')[0] ?? '')).toEqual({ conversation: id });
  });

  test('a delivery counts as a sign of life', async () => {
    const { clock, rig, session } = await idle(120);
    clock.advance(59_000);
    await session.send([message('hello')]);
    await eventually(() => clock.nextInMs === 60_000, 'the timer anew');
    expect(rig.bot.count('refresh')).toBe(0);
  });

  test('no refresh while the bot is busy', async () => {
    const { clock, rig, session } = await idle(20);
    const gate = Promise.withResolvers<void>();
    rig.bot.next('activities', { kind: 'hold', until: gate.promise });
    const sent = session.send([message('think')]);
    await eventually(() => rig.bot.count('activities') === 1, 'the request');
    clock.advance(25_000);
    gate.resolve();
    await sent;
    expect(rig.bot.count('refresh')).toBe(0);
  });

  test('the bot may change the interval', async () => {
    const { clock, rig } = await idle(120);
    rig.bot.next('refresh', { kind: 'body', body: '{"expiresSeconds":"40"}' }, { kind: 'body', body: '{}' });
    clock.advance(60_000);
    await eventually(() => clock.nextInMs === 20_000, 'the shorter interval');
    clock.advance(20_000);
    await eventually(() => rig.bot.count('refresh') === 2 && clock.nextInMs === 20_000, 'the interval kept');
  });

  test('404 is a lost conversation, reported once', async () => {
    const { clock, rig, session, lost } = await idle(120);
    rig.bot.next('refresh', { kind: 'status', status: 404 });
    clock.advance(60_000);
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]?.code).toBe('bot_conversation_lost');
    expect(await botErrorOf(session.send([message('hello')]))).toBe(lost[0]);
    expect(lost).toHaveLength(1);
    await eventually(() => clock.pending === 0, 'no timer left');
  });

  test('other trouble is logged and tried again later', async () => {
    const { clock, rig, session, lost } = await idle(120);
    rig.bot.next('refresh', { kind: 'status', status: 500 });
    clock.advance(60_000);
    await eventually(() => clock.nextInMs === 60_000, 'the timer anew');
    expect(lost).toEqual([]);
    expect(rig.logLines).toContainEqual(
      expect.objectContaining({ level: 40, msg: expect.stringContaining('refresh') }),
    );
    await session.send([message('hello')]);
  });

  test('without refreshURL there is none', async () => {
    const clock = new VirtualClock();
    const rig = await rigOf({ clock, bot: { createExtras: { refreshURL: undefined } } });
    await rig.open();
    expect(clock.pending).toBe(0);
  });

  test.each(['end', 'abort'] as const)('stops with the %s', async (how) => {
    const { clock, rig, session, abort } = await idle(120);
    if (how === 'abort') abort();
    else await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    expect(clock.pending).toBe(0);
    clock.advance(600_000);
    expect(rig.bot.count('refresh')).toBe(0);
  });
});

describe('the end', () => {
  const end = { reasonCode: 'client-disconnected', reason: 'Client Side' } as const;

  test('goes out when the call has been aborted already', async () => {
    const { bot, open } = await rigOf();
    const { session, id, abort } = await open();
    abort();
    await session.end(end);
    expect(bot.conversations.get(id)?.ends).toEqual([end]);
  });

  test('is repeated after a network error, like any request', async () => {
    const { bot, open } = await rigOf();
    const { session, id } = await open();
    bot.next('disconnect', { kind: 'drop', taken: false });
    await session.end(end);
    expect(bot.conversations.get(id)?.ends).toEqual([end]);
  });

  test('takes no longer than disconnectMs', async () => {
    const clock = new VirtualClock();
    const { bot, open } = await rigOf({ clock });
    const { session } = await open();
    bot.always('disconnect', { kind: 'silence' });
    const ended = session.end(end);
    await eventually(() => bot.count('disconnect') === 1, 'the request');
    clock.advance(3_000);
    await ended;
    expect(bot.count('disconnect')).toBe(1);
    expect(clock.pending).toBe(0);
  });

  test.each([401, 404, 500])('does not mind status %i', async (status) => {
    const { bot, open, logLines } = await rigOf();
    const { session, lost } = await open();
    bot.always('disconnect', { kind: 'status', status });
    await session.end(end);
    expect(lost).toEqual([]);
    expect(logLines.filter((line) => Number(line.level) >= 40)).toEqual([]);
  });

  test('can do without disconnectURL', async () => {
    const { bot, open } = await rigOf({ bot: { createExtras: { disconnectURL: undefined } } });
    const { session } = await open();
    await session.end(end);
    expect(bot.count('disconnect')).toBe(0);
  });
});
