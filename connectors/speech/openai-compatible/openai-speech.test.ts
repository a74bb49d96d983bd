import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { rms } from '../../../src/media/level.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { selfSignedCertificate } from '../../../src/net/testing-certificates.ts';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import type { SpeechService, SttOptions, TtsRequest } from '../../../src/speech/ports.ts';
import { openAiSpeechConfigSchema } from './config.ts';
import { createOpenAiSpeech } from './connector.ts';
import { FakeOpenAiSpeech } from './fake-server.ts';

const selfSigned = selfSignedCertificate();
let server: FakeOpenAiSpeech;
let service: SpeechService;

async function start(settings: Record<string, unknown> = {}) {
  server = new FakeOpenAiSpeech();
  const url = await server.listen();
  const config = { id: 'oai', vendor: 'openai-compatible', apiKey: 'key', url, ...settings };
  service = createOpenAiSpeech(openAiSpeechConfigSchema.parse(config));
}

describe('against a server', () => {
  afterEach(async () => {
    await service.close();
    await server.close();
  });

  const open = (more: Partial<SttOptions> = {}) =>
    (service.stt as NonNullable<SpeechService['stt']>).open(
      {
        callId: 'c',
        language: 'de-DE',
        sampleRate: 8000,
        contextPhrases: ['Patchbay'],
        contextBoost: 0,
        vendorOptions: undefined,
        ...more,
      },
      new AbortController().signal,
    );
  async function speak(voice?: string, more: Partial<TtsRequest> = {}): Promise<Int16Array> {
    const request = { callId: 'c', text: 'hello there', language: 'en-US', voice, sampleRate: 8000 } as const;
    const samples: number[] = [];
    for await (const chunk of service.tts?.synthesize({ ...request, ...more }, new AbortController().signal) ?? [])
      samples.push(...chunk);
    return Int16Array.from(samples);
  }

  it('sends the utterance with its pre-roll, the language and the hints', async () => {
    await start();
    const session = await open();
    const texts: string[] = [];
    session.on('final', ({ text }) => texts.push(text));
    const write = (words: number[]) => {
      for (const samples of wordFrames(words)) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
    };
    write([9, 0, 0, 1]);
    session.startUtterance(300);
    write([2]);
    session.endUtterance(0);
    await vi.waitFor(() => expect(texts).toEqual(['1 2']));
    expect(server.transcriptions).toEqual([
      { model: 'whisper-1', language: 'de', response_format: 'json', prompt: 'Patchbay' },
    ]);
  });

  it('sends what the bot wants of the server, but not what the answer depends on', async () => {
    await start();
    const session = await open({
      vendorOptions: { temperature: 0.2, prompt: 'from generic', 'a"b': 'x' },
      parameters: {
        sttContextId: 'my-model',
        sttOverrideConfig: { prompt: 'from override', file: 'x', response_format: 'text', list: [1] },
      },
    });
    session.startUtterance(0);
    session.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
    session.endUtterance(0);
    await vi.waitFor(() => expect(server.transcriptions).toHaveLength(1));
    expect(server.transcriptions).toEqual([
      { model: 'my-model', language: 'de', response_format: 'json', temperature: '0.2', prompt: 'from override' },
    ]);
    const ttsOverrideConfig = { instructions: 'whisper', speed: 0.8, input: 'else', response_format: 'mp3' };
    await speak('nova', { parameters: { ttsOverrideConfig } });
    expect(server.speech).toEqual([
      {
        ...{ model: 'tts-1', input: 'hello there', voice: 'nova', response_format: 'pcm' },
        ...{ instructions: 'whisper', speed: 0.8 },
      },
    ]);
  });

  it('a very long utterance goes in parts and comes as one text', async () => {
    await start({ stt: { maxUtteranceMs: 1_200 } });
    const session = await open();
    const texts: string[] = [];
    session.on('final', ({ text }) => texts.push(text));
    session.startUtterance(0);
    for (const samples of wordFrames([1, 2, 3, 4, 5, 6])) session.write({ samples, sampleRate: 8000, timestampMs: 0 });
    session.endUtterance(0);
    await vi.waitFor(() => expect(texts).toEqual(['1 2 3 4 5 6']));
    expect(server.transcriptions).toHaveLength(2);
  });

  it.each(['pcm', 'wav'])('speaks what comes as %s, at the rate of the call', async (format) => {
    await start({ tts: { format, speed: 1.2 } });
    const samples = await speak('nova');
    expect(Math.abs(samples.length - 11 * 80)).toBeLessThanOrEqual(2);
    expect(rms(samples)).toBeGreaterThan(5_000);
    expect(server.speech).toEqual([
      { model: 'tts-1', input: 'hello there', voice: 'nova', response_format: format, speed: 1.2 },
    ]);
  });

  it.each([
    [429, 'speech_unavailable', true],
    [500, 'speech_unavailable', true],
    [400, 'speech_rejected', false],
  ])('%i is %s', async (status, code, retryable) => {
    await start();
    server.status = status;
    await expect(speak()).rejects.toMatchObject({ code, retryable });
  });

  it('a server that says nothing is not waited for', async () => {
    await start({ timeouts: { answerMs: 150 } });
    server.frozen = true;
    await expect(speak()).rejects.toMatchObject({ code: 'speech_timeout', retryable: true });
    const session = await open();
    const codes: string[] = [];
    session.on('error', ({ code }) => codes.push(code));
    session.startUtterance(0);
    session.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
    session.endUtterance(0);
    await vi.waitFor(() => expect(codes).toEqual(['speech_timeout']));
  });
});

test('a key has 500 requests a minute for each model, and each answer tells how many are left', async () => {
  const clock = new VirtualClock();
  server = new FakeOpenAiSpeech({ clock });
  const url = await server.listen();
  const speak = async () => {
    const body = JSON.stringify({ model: 'tts-1', voice: 'alloy', input: 'hi', response_format: 'pcm' });
    const response = await fetch(`${url}/audio/speech`, {
      method: 'POST',
      headers: { authorization: 'Bearer key' },
      body,
    });
    const text = await response.text();
    return { status: response.status, left: response.headers.get('x-ratelimit-remaining-requests'), response, text };
  };
  while (server.quotas.speech.remaining > 1) server.quotas.speech.take();
  expect(server.quotas.speech.used).toBe(499);
  expect(await speak()).toMatchObject({ status: 200, left: '0' });
  const { status, response, text } = await speak();
  expect([status, response.headers.get('retry-after')]).toEqual([429, '60']);
  expect(text).toContain('Rate limit reached for tts-1');
  expect(server.quotas.transcription.remaining).toBe(500);
  clock.advance(60_000);
  expect(await speak()).toMatchObject({ status: 200, left: '499' });
  await server.close();
});

describe.skipIf(selfSigned === undefined)('a server with a certificate of its own (needs the program openssl)', () => {
  test.each([
    [{ allowSelfSignedCert: true }, ['hello']],
    [{}, []],
  ])('%j: what is said is %j', async (settings, said) => {
    const fake = new FakeOpenAiSpeech({ tls: selfSigned });
    const config = { id: 'oai', vendor: 'openai-compatible', apiKey: 'key', url: await fake.listen(), ...settings };
    const made = createOpenAiSpeech(openAiSpeechConfigSchema.parse(config));
    const request = { callId: 'c', text: 'hello', language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
    const speaking = (async () => {
      for await (const _ of made.tts?.synthesize(request, new AbortController().signal) ?? []);
    })();
    if (said.length > 0) await speaking;
    else await expect(speaking).rejects.toMatchObject({ code: 'speech_unavailable' });
    expect(fake.speech.map(({ input }) => input)).toEqual(said);
    await made.close();
    await fake.close();
  });
});

test('the configuration in the README is one, and every key stands in its table', () => {
  const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
  const config = parseConfig(
    /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '',
    'README.md',
    { SPEECH_KEY: 'k' },
    {
      bots: {},
      speech: { 'openai-compatible': { settings: openAiSpeechConfigSchema, stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.speechServices[0]?.settings).toMatchObject({ tts: { voice: 'af_sky' } });
  for (const key of Object.keys(openAiSpeechConfigSchema.shape)) {
    if (key !== 'id' && key !== 'vendor') expect(readme, key).toContain(`\`${key}`);
  }
});
