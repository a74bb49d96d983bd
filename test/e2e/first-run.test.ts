import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { localSpeechConfig } from '../../connectors/speech/local/config.ts';
import { createLocalSpeech } from '../../connectors/speech/local/connector.ts';
import { localAuthorization } from '../../src/access/local-access.ts';
import type { CallRecord } from '../../src/calls/record.ts';
import { freeHubPorts, type HubPorts } from './support/hub-config.ts';
import { PROJECT } from './support/hub-process.ts';
import { freePort } from './support/ports.ts';
import { silence } from './support/tones.ts';
import { sleep, waitFor } from './support/wait-for.ts';
import { readPcmWav, writePcmWav } from './support/wav.ts';

/**
 * What a newcomer does, with npm, the shipped configuration, the demo bot and the local speech service. Only the ports
 * and the data directory are others, so that the test can run beside a hub.
 */

let folder: string;
let ports: HubPorts;
let start: ChildProcess;
let startOutput = '';
let readyAfterMs = 0;

const api = () => `http://127.0.0.1:${ports.http}`;
/** What every call of this file needs beside the README's words. */
const here = () => ['--to', `sip:demo@127.0.0.1:${ports.sip}`, '--api', api(), '--data-dir', join(folder, 'data')];

/** With the key of the hub's own user. */
async function ask(path: string): Promise<Response> {
  const authorization = (await localAuthorization(api(), join(folder, 'data'))) ?? '';
  return fetch(`${api()}${path}`, { headers: { authorization } });
}

async function get<T>(path: string): Promise<T> {
  return (await (await ask(path)).json()) as T;
}

function npm(args: readonly string[]): ChildProcess {
  // BOT_TOKEN: what the example of an own bot takes from the environment
  const env = { ...process.env, BOT_TOKEN: 'a-token' };
  return spawn('npm', args, { cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], detached: true, env });
}

function finish(child: ChildProcess): Promise<{ code: number | null; output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk) => {
      output += chunk;
    });
  }
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-first-run-'));
  ports = await freeHubPorts();
  const shipped = await readFile(join(PROJECT, 'config/hub.yaml'), 'utf8');
  const botPort = await freePort();
  const moved = shipped
    .replace(/port: 5060\b/, `port: ${ports.sip}`)
    .replace(/port: 8080\b/, `port: ${ports.http}`)
    .replaceAll(/\b8090\b/g, String(botPort))
    .replace('40000-40999', ports.rtp)
    .replace(/^dataDir: .*$/m, `dataDir: ${join(folder, 'data')}`);
  const file = join(folder, 'hub.yaml');
  await writeFile(file, moved);
  const startedAt = performance.now();
  start = npm(['start', '--', '--config', file]);
  for (const stream of [start.stdout, start.stderr]) {
    stream?.on('data', (chunk) => {
      startOutput += chunk;
    });
  }
  await waitFor('the hub to be ready', 45_000, async () => {
    if (start.exitCode !== null) throw new Error(`npm start ended with ${start.exitCode}:\n${startOutput}`);
    const answer = await fetch(`${api()}/readyz`).catch(() => undefined);
    return (answer?.ok && startOutput.includes('Stop with Ctrl-C')) || undefined;
  });
  readyAfterMs = performance.now() - startedAt;
});
afterAll(async () => {
  if (start?.pid !== undefined && start.exitCode === null) {
    const gone = new Promise((resolve) => start.once('close', resolve));
    process.kill(-start.pid, 'SIGTERM');
    const insist = setTimeout(() => process.kill(-(start.pid as number), 'SIGTERM'), 2000);
    await gone;
    clearTimeout(insist);
  }
  await rm(folder, { recursive: true, force: true });
});

test('npm start is ready and says in a few lines what to do next', () => {
  console.info(`npm start: ready after ${Math.round(readyAfterMs)} ms`);
  expect(startOutput).toContain(`127.0.0.1:${ports.sip}`);
  expect(startOutput).toContain('npm run call');
  expect(startOutput).not.toMatch(/"level":"(?:warn|error|fatal)"/);
});

/** What the local recogniser makes of the hub's side, expecting the given prompts; one text per utterance. */
async function recognise(samples: Int16Array, prompts: string[]): Promise<string> {
  const speech = createLocalSpeech(localSpeechConfig.parse({ id: 'test', vendor: 'local', sttWorkers: 1 }));
  try {
    const session = await speech.stt?.open(
      {
        callId: 'test',
        language: 'en-US',
        sampleRate: 8000,
        contextPhrases: prompts,
        contextBoost: 0,
        vendorOptions: undefined,
      },
      new AbortController().signal,
    );
    if (!session) throw new Error('the local speech service has no recogniser');
    const texts: string[] = [];
    session.on('final', ({ text }) => texts.push(text));
    let wanted = 0;
    for (const [from, to] of utterances(samples)) {
      wanted++;
      session.startUtterance(0);
      for (let at = from; at + 160 <= to; at += 160) {
        session.write({ samples: samples.slice(at, at + 160), sampleRate: 8000, timestampMs: (at - from) / 8 });
        // faster than a call, and not so fast that the session's queue overflows
        await sleep(2);
      }
      session.endUtterance(200);
      await waitFor('the recogniser', 10_000, () => texts.length >= wanted || undefined);
    }
    session.close();
    return texts.join(' | ').toLowerCase();
  } finally {
    await speech.close();
  }
}

/** Stretches of sound with less than 900 ms of silence within, and 200 ms of it around. */
function utterances(samples: Int16Array): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    if (!samples.subarray(at, at + 160).some((sample) => Math.abs(sample) > 500)) continue;
    const last = found.at(-1);
    if (last && at - last[1] < 900 * 8) last[1] = at + 160;
    else found.push([at, at + 160]);
  }
  return found.map(([from, to]) => [Math.max(0, from - 1600), Math.min(samples.length, to + 1600)]);
}

// ---- README ----

const readme = await readFile(join(PROJECT, 'README.md'), 'utf8');
const commands = [
  ...[...readme.matchAll(/^```sh\n(.*?)^```/gms)].flatMap(([, block = '']) => block.split('\n')),
  ...[...readme.matchAll(/`(npm [^`]+)`/g)].map(([, inline = '']) => inline),
]
  .map((line) => line.replace(/\s+#.*$/, '').trim())
  .filter((line) => line.startsWith('npm '));

/** `npm run call -- --say "hello there"` as arguments. */
function words(command: string): string[] {
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}

/** What runs each of the README's npm scripts: this file, or the CI script. */
const RUN_BY_CI = new Set(['ci', 'test']);
const RUN_HERE = new Set(['start', 'call', 'patchbay', 'load']);

test('every npm command of the README is a script that exists and that some test runs', async () => {
  const { scripts } = JSON.parse(await readFile(join(PROJECT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  const ci = await readFile(join(PROJECT, '.ci/run'), 'utf8');
  expect(commands.length).toBeGreaterThan(5);
  for (const command of commands) {
    const [, first = '', second = ''] = words(command);
    const script = first === 'run' ? second : first;
    if (script !== 'ci') expect(Object.keys(scripts), command).toContain(script);
    expect(RUN_BY_CI.has(script) ? ci : [...RUN_HERE].join(' '), command).toContain(script);
  }
});

/** Of what the caller said, the record tells where the time until the answer went, and the metrics have counted it. */
async function expectLedger({ turns, durationMs }: CallRecord): Promise<void> {
  const answers = turns.filter(({ total }) => total !== undefined);
  expect(answers.length).toBeGreaterThanOrEqual(3);
  for (const { atMs, total = Number.NaN, ...stretches } of answers) {
    expect(Object.keys(stretches).sort()).toEqual([
      'bot',
      'endpointing',
      'playout',
      'recognition',
      'synthesis',
      'toBot',
    ]);
    // Together they are the whole, each rounded to a tenth of a millisecond.
    expect(Object.values(stretches).reduce((sum, ms) => sum + ms)).toBeCloseTo(total, 0);
    expect(stretches.endpointing).toBeGreaterThan(100);
    expect(atMs + total).toBeLessThanOrEqual(durationMs);
  }
  const answer = await ask('/metrics');
  const counted = /^patchbay_turn_latency_seconds_count\{stretch="total"\} (\d+)$/m.exec(await answer.text());
  expect(Number(counted?.[1])).toBeGreaterThanOrEqual(answers.length);
}

test('npm run call: the default script talks with the demo bot, is understood, and the bot says goodbye', async () => {
  const out = join(folder, 'default.wav');
  const { code, output } = await finish(
    npm(['run', 'call', '--', ...here(), '--from', 'sip:newcomer@127.0.0.1', '--out', out]),
  );
  expect(output).toMatch(/the hub understood "hello"/i);
  expect(output).toMatch(/the hub understood "what are your opening hours"/i);
  expect(output).toMatch(/the hub understood "goodbye"/i);
  expect(output).toMatch(/ended by the hub/);
  expect(code, output).toBe(0);
  const { calls } = await get<{ calls: CallRecord[] }>('/api/v1/calls');
  const call = calls.find(({ calling }) => calling.user === 'newcomer');
  expect(call).toMatchObject({
    state: 'ended',
    destination: { bot: 'demo' },
    end: { category: 'bot-hangup', by: 'bot' },
  });
  const record = await get<CallRecord>(`/api/v1/calls/${call?.id}`);
  await expectLedger(record);
  const prompts = record.transcript.filter(({ speaker }) => speaker === 'bot').map(({ text }) => text);
  const heard = await recognise(readPcmWav(await readFile(out), 1).samples, prompts);
  expect(heard).toMatch(/what are your opening hours.* we are open monday to friday/);
}, 120_000);

/**
 * Commands that place no call take their turns: each is a process that wants a whole core for a moment, and calls that nobody has time to
 * listen to are not understood.
 */
let lastTurn: Promise<unknown> = Promise.resolve();
function inTurn<T>(run: () => Promise<T>): Promise<T> {
  const turn = lastTurn.then(run);
  lastTurn = turn.catch(() => {});
  return turn;
}

describe.concurrent('a newcomer at several terminals', () => {
  for (const command of new Set(commands.filter((line) => /^npm run call -- /.test(line)))) {
    test(`README: ${command}`, async () => {
      const question = join(folder, 'question.wav');
      await writeFile(question, writePcmWav(silence(500)));
      const args = words(command).map((word) => (word === 'question.wav' ? question : word));
      const { code, output } = await finish(
        npm([...args.slice(1), ...here(), '--reply-timeout', '3000', '--no-record']),
      );
      expect(code, output).toBe(0);
      expect(output).toContain('call ok');
    }, 120_000);
  }

  for (const command of new Set(commands.filter((line) => /^npm start -- /.test(line)))) {
    test(`README: ${command}: the configuration is good`, async () => {
      const file = words(command)[words(command).indexOf('--config') + 1] ?? '';
      const { code, output } = await inTurn(() => finish(npm(['run', 'patchbay', '--', 'check-config', file])));
      expect(code, output).toBe(0);
    }, 120_000);
  }

  for (const command of new Set(commands.filter((line) => /^npm run patchbay -- /.test(line)))) {
    test(`README: ${command}`, async () => {
      // Checks of the demo bot, API clients and the doctor ask the hub that this file has started.
      const here = /check-bot|client |doctor/.test(command) ? ['--config', join(folder, 'hub.yaml')] : [];
      const { code, output } = await inTurn(() => finish(npm([...words(command).slice(1), ...here])));
      expect(code, output).toBe(0);
    }, 120_000);
  }
});

test('README: npm run load, with two calls', async () => {
  const { code, output } = await finish(
    npm(['run', 'load', '--', '--calls', '2', '--cps', '2', '--seconds', '1', '--no-save']),
  );
  expect(code, output).toBe(0);
  expect(output).toMatch(/"ok": 2,/);
}, 60_000);

test('README: npm run load -- --dialout, for a second', async () => {
  const { code, output } = await finish(
    npm(['run', 'load', '--', '--dialout', '--seconds', '1', '--database', 'pglite', '--no-save']),
  );
  expect(code, output).toBe(0);
  expect(output).toMatch(/Request to INVITE when no limit applies, ms \| p50 \d/);
}, 60_000);
