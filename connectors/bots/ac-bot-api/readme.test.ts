import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { acBotApiConfigSchema } from './config.ts';
import { parseActivitiesReply, parseCreateAnswer } from './wire.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] as string);
}

test('the configuration in the README is one', () => {
  const config = parseConfig(
    blocks('yaml')[0] ?? '',
    'README.md',
    { BOT_TOKEN: 't0p' },
    {
      bots: { 'ac-bot-api': acBotApiConfigSchema },
      speech: { local: { settings: z.strictObject({}), stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.bots[0]?.settings).toMatchObject({ url: 'https://bot.example.com/bot', auth: { token: 't0p' } });
});

test('the answers in the README are understood without a warning', () => {
  const answers = blocks('json').map((text) => JSON.parse(text) as Record<string, unknown>);
  const create = answers.find((answer) => 'activitiesURL' in answer);
  expect(parseCreateAnswer(create)).toMatchObject({ ok: true, warnings: [] });
  const replies = answers.filter((answer) => 'activities' in answer);
  expect(replies.length).toBeGreaterThanOrEqual(2);
  for (const reply of replies) {
    expect(parseActivitiesReply(reply, () => 'new')).toMatchObject({ ok: true, warnings: [] });
  }
});

test('the defaults in the README are those of the schema', () => {
  const config = acBotApiConfigSchema.parse({ url: 'https://bot.example.com/bot' });
  const row = (key: string): string => readme.split('\n').find((line) => line.startsWith(`| \`${key}`)) ?? '';
  const { connectMs, responseMs, disconnectMs, checkMs } = config.timeouts;
  expect(row('timeouts')).toContain(`| ${connectMs}, ${responseMs}, ${disconnectMs}, ${checkMs} |`);
  expect(row('maxConnections')).toContain(`| ${config.maxConnections} |`);
  expect(row('maxReplyBytes')).toContain(`| ${config.maxReplyBytes} |`);
  for (const key of Object.keys(acBotApiConfigSchema.shape)) expect(row(key)).not.toBe('');
});
