import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { VirtualClock } from '../../../src/media/virtual-clock.ts';
import type { DictatedWord, SpeechToText, SttSessionEvents } from '../../../src/speech/ports.ts';
import { moonshineConfigSchema } from './config.ts';
import { createMoonshine } from './connector.ts';
import { doubled, FakeWorker, heardWords } from './fake-worker.ts';
import { GREETING_PASSES_MS } from './greetings.ts';
import { moonshineInstalled } from './packages.ts';
import { LEAST_CONFIDENCE } from './session.ts';
import { pieces } from './transcriber.ts';

const never = new AbortController().signal;
const settled = () => new Promise((resolve) => setImmediate(resolve));
const frame = (level = 3000) => ({
  samples: new Int16Array(160).fill(level),
  sampleRate: 8000 as const,
  timestampMs: 0,
  bufferedMs: 0,
});

function set(starts = true) {
  const workers: FakeWorker[] = [];
  const warnings: string[] = [];
  const clock = new VirtualClock();
  const service = createMoonshine(moonshineConfigSchema.parse({ id: 'm', vendor: 'moonshine', workers: 1 }), {
    clock,
    log: { warn: (_, message) => warnings.push(message) },
    spawn: () => {
      const worker = new FakeWorker(starts);
      worker.held = true;
      workers.push(worker);
      return worker;
    },
    resamplers: async () => doubled,
  });
  const options = { callId: 'c', language: 'en-GB', sampleRate: 8000, contextPhrases: [] } as const;
  const open = (language = 'en-GB') =>
    (service.stt as SpeechToText).open({ ...options, language, contextBoost: 0, vendorOptions: undefined }, never);
  return { service, workers, warnings, clock, open };
}

describe('sessions', () => {
  test('while somebody speaks, idle workers tell what was said so far; the whole is the final text', async () => {
    const { open, workers, service } = set();
    const session = await open();
    const [worker] = workers as [FakeWorker];
    const interims: string[] = [];
    session.on('interim', ({ text }) => interims.push(text));
    const final = once(session, 'final') as Promise<SttSessionEvents['final']>;
    session.startUtterance(0);
    for (let at = 0; at < 1500; at += 20) {
      session.write(frame());
      if (worker.askedMs.length > interims.length) {
        worker.answer(heardWords(`part ${worker.askedMs.length}`));
        await settled();
      }
    }
    expect(interims).toEqual(['part 1', 'part 2']);
    expect(worker.askedMs).toEqual([700, 1300]);
    session.endUtterance(0);
    worker.answer(heardWords('Hello there.'));
    expect((await final)[0]).toMatchObject({ text: 'Hello there.', confidence: 0.9, rejected: false });
    await service.close();
    expect(session.closed).toBe(true);
  });

  test('what was not understood is refused, with what it may have been in the raw result', async () => {
    const { open, workers, service } = set();
    const session = await open();
    const final = once(session, 'final') as Promise<SttSessionEvents['final']>;
    session.startUtterance(0);
    for (let at = 0; at < 400; at += 20) session.write(frame());
    session.endUtterance(0);
    workers[0]?.answer(heardWords('Thank you.', LEAST_CONFIDENCE - 0.01));
    expect((await final)[0]).toMatchObject({ text: '', rejected: true, raw: { heard: 'Thank you.' } });
    await service.close();
  });

  test('other languages are refused', async () => {
    const { open, service } = set();
    await expect(open('de-DE')).rejects.toMatchObject({ code: 'speech_rejected', retryable: false });
    await service.close();
  });
});

describe('greetings', () => {
  test('all that was heard is gone through several times, and told; nothing once it is closed', async () => {
    const { service, workers } = set();
    const told: [string, number][] = [];
    const options = {
      callId: 'c',
      language: 'en',
      guessed: () => {},
      understood: (words: readonly DictatedWord[], ms: number) => told.push([words.map((w) => w.text).join(' '), ms]),
    };
    service.greetings?.prepare('en');
    await expect.poll(() => workers[0]?.requests.length).toBe(1);
    const [worker] = workers as [FakeWorker];
    await settled();
    const silent = service.greetings?.listen(options, never);
    for (let at = 0; at < 5000; at += 20) silent?.write(frame(20));
    expect(worker.askedMs).toEqual([]);
    const listener = service.greetings?.listen(options, never);
    for (let at = 0; at < 6000; at += 20) {
      const before = worker.askedMs.length;
      listener?.write(frame());
      if (worker.askedMs.length === before) continue;
      if (at > 4000) listener?.close();
      worker.answer(heardWords(`pass ${before}`));
      await settled();
    }
    expect(told.map(([text]) => text)).toEqual(['pass 0', 'pass 1', 'pass 2', 'pass 3']);
    for (const [i, [, ms]] of told.entries()) expect(ms - (GREETING_PASSES_MS[i] ?? 0)).toBeLessThan(100);
    await service.close();
  });

  test('where no process starts no language is known, so that another recogniser hears', async () => {
    const { service, clock, warnings } = set(false);
    expect(service.greetings?.languages).toEqual(['en']);
    service.greetings?.prepare('en');
    for (let i = 0; i < 10; i++) {
      await settled();
      clock.advance(1000);
    }
    expect(service.greetings?.languages).toEqual([]);
    expect(warnings).toContain('greetings cannot be recognised by moonshine');
    await service.close();
  });
});

test('long speech is cut where it is quiet', () => {
  const samples = new Int16Array(60 * 16_000).fill(3000);
  samples.fill(0, 20 * 16_000, 20.2 * 16_000);
  const cut = pieces(samples).map(({ length }) => length / 16_000);
  expect(cut[0]).toBeCloseTo(20.1, 0);
  expect(Math.max(...cut)).toBeLessThanOrEqual(24);
  expect(cut.reduce((sum, length) => sum + length, 0)).toBeCloseTo(60, 6);
});

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the configuration in the README is one, and every key stands in its table', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const config = parseConfig(
    yaml,
    'README.md',
    { BOT_TOKEN: 't' },
    {
      bots: { 'ac-bot-api': z.strictObject({ url: z.string(), auth: z.unknown() }) },
      speech: {
        moonshine: { settings: moonshineConfigSchema, stt: true, tts: false },
        local: { settings: z.looseObject({}), stt: true, tts: true },
      },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.speechServices[0]?.settings).toMatchObject({ workers: 2 });
  for (const key of Object.keys(moonshineConfigSchema.shape)) expect(readme).toContain(`| \`${key}\` |`);
});

/** The real model: absent where optional packages were left out, and then nothing is claimed. */
test.runIf(moonshineInstalled() || process.env.PATCHBAY_REQUIRE_PEERS === '1')(
  'the real model understands a sentence over a telephone',
  async () => {
    const { TestClips } = await import('../local/stt/stt-test-clips.ts');
    const clips = new TestClips();
    const service = createMoonshine({ id: 'm', vendor: 'moonshine', workers: 1 });
    try {
      const audio = await clips.say('You have reached my voicemail. Please leave a message after the tone.', 'rms');
      const session = await (service.stt as SpeechToText).open(
        {
          callId: 'c',
          language: 'en-US',
          sampleRate: 8000,
          contextPhrases: [],
          contextBoost: 0,
          vendorOptions: undefined,
        },
        never,
      );
      const final = once(session, 'final') as Promise<SttSessionEvents['final']>;
      session.startUtterance(0);
      for (let at = 0; at + 160 <= audio.length; at += 160) {
        session.write({ samples: audio.subarray(at, at + 160), sampleRate: 8000, timestampMs: 0 });
      }
      session.endUtterance(0);
      const [{ text, rejected }] = await final;
      expect(rejected).toBe(false);
      expect(text.toLowerCase()).toContain('leave a message after the tone');
    } finally {
      await Promise.all([service.close(), clips.close()]);
    }
  },
  60_000,
);
