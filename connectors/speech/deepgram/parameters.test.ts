import { afterEach, describe, expect, test } from 'vitest';
import { selfSignedCertificate } from '../../../src/net/testing-certificates.ts';
import type { SttParameters, TtsParameters } from '../../../src/speech/parameters.ts';
import type { SpeechService, SttOptions } from '../../../src/speech/ports.ts';
import { deepgramConfigSchema } from './config.ts';
import { createDeepgram } from './connector.ts';
import { FakeDeepgram } from './fake-server.ts';
import { listenUrl } from './stt-wire.ts';

const selfSigned = selfSignedCertificate();
const configOf = (stt: object) => deepgramConfigSchema.parse({ id: 'd', vendor: 'deepgram', apiKey: 'k', stt });

function asked(parameters: SttParameters, more: Partial<SttOptions> = {}, stt: object = {}): URLSearchParams {
  const options: SttOptions = {
    ...{ callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
    ...{ vendorOptions: undefined, parameters, ...more },
  };
  return listenUrl(configOf(stt), options).searchParams;
}

describe('parameters of the bot: recognition', () => {
  test('sttDisablePunctuation, and no smart format then', () => {
    const stt = { smartFormat: true };
    const off = asked({ sttDisablePunctuation: true }, {}, stt);
    expect([off.get('punctuate'), off.get('smart_format')]).toEqual(['false', null]);
    const on = asked({}, {}, stt);
    expect([on.get('punctuate'), on.get('smart_format')]).toEqual(['true', 'true']);
  });

  test('sttContextId is the id of a custom model, which knows what languages it has', () => {
    const id = '41757536-6114-494d-83fd-c2694524d80b';
    const query = asked({ sttContextId: id }, { language: 'fi-FI' });
    expect([query.get('model'), query.get('language')]).toEqual([id, 'fi-FI']);
  });

  test('sttOverrideConfig goes before sttGenericData, that before the configuration', () => {
    const query = asked(
      { sttOverrideConfig: { model: 'nova-2', keywords: ['a:1', 'b'], replace: 'x:y', nested: {} } },
      { vendorOptions: { model: 'enhanced', numerals: true, replace: 'x:z' } },
      { extra: { tag: 'own', numerals: 'false' } },
    );
    expect(query.getAll('model')).toEqual(['nova-2']);
    expect(query.getAll('keywords')).toEqual(['a:1', 'b']);
    expect(query.getAll('replace')).toEqual(['x:y']);
    expect([query.get('numerals'), query.get('tag'), query.get('nested')]).toEqual(['true', 'own', null]);
  });

  test.each(['sttOverrideConfig', 'vendorOptions'] as const)('%s does not touch what the call depends on', (place) => {
    const hostile = {
      ...{ encoding: 'mp3', Sample_Rate: 1, channels: 2, multichannel: true, interim_results: false },
      ...{ callback: 'https://evil.example/', callback_method: 'put' },
    };
    const query = place === 'vendorOptions' ? asked({}, { vendorOptions: hostile }) : asked({ [place]: hostile });
    expect([query.get('encoding'), query.get('sample_rate'), query.get('channels')]).toEqual(['linear16', '8000', '1']);
    expect([query.get('interim_results'), query.get('callback'), query.get('Sample_Rate')]).toEqual([
      'true',
      null,
      null,
    ]);
  });

  test('the weight of hints is honoured by models that have one', () => {
    const honours = (model: string) => createDeepgram(configOf({ model })).stt?.capabilities.honours;
    expect(honours('nova-2')).toContain('sttContextBoost');
    expect(honours('nova-3')).not.toContain('sttContextBoost');
  });
});

describe('parameters of the bot: speech', () => {
  const server = new FakeDeepgram();
  let service: SpeechService | undefined;
  afterEach(async () => {
    await service?.close();
    await server.close();
  });

  test('ttsOverrideConfig, but for the audio and where it goes', async () => {
    const url = await server.listen();
    service = createDeepgram(deepgramConfigSchema.parse({ id: 'dg', vendor: 'deepgram', apiKey: 'key', url }));
    const parameters: TtsParameters = {
      ttsOverrideConfig: { model: 'aura-2-apollo-en', speed: 1.2, encoding: 'mp3', callback: 'https://evil.example/' },
    };
    const request = { callId: 'c', text: 'hello', language: 'en-US', voice: undefined, sampleRate: 8000, parameters };
    for await (const _ of service.tts?.synthesize({ ...request, sampleRate: 8000 }, new AbortController().signal) ??
      []);
    expect(server.requests.map(({ query }) => Object.fromEntries(query))).toEqual([
      { model: 'aura-2-apollo-en', speed: '1.2', encoding: 'linear16', sample_rate: '8000' },
    ]);
    expect(server.spoken).toEqual(['hello']);
  });
});

describe.skipIf(selfSigned === undefined)('a server with a certificate of its own (needs the program openssl)', () => {
  test.each([
    [{ allowSelfSignedCert: true }, true],
    [{}, false],
  ])('%j: it is talked with: %s', async (settings, accepted) => {
    const server = new FakeDeepgram(selfSigned === undefined ? {} : { tls: selfSigned });
    const url = await server.listen();
    const config = { id: 'dg', vendor: 'deepgram', apiKey: 'key', url, ...settings };
    const service = createDeepgram(deepgramConfigSchema.parse(config));
    const options: SttOptions = {
      ...{ callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
      vendorOptions: undefined,
    };
    const opening = service.stt?.open(options, new AbortController().signal);
    if (accepted) (await opening)?.close();
    else await expect(opening).rejects.toMatchObject({ code: 'speech_unavailable' });
    expect(server.requests).toHaveLength(accepted ? 1 : 0);
    await service.close();
    await server.close();
  });
});
