import { readFileSync } from 'node:fs';
import pino from 'pino';
import { expect, test } from 'vitest';
import { PARAMETER_TABLE } from '../../../src/bots/parameter-table.ts';
import { PARAMETER_NAMES, type ParameterName } from '../../../src/bots/parameters.ts';
import { systemClock } from '../../../src/clock.ts';
import { createSpeechService } from '../../../src/hub/connectors.ts';

/** Settings of each vendor; where it depends on them what it honours, those that make the difference, by name. */
const VENDORS: Readonly<Record<string, Readonly<Record<string, object>>>> = {
  local: { '': {} },
  moonshine: { '': {} },
  google: { v1: { stt: { api: 'v1' } }, v2: { stt: { api: 'v2' } } },
  deepgram: {
    'nova-3': { apiKey: 'k', stt: { model: 'nova-3' } },
    'before nova-3': { apiKey: 'k', stt: { model: 'nova-2' } },
  },
  'openai-compatible': { '': { url: 'http://127.0.0.1:9/v1' } },
};

async function honoursOf(vendor: string, settings: object): Promise<readonly string[]> {
  const service = await createSpeechService(
    { id: vendor, vendor, settings: { id: vendor, vendor, ...settings } },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  const { stt, tts } = service;
  await service.close();
  const phrases = stt?.capabilities.honours?.includes('sttContextPhrases') ? ['sttSpeechContexts'] : [];
  return [...(stt?.capabilities.honours ?? []), ...(tts?.capabilities.honours ?? []), ...phrases];
}

const dependsOnVendor = (name: ParameterName) => ['stt', 'tts'].includes(PARAMETER_TABLE[name].honouredBy ?? '');

async function table(): Promise<string> {
  const names = PARAMETER_NAMES.filter(dependsOnVendor);
  const columns = await Promise.all(
    Object.entries(VENDORS).map(async ([vendor, variants]) => {
      const all = await Promise.all(
        Object.entries(variants).map(
          async ([variant, settings]) => [variant, await honoursOf(vendor, settings)] as const,
        ),
      );
      for (const [, honours] of all) expect(names).toEqual(expect.arrayContaining([...honours]));
      return {
        vendor,
        cell(name: string) {
          const having = all.filter(([, honours]) => honours.includes(name)).map(([variant]) => variant);
          return having.length === 0 ? '-' : having.length === all.length ? 'yes' : having.join(', ');
        },
      };
    }),
  );
  return [
    `| Parameter | ${columns.map(({ vendor }) => `\`${vendor}\``).join(' | ')} |`,
    `|---|${columns.map(() => '---|').join('')}`,
    ...names.map((name) => `| \`${name}\` | ${columns.map(({ cell }) => cell(name)).join(' | ')} |`),
  ].join('\n');
}

test('docs/speech.md says which parameters each service honours', async () => {
  const page = readFileSync(new URL('../../../docs/speech.md', import.meta.url), 'utf8');
  expect(page).toContain(await table());
});
