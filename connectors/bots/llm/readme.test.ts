import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { llmConfigSchema } from './config.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

test('the configuration in the README is one', () => {
  const yaml = /```yaml\n(.*?)```/s.exec(readme)?.[1] ?? '';
  const config = parseConfig(
    `speechServices: [{ id: local, vendor: local }]\n${yaml}`,
    'README.md',
    { LLM_KEY: 'k', CALENDAR_KEY: 'c' },
    {
      bots: { llm: llmConfigSchema },
      speech: { local: { settings: z.looseObject({}), stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.bots[0]?.settings).toMatchObject({
    apiKey: 'k',
    tools: { transfer: { office: { target: 'tel:+15550100' } }, http: [{ name: 'free_slots', method: 'GET' }] },
  });
});

test('every key stands in the table, with its default', () => {
  const row = (key: string) =>
    readme.split('\n').find((line) => line.startsWith('|') && line.includes(`\`${key}`)) ?? '';
  for (const key of Object.keys(llmConfigSchema.shape)) expect(row(key), key).not.toBe('');
  const config = llmConfigSchema.parse({ url: 'https://x.example/v1', model: 'm', systemPrompt: 's' });
  expect(row('historyMessages')).toContain(`| ${config.historyMessages} |`);
  expect(row('timeouts')).toContain(`| ${config.timeouts.connectMs}, ${config.timeouts.tokenMs} |`);
});

test.each([
  [{ url: 'ftp://x' }, 'url'],
  [{ url: 'https://me:secret@x.example/v1' }, 'url'],
  [{ tools: { http: [{ name: 'hang_up', description: 'd', url: 'https://x.example' }] } }, 'tools'],
  [{ tools: { transfer: { sales: { target: '+1555' } } } }, 'tools'],
])('%o is refused', (settings, key) => {
  const parsed = llmConfigSchema.safeParse({ url: 'https://x.example/v1', model: 'm', systemPrompt: 's', ...settings });
  expect(parsed.error?.issues[0]?.path[0]).toBe(key);
});
