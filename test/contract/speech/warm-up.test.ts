import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { BotParameterLayer } from '../../../src/bots/parameters.ts';
import { botMessage, FakeBot } from '../../../src/conversation/testing.ts';
import { type SpeechRigOptions, speechRig } from '../../../src/hub/speech-test-support.ts';
import { eventually, hurried, openLine, textOf } from '../faults/line.ts';

const GREETING = 'Good day. What can I do?';
const METRIC = 'patchbay_speech_cache_total';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'warm-up-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** A hub that keeps its speech in the directory of the test, and has the services of its configuration. */
async function startedHub(options: Partial<SpeechRigOptions> = {}) {
  const hub = await speechRig({ clock: hurried, services: { a: {} }, dataDir, ...options });
  onTestFinished(() => hub.close());
  await hub.speech.openCache();
  const services = Object.keys(options.services ?? { a: {} });
  const botOf = (warmUp: string[], parameters: BotParameterLayer) => ({
    ...{ id: 'echo', speech: { stt: [], tts: services, warmUp }, parameters },
  });
  return {
    ...hub,
    /** Warms, and waits until so many files are kept. */
    async warm(warmUp: string[], { parameters = {}, files }: { parameters?: BotParameterLayer; files: number }) {
      await hub.speech.warmCache([botOf(warmUp, parameters)], new AbortController().signal);
      await vi.waitFor(() => expect(kept()).toHaveLength(files), { interval: 2 });
    },
    /** What the caller of a bot hears that greets. */
    async call(text: string, parameters: BotParameterLayer = {}): Promise<string> {
      const { tts } = hub.speech.of(botOf([], parameters));
      const bot = new FakeBot(() => [botMessage(text)]);
      await using line = await openLine({ bot, tts, parameters });
      // Of a service that does not stream, the sentences come without the space between them.
      const words = (heard: string) => heard.replaceAll(' ', '');
      await eventually(() => expect(words(textOf(line.samples()))).toBe(words(text)));
      return textOf(line.samples());
    },
    asked: (id = 'a') => hub.tts(id).requests.map(({ request }) => request.text),
    uses: () => hub.metric(METRIC),
  };
}

const kept = () => readdirSync(join(dataDir, 'speech-cache')).filter((name) => !name.endsWith('.part'));

describe('a greeting of speech.warmUp', () => {
  it.each([
    ['streams', true, [GREETING]],
    ['does not stream', false, ['Good day.', 'What can I do?']],
  ] as const)(
    'is synthesised once, and a call has it from the cache (a service that %s)',
    async (_, streaming, made) => {
      const hub = await startedHub({ streaming });
      await hub.warm([GREETING, GREETING], { files: made.length });
      expect(hub.asked()).toEqual(made);
      const heard = await hub.call(GREETING);
      expect(heard).toBe(made.join(''));
      await hub.call(GREETING);
      expect(hub.asked()).toEqual(made);
      const hits = (await hub.uses()).find((line) => line.includes('use="hit"'));
      expect(Number(hits?.split(' ').at(-1))).toBeGreaterThanOrEqual(2 * made.length);
      const again = await startedHub({ streaming });
      await again.warm([GREETING], { files: made.length });
      expect(again.asked()).toEqual([]);
      // Another text is no such greeting.
      await again.call('Hello.');
      expect(again.asked()).toEqual(['Hello.']);
    },
  );

  it('is said as the bot speaks: in its language of speech, and with its voice', async () => {
    const hub = await startedHub();
    const parameters = { language: 'en-GB', ttsLanguage: 'de-DE', voiceName: 'anna' };
    await hub.warm([GREETING], { parameters, files: 1 });
    expect(hub.tts('a').requests[0]?.request).toMatchObject({ language: 'de-DE', voice: 'anna', sampleRate: 8000 });
    await hub.call(GREETING, parameters);
    expect(hub.asked()).toHaveLength(1);
    await hub.call(GREETING, { ...parameters, voiceName: 'berta' });
    expect(hub.asked()).toHaveLength(2);
  });

  it('of a bot that keeps its texts out of the cache is not kept either, and the log says so', async () => {
    const hub = await startedHub();
    await hub.warm([GREETING], { parameters: { disableTtsCache: true }, files: 0 });
    expect(hub.asked()).toEqual([]);
    expect(hub.logged({ level: 'warn', bot: 'echo' }).map(({ msg }) => msg)).toEqual([
      'speech.warmUp has no effect: disableTtsCache keeps what the bot says out of the cache',
    ]);
  });

  it('that another service has to say is logged, and counts as no call that has gone on with it', async () => {
    const hub = await startedHub({ services: { a: {}, b: {} } });
    hub.tts('a').fail(0);
    await hub.warm([GREETING], { files: 1 });
    expect(hub.asked('b')).toEqual([GREETING]);
    expect(await hub.metric('patchbay_speech_failovers_total')).toEqual([]);
    expect(hub.logged({ event: 'speech.failover' })).toEqual([]);
    expect(hub.logged({ msg: 'a text of speech.warmUp is left to another speech service' })).toMatchObject([
      { level: 'warn', bot: 'echo', from: 'a', to: 'b', why: 'the fake failed on request' },
    ]);
  });

  it('that fails does not hold up the others, and is logged', async () => {
    const hub = await startedHub();
    const tts = hub.tts('a');
    const synthesize = tts.synthesize.bind(tts);
    tts.synthesize = (request, signal) => {
      tts.fail(request.text === 'bad' ? 0 : undefined);
      return synthesize(request, signal);
    };
    await hub.warm(['bad', 'good'], { files: 1 });
    expect(hub.asked()).toEqual(['bad', 'good']);
    expect(hub.logged({ msg: 'a text of speech.warmUp could not be synthesised' })).toMatchObject([
      { level: 'warn', bot: 'echo', why: 'the fake failed on request' },
    ]);
  });
});

describe('a text that is kept is that of the service with these settings', () => {
  const stored = { tts: { voice: 'alloy' } };
  it.each([
    ['the same', { a: stored }, 0],
    ['another voice', { a: { tts: { voice: 'echo' } } }, 1],
    ['another model', { a: { tts: { voice: 'alloy', model: 'tts-2' } } }, 1],
    ['another address', { a: { ...stored, url: 'http://127.0.0.1:10/v1' } }, 1],
    ['another vendor', { a: { vendor: 'deepgram', apiKey: 'k', url: 'ws://127.0.0.1:9' } }, 1],
    ['another service', { b: stored }, 1],
  ])('%s', async (_, services, made) => {
    const before = await startedHub({ services: { a: stored } });
    await before.warm([GREETING], { files: 1 });
    const after = await startedHub({ services });
    await after.warm([GREETING], { files: 1 + made });
    expect(after.asked(Object.keys(services)[0])).toHaveLength(made);
  });
});
