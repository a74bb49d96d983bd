import pino from 'pino';
import { expect, test } from 'vitest';
import type { BotParameterLayer } from '../bots/parameters.ts';
import { systemClock } from '../clock.ts';
import { FakeStt } from '../conversation/testing-speech.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { closeBots, createBots } from './bots.ts';

/** What the hub logs at its start about one bot, at `warn` and above. */
async function started(parameters: BotParameterLayer, settings: object = {}): Promise<string[]> {
  const lines: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const entry = {
    id: 'demo',
    name: 'demo',
    connector: 'ac-bot-api',
    speech: { stt: ['ear'], tts: [], warmUp: [] },
    parameters,
    limits: { callsPerSecond: 1, concurrentCalls: 3, maxQueueMs: 0 },
    settings: { url: 'ws://127.0.0.1:9/bot', ...settings },
  };
  const speech = { of: () => ({ stt: new FakeStt('vendor'), tts: undefined, greetings: undefined }) };
  const bots = await createBots([entry], { speech, metrics: createMetrics(), log, clock: systemClock });
  await closeBots(bots);
  return lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
}

test('what a speech service takes no notice of is said at start', async () => {
  expect(await started({ sttContextId: 'mine', endpointingProfile: 'digits', bargeIn: true })).toEqual([
    "sttContextId has no effect with the speech service 'fake'",
    "endpointingProfile has no effect: the speech service 'fake' decides itself when the caller has finished",
  ]);
});

test('what the bot does itself is refused', async () => {
  await expect(started({ sttContextId: 'mine' }, { directSTT: true })).rejects.toThrow(
    "bot 'demo', parameters.sttContextId: sttContextId has no effect: the bot recognises speech itself (directSTT)",
  );
});
