import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { WebSocketServer } from 'ws';
import { acBotApiConfigSchema } from '../../../connectors/bots/ac-bot-api/config.ts';
import { createAcBotApi } from '../../../connectors/bots/ac-bot-api/connector.ts';
import { FakeBotServer } from '../../../connectors/bots/ac-bot-api/fake-bot.ts';
import { FakeWsBot } from '../../../connectors/bots/ac-bot-api/fake-ws-bot.ts';
import type { BotSpeechEvent, HubActivity } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { type AudioAbility, type AudioBotHarness, describeAudioContract, hearing, speechOf } from './audio-contract.ts';
import { type BotHarness, describeBotContract } from './bot-contract.ts';
import type { BotScript } from './bot-harness.ts';
import { eventually } from './eventually.ts';

const deps = { log: pino({ level: 'silent' }), clock: systemClock };

/** The bot keeps the order of its replies, whatever their delays. */
function inOrder(answer: Parameters<BotScript['answerWith']>[0]) {
  let before: Promise<unknown> = Promise.resolve();
  return (activities: readonly Record<string, unknown>[]): Promise<{ type: string; text: string }[]> => {
    const own = before.then(() => answer(activities as unknown as HubActivity[]));
    before = own;
    return own.then((texts) => texts.map((text) => ({ type: 'message', text })));
  };
}

interface Voice {
  directSTT: boolean;
  directTTS: boolean;
}

/** The vendor's SDK as observed, in text or with audio, one way or both. */
async function wsHarness({ directSTT, directTTS }: Voice): Promise<AudioBotHarness> {
  const mediaFormat = directSTT || directTTS ? 'raw/lpcm16_8' : undefined;
  const bot = await FakeWsBot.start({ token: 'secret', mediaFormat });
  const config = acBotApiConfigSchema.parse({
    url: bot.url,
    auth: { token: 'secret' },
    ...{ directSTT, directTTS },
  });
  const connection = createAcBotApi({ id: 'kit', name: 'Kit', config }, deps);
  const find = (id: string) => bot.conversations.get(id);
  return {
    connection,
    acknowledges: false,
    answerWith(answer) {
      bot.answer = inOrder(answer);
    },
    received: (id) => (find(id)?.received ?? []) as unknown as HubActivity[],
    ends: (id) => find(id)?.ends ?? [],
    conversationIds: () => [...bot.conversations.keys()],
    forget: (id) => find(id)?.socket.terminate(),
    refuse() {
      bot.token = 'another';
    },
    vanish: () => bot.close(),
    holdOpening() {
      const { promise, resolve } = Promise.withResolvers<void>();
      bot.options.onInitiate = () => promise;
      return { asked: eventually(() => bot.conversations.size === 1, 'session.initiate'), release: resolve };
    },
    heard(id) {
      const conversation = find(id);
      const bytes = Buffer.concat(conversation?.chunks ?? []);
      const count = (type: string) => conversation?.types.filter((known) => known === type).length ?? 0;
      return {
        starts: count('userStream.start'),
        stops: count('userStream.stop'),
        samples: Int16Array.from({ length: bytes.length / 2 }, (_, n) => bytes.readInt16LE(2 * n)),
      };
    },
    hear(id, utterance) {
      for (const event of speechOf(utterance)) find(id)?.say(onWire(event));
    },
    play(id, { streamId, altText, pieces }) {
      const say = (type: string, more = {}) => find(id)?.say({ type: `playStream.${type}`, streamId, ...more });
      say('start', { mediaFormat: 'raw/lpcm16_8', altText });
      for (const piece of pieces) {
        if (typeof piece === 'string') say('mark.set', { markId: piece });
        else say('chunk', { audioChunk: Buffer.from(piece.buffer).toString('base64') });
      }
      say('stop');
    },
    marks: (id) => (find(id)?.marks ?? []).map(({ markId }) => String(markId)),
    async dispose() {
      await connection.close();
      await eventually(() => bot.openConnections === 0, 'all connections closed');
      await bot.close();
    },
  };
}

function onWire(event: BotSpeechEvent): Record<string, unknown> {
  const type = `userStream.speech.${event.type}`;
  switch (event.type) {
    case 'hypothesis':
      return { type, alternatives: [{ text: event.text }] };
    case 'recognition':
      return { type, alternatives: [{ text: event.text, confidence: String(event.confidence) }] };
    default:
      return { type };
  }
}

/** HTTP mode, with all replies over `websocketURL`. */
async function asyncHarness(): Promise<BotHarness> {
  const sockets = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => sockets.once('listening', resolve));
  const origin = `127.0.0.1:${(sockets.address() as AddressInfo).port}`;
  const bot = await FakeBotServer.start({
    token: 'secret',
    createExtras: { websocketURL: `ws://${origin}/replies` },
  });
  const config = acBotApiConfigSchema.parse({
    url: bot.url,
    auth: { token: 'secret' },
    trustedOrigins: [`http://${origin}`],
  });
  const connection = createAcBotApi({ id: 'kit', name: 'Kit', config }, deps);
  const say = new Map<string, (frame: unknown) => void>();
  sockets.on('connection', (socket, request) => {
    socket.on('error', () => {});
    if (request.headers.authorization !== 'Bearer secret') return socket.close(1008);
    say.set(String(request.headers['ac-conversation-id']), (frame) => socket.send(JSON.stringify(frame)));
  });
  return {
    connection,
    acknowledges: false,
    answerWith(answer) {
      const replies = inOrder(answer);
      bot.answer = (activities, { id }) => {
        void replies(activities).then((list) => {
          if (list.length > 0) say.get(id)?.({ conversation: id, activities: list });
        });
        return [];
      };
    },
    received: (id) => (bot.conversations.get(id)?.received ?? []) as unknown as HubActivity[],
    ends: (id) => bot.conversations.get(id)?.ends ?? [],
    conversationIds: () => [...bot.conversations.keys()],
    forget(id) {
      const conversation = bot.conversations.get(id);
      if (conversation !== undefined) conversation.forgotten = true;
    },
    refuse() {
      bot.token = 'another';
    },
    vanish: () => bot.close(),
    holdOpening() {
      const { promise, resolve } = Promise.withResolvers<void>();
      bot.next('create', { kind: 'hold', until: promise });
      return { asked: eventually(() => bot.count('create') === 1, 'the request'), release: resolve };
    },
    async dispose() {
      await connection.close();
      await eventually(() => sockets.clients.size === 0, 'all connections closed');
      await bot.close();
      await new Promise((resolve) => sockets.close(resolve));
    },
  };
}

describeBotContract('ac-bot-api over HTTP with websocketURL', asyncHarness);
describeBotContract('ac-bot-api over WebSocket, text', () => wsHarness({ directSTT: false, directTTS: false }));

const voices: readonly [string, Voice, readonly AudioAbility[]][] = [
  ['voice', { directSTT: true, directTTS: true }, []],
  ['voice of the caller', { directSTT: true, directTTS: false }, ['speaks']],
  ['voice of the bot', { directSTT: false, directTTS: true }, ['hears', 'tail']],
];
for (const [name, voice, lacks] of voices) {
  describeBotContract(`ac-bot-api over WebSocket, ${name}`, async () => hearing(await wsHarness(voice)));
  describeAudioContract(`ac-bot-api over WebSocket, ${name}`, () => wsHarness(voice), lacks);
}
