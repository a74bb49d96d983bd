import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { parseConfig } from '../../../src/config/load.ts';
import { acBotApiConfigSchema } from './config.ts';
import { parseActivitiesReply, parseCreateAnswer } from './wire.ts';
import { parseBotMessage } from './ws-wire.ts';

const readme = readFileSync(new URL('./README.md', import.meta.url), 'utf8');

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`\`\`\`${language}\n(.*?)\`\`\``, 'gs'))].map((match) => match[1] as string);
}

test.each([
  [0, { url: 'https://bot.example.com/bot', auth: { token: 't0p' } }],
  [1, { url: 'wss://bot.example.com/voice', directSTT: true, mediaFormats: ['raw/lpcm16_8', 'raw/lpcm16'] }],
])('the configuration number %i in the README is one', (index, settings) => {
  const config = parseConfig(
    blocks('yaml')[index] ?? '',
    'README.md',
    { BOT_TOKEN: 't0p' },
    {
      bots: { 'ac-bot-api': acBotApiConfigSchema },
      speech: { local: { settings: z.strictObject({}), stt: true, tts: true } },
      botParameters: z.record(z.string(), z.unknown()),
    },
  );
  expect(config.bots[0]?.settings).toMatchObject(settings);
});

test('the messages in the README are understood', () => {
  const lines = blocks('jsonl').flatMap((text) => text.trim().split('\n'));
  expect(lines.map((line) => parseBotMessage(line))).toMatchObject(
    ['start', 'chunk', 'mark.set', 'stop'].map((what) => ({ ok: true, message: { type: `playStream.${what}` } })),
  );
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
  const { connectMs, responseMs, disconnectMs, checkMs, ...ws } = config.timeouts;
  expect(row('timeouts: { connectMs')).toContain(`| ${connectMs}, ${responseMs}, ${disconnectMs}, ${checkMs} |`);
  const { handshakeMs, acceptMs, resumeMs, pingMs } = ws;
  expect(row('timeouts: { handshakeMs')).toContain(`| ${handshakeMs}, ${acceptMs}, ${resumeMs}, ${pingMs} |`);
  expect(row('maxMessageBytes')).toContain(`| ${config.maxMessageBytes} |`);
  expect(row('maxConnections')).toContain(`| ${config.maxConnections} |`);
  expect(row('maxReplyBytes')).toContain(`| ${config.maxReplyBytes} |`);
  for (const key of Object.keys(acBotApiConfigSchema.shape)) expect(row(key)).not.toBe('');
});
