import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createFakeAccount } from '../connectors/speech/google/fake-account.ts';
import packageJson from '../package.json' with { type: 'json' };

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
