import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { clientGroups } from '../access/groups.ts';
import { setUp } from './testing.ts';

const text = await readFile(new URL('../../docs/api.md', import.meta.url), 'utf8');

test("docs/api.md: the groups are those of the code, in the code's words", () => {
  const rows = [...text.matchAll(/^\| `(\w+)` \| (.+) \|$/gm)].map(([, name = '', rights]) => [name, rights]);
  expect(Object.fromEntries(rows.filter(([name = '']) => name in clientGroups))).toEqual(clientGroups);
});

test('docs/api.md: the routes and fields that it names are there', async () => {
  const { get } = setUp();
  const document = (await get('/openapi.json')).body as {
    paths: Record<string, Record<string, { parameters?: { name: string }[] }>>;
    components: { schemas: Record<string, { properties: object }> };
  };
  const named = [...text.matchAll(/`(?:(GET|POST|DELETE) )?(\/(?:api|oauth)\/[\w/{}]+)`/g)];
  expect(named.length).toBeGreaterThan(5);
  for (const [, method, path = ''] of named) {
    expect(document.paths).toHaveProperty(method ? [path, method.toLowerCase()] : [path]);
  }
  const section = (name: string) => text.split(`\n## ${name}\n`)[1]?.split('\n## ')[0] ?? '';
  const firstColumn = (part: string) =>
    [...part.matchAll(/^\| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => cell.replaceAll('`', '').split(', '));
  const fields = Object.keys(document.components.schemas.DialoutRequest?.properties ?? {});
  expect(firstColumn(section('Dialout')).sort()).toEqual(fields.sort());
  const parameters = document.paths['/api/v1/calls']?.get?.parameters?.map(({ name }) => name) ?? [];
  expect(firstColumn(section('Calls')).sort()).toEqual(parameters.sort());
});

test.each(['recording.md', 'sip-connections.md'])('docs/%s: the routes that it names are there', async (name) => {
  const page = await readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const document = (await setUp().get('/openapi.json')).body as { paths: Record<string, object> };
  const named = [...page.matchAll(/`(GET|POST|DELETE) (\/api\/[\w/{}-]+)`/g)];
  expect(named.length).toBeGreaterThan(0);
  for (const [, method = '', path = ''] of named) expect(document.paths).toHaveProperty([path, method.toLowerCase()]);
});
