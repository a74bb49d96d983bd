import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseConfig } from '../src/config/load.ts';
import { allConnectorSchemas } from '../src/hub/testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const page = await readFile(join(import.meta.dirname, '../docs/transfers.md'), 'utf8');

test('the configuration of docs/transfers.md is good, and its defaults are those of the code', () => {
  const yaml = /```yaml\n([^`]*)```/.exec(page)?.[1] ?? '';
  const bot = `
bots:
  - { id: reception, connector: ac-bot-api, url: 'https://bot.example/', speech: { stt: local, tts: local } }
speechServices: [{ id: local, vendor: local }]
`;
  // The page leaves out what is not about transfers.
  const config = parseConfig(yaml + bot, 'hub.yaml', {}, connectorSchemas);
  expect(config.transfers).toMatchObject({ ringTimeoutMs: 30_000, waiting: 'ringback', ringbackCountry: 'de' });
  expect(config.sipConnections.map(({ transferMethod }) => transferMethod)).toEqual(['invite', 'refer']);
  const { transfers } = parseConfig('log: {}', 'hub.yaml', {}, connectorSchemas);
  for (const name of ['ringTimeoutMs', 'referTimeoutMs'] as const) {
    expect(page).toContain(`| \`${name}\` | ${transfers[name]} |`);
  }
});

test('its examples are JSON', () => {
  const examples = [...page.matchAll(/```json\n([^`]*)```/g)].map(
    ([, text = '']) => JSON.parse(text) as { name: string },
  );
  expect(examples.map(({ name }) => name)).toEqual(['transfer', 'transferStatus']);
});
