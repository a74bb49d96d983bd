import { expect } from 'vitest';
import { FakeWsBot, type FakeWsConversation } from '../../../connectors/bots/ac-bot-api/fake-ws-bot.ts';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import { ALL, type BotCase, type BotCell, GREETING, replyTo, SECOND, SORRY, TEXTS_ONLY, WAITED } from './bot-peers.ts';
import { eventually } from './line.ts';
import { becomes, type Fault, serverBecomes } from './matrix.ts';

/** A character is a sample of 8 kHz. */
function speak(conversation: FakeWsConversation, text: string, streamId: string, cut = 0): void {
  const audio = Buffer.from(Int16Array.from(text, (char) => char.charCodeAt(0)).buffer);
  conversation.say({ type: 'playStream.start', streamId, mediaFormat: 'raw/lpcm16_8', altText: text });
  const audioChunk = audio.subarray(0, audio.length - cut).toString('base64');
  conversation.say({ type: 'playStream.chunk', streamId, audioChunk });
  conversation.say({ type: 'playStream.stop', streamId });
}

const resumed = (conversation: FakeWsConversation) => eventually(() => expect(conversation.resumes).toBe(1));

/** Faults of the connection, which are the same whatever goes over it. */
const OF_THE_SOCKET = {
  'handshake refused': { before: 'the call', act: serverBecomes({ token: 'another' }), hears: [], ends: /bot/ },
  'socket frozen': {
    before: 'the question',
    act: async ({ server }) => {
      server.freeze();
      await resumed(server.conversation);
    },
    settings: { timeouts: { pingMs: 2_000 } },
    hears: ALL,
  },
  429: {
    before: 'the call',
    act: ({ server }) => void server.script.push({ kind: 'status', status: 429 }),
    hears: [],
    ends: /refused the request/,
  },
  'malformed message': {
    before: 'the question',
    act: ({ server }) => server.conversation.socket.send('{"type":'),
    hears: ALL,
  },
} satisfies Partial<Record<Fault, BotCell<{ server: FakeWsBot }>>>;

async function startVoice() {
  const server = await FakeWsBot.start({ token: 'key', mediaFormat: 'raw/lpcm16_8', resume: 'accept' });
  const voice = {
    server,
    voice: true as const,
    listens: () => server.conversation.types.at(-1) === 'userStream.start',
    slow: false,
    waited: Promise.resolve(),
    /** Bytes that are missing at the end of the next answer. */
    cut: 0,
    /** The connection breaks when a word was heard, before it is answered. */
    breaks: false as false | 'for a moment' | 'for good',
    settings: {
      connector: 'ac-bot-api',
      url: server.url,
      auth: { token: 'key' },
      directSTT: true,
      directTTS: true,
      mediaFormats: ['raw/lpcm16_8'],
    },
    close: () => server.close(),
  };
  server.answer = (activities, conversation) => {
    if (activities.some(({ name }) => name === 'start')) speak(conversation, GREETING, 'greeting');
    return [];
  };
  const reader = new WordReader();
  let rest: Buffer = Buffer.alloc(0);
  server.options.onChunk = (audio, conversation) => {
    rest = Buffer.concat([rest, audio]);
    for (; rest.length >= 320; rest = rest.subarray(320)) {
      const word = reader.push(new Int16Array(new Uint8Array(rest.subarray(0, 320)).buffer));
      if (word !== undefined) void hear(String(word), conversation);
    }
  };
  async function hear(text: string, conversation: FakeWsConversation): Promise<void> {
    const { slow, cut, breaks } = voice;
    Object.assign(voice, { slow: false, cut: 0, breaks: false });
    if (breaks) {
      server.cut();
      if (breaks === 'for good') return;
      await resumed(conversation);
    }
    conversation.say({ type: 'userStream.speech.started' });
    conversation.say({ type: 'userStream.speech.recognition', alternatives: [{ text, confidence: 0.9 }] });
    if (slow) await voice.waited;
    speak(conversation, replyTo(text), text, cut);
  }
  return voice;
}

export const acBotApi: BotCase<Awaited<ReturnType<typeof startVoice>>> = {
  start: startVoice,
  cells: {
    ...OF_THE_SOCKET,
    'token expired mid-call': {
      before: 'the question',
      // It is shown at the upgrade alone: what breaks after it has expired cannot be resumed.
      act: (peer) => {
        peer.server.token = 'another';
        peer.breaks = 'for good';
      },
      hears: SORRY,
      asks: [],
      ends: /connection to the bot was lost/,
    },
    'socket closed mid-word': {
      before: 'the question',
      act: becomes({ breaks: 'for a moment' }),
      hears: ALL,
    },
    'slow first byte': {
      before: 'the question',
      act: becomes({ slow: true }),
      hears: WAITED,
    },
    'wrong audio length': {
      before: 'the question',
      act: becomes({ cut: 1 }),
      // The half of a sample that is left is not played.
      hears: [GREETING, 'You said 1', SECOND],
      says: ALL,
    },
  },
};

async function startTexts() {
  const server = await FakeWsBot.start({ token: 'key', resume: 'accept' });
  const bot = {
    server,
    slow: false,
    waited: Promise.resolve(),
    /** The connection breaks when a text has come, before it is answered. */
    breaks: false,
    settings: { connector: 'ac-bot-api', url: server.url, auth: { token: 'key' } },
    close: () => server.close(),
  };
  server.answer = async (activities, conversation) => {
    const { breaks, slow } = bot;
    const [{ type, name, text } = {}] = activities;
    if (type === 'event' && name === 'start') return [{ type: 'message', text: GREETING }];
    if (type !== 'message') return [];
    Object.assign(bot, { breaks: false, slow: false });
    if (slow) await bot.waited;
    if (breaks) {
      server.cut();
      await resumed(conversation);
    }
    return [{ type: 'message', text: replyTo(String(text)) }];
  };
  return bot;
}

export const textsOverWebSocket: BotCase<Awaited<ReturnType<typeof startTexts>>> = {
  start: startTexts,
  cells: {
    ...OF_THE_SOCKET,
    'token expired mid-call': {
      before: 'the question',
      act: ({ server }) => {
        server.token = 'another';
        server.cut();
      },
      words: [],
      hears: SORRY,
      asks: [],
      ends: /connection to the bot was lost/,
    },
    'socket closed mid-word': { before: 'the question', act: becomes({ breaks: true }), hears: ALL },
    'slow first byte': { before: 'the question', act: becomes({ slow: true }), hears: WAITED },
    'wrong audio length': TEXTS_ONLY,
  },
};
