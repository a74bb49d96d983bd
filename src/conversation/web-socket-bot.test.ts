import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { acBotApiConfigSchema } from '../../connectors/bots/ac-bot-api/config.ts';
import { createAcBotApi } from '../../connectors/bots/ac-bot-api/connector.ts';
import type { TranscriptEntry } from '../calls/record.ts';
import { systemClock } from '../clock.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { startConversation } from './runner.ts';
import { FakeDetector, OFFER } from './testing.ts';

type Message = Record<string, unknown> & { type: string };

test('a bot on a WebSocket that hears and speaks itself: greeting, caller, answer, hang-up', {
  timeout: 20_000,
}, async () => {
  await using stack = new AsyncDisposableStack();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
  await new Promise((resolve) => server.once('listening', resolve));
  const seen: Message[] = [];
  server.on('connection', (socket) => {
    const send = (message: Message) => socket.send(JSON.stringify(message));
    const speak = (streamId: string, altText: string, ms: number) => {
      send({ type: 'playStream.start', streamId, mediaFormat: 'raw/lpcm16', altText });
      // All at once, as the official echo bot does.
      const samples = new Int16Array(ms * 16).fill(2000);
      send({ type: 'playStream.chunk', streamId, audioChunk: Buffer.from(samples.buffer).toString('base64') });
      send({ type: 'playStream.stop', streamId });
    };
    let chunks = 0;
    socket.on('message', (data) => {
      const message = JSON.parse(String(data)) as Message;
      seen.push(message);
      if (message.type === 'session.initiate') send({ type: 'session.accepted', mediaFormat: 'raw/lpcm16' });
      if (message.type === 'activities') speak('one', 'Hello.', 400);
      if (message.type === 'userStream.start') send({ type: 'userStream.started' });
      if (message.type === 'userStream.stop') send({ type: 'userStream.stopped' });
      if (message.type !== 'userStream.chunk') return;
      chunks += 1;
      if (chunks === 10) {
        send({ type: 'userStream.speech.started' });
        send({ type: 'userStream.speech.hypothesis', alternatives: [{ text: 'good' }] });
        send({ type: 'userStream.speech.stopped' });
        send({ type: 'userStream.speech.recognition', alternatives: [{ text: 'goodbye', confidence: '0.8' }] });
        speak('two', 'Bye.', 200);
        send({ type: 'activities', activities: [{ type: 'event', name: 'hangup' }] });
      }
    });
  });

  const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/bot`;
  const config = acBotApiConfigSchema.parse({ url, directSTT: true, directTTS: true });
  const log = pino({ level: 'silent' });
  const bot = createAcBotApi({ id: 'ws', name: 'WS', config }, { log, clock: systemClock });
  stack.defer(() => bot.close());
  const engine = new FakeMediaEngine({ clock: systemClock });
  stack.defer(() => engine.close());
  const media = await engine.createEndpoint({ callId: 'c' });
  await media.answer(OFFER);
  const transcript: TranscriptEntry[] = [];
  const handle = startConversation({
    facts: {
      ...{ callId: 'c', conversationId: '4a5b4b9d-dab7-42d0-a977-6740c9349588', caller: '+1', callerHost: 'a' },
      ...{ callerDisplayName: undefined, callee: '+2', calleeHost: 'b', headers: new Map() },
    },
    bot,
    media,
    control: { answer: async () => {}, hangup: () => {} },
    observer: { transcript: (entry) => transcript.push({ atMs: 0, ...entry }), turn: () => {} },
    parameters: {},
    createDetector: () => new FakeDetector(),
    clock: systemClock,
    log,
    signal: new AbortController().signal,
  });
  expect(await handle.ended).toMatchObject({ category: 'bot-hangup' });
  expect(transcript.map(({ speaker, text, interrupted }) => [speaker, text, interrupted])).toEqual([
    ['bot', 'Hello.', undefined],
    ['caller', 'goodbye', undefined],
    ['bot', 'Bye.', undefined],
  ]);
  expect(Math.abs(media.playout.playedMs - 600)).toBeLessThan(5);
  const order = seen.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
  expect(order).toEqual([
    'session.initiate',
    'activities',
    'userStream.start',
    'userStream.chunk',
    'userStream.stop',
    'session.end',
  ]);
});
