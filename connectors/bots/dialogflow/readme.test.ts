import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { dialogflowCxConfigSchema } from './cx/config.ts';
import { dialogflowEsConfigSchema } from './es/config.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');
const cx = { agent: 'projects/p/locations/global/agents/a' };
const es = { project: 'p' };

test('the configuration in the README is one', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const { privateKey } = generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  });
  const config = parseConfig(
    `speechServices: [{ id: local, vendor: local }]\n${yaml}`,
    'README.md',
    { GOOGLE_EMAIL: 'bot@p.iam.gserviceaccount.com', GOOGLE_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n') },
    {
      bots: { 'dialogflow-cx': dialogflowCxConfigSchema, 'dialogflow-es': dialogflowEsConfigSchema },
      speech: { local: { settings: z.looseObject({}), stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.bots.map(({ connector }) => connector)).toEqual(['dialogflow-cx', 'dialogflow-es']);
  expect(config.bots[0]?.settings).toMatchObject({ sessionParams: { branch: 'airport' } });
});

test('every key stands in the table, with its default', () => {
  const row = (key: string) =>
    readme.split('\n').find((line) => line.startsWith('|') && line.split('|')[1]?.includes(`\`${key}`)) ?? '';
  const keys = [...Object.keys(dialogflowCxConfigSchema.shape), ...Object.keys(dialogflowEsConfigSchema.shape)];
  for (const key of keys) expect(row(key), key).not.toBe('');
  const [ofCx, ofEs] = [dialogflowCxConfigSchema.parse(cx), dialogflowEsConfigSchema.parse(es)];
  expect(row('welcomeEvent')).toContain(`| ${ofCx.welcomeEvent} |`);
  expect(row('noInputEvent')).toContain(`| ${ofCx.noInputEvent} (CX), ${ofEs.noInputEvent} (ES) |`);
  expect(row('partialResponses')).toContain(`| ${ofCx.partialResponses} |`);
  expect(row('maxTextChars')).toContain(`| ${ofEs.maxTextChars} |`);
  expect(row('timeouts')).toContain(`| ${ofEs.timeouts.answerMs} |`);
});

test.each([
  [{ agent: 'my-agent' }, 'agent'],
  [{ environment: 'a/b' }, 'environment'],
  [{ endpoint: 'https://x' }, 'endpoint'],
  [{ credentials: { clientEmail: 'a@b' } }, 'credentials'],
  [{ credentials: { keyFile: 'f', clientEmail: 'a@b', privateKey: '-----BEGIN PRIVATE KEY-----' } }, 'credentials'],
  [{ caCertificate: 'none' }, 'caCertificate'],
])('%o is refused', (settings, key) => {
  expect(dialogflowCxConfigSchema.safeParse({ ...cx, ...settings }).error?.issues[0]?.path[0]).toBe(key);
});
