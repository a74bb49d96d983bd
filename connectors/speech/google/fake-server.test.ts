import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { googleConfigSchema } from './config.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';
import { createGoogleSdk, type GoogleSdk, type GrpcStream } from './sdk.ts';
import { statusOf } from './status.ts';

const CONFIG_V1 = {
  languageCode: 'en-US',
  encoding: 'MULAW',
  sampleRateHertz: 8000,
  audioChannelCount: 1,
  model: 'telephony',
};
const first = (more: object = {}) => ({ streamingConfig: { config: { ...CONFIG_V1, ...more } } });
const audio = (bytes: number) => ({ audioContent: Buffer.alloc(bytes, 0xff) });
const CHIRP = { languageCode: 'en-US', name: 'en-US-Chirp3-HD-Kore' };

/** What a stream ends with when these messages are written: `code details`. */
async function endOf(stream: GrpcStream, ...messages: object[]): Promise<string> {
  const ended = Promise.withResolvers<string>();
  stream.on('data', () => {});
  stream.on('end', () => ended.resolve('whole'));
  stream.on('error', (error: unknown) => {
    const { code, details } = statusOf(error);
    ended.resolve(`${code} ${details}`);
  });
  for (const message of messages) stream.write(message);
  return await ended.promise;
}

describe.skipIf(authority === undefined)('the fake refuses what Google refuses (needs the program openssl)', () => {
  let fake: Awaited<ReturnType<typeof startFakeGoogle>>;
  let sdk: GoogleSdk;
  let clock: VirtualClock;

  beforeEach(async () => {
    clock = new VirtualClock();
    fake = await startFakeGoogle({ clock });
    sdk = createGoogleSdk(googleConfigSchema.parse(fake.settings({ stt: { api: 'v1' } })), clock);
  });
  afterEach(async () => {
    await sdk.close();
    await fake.dispose();
  });

  const recognize = async (...messages: object[]) => await endOf((await sdk.stt())._streamingRecognize(), ...messages);
  const streamSpeech = async (...messages: object[]) =>
    await endOf((await sdk.tts()).streamingSynthesize(), ...messages);
  const speakWhole = async (request: object) =>
    await (await sdk.tts()).synthesizeSpeech(request, { retry: null }).then(
      () => 'whole',
      (error: unknown) => statusOf(error).details,
    );

  it.each([
    ['audio before the configuration', [audio(160)], /^3 Malordered Data/],
    ['the configuration twice', [first(), first()], /^3 Malordered Data/],
    ['more than 25 KB in a message', [first(), audio(25_601)], /^3 audio chunk can be of a a maximum of 25600 bytes/],
    ['a rate below 8 kHz', [first({ sampleRateHertz: 4000 })], /^3 .*bad sample rate hertz/],
    ['no encoding', [first({ encoding: 0 })], /^3 .*bad encoding/],
    ['a model that is none', [first({ model: 'whatever' })], /^3 The model "whatever" does not exist/],
    [
      'a phrase of more than 100 characters',
      [first({ adaptation: { phraseSets: [{ phrases: [{ value: 'x'.repeat(101) }] }] } })],
      /^3 A phrase is longer/,
    ],
  ])('recognition: %s', async (_, messages, expected) => {
    expect(await recognize(...messages)).toMatch(expected);
  });

  it('recognition: ends a stream after 305 s, and one without audio after 10 s', async () => {
    const silent = recognize(first());
    await vi.waitFor(() => expect(fake.server.streams[0]?.first).toBeDefined());
    clock.advance(10_000);
    expect(await silent).toMatch(/^11 Audio Timeout Error/);
    const stream = (await sdk.stt())._streamingRecognize();
    const long = endOf(stream, first());
    for (let heardMs = 0; heardMs < 38 * 20; heardMs += 20) {
      stream.write(audio(160));
      await vi.waitFor(() => expect(fake.server.streams[1]?.heardMs).toBe(heardMs + 20));
      clock.advance(8_000);
    }
    clock.advance(1_000);
    expect(await long).toBe('11 Exceeded maximum allowed stream duration of 305 seconds.');
  });

  it.each([
    [
      'a voice that is not Chirp 3 HD',
      [{ streamingConfig: { voice: { languageCode: 'en-US', name: 'en-US-Neural2-F' } } }],
      /^3 Currently, only Chirp 3: HD/,
    ],
    ['text before the configuration', [{ input: { text: 'hi' } }], /^3 The first message must contain/],
    [
      'an encoding with a header',
      [{ streamingConfig: { voice: CHIRP, streamingAudioConfig: { audioEncoding: 'LINEAR16' } } }],
      /^3 Unsupported audio encoding/,
    ],
    [
      'more than 5,000 bytes',
      [
        { streamingConfig: { voice: CHIRP, streamingAudioConfig: { audioEncoding: 'PCM' } } },
        { input: { text: 'x'.repeat(5_001) } },
      ],
      /^3 .*longer than the limit of 5000 bytes/,
    ],
  ])('streamed speech: %s', async (_, messages, expected) => {
    expect(await streamSpeech(...messages)).toMatch(expected);
  });

  it.each([
    ['more than 5,000 bytes', { input: { text: 'ü'.repeat(2_501) }, voice: CHIRP }, /limit of 5000 bytes/],
    [
      'a voice of another language',
      { input: { text: 'hi' }, voice: { languageCode: 'de-DE', name: 'en-US-Neural2-F' } },
      /doesn't match the voice/,
    ],
    ['pitch with a Chirp voice', { input: { text: 'hi' }, voice: CHIRP, audioConfig: { pitch: 2 } }, /pitch/],
  ])('speech: %s', async (_, request, expected) => {
    const audioConfig = { audioEncoding: 'LINEAR16', ...('audioConfig' in request ? request.audioConfig : {}) };
    expect(await speakWhole({ ...request, audioConfig })).toMatch(expected);
  });

  it('recognition: more streams in a minute than the quota has, until the next minute', async () => {
    const { v1 } = fake.server.quotas.recognitions;
    while (v1.remaining > 1) v1.take();
    expect(v1.used).toBe(899);
    const taken = (await sdk.stt())._streamingRecognize();
    const whole = endOf(taken, first());
    await vi.waitFor(() => expect(fake.server.open).toHaveLength(1));
    expect(await recognize(first())).toMatch(/^8 Quota exceeded .* limit 'DefaultRequestsPerMinutePerProject'/);
    taken.end();
    expect(await whole).toBe('whole');
    clock.advance(60_000);
    const again = recognize(first());
    await vi.waitFor(() => expect(fake.server.streams).toHaveLength(2));
    fake.server.endAll(14, 'enough');
    expect(await again).toBe('14 enough');
  });

  it('recognition: more streams at a time than the quota has', async () => {
    expect(fake.server.quotas.recognitionsAtATime).toBe(300);
    fake.server.quotas.recognitionsAtATime = 1;
    const open = (await sdk.stt())._streamingRecognize();
    const ended = endOf(open, first());
    await vi.waitFor(() => expect(fake.server.open).toHaveLength(1));
    expect(await recognize(first())).toMatch(/^8 Quota exceeded .*StreamingSessions/);
    open.end();
    expect(await ended).toBe('whole');
  });

  it.each([
    ['en-US-Chirp3-HD-Kore', 200, /'Chirp3RequestsPerMinutePerProject'/],
    ['en-US-Studio-O', 500, /'StudioRequestsPerMinutePerProject'/],
    ['en-US-Standard-A', 1_000, /'RequestsPerMinutePerProject'/],
  ])('speech: more texts in a minute than the quota of %s has', async (name, limit, expected) => {
    const request = {
      input: { text: 'hi' },
      voice: { languageCode: 'en-US', name },
      audioConfig: { audioEncoding: 'LINEAR16' },
    };
    for (let count = 1; count < limit; count += 1) fake.server.quotas.synthesis(name, undefined);
    expect(await speakWhole(request)).toBe('whole');
    expect(await speakWhole(request)).toMatch(expected);
    clock.advance(60_000);
    expect(await speakWhole(request)).toBe('whole');
  });

  it('streamed speech: more at a time than the quota has', async () => {
    expect(fake.server.quotas.streamedSynthesesAtATime).toBe(100);
    fake.server.quotas.streamedSynthesesAtATime = 1;
    const config = { streamingConfig: { voice: CHIRP, streamingAudioConfig: { audioEncoding: 'PCM' } } };
    const open = (await sdk.tts()).streamingSynthesize();
    const ended = endOf(open, config);
    await vi.waitFor(() => expect(fake.server.synthesizing).toBe(1));
    expect(await streamSpeech(config)).toMatch(/^8 .*'ConcurrentStreamingSessionsPerProject'/);
    open.end();
    expect(await ended).toBe('whole');
  });
});
