import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import { OpeningHedges } from '../../../src/speech/opening-hedges.ts';
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
    /** The answer to a ping has come as well. */
    const beats = async (count: number) => {
      await vi.waitFor(() => expect(server.keepAlives).toBe(count));
      await new Promise((resolve) => setTimeout(resolve, 20));
    };
    for (let i = 1; i <= 4; i += 1) {
      await clock.run(5_000);
      await beats(i);
    }
    for (let i = 0; i < 20; i += 1) {
      say(session, [0]);
      await clock.run(1_000);
      if (i % 5 === 4) await beats(4);
    }
    expect(session.closed).toBe(false);
  });

  it('one that answers no ping any more is given up', async () => {
    const clock = new VirtualClock();
    await start({}, {}, clock);
    const session = await open();
    const errors: string[] = [];
    session.on('error', ({ code, message }) => errors.push(`${code}: ${message}`));
    server.frozen = true;
    await clock.run(5_000);
    expect(errors).toEqual([]);
    await clock.run(5_000);
    expect(errors).toEqual(['speech_timeout: Deepgram gives no sign of life']);
  });

  it('one that Deepgram ends because nobody speaks is over without an error', async () => {
    await start({}, { idleMs: 30 });
    const session = await open();
    const events: string[] = [];
    session.on('error', () => events.push('error'));
    session.on('closed', () => events.push('closed'));
    await vi.waitFor(() => expect(events).toEqual(['closed']));
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
            hedges: new OpeningHedges(),
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

  it('a noise while a text is owed takes nothing from it, and is no part of the next one', async () => {
    await start();
    server.delayMs = 100;
    const session = await open();
    const texts: string[] = [];
    session.on('final', ({ text }) => texts.push(text));
    session.startUtterance(0);
    say(session, [1, ...Array<number>(60).fill(0), 2]);
    session.endUtterance(0);
    // The first part is there, and the answer to Finalize is not.
    await new Promise((resolve) => setTimeout(resolve, 50));
    session.startUtterance(0);
    session.cancelUtterance();
    await vi.waitFor(() => expect(texts).toEqual(['1 2']));
    session.startUtterance(0);
    say(session, [3]);
    session.endUtterance(0);
    await vi.waitFor(() => expect(texts).toEqual(['1 2', '3']));
    session.close();
  });

  it('messages that are not known do no harm', async () => {
    await start();
    const session = await open();
    server.say('{"type":"SpeechStarted"}');
    server.say('{"type":"Metadata"}');
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(session.closed).toBe(false);
  });

  it('is asked for the language as the model names it', async () => {
    await start();
    await open({ language: 'de-DE' });
    await open({ language: 'pt-BR' });
    await open({ language: 'en-US', vendorOptions: { language: 'multi' } });
    await open({ language: 'th-TH', vendorOptions: { model: 'nova-2' } });
    expect(server.requests.map(({ query }) => [query.get('model'), query.get('language')])).toEqual([
      ['nova-3', 'de'],
      ['nova-3', 'pt-BR'],
      ['nova-3', 'multi'],
      ['nova-2', 'th-TH'],
    ]);
  });

  it('a language that the model does not have is told at once, with what to do', async () => {
    await start();
    const error = {
      code: 'speech_rejected',
      retryable: false,
      message: /nova-3 does not have the language sw-KE.*extra/,
    };
    await expect(open({ language: 'sw-KE' })).rejects.toMatchObject({
      ...error,
      message: expect.stringMatching(error.message),
    });
    expect(server.requests).toEqual([]);
  });

  it('more hints than the model takes do not cost the session', async () => {
    await start();
    await open({ contextPhrases: Array.from({ length: 200 }, (_, i) => `a phrase of the caller ${i}`) });
    const terms = server.requests[0]?.query.getAll('keyterm') ?? [];
    expect(terms.length).toBeGreaterThan(40);
    expect(terms[0]).toBe('a phrase of the caller 0');
  });

  it.each([
    ['model', 'nova-3-typo'],
    ['utterance_end_ms', '10'],
    ['typo', 'true'],
    ['keywords', 'word'],
  ])('what Deepgram does not take is refused: %s=%s', async (name, value) => {
    await start({ stt: { extra: { [name]: value } } });
    await expect(open()).rejects.toMatchObject({ code: 'speech_rejected', message: expect.stringMatching(/400: /) });
  });

  it('an upgrade that is not answered is given up', async () => {
    await start({ connectMs: 100 });
    server.hangs = true;
    await expect(open()).rejects.toMatchObject({ code: 'speech_timeout', retryable: true });
    await vi.waitFor(() => expect(server.hanging.size).toBe(0));
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

  it('more sessions at a time than the account may have are refused until one is over', async () => {
    await start();
    expect(server.limits).toEqual({ '/v1/listen': 150, '/v1/speak': 45 });
    server.limits = { '/v1/listen': 1 };
    const session = await open();
    await expect(open()).rejects.toMatchObject({ code: 'speech_unavailable', retryable: true });
    session.close();
    await vi.waitFor(() => expect(server.sockets.size).toBe(0));
    (await open()).close();
  });
});

describe('speech', () => {
  afterEach(stop);

  const speak = async (text: string, voice?: string, language = 'en-US') => {
    const request = { callId: 'c', text, language, voice, sampleRate: 8000 } as const;
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

  it('has a voice of the language, where there is one', async () => {
    await start({ tts: { voice: 'aura-2-apollo-en' } });
    for (const language of ['en-US', 'de-DE', 'ja-JP']) await speak('hello', undefined, language);
    expect(server.requests.map(({ query }) => query.get('model'))).toEqual([
      'aura-2-apollo-en',
      'aura-2-viktoria-de',
      'aura-2-izanami-ja',
    ]);
    await expect(speak('hello', undefined, 'fi-FI')).rejects.toMatchObject({
      code: 'speech_rejected',
      retryable: false,
      message: expect.stringMatching(/no voice for fi-FI/),
    });
    await expect(speak('hello', 'no-voice')).rejects.toMatchObject({ code: 'speech_rejected' });
  });

  it('a long text without a space is cut between characters', async () => {
    await start();
    const text = `a${'😀'.repeat(2_500)}`;
    expect(await speak(text)).toBe(text.length * 80);
    expect(server.spoken).toEqual([text]);
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

it('closing ends what is being opened, and nothing is opened afterwards', async () => {
  await start();
  server.hangs = true;
  const request = { callId: 'c', text: 'hello', language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
  const speech = async () => {
    for await (const _ of service.tts?.synthesize(request, new AbortController().signal) ?? []);
  };
  const opening = Promise.allSettled([open(), speech()]);
  await vi.waitFor(() => expect(server.hanging.size).toBe(2));
  await service.close();
  const closed = { status: 'rejected', reason: { code: 'speech_unavailable' } };
  expect(await opening).toMatchObject([closed, closed]);
  await vi.waitFor(() => expect(server.hanging.size).toBe(0));
  expect(await Promise.allSettled([open(), speech()])).toMatchObject([closed, closed]);
  await server.close();
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
