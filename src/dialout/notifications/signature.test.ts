import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { signatureHeader } from './signature.ts';

const secret = 'a secret with ünïcode';
const body = '{"conversationId":"1","status":"failed","reason":"Größe €"}';
const now = () => Math.floor(Date.now() / 1000);

test('the signature is HMAC-SHA256 over the time and the body', () => {
  // echo -n '1767225600.{"status":"answered"}' | openssl dgst -sha256 -hmac s3cret
  expect(signatureHeader('s3cret', 1_767_225_600, '{"status":"answered"}')).toBe(
    't=1767225600,v1=88324a544a7ea784ce8b220c2c11dbcf31314e39faa562297d004190503d2ebe',
  );
});

/** What a receiver may be sent, and whether it is to be believed. */
const cases: [string, { header: string | undefined; body: string }, boolean][] = [
  ['what the hub signed', { header: signatureHeader(secret, now(), body), body }, true],
  ['a body that was changed', { header: signatureHeader(secret, now(), body), body: `${body} ` }, false],
  ['a wrong secret', { header: signatureHeader('another', now(), body), body }, false],
  ['an old notification', { header: signatureHeader(secret, now() - 3_600, body), body }, false],
  ['one from the future', { header: signatureHeader(secret, now() + 3_600, body), body }, false],
  ['another time', { header: signatureHeader(secret, now(), body).replace(/t=\d+/, `t=${now() + 1}`), body }, false],
  ['no header', { header: undefined, body }, false],
  ['nonsense', { header: 't=,v1=', body }, false],
  ['a short digest', { header: `t=${now()},v1=ab`, body }, false],
];

describe('the samples of docs/dialout.md', () => {
  const text = readFileSync(new URL('../../../docs/dialout.md', import.meta.url), 'utf8');
  const folder = mkdtempSync(join(tmpdir(), 'patchbay-samples-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const sample = (language: string): string => {
    const code = new RegExp(`\`\`\`${language} verify\n(.*?)\`\`\``, 's').exec(text)?.[1];
    if (code === undefined) throw new Error(`docs/dialout.md has no sample in ${language}`);
    return code;
  };

  test('in JavaScript: believes what is to be believed', async () => {
    const file = join(folder, 'verify.mjs');
    writeFileSync(file, sample('js'));
    const { isFromPatchbay } = (await import(pathToFileURL(file).href)) as {
      isFromPatchbay(secret: string, header: string | undefined, body: Buffer): boolean;
    };
    const results = cases.map(([name, sent]) => [name, isFromPatchbay(secret, sent.header, Buffer.from(sent.body))]);
    expect(results).toEqual(cases.map(([name, , expected]) => [name, expected]));
  });

  const python = spawnSync('python3', ['--version']).status === 0;
  test.skipIf(!python && process.env.PATCHBAY_REQUIRE_PEERS !== '1')(
    `in Python${python ? '' : ' (needs the program python3)'}: believes what is to be believed`,
    () => {
      const file = join(folder, 'verify.py');
      const main = [
        'import json, sys',
        'secret, cases = json.load(sys.stdin)',
        'print(json.dumps([is_from_patchbay(secret, c.get("header"), c["body"].encode()) for c in cases]))',
      ];
      writeFileSync(file, `${sample('python')}\n\n${main.join('\n')}\n`);
      const input = JSON.stringify([secret, cases.map(([, sent]) => sent)]);
      const { stdout, stderr } = spawnSync('python3', [file], { input, encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(JSON.parse(stdout)).toEqual(cases.map(([, , expected]) => expected));
    },
  );
});
