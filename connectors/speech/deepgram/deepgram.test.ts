import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import type {
  SpeechService,
  SpeechToText,
  SttOptions,
  SttSession,
  SttSessionEvents,
} from '../../../src/speech/ports.ts';
import { ServiceHealth } from '../../../src/speech/service-health.ts';
import { steadyStt } from '../../../src/speech/steady-stt.ts';
import { StickyChoice } from '../../../src/speech/sticky-choice.ts';
import { deepgramConfigSchema } from './config.ts';
import { createDeepgram } from './connector.ts';
import { FakeDeepgram, type FakeDeepgramOptions } from './fake-server.ts';
import { listenUrl } from './stt-wire.ts';

let server: FakeDeepgram;
let service: SpeechService;

async function start(
  settings: Record<string, unknown> = {},
  options: FakeDeepgramOptions = {},
  clock: Clock = systemClock,
) {
  server = new FakeDeepgram(options);
  const url = await server.listen();
  service = createDeepgram(
    deepgramConfigSchema.parse({ id: 'dg', vendor: 'deepgram', apiKey: 'key', url, ...settings }),
    { clock },
  );
}

const options: SttOptions = {
  callId: 'c',
  language: 'en-GB',
  sampleRate: 8000,
  contextPhrases: ['Patchbay', 'Live Hub'],
  contextBoost: 0,
  vendorOptions: { diarize: true, nested: {} },
};
const open = (more: Partial<SttOptions> = {}) =>
  (service.stt as NonNullable<SpeechService['stt']>).open({ ...options, ...more }, new AbortController().signal);
const say = (session: SttSession, words: number[]) => {
  for (const samples of wordFrames(words)) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
};

const stop = async () => {
  await service.close();
  await server.close();
};

it('asks for what the bot and the configuration want', () => {
  const query = (settings: Record<string, unknown>) =>
    Object.fromEntries(
      listenUrl(deepgramConfigSchema.parse({ id: 'd', vendor: 'deepgram', apiKey: 'k', ...settings }), options)
        .searchParams,
    );
  expect(query({ stt: { extra: { tag: 'x' } } })).toMatchObject({
    model: 'nova-3',
    language: 'en-GB',
    encoding: 'linear16',
    sample_rate: '8000',
    keyterm: 'Live Hub',
    diarize: 'true',
    tag: 'x',
    endpointing: '1000',
  });
  expect(query({ stt: { model: 'nova-2', endpointing: 'vendor', endpointingMs: 200 } })).toMatchObject({
    keywords: 'Live Hub',
    endpointing: '200',
    utterance_end_ms: '1000',
  });
});

describe('recognition', () => {
  afterEach(stop);

  it('tells words with their times, and how far the text reaches', async () => {
    await start({ stt: { endpointing: 'vendor' } });
    const session = await open();
    const finals: SttSessionEvents['final'][0][] = [];
    session.on('final', (final) => finals.push(final));
    say(session, [0, 0, 0, 0, 0, 1, 2, ...Array<number>(20).fill(0)]);
    await vi.waitFor(() => expect(finals).toHaveLength(1));
    expect(finals[0]).toMatchObject({
      text: '1 2',
      confidence: 0.98,
      words: [
        { word: '1', offsetMs: 100, durationMs: 300 },
        { word: '2', offsetMs: 400, durationMs: 300 },
      ],
      endMs: 1_000,
    });
  });

  it('is kept alive while nobody listens, and only then', async () => {
    const clock = new VirtualClock();
    await start({}, {}, clock);
    const session = await open();
    await clock.run(21_000);
    await vi.waitFor(() => expect(server.keepAlives).toBe(4));
    for (let i = 0; i < 20; i += 1) {
      say(session, [0]);
      await clock.run(1_000);
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(server.keepAlives).toBe(4);
  });

  it.each(['{"type":"Results"}', 'no json', '{"type":"Error","description":"bad model"}'])(
    'a message that is none ends the session: %s',
    async (text) => {
      await start();
      const session = await open();
      const errors: boolean[] = [];
      session.on('error', ({ retryable }) => errors.push(retryable));
      server.say(text);
      await vi.waitFor(() => expect(errors).toEqual([true]));
    },
  );

  describe('a server that has frozen', () => {
    const limits = { openMs: 1_000, finalMs: 1_200, silentMs: 5_000 };
    const steadily = () =>
      steadyStt({
        candidates: [
          {
            stt: service.stt as SpeechToText,
            health: new ServiceHealth({ probe: async () => {}, probeAfterMs: 60_000, onChange: () => {} }),
          },
        ],
        ...{ limits, clock: systemClock, choice: new StickyChoice(), onFailover: () => {} },
      });

    it.each([
      ['before the utterance', [], [1, 2, 3]],
      ['in its middle', [1], [2, 3]],
    ] as const)('is not taken for a caller who is silent: %s', async (_, before, after) => {
      await start();
      const session = await steadily().open(options, new AbortController().signal);
      const texts: string[] = [];
      const interims: string[] = [];
      session.on('final', ({ text }) => texts.push(text));
      session.on('interim', ({ text }) => interims.push(text));
      session.startUtterance(0);
      say(session, [...before]);
      await vi.waitFor(() => expect(interims).toHaveLength(before.length));
      server.frozen = true;
      say(session, [...after]);
      session.endUtterance(0);
      await new Promise((resolve) => setTimeout(resolve, 100));
      server.frozen = false;
      await vi.waitFor(() => expect(texts).toEqual(['1 2 3']), { timeout: 3_000 });
      expect(server.requests).toHaveLength(2);
      session.close();
    });
  });

  it('messages that are not known do no harm', async () => {
    await start();
    const session = await open();
    server.say('{"type":"SpeechStarted"}');
    server.say('{"type":"Metadata"}');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(session.closed).toBe(false);
  });

  it.each([
    [429, 'speech_unavailable', true],
    [503, 'speech_unavailable', true],
    [400, 'speech_rejected', false],
  ])('an upgrade that is answered with %i is %s', async (status, code, retryable) => {
    await start();
    server.refusesWith = status;
    await expect(open()).rejects.toMatchObject({ code, retryable });
  });
});

describe('speech', () => {
  afterEach(stop);

  const speak = async (text: string, voice?: string) => {
    const request = { callId: 'c', text, language: 'en-US', voice, sampleRate: 8000 } as const;
    let length = 0;
    for await (const chunk of service.tts?.synthesize(request, new AbortController().signal) ?? [])
      length += chunk.length;
    return length;
  };

  it('uses a socket again, not for another voice, and not too often', async () => {
    await start();
    for (let i = 0; i < 20; i += 1) await speak('hello');
    expect(server.requests).toHaveLength(2);
    await speak('hello', 'aura-2-apollo-en');
    expect(server.requests.map(({ query }) => query.get('model'))).toEqual([
      'aura-2-thalia-en',
      'aura-2-thalia-en',
      'aura-2-apollo-en',
    ]);
  });

  it('one that broke while it waited is not missed', async () => {
    await start();
    await speak('hello');
    server.break();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(await speak('hello')).toBe(400);
  });
});

const acBotApiFields = z.strictObject({ url: z.string(), auth: z.unknown() });
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the configuration in the README is one, and every key stands in its table', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const config = parseConfig(
    yaml,
    'README.md',
    { DEEPGRAM_KEY: 'k', BOT_TOKEN: 't' },
    {
      bots: { 'ac-bot-api': acBotApiFields },
      speech: {
        deepgram: { settings: deepgramConfigSchema, stt: true, tts: true },
        local: { settings: z.looseObject({}), stt: true, tts: true },
      },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.speechServices[0]?.settings).toMatchObject({ apiKey: 'k', stt: { model: 'nova-3' } });
  for (const key of Object.keys(deepgramConfigSchema.shape)) {
    if (key !== 'id' && key !== 'vendor') expect(readme, key).toContain(`\`${key}`);
  }
});
