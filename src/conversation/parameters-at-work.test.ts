import { describe, expect, test } from 'vitest';
import { type BotParameterLayer, parseBotParameters } from '../bots/parameters.ts';
import type { BotActivity } from '../bots/port.ts';
import type { DtmfDigit } from '../media/port.ts';
import type { PostOptions } from '../net/guarded-fetcher.ts';
import { MetaDataSender } from './meta-data-sender.ts';
import { botEvent, botMessage, Rig } from './testing.ts';
import { FakeStt } from './testing-speech.ts';
import { sent, Talk } from './testing-talk.ts';

/** What single parameters do, beyond the defaults: as `parameter-table.ts` tells bots. */

/** The bot says `greeting`, then each of `replies` to what the caller says. 'Hi.' lasts 150 ms. */
async function listening(
  parameters: BotParameterLayer,
  options: { stt?: FakeStt; greeting?: BotActivity; replies?: BotActivity[] } = {},
): Promise<Rig & { stt: FakeStt }> {
  const { stt = new FakeStt(), greeting = botMessage('Hi.'), replies = [] } = options;
  const bot = ([first]: readonly { name?: string | undefined }[]) => {
    const reply = first?.name === 'start' ? greeting : replies.shift();
    return reply === undefined ? [] : [reply];
  };
  const rig = await new Rig({ parameters, stt, bot }).start();
  for (let ms = 0; stt.sessions.length === 0 && ms < 2000; ms += 10) await rig.run(10);
  expect(stt.sessions).toHaveLength(1);
  return rig as Rig & { stt: FakeStt };
}

const speech = (phrases: string[], boost?: number) => ({ phrases, ...(boost === undefined ? {} : { boost }) });

describe('what the recogniser is opened with', () => {
  const generic = { model: 'phone', nested: { keep: [1, 'two'] } };
  test.each<[string, BotParameterLayer, object]>([
    ['sttLanguage', { language: 'en-GB', sttLanguage: 'de-DE' }, { language: 'de-DE' }],
    ["sttLanguage '' is language", { language: 'en-GB', sttLanguage: '' }, { language: 'en-GB' }],
    ['not ttsLanguage', { language: 'en-GB', ttsLanguage: 'nl-NL' }, { language: 'en-GB' }],
    ['sttContextBoost', { sttContextPhrases: ['yes'], sttContextBoost: 7.5 }, { contextBoost: 7.5 }],
    [
      'sttSpeechContexts behind sttContextPhrases, the largest boost',
      {
        sttContextPhrases: ['yes'],
        sttContextBoost: 3,
        sttSpeechContexts: [speech(['no', 'maybe'], 12), speech(['never'], 5), speech(['always'])],
      },
      { contextPhrases: ['yes', 'no', 'maybe', 'never', 'always'], contextBoost: 12 },
    ],
    [
      'sttContextBoost where that is the largest',
      { sttContextBoost: 20, sttSpeechContexts: [speech(['no'], 12)] },
      { contextPhrases: ['no'], contextBoost: 20 },
    ],
    ['sttGenericData untouched', { sttGenericData: generic }, { vendorOptions: generic }],
    ['nothing else for the vendor', {}, { parameters: {} }],
    ['sttContextId', { sttContextId: 'mine' }, { parameters: { sttContextId: 'mine' } }],
    ['sttDisablePunctuation', { sttDisablePunctuation: true }, { parameters: { sttDisablePunctuation: true } }],
    ['sttPreferWave', { sttPreferWave: true }, { parameters: { sttPreferWave: true } }],
    ['sttOverrideConfig', { sttOverrideConfig: generic }, { parameters: { sttOverrideConfig: generic } }],
    [
      'what only Azure or Google knows',
      {
        azureSpeechRecognitionMode: 'dictation',
        azureEnableAudioLogging: true,
        googleInteractionType: 'PHONE_CALL',
      },
      {
        parameters: {
          azureSpeechRecognitionMode: 'dictation',
          azureEnableAudioLogging: true,
          googleInteractionType: 'PHONE_CALL',
        },
      },
    ],
  ])('%s', async (_, parameters, expected) => {
    const { stt } = await listening(parameters);
    expect(stt.last.options).toMatchObject(expected);
  });

  test.each<[string, BotParameterLayer, object]>([
    ['sttLanguage', { sttLanguage: 'fr-FR' }, { language: 'fr-FR' }],
    ['sttContextBoost', { sttContextBoost: 9 }, { contextBoost: 9 }],
    ['sttSpeechContexts', { sttSpeechContexts: [speech(['oui'], 4)] }, { contextPhrases: ['oui'], contextBoost: 4 }],
    ['sttGenericData', { sttGenericData: { model: 'x' } }, { vendorOptions: { model: 'x' } }],
    ['sttContextId', { sttContextId: 'mine' }, { parameters: { sttContextId: 'mine' } }],
    ['sttOverrideConfig', { sttOverrideConfig: { a: 1 } }, { parameters: { sttOverrideConfig: { a: 1 } } }],
  ])('a bot that changes %s gets another session', async (_, changes, expected) => {
    const rig = await listening({});
    const first = rig.stt.last;
    rig.bot.handlers?.onActivities([botEvent('config', {}, changes)]);
    await rig.run(20);
    expect(first.closed).toBe(true);
    expect(rig.stt.sessions).toHaveLength(2);
    expect(rig.stt.last.options).toMatchObject(expected);
  });
});

describe('what is asked of speech synthesis', () => {
  test.each<[string, BotParameterLayer, string]>([
    ['ttsLanguage', { language: 'en-GB', ttsLanguage: 'nl-NL' }, 'nl-NL'],
    ["ttsLanguage '' is language", { language: 'en-GB', ttsLanguage: '' }, 'en-GB'],
    ['not sttLanguage', { language: 'en-GB', sttLanguage: 'de-DE' }, 'en-GB'],
  ])('%s', async (_, parameters, language) => {
    const { tts } = await listening(parameters);
    expect(tts.requests.map((request) => request.language)).toEqual([language]);
  });

  test('ttsEnhancedVoice and ttsOverrideConfig, where they are set', async () => {
    const parameters = { ttsEnhancedVoice: 'neural', ttsOverrideConfig: { pitch: 2 } };
    const { tts } = await listening(parameters);
    expect(tts.requests.map((request) => request.parameters)).toEqual([parameters]);
    expect((await listening({})).tts.requests.map((request) => request.parameters)).toEqual([undefined]);
  });

  test('ttsLanguage of one message is for that message', async () => {
    const bot = () => [botMessage('Hallo.', { ttsLanguage: 'nl-NL' }), botMessage('Hi.')];
    const rig = await new Rig({ bot }).start();
    await rig.run(1000);
    expect(rig.tts.requests.map(({ text, language }) => [text, language])).toEqual([
      ['Hallo.', 'nl-NL'],
      ['Hi.', 'en-US'],
    ]);
  });
});

describe('what the detector is configured with', () => {
  const none = { profile: 'default', silenceMs: 0, minSpeechMs: 0, maxSpeechMs: 0 };
  test.each<[string, BotParameterLayer, object]>([
    ['nothing: the profile decides', {}, none],
    ['endpointingSilenceMS', { endpointingSilenceMS: 1500 }, { ...none, silenceMs: 1500 }],
    ['endpointingMinSpeechMS', { endpointingMinSpeechMS: 240 }, { ...none, minSpeechMs: 240 }],
    ['userMaxSpeechDurationMS', { userMaxSpeechDurationMS: 9000 }, { ...none, maxSpeechMs: 9000 }],
  ])('%s, from the configuration or in the midst of the call', async (_, parameters, expected) => {
    for (const inCall of [false, true]) {
      const rig = new Rig({ parameters: inCall ? {} : parameters, bot: () => [botMessage('Hi.')] });
      const configured: object[] = [];
      Object.assign(rig.detector, { configure: (options: object) => configured.push(options) });
      await rig.start();
      await rig.run(500);
      if (inCall) rig.bot.handlers?.onActivities([botEvent('config', {}, parameters)]);
      await rig.run(20);
      expect(configured.at(-1)).toEqual(expected);
    }
  });
});

describe('userMaxSpeechDurationMS', () => {
  test('ends an utterance there, and it is recognised', async () => {
    const rig = await listening({ userMaxSpeechDurationMS: 1000 });
    rig.stt.last.finals.push('a long story');
    rig.speak(5000);
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start']);
    await rig.run(200);
    expect(rig.stt.last.calls).toEqual(['start 120', 'end 0']);
    expect(rig.bot.heard()).toEqual(['start', 'a long story']);
  });

  test.each<[string, BotParameterLayer, number]>([
    ['its time', { userMaxSpeechDurationMS: 2000 }, 2000],
    ['a minute by default', {}, 60_000],
  ])('where the vendor endpoints, what was understood in %s is the text', async (_, parameters, ms) => {
    const rig = await listening(parameters, { stt: new FakeStt('vendor') });
    rig.stt.last.emit('interim', { text: 'a long' });
    await rig.run(ms - 10);
    rig.stt.last.emit('interim', { text: 'a long story' });
    expect(rig.bot.heard()).toEqual(['start']);
    await rig.run(20);
    expect(rig.bot.heard()).toEqual(['start', 'a long story']);
  });
});

describe('silenceWatchdogMS', () => {
  test('starts recognition anew after so long, not before', async () => {
    const rig = await listening({ silenceWatchdogMS: 4000 }, { stt: new FakeStt('vendor') });
    await rig.run(3980);
    expect(rig.stt.sessions).toHaveLength(1);
    await rig.run(30);
    expect(rig.stt.sessions.map(({ closed }) => closed)).toEqual([true, false]);
  });

  test.each<[string, BotParameterLayer, (rig: Rig & { stt: FakeStt }) => void]>([
    ['the caller speaks', {}, (rig) => rig.stt.last.emit('interim', { text: 'well' })],
    ['another timer runs', { userNoInputTimeoutMS: 20_000 }, () => {}],
  ])('not while %s', async (_, parameters, act) => {
    const rig = await listening({ silenceWatchdogMS: 4000, ...parameters }, { stt: new FakeStt('vendor') });
    await rig.run(3000);
    act(rig);
    await rig.run(10_000);
    expect(rig.stt.sessions).toHaveLength(1);
  });
});

test.each<[string, DtmfDigit, string[]]>([
  ['*0', '*', ['message one two']],
  ['*0', '0', ['message one two']],
  ['*0', '#', []],
  ['', '#', []],
])('continuousASRDigits %j: what %s submits', (continuousASRDigits, digit, expected) => {
  const talk = new Talk({ continuousASR: true, continuousASRDigits }).in('listening').say('one two');
  talk.on({ type: 'dtmf', digit });
  expect(sent(talk.take())).toEqual(expected);
});

test('sendMetaDataTimeoutMs limits the request', () => {
  const url = 'https://crm.example/';
  const talk = new Talk({ sendMetaDataUrl: url, sendMetaDataTimeoutMs: 1234 }).in('listening');
  const effect = talk
    .bot(botEvent('sendMetaData', { a: 1 }))
    .take()
    .find(({ type }) => type === 'sendMetaData');
  if (effect?.type !== 'sendMetaData') throw new Error('nothing is to be sent');
  const posts: [string, PostOptions][] = [];
  const refuse = () => Promise.reject(new Error('not here'));
  const post = async (to: string, options: PostOptions) => {
    posts.push([to, options]);
  };
  new MetaDataSender({
    fetcher: { get: refuse, exchange: refuse, post, close: async () => {} },
    control: {},
    warn: () => {},
    signal: new AbortController().signal,
  }).send(effect.metadata, effect.target);
  expect(posts).toEqual([[url, expect.objectContaining({ timeoutMs: 1234, body: '{"a":1}' })]]);
});

describe('storeTranscript: false', () => {
  test('nothing of either side is kept, the times of turns are', async () => {
    const replies = [botMessage('Your balance is ten.')];
    const rig = await listening({ storeTranscript: false, sendDTMF: true }, { replies });
    rig.stt.last.finals.push('my secret');
    rig.speak(400);
    await rig.run(3000);
    rig.media.caller.press('7');
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start', 'my secret', 'DTMF:"7"']);
    expect(rig.tts.requests.map(({ text }) => text)).toEqual(['Hi.', 'Your balance is ten.']);
    expect(rig.transcript).toEqual([]);
    expect(rig.turns.length).toBeGreaterThan(0);
  });

  test('a bot that sets it keeps what follows to itself', async () => {
    const replies = [botMessage('Your number?', {}, { storeTranscript: false }), botMessage('Thanks.')];
    const rig = await listening({}, { replies });
    for (const text of ['hello', 'four two']) {
      rig.stt.last.finals.push(text);
      rig.speak(400);
      await rig.run(2500);
    }
    expect(rig.bot.heard()).toEqual(['start', 'hello', 'four two']);
    expect(rig.said()).toEqual(['bot: Hi.', 'caller: hello']);
  });
});

describe('sttDisablePunctuation', () => {
  const dictated = {
    ...{ text: 'Hello, world.', confidence: 0.9, rejected: false, raw: { vendor: 'Hello, world.' } },
    alternatives: [{ text: 'Hello, word!', confidence: 0.5 }],
    words: [{ word: 'Hello,', offsetMs: 0, durationMs: 300 }],
  };

  test.each<[BotParameterLayer, string, string]>([
    [{ sttDisablePunctuation: true }, 'Hello world', 'Hello'],
    [{}, 'Hello, world.', 'Hello,'],
  ])('%j: %s', async (parameters, text, word) => {
    const rig = await listening(
      { ...parameters, sendEventsToBot: ['speechHypothesis'] },
      { stt: new FakeStt('vendor') },
    );
    rig.stt.last.emit('interim', { text: 'Hello, world.' });
    await rig.run(20);
    rig.stt.last.emit('final', dictated);
    await rig.run(20);
    expect(rig.bot.heard()).toEqual(['start', `speechHypothesis:{"text":"${text}"}`, text]);
    expect(rig.bot.requests.at(-1)?.[0]?.parameters).toMatchObject({
      recognitionOutput: { vendor: 'Hello, world.' },
      words: [{ word }],
    });
  });

  test('a text of nothing but punctuation is none', async () => {
    const rig = await listening({ sttDisablePunctuation: true, notUnderstoodSpeech: 'Pardon?' });
    rig.stt.last.finals.push('...');
    rig.speak(400);
    await rig.run(3000);
    expect(rig.bot.heard()).toEqual(['start']);
    expect(rig.tts.requests.map(({ text }) => text)).toEqual(['Hi.', 'Pardon?']);
  });
});

describe('speechDetection', () => {
  const openSessions = ({ stt }: Rig) => stt?.sessions.filter(({ closed }) => !closed).length;

  async function answered(parameters: BotParameterLayer, greeting = 'Hi.'): Promise<Rig> {
    const bot = ([first]: readonly { name?: string | undefined }[]) =>
      first?.name === 'start' ? [botMessage(greeting)] : [];
    const rig = await new Rig({ parameters, bot }).start();
    await rig.run(1000);
    return rig;
  }

  test.each<[BotParameterLayer['speechDetection'], number]>([
    ['disabled', 1],
    ['enabled', 0],
    ['auto', 1],
  ])("%s: while nobody speaks in the caller's turn, %i session is open", async (speechDetection, expected) => {
    expect(openSessions(await answered({ speechDetection }))).toBe(expected);
  });

  test.each<[BotParameterLayer['speechDetection'], number]>([
    ['disabled', 1],
    ['enabled', 0],
    ['auto', 0],
  ])('%s: during a prompt that may be interrupted, %i session is open', async (speechDetection, expected) => {
    const rig = await answered({ speechDetection, bargeIn: true }, 'A long greeting. '.repeat(20));
    expect(rig.media.playout.queuedMs).toBeGreaterThan(0);
    expect(openSessions(rig)).toBe(expected);
  });

  test('what the caller says is heard, and recognition closed after speechDetectionSilencePeriodMS', async () => {
    const rig = await answered({ speechDetection: 'enabled', speechDetectionSilencePeriodMS: 2000, bargeIn: true });
    rig.stt?.finals.push('yes');
    rig.speak(400);
    await rig.run(1000);
    expect(rig.bot.heard()).toEqual(['start', 'yes']);
    await rig.run(1500);
    expect(openSessions(rig)).toBe(1);
    await rig.run(600);
    expect(openSessions(rig)).toBe(0);
  });

  test.each([
    [true, 'enabled'],
    ['true', 'enabled'],
    ['off', 'disabled'],
    ['AUTO', 'auto'],
  ])('a bot that writes %j means %s', (written, expected) => {
    expect(parseBotParameters({ speechDetection: written }, 'session').values).toEqual({ speechDetection: expected });
  });
});

describe('a default of the connector', () => {
  const defaults = { sendDTMFAsText: true };
  test.each<[BotParameterLayer, string[]]>([
    [{ sendDTMF: true }, ['start', '7']],
    [{ sendDTMF: true, sendDTMFAsText: false }, ['start', 'DTMF:"7"']],
    [{}, ['start']],
  ])('%j: %j', async (parameters, heard) => {
    const rig = new Rig({ parameters, bot: () => [botMessage('Hi.')] });
    Object.assign(rig.bot, { defaults });
    await rig.start();
    await rig.run(500);
    rig.media.caller.press('7');
    await rig.run(500);
    expect(rig.bot.heard().slice(0, 2)).toEqual(heard);
  });

  test('is a mistake of nobody', () => {
    const capabilities = { stt: true, tts: true };
    const warned = (params: BotParameterLayer) => {
      const talk = new Talk({}, capabilities, undefined, defaults).in('listening');
      talk.bot(botEvent('config', {}, { ...params }));
      return talk.take().flatMap((effect) => (effect.type === 'log' ? [effect.details?.parameter] : []));
    };
    expect(warned({ bargeIn: true })).toEqual([]);
    expect(warned({ sendDTMFAsText: true })).toEqual(['sendDTMFAsText']);
  });
});

describe('botFailOnErrors', () => {
  test.each<[BotParameterLayer, object | undefined]>([
    [{ botFailOnErrors: true }, { failOnErrors: true }],
    [{}, undefined],
  ])('%j: the bot is sent to with %j', async (parameters, expected) => {
    const options: unknown[] = [];
    const rig = new Rig({ parameters, bot: () => [botMessage('Hi.')] });
    const { open } = rig.bot;
    rig.bot.open = async (...given: Parameters<typeof open>) => {
      const session = await open.apply(rig.bot, given);
      const send: typeof session.send = (activities, how) => {
        options.push(how);
        return session.send(activities, how);
      };
      return { send, end: (reason) => session.end(reason) };
    };
    await rig.start();
    await rig.run(500);
    expect(options).toEqual([expected]);
  });
});

describe('what the bot is told of a recognition', () => {
  const result = (text: string, offsetMs: number) => ({
    ...{ text, confidence: 0.9, alternatives: [], rejected: false, raw: { vendor: text } },
    words: [{ word: text, offsetMs, durationMs: 310.6, confidence: 0.7 }],
  });

  test("words with their times in whole milliseconds, and the vendor's own result", async () => {
    const rig = await listening({}, { stt: new FakeStt('vendor') });
    rig.stt.last.emit('final', result('yes', 120.4));
    await rig.run(20);
    expect(rig.bot.requests.at(-1)?.[0]).toMatchObject({
      text: 'yes',
      parameters: {
        confidence: 0.9,
        recognitionOutput: { vendor: 'yes' },
        words: [{ word: 'yes', offset: 120, duration: 311 }],
      },
    });
  });

  test('of a joined message, each recognition has its own', async () => {
    const rig = await listening({ continuousASR: true }, { stt: new FakeStt('vendor') });
    for (const [text, at] of [
      ['one', 80],
      ['two', 40],
    ] as const)
      rig.stt.last.emit('final', result(text, at));
    await rig.run(3500);
    const message = rig.bot.requests.at(-1)?.[0];
    expect(message?.text).toBe('one two');
    expect(message?.parameters).toEqual({
      confidence: 0.9,
      recognitionOutput: { vendor: 'two' },
      recognitions: [
        {
          ...{ text: 'one', confidence: 0.9, recognitionOutput: { vendor: 'one' } },
          words: [{ word: 'one', offset: 80, duration: 311 }],
        },
        {
          ...{ text: 'two', confidence: 0.9, recognitionOutput: { vendor: 'two' } },
          words: [{ word: 'two', offset: 40, duration: 311 }],
        },
      ],
    });
  });
});
