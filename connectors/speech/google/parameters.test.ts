import { describe, expect, test } from 'vitest';
import type { SttParameters, TtsParameters } from '../../../src/speech/parameters.ts';
import type { SttOptions } from '../../../src/speech/ports.ts';
import { googleConfigSchema } from './config.ts';
import { createGoogle } from './connector.ts';
import { authority, startFakeGoogle } from './fake.test-support.ts';
import { wireV1, wireV2 } from './stt-wire.ts';
import { unaryRequest } from './tts-wire.ts';

const recognizer = 'projects/p/locations/eu/recognizers/_';

/** RecognitionConfig as Google gets it. */
function asked(api: 'v1' | 'v2', parameters: SttParameters, more: Partial<SttOptions> = {}, stt: object = {}) {
  const config = googleConfigSchema.parse({ id: 'g', vendor: 'google', stt: { api, ...stt } });
  const options: SttOptions = {
    ...{ callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
    ...{ vendorOptions: undefined, parameters, ...more },
  };
  const wire = api === 'v1' ? wireV1 : wireV2;
  const first = wire.first({ config, options, phrases: options.contextPhrases, recognizer });
  return (first as { streamingConfig: { config: Record<string, unknown> } }).streamingConfig.config;
}

describe('parameters of the bot', () => {
  test('sttDisablePunctuation', () => {
    expect(asked('v1', { sttDisablePunctuation: true }).enableAutomaticPunctuation).toBe(false);
    expect(asked('v2', { sttDisablePunctuation: true }).features).toMatchObject({ enableAutomaticPunctuation: false });
    expect(asked('v2', {}).features).toMatchObject({ enableAutomaticPunctuation: true });
  });

  test('sttContextId: a phrase set is referred to beside those of the configuration', () => {
    const set = 'projects/p/locations/eu/phraseSets/menu';
    const phraseSets = ['projects/p/locations/eu/phraseSets/own'];
    expect(asked('v1', { sttContextId: set }, {}, { phraseSets }).adaptation).toEqual({
      phraseSetReferences: [...phraseSets, set],
    });
    expect(asked('v2', { sttContextId: set }).adaptation).toEqual({ phraseSets: [{ phraseSet: set }] });
  });

  test('sttContextId: a custom class is a phrase, however long its name', () => {
    const name = `projects/${'p'.repeat(90)}/locations/eu/customClasses/dishes`;
    const inline = { phrases: [{ value: `\${${name}}` }, { value: 'soup' }], boost: 4 };
    const more = { contextPhrases: ['soup'], contextBoost: 4 };
    expect(asked('v1', { sttContextId: name }, more).adaptation).toEqual({ phraseSets: [inline] });
    expect(asked('v2', { sttContextId: name }, more).adaptation).toEqual({
      phraseSets: [{ inlinePhraseSet: inline }],
    });
  });

  test('googleInteractionType: v1 has it, v2 says that it has not', () => {
    const parameters = { googleInteractionType: 'PHONE_CALL' };
    expect(asked('v1', parameters).metadata).toEqual({ interactionType: 'PHONE_CALL' });
    expect(JSON.stringify(asked('v2', parameters))).not.toContain('PHONE_CALL');
    for (const [api, honoured] of [['v1', true] as const, ['v2', false] as const]) {
      const service = createGoogle(googleConfigSchema.parse({ id: 'g', vendor: 'google', stt: { api } }));
      expect(service.stt?.capabilities.honours?.includes('googleInteractionType')).toBe(honoured);
    }
  });

  test('sttOverrideConfig is laid over all, but for the audio', () => {
    const v1 = { model: 'command_and_search', languageCode: 'en-US', encoding: 'FLAC', sampleRateHertz: 1 };
    expect(
      asked('v1', { sttOverrideConfig: v1 }, { vendorOptions: { model: 'video', profanityFilter: true } }),
    ).toEqual(
      expect.objectContaining({
        ...{ model: 'command_and_search', languageCode: 'en-US', profanityFilter: true },
        ...{ encoding: 'MULAW', sampleRateHertz: 8000 },
      }),
    );
    const v2 = {
      features: { maxAlternatives: 5, multiChannelMode: 'SEPARATE_RECOGNITION_PER_CHANNEL' },
      autoDecodingConfig: {},
      explicitDecodingConfig: { sampleRateHertz: 1 },
      languageCodes: ['en-GB', 'cy-GB'],
    };
    expect(asked('v2', { sttOverrideConfig: v2 })).toEqual({
      model: 'telephony',
      features: {
        ...{ enableAutomaticPunctuation: true, enableWordTimeOffsets: true, enableWordConfidence: true },
        maxAlternatives: 5,
      },
      languageCodes: ['en-GB', 'cy-GB'],
      explicitDecodingConfig: { encoding: 'MULAW', sampleRateHertz: 8000, audioChannelCount: 1 },
    });
  });

  test('what docs/bot-parameters.md suggests', () => {
    expect(asked('v1', { sttOverrideConfig: { profanityFilter: true } }).profanityFilter).toBe(true);
    const v2 = asked('v2', { sttOverrideConfig: { features: { profanityFilter: true } } });
    expect(v2.features).toMatchObject({ profanityFilter: true, enableAutomaticPunctuation: true });
  });

  test('ttsOverrideConfig is laid over the request, but for the text and the audio', () => {
    const config = googleConfigSchema.parse({ id: 'g', vendor: 'google', tts: { speakingRate: 1.1 } });
    const over = {
      input: { text: 'something else' },
      voice: { name: 'en-GB-Neural2-A' },
      audioConfig: { pitch: 2, speakingRate: 0.9, audioEncoding: 'MP3', sampleRateHertz: 48000 },
    };
    expect(unaryRequest(config, { languageCode: 'en-GB' }, 'hello', false, 8000, over)).toEqual({
      input: { text: 'hello' },
      voice: { languageCode: 'en-GB', name: 'en-GB-Neural2-A' },
      audioConfig: { audioEncoding: 'LINEAR16', sampleRateHertz: 8000, pitch: 2, speakingRate: 0.9 },
    });
  });
});

describe.skipIf(authority === undefined)(
  'an endpoint that no authority vouches for (needs the program openssl)',
  () => {
    test.each([
      [true, true],
      [false, false],
    ])('allowSelfSignedCert %s: it is talked with: %s', async (allowSelfSignedCert, accepted) => {
      const fake = await startFakeGoogle();
      const settings = fake.settings({ caCertificate: undefined, allowSelfSignedCert, connectMs: 1_500 });
      const service = createGoogle(googleConfigSchema.parse(settings));
      const options: SttOptions = {
        ...{ callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
        vendorOptions: undefined,
      };
      const opening = service.stt?.open(options, new AbortController().signal);
      if (accepted) (await opening)?.close();
      else await expect(opening).rejects.toMatchObject({ name: 'SpeechError' });
      await service.close();
      await fake.dispose();
    });
  },
);

describe.skipIf(authority === undefined)('an override that is no configuration (needs the program openssl)', () => {
  test.each([[{ adaptation: 7 }], [{ languageCodes: 5 }], [{ adaptation: { phraseSets: ['x'] } }]])(
    '%j is refused, and nothing else happens',
    async (sttOverrideConfig) => {
      const fake = await startFakeGoogle();
      const service = createGoogle(googleConfigSchema.parse(fake.settings()));
      const options: SttOptions = {
        ...{ callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
        vendorOptions: undefined,
      };
      const open = (parameters: SttParameters) =>
        service.stt?.open({ ...options, parameters }, new AbortController().signal);
      // One that is rejected does not count against the service.
      await expect(open({ sttOverrideConfig })).rejects.toMatchObject({ code: 'speech_rejected' });
      (await open({}))?.close();
      await service.close();
      await fake.dispose();
    },
  );

  test.each([[{ voice: 7 }], [{ audioConfig: { effectsProfileId: 5 } }]])('%j of speech', async (ttsOverrideConfig) => {
    const fake = await startFakeGoogle();
    const service = createGoogle(googleConfigSchema.parse(fake.settings()));
    const request = { callId: 'c', text: 'hello', language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
    const speak = async (parameters: TtsParameters) => {
      for await (const _ of service.tts?.synthesize({ ...request, parameters }, new AbortController().signal) ?? []);
    };
    await expect(speak({ ttsOverrideConfig })).rejects.toMatchObject({ code: 'speech_rejected' });
    await speak({});
    await service.close();
    await fake.dispose();
  });
});
