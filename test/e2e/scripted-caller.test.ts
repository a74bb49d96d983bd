import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallOutcome } from '../../src/caller/outcome.ts';
import { FakeBot, hangup, type SeenActivity, say } from './support/fake-bot.ts';
import { TEST_CLIENT } from './support/hub-config.ts';
import { HubProcess, PRODUCTION, PROJECT, TEST_LAUNCHER } from './support/hub-process.ts';
import { freePort } from './support/ports.ts';
import { concat, loudMs, silence, tone, toneMs } from './support/tones.ts';
import { readPcmWav, writePcmWav } from './support/wav.ts';

/** The scripted caller of `npm run call`, as a process of its own, against a hub of tones. */
function toneBot(activity: SeenActivity): readonly object[] {
  if (activity.name === 'start') return [say('700 Hz 3000 ms', { bargeIn: true })];
  if (activity.text === '500 Hz') return [say('800 Hz 600 ms')];
  if (activity.text === '600 Hz') return [say('900 Hz 400 ms'), hangup('goodbye')];
  return [];
}

let bot: FakeBot;
let hub: HubProcess;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-caller-'));
  bot = await FakeBot.start({ onActivity: toneBot });
  hub = await HubProcess.start({ program: TEST_LAUNCHER, botUrl: bot.url, parameters: { bargeIn: true } });
  for (const hertz of [500, 600]) {
    await writeFile(join(folder, `${hertz}.wav`), writePcmWav(concat(silence(100), tone(hertz, 500), silence(100))));
  }
  await writeFile(join(folder, '16k.wav'), writePcmWav(tone(500, 500, 0.3, 16_000), 16_000));
});
afterAll(async () => {
  await hub?.stop();
  await bot?.close();
  await rm(folder, { recursive: true, force: true });
});

function patchbayCall(args: readonly string[], sipPort = hub.ports.sip) {
  const all = ['call', '--to', `sip:demo@127.0.0.1:${sipPort}`, '--api', hub.api, ...args];
  const child = spawn(process.execPath, [PRODUCTION, ...all], {
    cwd: PROJECT,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, PATCHBAY_API_CLIENT: `${TEST_CLIENT.id}:${TEST_CLIENT.secret}` },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.once('close', (code) => resolve({ code, output, errors }));
  });
}

/**
 * The call record says where the time of the answers to 500 Hz and 600 Hz went, and the metrics have counted it. When
 * the last voiced packet came is not known where the recogniser endpoints.
 */
async function expectLedger(): Promise<void> {
  const { turns, durationMs } = await hub.endedCall(({ calling }) => calling.user === 'talker');
  const answers = turns.filter(({ recognition, playout }) => recognition !== undefined && playout !== undefined);
  const stretches = ['recognition', 'toBot', 'bot', 'synthesis', 'playout'] as const;
  expect(answers).toHaveLength(2);
  for (const turn of answers) {
    expect(Object.keys(turn).sort()).toEqual(['atMs', ...stretches].sort());
    const spent = stretches.map((stretch) => turn[stretch] ?? Number.NaN);
    expect(Math.min(...spent)).toBeGreaterThanOrEqual(0);
    expect(spent.reduce((sum, ms) => sum + ms, turn.atMs)).toBeLessThanOrEqual(durationMs);
  }
  for (const stretch of ['recognition', 'to_bot', 'bot', 'synthesis', 'playout']) {
    const counted = await hub.metric('patchbay_turn_latency_seconds_count', `stretch="${stretch}"`);
    expect(counted, stretch).toBeGreaterThanOrEqual(2);
  }
}

describe.concurrent('callers at the same time', () => {
  test('WAV files at two rates and keys, in order; the recording holds both sides; the hub hangs up', async () => {
    const out = join(folder, 'out.wav');
    const steps = ['--wav', join(folder, '16k.wav'), '--dtmf', '7#', '--wav', join(folder, '600.wav')];
    const result = await patchbayCall([
      ...['--from', 'sip:talker@127.0.0.1', ...steps, '--reply-timeout', '2000', '--out', out],
    ]);
    expect(result.errors).toBe('');
    expect(result.code).toBe(0);
    const lines = result.output;
    const order = [
      'calling',
      'answered after',
      'the hub starts to speak',
      '16k.wav',
      'presses 7#',
      '600.wav',
      'ended by the hub',
    ];
    const places = order.map((text) => lines.indexOf(text));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
    expect(lines).toMatch(/t=\+\d+\.\d\ds/);
    expect(lines).toContain('the hub understood "500 Hz"');
    expect(lines).toContain('bot: "900 Hz 400 ms"');
    expect(lines).toMatch(/16k\.wav +\d+ ms/);
    const file = await readFile(out);
    const [caller, heard] = [readPcmWav(file, 0), readPcmWav(file, 1)];
    expect(caller.rate).toBe(8000);
    expect(caller.samples.length).toBe(heard.samples.length);
    expect(toneMs(caller.samples, 500)).toBeGreaterThanOrEqual(400);
    expect(toneMs(caller.samples, 600)).toBeGreaterThanOrEqual(400);
    expect(loudMs(caller.samples)).toBeLessThanOrEqual(1200);
    expect(toneMs(heard.samples, 700)).toBeGreaterThanOrEqual(2800);
    expect(toneMs(heard.samples, 800)).toBeGreaterThanOrEqual(500);
    expect(toneMs(heard.samples, 900)).toBeGreaterThanOrEqual(320);
    const { activities } = bot.of('talker') ?? { activities: [] };
    const keys = activities.filter(({ name }) => name?.toUpperCase() === 'DTMF').map(({ value }) => value);
    expect(keys.join('')).toBe('7#');
    await expectLedger();
  });

  test('barge-in cuts the prompt; --json tells the figures', async () => {
    const steps = ['--wav', join(folder, '500.wav'), '--barge-in', '800'];
    const { code, output } = await patchbayCall([...steps, '--json', '--no-record']);
    const outcome = JSON.parse(output) as CallOutcome;
    expect(code).toBe(0);
    expect(outcome).toMatchObject({ ok: true, sipStatus: 200, packetsLost: 0 });
    const [turn] = outcome.turns;
    expect(turn?.promptStoppedAfterMs).toBeGreaterThan(0);
    expect(turn?.promptStoppedAfterMs).toBeLessThan(1500);
    expect(turn?.replyAfterMs).toBeGreaterThan(0);
  });

  test('no hub: exit code 1 and the advice to start one', async () => {
    const nobody = await freePort();
    const { code, errors } = await patchbayCall(['--wav', join(folder, '500.wav'), '--no-record'], nobody);
    expect(code).toBe(1);
    expect(errors).toMatch(/npm start/);
  });

  test('refused: exit code 1, the status and why', async () => {
    const args = ['--to', `sip:nobody@127.0.0.1:${hub.ports.sip}`, '--wav', join(folder, '500.wav'), '--no-record'];
    const { code, errors } = await patchbayCall(args);
    expect(code).toBe(1);
    expect(errors).toMatch(/404/);
    expect(errors).toMatch(/no routing rule/);
  });

  test.each([[['--dtmf', 'x']], [['--wav', '/nowhere.wav']], [['--to', 'nonsense']]])(
    'wrong usage %j: exit code 2',
    async (args) => {
      const { code, errors } = await patchbayCall(args);
      expect(code).toBe(2);
      expect(errors).not.toBe('');
    },
  );
});
