import { afterEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../test/contract/bots/eventually.ts';
import { botErrorOf, message } from './test-support.ts';
import { makeWsRig, VOICE, type WsRig } from './ws-test-support.ts';

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

describe('the handshake', () => {
  test('carries token, conversation and caller, and offers the formats', async () => {
    const { open } = await rigOf({ bot: { token: 't0p' }, config: { auth: { token: 't0p' }, ...VOICE } });
    const { bot, id } = await open();
    expect(bot.headers).toMatchObject({
      authorization: 'Bearer t0p',
      'ac-conversation-id': id,
      'ac-caller-number': '+15551230001',
    });
    expect(bot.headers['sec-websocket-extensions']).toBeUndefined();
    expect(bot.initiate).toMatchObject({
      type: 'session.initiate',
      conversationId: id,
      botName: 'Demo',
      caller: '+15551230001',
      expectAudioMessages: true,
    });
    expect((bot.initiate.supportedMediaFormats as string[])[0]).toBe('raw/lpcm16');
  });

  test.each([
    [{}, false, undefined],
    [{ directSTT: true }, false, { directStt: true, directTts: false }],
    [{ directTTS: true }, true, { directStt: false, directTts: true }],
  ])('%j: expectAudioMessages is %j', async (config, expected, audio) => {
    const { open, connection } = await rigOf({ config });
    const { bot, session } = await open();
    expect(bot.initiate.expectAudioMessages).toBe(expected);
    expect(connection.audio).toEqual(audio);
    expect(session.userAudio !== undefined).toBe(audio?.directStt === true);
    expect(session.markReached !== undefined).toBe(audio?.directTts === true);
  });

  test('raw/lpcm16 is offered although the configuration leaves it out', async () => {
    const { open } = await rigOf({ config: { ...VOICE, mediaFormats: ['wav/mulaw', 'raw/lpcm16_8'] } });
    const { bot } = await open();
    expect(bot.initiate.supportedMediaFormats).toEqual(['wav/mulaw', 'raw/lpcm16_8', 'raw/lpcm16']);
  });

  test('waits for a bot that accepts late, and keeps what it says before', async () => {
    const { open } = await rigOf({
      bot: {
        onInitiate: async (conversation) => {
          conversation.say({ type: 'activities', activities: [{ type: 'message', text: 'early' }] });
          await new Promise((resolve) => setTimeout(resolve, 50));
        },
      },
    });
    const { activities } = await open();
    expect(activities).toEqual([]);
    await eventually(() => activities.length === 1, 'the early message');
    expect(activities[0]).toMatchObject({ type: 'message', text: 'early', id: expect.stringMatching(/./) });
  });
});

describe('text', () => {
  test('goes both ways and ends with session.end and a closed socket', async () => {
    const { open, bot: server } = await rigOf();
    const { session, bot, id, activities, lost } = await open();
    server.answer = ([first]) => [
      { type: 'Message', text: `re ${first?.text}` },
      { type: 'event', name: 'hangup' },
    ];
    const sent = message('hello');
    await session.send([sent]);
    await eventually(() => activities.length === 2, 'the reply');
    expect(bot.received).toEqual([sent]);
    expect(activities).toMatchObject([
      { type: 'message', text: 're hello' },
      { type: 'event', name: 'hangup' },
    ]);
    await session.end(END);
    expect(bot.types).toEqual(['session.initiate', 'activities', 'session.end']);
    expect(bot.ends).toEqual([END]);
    expect(lost).toEqual([]);
    expect(id).toBe(bot.id);
    expect(await botErrorOf(session.send([message('late')]))).toMatchObject({ code: 'bot_conversation_lost' });
  });
});
