import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const top = join(import.meta.dirname, '..');
const read = (path: string) => readFileSync(join(top, path), 'utf8');
const page = read('docs/write-a-connector.md');
const registry = read('src/hub/connectors.ts');

test('the lines of the registry and the entries that the page shows are those of the code', () => {
  const shown = [...page.matchAll(/```ts\n(.*?)```/gs)].map(([, code = '']) => code);
  const [vendor, entry, bot, botEntry] = shown;
  expect(shown).toHaveLength(4);
  for (const line of [vendor, bot]) expect(registry).toContain(line);
  expect(read('connectors/speech/deepgram/entry.ts')).toBe(entry);
  expect(read('connectors/bots/dialogflow/cx/entry.ts')).toBe(botEntry);
});

test('every connector that the registry names has its entry, and every entry its line', () => {
  const named = [...registry.matchAll(/import\('\.\.\/\.\.\/(connectors\/[^']+\/entry\.ts)'\)/g)].map(
    ([, path = '']) => path,
  );
  expect(named.toSorted()).toEqual(globSync('connectors/**/entry.ts', { cwd: top }).sort());
});

test('files that the page names are there', () => {
  const paths = [...page.matchAll(/`((?:src|test|connectors)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => !existsSync(join(top, path)))).toEqual([]);
});
