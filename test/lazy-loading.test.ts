import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { createFakeAccount } from '../connectors/speech/google/fake-account.ts';
import packageJson from '../package.json' with { type: 'json' };
import { HubProcess, PRODUCTION } from './e2e/support/hub-process.ts';

/** Packages that only connectors of clouds use, with what those bring along. */
const OF_CLOUDS = [
  ...Object.keys(packageJson.dependencies).filter((name) => name.startsWith('@google-cloud/')),
  ...['@grpc/grpc-js', '@grpc/proto-loader', 'google-gax', 'google-auth-library', 'gaxios', 'protobufjs', 'botbuilder'],
];

test('a hub loads modules of a cloud when it has a service there, and no other hub does', {
  timeout: 60_000,
}, async () => {
  const child = join(import.meta.dirname, 'lazy-loading-child.ts');
  const env = { ...process.env, BOT_TOKEN: 't' };
  const { keyFile } = createFakeAccount();
  const { stdout } = await promisify(execFile)(process.execPath, [child, '--key-file', keyFile], { env });
  const { without, made, used } = JSON.parse(stdout) as Record<'without' | 'made' | 'used', string[]>;
  const clouds = (loaded: readonly string[]) => OF_CLOUDS.filter((name) => loaded.includes(name));
  expect(without).toContain('fastify');
  expect([clouds(without), clouds(made)]).toEqual([[], []]);
  expect(clouds(used)).toEqual(
    expect.arrayContaining(['@google-cloud/speech', '@google-cloud/text-to-speech', '@grpc/grpc-js', 'google-gax']),
  );
  expect(clouds(used).filter((name) => name.includes('dialogflow'))).toEqual([]);
});

const CONNECTORS = join(import.meta.dirname, '../connectors');
/** Tells machine detection whether the packages of its own recogniser are installed. */
const KNOWN_TO_ALL = 'speech/moonshine/packages.ts';
/** It hears and speaks itself, so no speech service is needed. */
const VOICE_BOT = { id: 'demo', connector: 'ac-bot-api', url: 'ws://127.0.0.1:9/', directSTT: true, directTTS: true };

/** A folder of the test's own, and the environment of a program whose modules are written to a list there. */
async function watched() {
  const folder = await mkdtemp(join(tmpdir(), 'patchbay-loaded-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const list = join(folder, 'loaded');
  const hook = pathToFileURL(join(import.meta.dirname, 'loaded-modules.ts')).href;
  return {
    folder,
    env: { NODE_OPTIONS: `--import=${hook}`, LOADED_MODULES: list },
    /** Files below connectors/, but the one that every hub knows. */
    async ofConnectors(): Promise<string[]> {
      const loaded = (await readFile(list, 'utf8')).trimEnd().split('\n');
      expect(loaded.filter((file) => file.endsWith('/src/hub/connectors.ts'))).toHaveLength(1);
      const files = [...new Set(loaded)].map((file) => relative(CONNECTORS, file));
      return files.filter((file) => !file.startsWith('..') && file !== KNOWN_TO_ALL).sort();
    },
  };
}

const foldersOf = (files: readonly string[]) => [...new Set(files.map((file) => file.split('/', 2).join('/')))];

test('a hub that is up has loaded the connectors that its configuration names, and not a file of another', {
  timeout: 60_000,
}, async () => {
  const { env, ofConnectors } = await watched();
  const hub = await HubProcess.start({ botUrl: '', env, extra: { bots: [VOICE_BOT], speechServices: [] } });
  await hub.stop();
  expect(foldersOf(await ofConnectors())).toEqual(['bots/ac-bot-api']);
});

test('a bot of a language model with a vendor of speech loads these two', { timeout: 60_000 }, async () => {
  const { folder, env, ofConnectors } = await watched();
  const file = join(folder, 'hub.yaml');
  const speech = { stt: 'ears', tts: 'ears' };
  const bot = { id: 'b', connector: 'llm', speech, url: 'https://x.example/v1', model: 'm', systemPrompt: 's' };
  const config = { speechServices: [{ id: 'ears', vendor: 'deepgram', apiKey: 'k' }], bots: [bot] };
  await writeFile(file, JSON.stringify(config));
  const options = { env: { ...process.env, ...env } };
  const { stdout } = await promisify(execFile)(process.execPath, [PRODUCTION, 'check-config', file], options);
  expect(stdout).toContain('is good: 1 bots');
  expect(foldersOf(await ofConnectors())).toEqual(['bots/llm', 'speech/deepgram']);
});
