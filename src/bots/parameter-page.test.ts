import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parameterPage } from './parameter-page.ts';
import { PARAMETER_NAMES } from './parameters.ts';

test('docs/bot-parameters.md is that of the table: run `node scripts/write-bot-parameters.ts`', () => {
  expect(readFileSync(new URL('../../docs/bot-parameters.md', import.meta.url), 'utf8')).toBe(parameterPage());
});

test('names every parameter once, in rows of six cells', () => {
  const page = parameterPage();
  for (const name of PARAMETER_NAMES) {
    expect(page.match(new RegExp(`^(?:\\| |- )\`${name}\``, 'gm')), name).toHaveLength(1);
  }
  const rows = page.split('\n').filter((line) => line.startsWith('|'));
  for (const row of rows) expect(row.replaceAll('\\|', '').match(/\|/g), row).toHaveLength(7);
});
