import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import { systemClock } from '../../../src/clock.ts';
import { parseConfig } from '../../../src/config/load.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import { hubEndpointed } from '../../../src/speech/hub-endpointed.ts';
import type {
  SpeechService,
  SpeechToText,
  SttOptions,
  SttSession,
  SttSessionEvents,
} from '../../../src/speech/ports.ts';
import { googleConfigSchema } from './config.ts';
import { createGoogle } from './connector.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';
import type { FakeGoogleOptions } from './fake-server.ts';
import { sttEndpoint, ttsEndpoint } from './sdk.ts';
import { wireV1, wireV2 } from './stt-wire.ts';
import { piecesOf, voiceFor, voiceStreams } from './tts-wire.ts';

const parse = (settings: object = {}) => googleConfigSchema.parse({ id: 'g', vendor: 'google', ...settings });

const options: SttOptions = {
  callId: 'c',
  language: 'en-GB',
  sampleRate: 8000,
  contextPhrases: ['Patchbay', 'x'.repeat(101)],
  contextBoost: 7,
  vendorOptions: { profanityFilter: true },
};

describe('what Google is asked for', () => {
  it('v1: the model, its enhanced variant, u-law, hints with their boost', () => {
    const config = parse({
      stt: { api: 'v1', model: 'phone_call', enhanced: true, phraseSets: ['projects/p/locations/global/phraseSets/s'] },
    });
    expect(wireV1.first({ config, options, phrases: options.contextPhrases, recognizer: '' })).toEqual({
      streamingConfig: {
        interimResults: true,
        config: {
          model: 'phone_call',
          useEnhanced: true,
          enableAutomaticPunctuation: true,
          enableWordTimeOffsets: true,
          enableWordConfidence: true,
          maxAlternatives: 1,
          adaptation: {
            phraseSets: [{ phrases: [{ value: 'Patchbay' }], boost: 7 }],
            phraseSetReferences: ['projects/p/locations/global/phraseSets/s'],
          },
          profanityFilter: true,
          languageCode: 'en-GB',
          encoding: 'MULAW',
          sampleRateHertz: 8000,
          audioChannelCount: 1,
        },
      },
    });
  });

  it('v2: the same in its words, the recognizer, and linear samples where the call is not at 8 kHz', () => {
    const config = parse({ stt: { models: { 'en-GB': 'long' } } });
    const first = wireV2.first({
      config,
      options: { ...options, sampleRate: 16000 },
      phrases: [],
      recognizer: 'projects/p/locations/eu/recognizers/_',
    });
    expect(first).toMatchObject({
      recognizer: 'projects/p/locations/eu/recognizers/_',
      streamingConfig: {
        streamingFeatures: { interimResults: true },
        config: {
          model: 'long',
          languageCodes: ['en-GB'],
          explicitDecodingConfig: { encoding: 'LINEAR16', sampleRateHertz: 16000, audioChannelCount: 1 },
          features: { enableWordTimeOffsets: true },
        },
      },
    });
    expect(JSON.stringify(first)).not.toContain('adaptation');
  });

  it('the location chooses the endpoints', () => {
    expect([sttEndpoint(parse()), ttsEndpoint(parse())]).toEqual([
      'speech.googleapis.com',
      'texttospeech.googleapis.com',
    ]);
    const eu = parse({ location: 'eu', tts: { apiEndpoint: 'tts.example.com:8443' } });
    expect([sttEndpoint(eu), ttsEndpoint(eu)]).toEqual(['eu-speech.googleapis.com', 'tts.example.com:8443']);
  });

  it.each([
    [undefined, 'de-DE', {}, { languageCode: 'de-DE', name: 'de-DE-Chirp3-HD-Kore' }, true],
    ['fr-FR-Neural2-A', 'fr-FR', {}, { languageCode: 'fr-FR', name: 'fr-FR-Neural2-A' }, false],
    [undefined, 'de-DE', { voice: 'en-US-Neural2-F' }, { languageCode: 'de-DE' }, false],
    ['cmn-CN-Chirp3-HD-Puck', 'zh-CN', {}, { languageCode: 'cmn-CN', name: 'cmn-CN-Chirp3-HD-Puck' }, true],
  ])('voice %s for %s', (voice, language, tts, expected, streams) => {
    const chosen = voiceFor(parse({ tts }), { voice, language });
    expect(chosen).toEqual(expected);
    expect(voiceStreams(chosen)).toBe(streams);
  });

  it('a text is cut into pieces that Google takes, and nothing of it is lost', () => {
    for (const text of ['Ein Satz. '.repeat(900), 'ohne Ende'.repeat(900), 'äöü😀'.repeat(900)]) {
      const pieces = piecesOf(text);
      expect(pieces.join('')).toBe(text);
      for (const piece of pieces) expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(5_000);
    }
  });
});

describe.skipIf(authority === undefined)('against a server (needs the program openssl)', () => {
  let fake: Awaited<ReturnType<typeof startFakeGoogle>>;
  let service: SpeechService;

  async function start(
    settings: Parameters<typeof fake.settings>[0] = {},
    fakeOptions: Partial<FakeGoogleOptions> = {},
  ) {
    fake = await startFakeGoogle(fakeOptions);
    service = createGoogle(googleConfigSchema.parse(fake.settings(settings)));
  }

  afterEach(async () => {
    await service.close();
    await fake.dispose();
  });

  const open = (more: Partial<SttOptions> = {}, as = (stt: SpeechToText) => stt) =>
    as(service.stt as SpeechToText).open(
      { ...options, vendorOptions: undefined, ...more },
      new AbortController().signal,
    );
  const say = (session: SttSession, ...words: number[]) => {
    for (const samples of wordFrames(words)) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
  };
  const utter = (session: SttSession, ...words: number[]) => {
    session.startUtterance(0);
    say(session, ...words);
    session.endUtterance(0);
  };
  const listen = (session: SttSession) => {
    const heard = { finals: [] as SttSessionEvents['final'][0][], errors: [] as unknown[], closed: 0 };
    session.on('final', (final) => heard.finals.push(final));
    session.on('error', (error) => heard.errors.push(error));
    session.on('closed', () => {
      heard.closed += 1;
    });
    return heard;
  };
  /** Recognition streams after the one that tries the configuration out. */
  const streams = () => fake.server.streams.slice(1);

  it.each(['v1', 'v2'])('%s: words with times and confidence; u-law goes a byte per sample', async (api) => {
    await start({ stt: { api } });
    const session = await open();
    const heard = listen(session);
    utter(session, 0, 0, 0, 0, 0, 1, 2);
    await vi.waitFor(() => expect(heard.finals).toHaveLength(1));
    expect(heard.finals[0]).toMatchObject({ text: '1 2', rejected: false });
    expect(heard.finals[0]?.confidence).toBeCloseTo(0.93);
    expect(heard.finals[0]?.words).toEqual([
      { word: '1', offsetMs: 100, durationMs: 300, confidence: expect.closeTo(0.91) },
      { word: '2', offsetMs: 400, durationMs: 300, confidence: expect.closeTo(0.91) },
    ]);
    expect(streams().map(({ audioBytes, heardMs }) => [audioBytes, heardMs])).toEqual([[35 * 160, 700]]);
  });

  it('where Google endpoints, finals tell how far they reach', async () => {
    await start({ stt: { endpointing: 'vendor' } });
    const other = listen(await open());
    const session = await open();
    const mine = listen(session);
    say(session, 1, 2, ...Array<number>(30).fill(0), 3, ...Array<number>(30).fill(0));
    await vi.waitFor(() => expect(mine.finals).toHaveLength(2));
    expect(mine.finals.map(({ text, endMs }) => [text, endMs])).toEqual([
      ['1 2', 1_100],
      ['3', 2_000],
    ]);
    expect(mine.finals[1]?.words).toMatchObject([{ word: '3', offsetMs: 100, durationMs: 300 }]);
    expect(other.finals).toEqual([]);
  });

  it('where Google endpoints, it can be asked for the text of what it has; what follows is heard as well', async () => {
    await start({ stt: { endpointing: 'vendor' } });
    const session = await open();
    const heard = listen(session);
    say(session, 1);
    session.endUtterance(0);
    say(session, 2);
    session.endUtterance(0);
    say(session, 0, 0);
    session.endUtterance(40);
    await vi.waitFor(() => expect(heard.finals).toHaveLength(3));
    expect(heard.finals.map(({ text, rejected, endMs }) => [text, rejected, endMs])).toEqual([
      ['1', false, 300],
      ['2', false, 600],
      ['', true, 640],
    ]);
  });

  it('where Google endpoints and the hub is to: an utterance that is given at once is recognised whole, its pauses included', async () => {
    await start({ stt: { endpointing: 'vendor' } });
    const session = await open({}, (stt) => hubEndpointed(stt, systemClock));
    const heard = listen(session);
    session.startUtterance(0);
    say(session, 1, ...Array<number>(30).fill(0), 2, ...Array<number>(30).fill(0), 3);
    session.endUtterance(0);
    await vi.waitFor(() => expect(heard.finals.map(({ text }) => text)).toEqual(['1 2 3']));
  });

  it.each(['hub', 'vendor'])('hints of a turn reach Google, where the %s endpoints', async (endpointing) => {
    await start({ stt: { endpointing } });
    const session = await open();
    const heard = listen(session);
    const speak = endpointing === 'hub' ? utter : say;
    speak(session, 1, ...Array<number>(30).fill(0));
    await vi.waitFor(() => expect(heard.finals).toHaveLength(1));
    session.updateHints(['seven']);
    speak(session, 7, ...Array<number>(30).fill(0));
    await vi.waitFor(() => expect(heard.finals.map(({ text }) => text)).toEqual(['1', '7']));
    const hints = streams().map(({ config }) => JSON.stringify(config.adaptation));
    expect(hints).toEqual([expect.stringContaining('Patchbay'), expect.stringContaining('seven')]);
    expect(hints[1]).not.toContain('Patchbay');
  });

  it.each([
    ['v1', 11, 'Exceeded maximum allowed stream duration of 305 seconds.'],
    ['v1', 11, 'Audio Timeout Error: Long duration elapsed without audio. Audio should be sent close to real time.'],
    ['v2', 10, 'Max duration of 5 minutes reached for stream.'],
    ['v2', 10, 'Stream timed out after receiving no more client requests.'],
  ])('%s: an end that is usual at Google is no error: %i %s', async (api, code, details) => {
    await start({ stt: { api, endpointing: 'vendor' } });
    const session = await open();
    const heard = listen(session);
    say(session, 1);
    await vi.waitFor(() => expect(streams()[0]?.heardMs).toBe(300));
    fake.server.endAll(code, details);
    await vi.waitFor(() => expect(heard.closed).toBe(1));
    expect([heard.errors, session.closed]).toEqual([[], true]);
  });

  it('a language that a turn changes to is tried out and used', async () => {
    await start();
    await open({ language: 'de-DE' });
    await open({ language: 'de-DE' });
    expect(fake.server.streams.map(({ config }) => config.languageCodes)).toEqual([['de-DE']]);
    await expect(open({ language: 'no language' })).rejects.toMatchObject({
      code: 'speech_rejected',
      retryable: false,
    });
  });

  it('a recognizer of another location than the endpoint is refused', async () => {
    await start({ location: 'eu' });
    await expect(open()).rejects.toThrow('Expected resource location to be global');
  });

  it.each([
    [8, 'Quota exceeded for quota metric', 'speech_unavailable', true],
    [7, 'Cloud Speech-to-Text API has not been used in project', 'speech_rejected', false],
    [14, 'The service is currently unavailable.', 'speech_unavailable', true],
  ])('a status %i is told as what it is', async (code, details, known, retryable) => {
    await start();
    fake.server.refusesWith = { code, details };
    await expect(open()).rejects.toMatchObject({ code: known, retryable, message: expect.stringContaining(details) });
  });

  it('a key file that is none is told with what to do', async () => {
    await start({ credentials: { keyFile: '/nowhere/google.json' } });
    await expect(open()).rejects.toThrow(/credentials.keyFile \/nowhere\/google.json cannot be read/);
  });
});

const acBotApiFields = z.strictObject({ url: z.string(), auth: z.unknown() });
const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the configuration in the README is one, and every key stands in its table', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const config = parseConfig(
    yaml,
    'README.md',
    { BOT_TOKEN: 't' },
    {
      bots: { 'ac-bot-api': acBotApiFields },
      speech: {
        google: { settings: googleConfigSchema, stt: true, tts: true },
        local: { settings: z.looseObject({}), stt: true, tts: true },
      },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.speechServices[0]?.settings).toMatchObject({ location: 'eu', stt: { model: 'telephony' } });
  const { id, vendor, stt, tts, ...others } = googleConfigSchema.shape;
  const keys = [
    ...Object.keys(others),
    ...Object.keys(parse().stt),
    ...Object.keys(parse().tts),
    'pitch',
    'apiEndpoint',
  ];
  for (const key of keys) expect(readme, key).toMatch(new RegExp(`[\`{, ]${key}[\`}:, ]`));
  expect([id, vendor, stt, tts]).not.toContain(undefined);
});
