import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { patchbayScenario } from './support/scenario-command.ts';
import { type BotSdk, SDK_BOT_TOKEN, startSdkBot } from './support/sdk-bot.ts';

/**
 * Bots that are built on AudioCodes' own SDK, in real calls. The SDK is not among the packages of this project: build
 * audiocodes/ac-bot-api elsewhere and name its `dist/index.js` in PATCHBAY_AC_BOT_SDK.
 */
const path = process.env.PATCHBAY_AC_BOT_SDK;

describe.skipIf(path === undefined)("bots on the vendor's SDK", () => {
  let folder: string;
  let sdk: BotSdk;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'patchbay-sdk-'));
    sdk = (await import(pathToFileURL(path as string).href)) as BotSdk;
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  async function runWith(kind: 'text' | 'voice', scenario: (url: string) => string) {
    const bot = await startSdkBot(sdk, kind);
    try {
      const file = join(folder, `${kind}.yaml`);
      await writeFile(file, scenario(bot.url));
      return { ...(await patchbayScenario(file)), bot };
    } finally {
      await bot.close();
    }
  }

  test('text: greeting, echo, hang-up', { timeout: 60_000 }, async () => {
    const { code, errors, bot } = await runWith(
      'text',
      (url) => `
title: an echo bot of the SDK
bot: { url: '${url}', token: ${SDK_BOT_TOKEN}, parameters: { sttContextPhrases: [tomorrow afternoon, goodbye] } }
caller:
  - say: tomorrow afternoon
    expect: [{ understood: tomorrow afternoon }, { heard: { whole: You said tomorrow afternoon. } }]
  - say: goodbye
  - await: end
expect:
  - { spoken: { text: Welcome to the echo. } }
  - { heard: { whole: Welcome to the echo. } }
  - { record: { end: { category: bot-hangup } } }
`,
    );
    expect(errors).not.toContain('FAILED');
    expect(code, errors).toBe(0);
    expect(bot.seen.map(({ name, text }) => name ?? text)).toEqual(['start', 'tomorrow afternoon', 'goodbye']);
    expect(bot.ends).toHaveLength(1);
  });

  test("voice: the caller's own words come back, and the hang-up after them", { timeout: 60_000 }, async () => {
    const { code, errors, bot } = await runWith(
      'voice',
      (url) => `
title: a voice bot of the SDK
bot:
  { url: '${url}', token: ${SDK_BOT_TOKEN}, directSTT: true, directTTS: true, parameters: { sendEventsToBot: [playFinished] } }
caller:
  - say: the quick brown fox jumps over the lazy dog
    expect:
      - { understood: something was said }
      - { heard: speech, within_ms: 1500 }
      - { heard: { speech_ms: { min: 1500 } }, for_ms: 5000 }
  - await: end
expect:
  - { spoken: { text: what you said } }
  - { record: { end: { category: bot-hangup } } }
`,
    );
    expect(code, errors).toBe(0);
    expect(bot.seen.filter(({ name }) => name === 'playFinished')).toHaveLength(1);
    expect(bot.ends).toHaveLength(1);
  });

  test('a wrong token refuses the call with a reason', { timeout: 60_000 }, async () => {
    const { code, errors, bot } = await runWith(
      'text',
      (url) => `
title: a wrong token
bot: { url: '${url}', token: another }
expect:
  - { call: { status: 503 } }
`,
    );
    expect(code, errors).toBe(0);
    expect(bot.seen).toEqual([]);
  });
});
