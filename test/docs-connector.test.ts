import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const top = join(import.meta.dirname, '..');
const page = readFileSync(join(top, 'docs/write-a-connector.md'), 'utf8');
const registry = readFileSync(join(top, 'src/hub/connectors.ts'), 'utf8');

test('the entries of the registry that the page shows are those of the registry', () => {
  const entries = [...page.matchAll(/```ts\n(.*?)```/gs)].flatMap(([, code = '']) => code.trim().split(/\n\n/));
  expect(entries).toHaveLength(3);
  for (const entry of entries) for (const line of entry.split('\n')) expect(registry).toContain(line);
});

test('files that the page names are there', () => {
  const paths = [...page.matchAll(/`((?:src|test|connectors)\/[\w./-]+)`/g)].map(([, path = '']) => path);
  expect(paths.length).toBeGreaterThan(5);
  expect(paths.filter((path) => !existsSync(join(top, path)))).toEqual([]);
});
