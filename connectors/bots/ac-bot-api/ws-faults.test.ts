import { afterEach, describe, expect, test } from 'vitest';
import { sine } from '../../../src/media/tone.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { FakeBotServer } from './fake-bot.ts';
import { MAX_BROKEN_FRAMES } from './message-reader.ts';
import { botErrorOf, message } from './test-support.ts';
import { MAX_WAITING_DELIVERIES, MIN_RESUMED_MS } from './ws-session.ts';
import { makeWsRig, playedSamples, VOICE, type WsRig, wsContext } from './ws-test-support.ts';

const rigs: WsRig[] = [];
async function rigOf(...args: Parameters<typeof makeWsRig>): Promise<WsRig> {
  const rig = await makeWsRig(...args);
  rigs.push(rig);
  return rig;
}
afterEach(async () => {
  await Promise.all(rigs.splice(0).map((rig) => rig.close()));
});

const END = { reasonCode: 'client-disconnected', reason: 'BYE' } as const;
const handlers = { onActivities: () => {}, onLost: () => {} };

describe('an upgrade that fails', () => {
  test.each([
    [401, 'bot_rejected', 1],
    [403, 'bot_rejected', 1],
    [404, 'bot_rejected', 1],
    [429, 'bot_rejected', 1],
    [500, 'bot_failed', 1],
    [502, 'bot_failed', 2],
    [503, 'bot_failed', 2],
    [200, 'bot_failed', 1],
  ] as const)('with status %i is %s after %i attempts', async (status, code, attempts) => {
    const { bot, connection } = await rigOf();
    bot.script.push({ kind: 'status', status }, { kind: 'status', status });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error.code).toBe(code);
    expect(error.message).toContain(`upgrade (${bot.url}): answered ${status}`);
    expect(bot.upgrades).toHaveLength(attempts);
  });

  test('with a redirect names the target', async () => {
    const { bot, connection } = await rigOf();
    bot.script.push({ kind: 'status', status: 302, headers: { location: 'https://elsewhere.example/bot?key=1' } });
    expect((await botErrorOf(connection.open(wsContext(), handlers))).message).toContain(
      'a redirect to https://elsewhere.example/bot; redirects are not followed',
    );
  });

  test('once by a broken connection or a gateway is tried again', async () => {
    const { bot, open } = await rigOf();
    bot.script.push({ kind: 'drop' });
    await open();
    bot.script.push({ kind: 'status', status: 503 });
    await open();
    expect(bot.upgrades).toHaveLength(4);
  });

  test('by hanging is given up in time', async () => {
    const { bot, connection } = await rigOf({ config: { timeouts: { handshakeMs: 50 } } });
    bot.script.push({ kind: 'hang' });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error).toMatchObject({ code: 'bot_unreachable', message: expect.stringContaining('within 50 ms') });
  });

  test('with something that is no HTTP, or no proper upgrade, is bot_failed', async () => {
    const { bot, connection } = await rigOf();
    bot.script.push({ kind: 'bytes', bytes: 'SSH-2.0-OpenSSH\r\n' });
    expect((await botErrorOf(connection.open(wsContext(), handlers))).code).toBe('bot_failed');
    const bytes =
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: x\r\n\r\n';
    bot.script.push({ kind: 'bytes', bytes });
    expect((await botErrorOf(connection.open(wsContext(), handlers))).code).toBe('bot_failed');
  });

  test('by a wrong token shows nothing of it', async () => {
    const { connection, logLines } = await rigOf({
      bot: { token: 'right' },
      config: { auth: { token: 'wrong-s3cret' } },
    });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error.code).toBe('bot_rejected');
    expect(JSON.stringify([error.message, error.publicMessage, error.stack, logLines])).not.toContain('s3cret');
  });

  test('by an OAuth token that was revoked is tried again with a new one', async () => {
    const identity = await FakeBotServer.start();
    let count = 0;
    identity.tokenAnswer = () => ({ access_token: `t${++count}`, token_type: 'Bearer', expires_in: 3600 });
    const oauth = { tokenUrl: `${identity.origin}/token`, clientId: 'hub', clientSecret: 's' };
    const { bot, open } = await rigOf({ bot: { token: 't1' }, config: { auth: { oauth } } });
    await open();
    bot.token = 't2';
    await open();
    expect(bot.upgrades.map(({ authorization }) => authorization)).toEqual(['Bearer t1', 'Bearer t1', 'Bearer t2']);
    await identity.close();
  });
});

describe('a session that does not come about', () => {
  test('session.error rejects with its reason', async () => {
    const { connection, bot } = await rigOf({
      bot: { onInitiate: (it) => it.say({ type: 'session.error', reason: 'no model' }) },
    });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error).toMatchObject({ code: 'bot_failed', message: expect.stringContaining('no model') });
    expect(bot.upgrades).toHaveLength(1);
  });

  test('no answer within acceptMs is bot_unreachable, and the bot is told the end', async () => {
    const { connection, bot } = await rigOf({
      bot: { onInitiate: () => new Promise(() => {}) },
      config: { timeouts: { acceptMs: 50 } },
    });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error).toMatchObject({ code: 'bot_unreachable', message: expect.stringContaining('session.accepted') });
    await eventually(() => bot.conversation.ends.length === 1, 'session.end');
  });

  test.each([
    [1008, 'bot_rejected'],
    [1011, 'bot_unreachable'],
  ])('closing with %i is %s', async (code, expected) => {
    const { connection } = await rigOf({ bot: { onInitiate: (it) => it.socket.close(code, 'go away') } });
    const error = await botErrorOf(connection.open(wsContext(), handlers));
    expect(error).toMatchObject({ code: expected, message: expect.stringContaining('go away') });
  });

  test('an unknown mediaFormat matters only to a bot that is to hear', async () => {
    const hearing = await rigOf({ bot: { mediaFormat: 'raw/opus' }, config: VOICE });
    const error = await botErrorOf(hearing.open());
    expect(error).toMatchObject({ code: 'bot_failed', message: expect.stringContaining('raw/opus') });
    await (await rigOf({ bot: { mediaFormat: 'raw/opus' }, config: { directTTS: true } })).open();
    await (await rigOf({ bot: { mediaFormat: undefined }, config: VOICE })).open();
    await (await rigOf({ bot: { mediaFormat: 'RAW/LPCM16' }, config: VOICE })).open();
  });
});

describe('a connection that breaks', () => {
  test('is resumed; what was said meanwhile and the audio of the caller go on', async () => {
    const { open, bot: server, logLines } = await rigOf({ bot: { resume: 'accept' }, config: VOICE });
    const { session, bot, activities, lost } = await open();
    server.answer = ([first]) => [{ type: 'message', text: `re ${first?.text}` }];
    session.userAudio?.start();
    await eventually(() => bot.types.includes('userStream.start'), 'the stream');
    server.cut();
    await eventually(() => logLines.some(({ msg }) => String(msg).includes('resuming')), 'the break');
    await session.send([message('one')]);
    await session.send([message('two')]);
    await eventually(() => activities.length === 2, 'both replies');
    expect(bot.resumes).toBe(1);
    expect(lost).toEqual([]);
    expect(bot.received.map(({ text }) => text)).toEqual(['one', 'two']);
    await eventually(() => bot.types.filter((type) => type === 'userStream.start').length === 2, 'the stream again');
    await session.end(END);
    expect(bot.ends).toEqual([END]);
  });

  test('ends a stream of the bot where it broke', async () => {
    const { open, bot: server } = await rigOf({ bot: { resume: 'accept' }, config: VOICE });
    const { bot, plays } = await open();
    bot.say({ type: 'playStream.start', streamId: 's', mediaFormat: 'raw/lpcm16_8' });
    bot.say({ type: 'playStream.chunk', streamId: 's', audioChunk: Buffer.alloc(320).toString('base64') });
    await eventually(() => plays.length === 2, 'the audio');
    server.cut();
    await eventually(() => bot.resumes === 1, 'the resumption');
    bot.say({ type: 'playStream.chunk', streamId: 's', audioChunk: 'AAAA' });
    bot.say({ type: 'playStream.start', streamId: 't', mediaFormat: 'raw/lpcm16_8' });
    await eventually(() => plays.length === 4, 'another stream');
    expect(plays.map(({ type }) => type)).toEqual(['start', 'audio', 'stop', 'start']);
  });

  test('is lost when the bot does not take the conversation up, as those on the SDK do', async () => {
    const { open, bot: server } = await rigOf();
    const { session, bot, lost } = await open();
    bot.socket.close(1000);
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]).toMatchObject({ code: 'bot_conversation_lost', message: expect.stringContaining('not found') });
    expect(server.upgrades).toHaveLength(2);
    expect(await botErrorOf(session.send([message('late')]))).toBe(lost[0]);
    await session.end(END);
    expect(bot.ends).toEqual([]);
  });

  test('is lost when the bot does not answer session.resume in time; what waits is rejected', async () => {
    const {
      open,
      bot: server,
      logLines,
    } = await rigOf({
      bot: { resume: 'silence' },
      config: { timeouts: { resumeMs: 60 } },
    });
    const { session, lost } = await open();
    server.cut();
    await eventually(() => logLines.some(({ msg }) => String(msg).includes('resuming')), 'the break');
    const waiting = Array.from({ length: MAX_WAITING_DELIVERIES }, () => botErrorOf(session.send([message('hello')])));
    expect(await botErrorOf(session.send([message('too much')]))).toMatchObject({ retryable: true });
    for (const error of await Promise.all(waiting)) expect(error).toBe(lost[0]);
    expect(lost[0]).toMatchObject({ code: 'bot_unreachable', message: expect.stringContaining('not within 60 ms') });
  });

  test('is lost when nobody is there any more', async () => {
    const { open, bot: server } = await rigOf();
    const { lost } = await open();
    await server.close();
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]).toMatchObject({ code: 'bot_unreachable', message: expect.stringContaining('is the bot running?') });
  });

  test('is resumed once in a while only', async () => {
    const clock = new VirtualClock();
    const { open, bot: server } = await rigOf({
      bot: { resume: 'accept' },
      clock,
      config: { timeouts: { pingMs: 300_000 } },
    });
    const { bot, lost } = await open();
    for (let round = 1; round <= 2; round++) {
      server.cut();
      await eventually(() => bot.resumes === round, 'the resumption');
      await eventually(() => bot.socket.readyState === 1, 'the connection');
      await new Promise((resolve) => setTimeout(resolve, 20));
      clock.advance(round === 1 ? MIN_RESUMED_MS : 1);
    }
    server.cut();
    await eventually(() => lost.length === 1, 'the loss');
    expect(bot.resumes).toBe(2);
  });

  test('while nobody is interested any more is not resumed', async () => {
    const { open, bot: server } = await rigOf({ bot: { resume: 'accept' } });
    const { bot, lost, abort, session } = await open();
    abort();
    server.cut();
    await session.end(END);
    expect([bot.resumes, lost.length]).toEqual([0, 0]);
  });

  test('and is being resumed when the call ends is told the end', async () => {
    const { open, bot: server } = await rigOf({ bot: { resume: 'silence' } });
    const { session, lost } = await open();
    server.cut();
    await eventually(() => server.upgrades.length === 2, 'the attempt');
    await session.end(END);
    expect(lost).toEqual([]);
  });
});

describe('what a bot sends wrong', () => {
  test('a few frames of garbage are dropped, many end the conversation', async () => {
    const { open, logLines } = await rigOf();
    const { bot, lost, activities } = await open();
    for (let n = 1; n < MAX_BROKEN_FRAMES; n++) bot.socket.send(n % 2 === 0 ? '{"type":' : '[]');
    bot.say({ activities: [{ text: 'no type anywhere' }] });
    await eventually(() => activities.length === 1, 'the message');
    expect(lost).toEqual([]);
    expect(logLines.filter(({ level }) => level === 40)).toHaveLength(2);
    bot.socket.send('garbage');
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]).toMatchObject({ code: 'bot_failed', message: expect.stringContaining('could not be read') });
  });

  test('unknown messages, oddities and broken activities are told once and harm nobody', async () => {
    const { open, logLines } = await rigOf();
    const { bot, activities, lost } = await open();
    for (let n = 0; n < 30; n++) {
      bot.say({ type: 'session.dance' });
      bot.say({ type: 'activities', activities: 'none' });
      bot.say({ type: 'playStream.start' });
      bot.say({ type: 'userStream.speech.started' });
      bot.say({ type: 'userStream.started' });
      bot.say({
        type: 'ACTIVITIES',
        participant: 'caller',
        activities: [null, { type: 'MESSAGE', id: 5, text: `${n}` }],
      });
    }
    await eventually(() => activities.length === 30, 'all messages');
    expect(activities[0]).toMatchObject({ id: '5', type: 'message', text: '0' });
    expect(logLines.filter(({ level }) => level === 40)).toHaveLength(5);
    expect(lost).toEqual([]);
  });

  test('session.error in the middle ends the conversation', async () => {
    const { open } = await rigOf();
    const { bot, lost } = await open();
    bot.say({ type: 'session.error', reason: 'model gone' });
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]).toMatchObject({ code: 'bot_failed', message: expect.stringContaining('model gone') });
  });

  test('a message that is too long ends the conversation', async () => {
    const { open } = await rigOf({ config: { maxMessageBytes: 64 * 1024 } });
    const { bot, lost } = await open();
    bot.say({ type: 'activities', activities: [{ text: 'x'.repeat(70_000) }] });
    await eventually(() => lost.length === 1, 'the loss');
    expect(lost[0]).toMatchObject({ code: 'bot_failed', message: expect.stringContaining('maxMessageBytes') });
  });

  test('4.4 s of audio in one chunk, then stop, are all there', async () => {
    const { open } = await rigOf({ config: VOICE });
    const { bot, plays } = await open();
    const audio = Buffer.from(sine(440, 4400, 16000).buffer);
    expect(audio.length).toBe(140_800);
    bot.say({ type: 'playStream.start', streamId: '1', mediaFormat: 'raw/lpcm16' });
    bot.say({ type: 'playStream.chunk', streamId: '1', audioChunk: audio.toString('base64') });
    bot.say({ type: 'playStream.stop', streamId: '1' });
    await eventually(() => plays.at(-1)?.type === 'stop', 'the stop');
    expect(playedSamples(plays)).toHaveLength(35_200);
  });

  test('a hang-up in the same packet stays behind the audio before it', async () => {
    const { open } = await rigOf({ config: VOICE });
    const { bot, plays, activities } = await open();
    const order: string[] = [];
    plays.push = (...events) => order.push(...events.map(({ type }) => type));
    activities.push = (...batch) => order.push(...batch.map(({ name }) => String(name)));
    bot.say({ type: 'playStream.start', streamId: '1', mediaFormat: 'raw/lpcm16' });
    bot.say({ type: 'playStream.chunk', streamId: '1', audioChunk: Buffer.alloc(6400).toString('base64') });
    bot.say({ type: 'playStream.stop', streamId: '1' });
    bot.say({ type: 'activities', activities: [{ type: 'event', name: 'hangup' }] });
    await eventually(() => order.includes('hangup'), 'the hang-up');
    expect(order.filter((what) => what !== 'audio')).toEqual(['start', 'stop', 'hangup']);
  });
});
