import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { redactConfig } from '../../../src/config/redact.ts';
import { botFrameworkConfigSchema } from './config.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the configuration in the README is one, and its secret is not shown', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const config = parseConfig(
    `speechServices: [{ id: local, vendor: local }]\n${yaml}`,
    'README.md',
    { DIRECT_LINE_SECRET: 'very-secret' },
    {
      bots: { 'bot-framework': botFrameworkConfigSchema },
      speech: { local: { settings: z.looseObject({}), stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.bots.map(({ settings }) => settings)).toMatchObject([
    { secret: 'very-secret', region: 'europe', transport: 'websocket' },
    { handoffTarget: 'tel:+15550100', tokenEndpoint: expect.stringContaining('/directline/token?') },
  ]);
  expect(JSON.stringify(redactConfig(config))).not.toContain('very-secret');
});

test('every key stands in the table, with its default', () => {
  const row = (key: string) =>
    readme.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${key}`)) ?? '';
  for (const key of Object.keys(botFrameworkConfigSchema.shape)) expect(row(key), key).not.toBe('');
  const config = botFrameworkConfigSchema.parse({ secret: 's' });
  for (const key of ['region', 'transport', 'pollMs', 'user', 'speakSuggestedActions'] as const) {
    expect(row(key), key).toContain(`| ${config[key]} |`);
  }
  expect(row('timeouts')).toContain(`| ${Object.values(config.timeouts).join(', ')} |`);
  for (const key of Object.keys(config.timeouts)) expect(row('timeouts')).toContain(key);
});

test.each([
  [{}, 'either secret (Direct Line) or tokenEndpoint'],
  [{ secret: 's', tokenEndpoint: 'https://x.example/token' }, 'either secret (Direct Line) or tokenEndpoint'],
  [{ secret: 'two words' }, 'visible ASCII'],
  [{ secret: 's', url: 'ftp://x.example' }, 'a URL such as'],
  [{ secret: 's', url: 'https://me:pass@x.example' }, 'credentials belong into secret'],
  [{ secret: 's', handoffTarget: '+15550100' }, 'a tel: or sip: URI'],
  [{ secret: 's', start: { name: 'hello', text: 'hello' } }, 'either name or text'],
])('%o is refused', (settings, message) => {
  expect(botFrameworkConfigSchema.safeParse(settings).error?.issues[0]?.message).toContain(message);
});
