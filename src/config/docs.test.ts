import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse as parseYaml } from 'yaml';
import { parse, problems } from './config-fixture.ts';

const page = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
const blocks = (text: string) => [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block = '']) => block);

test('docs/recording.md: its settings are taken', async () => {
  const [block = ''] = blocks(await page('recording.md'));
  const { recordings } = parseYaml(block) as { recordings: unknown };
  expect(parse(block).recordings).toEqual(recordings);
});

test('docs/sip-connections.md: its connection is taken, and what is not there is refused', async () => {
  const text = await page('sip-connections.md');
  const [block = ''] = blocks(text);
  const [connection] = parse(block, { CARRIER_PASSWORD: 'x' }).sipConnections;
  expect(connection).toMatchObject({ keepAlive: { intervalMs: 30_000 }, codecs: ['PCMA', 'PCMU'], dtmf: 'rfc4733' });
  const missing = text.split('## Not there yet')[1] ?? '';
  const keys = [...missing.matchAll(/`(\w+)`/g)].map(([, key = '']) => key);
  expect(keys).toHaveLength(5);
  for (const key of keys) {
    expect(problems(`sipConnections:\n  - { id: a, ${key}: true }`).join()).toMatch(/not available yet/);
  }
});

test('settings of NAT that are the business of others are refused with the engine freeswitch', () => {
  const text = `
engine: freeswitch
drachtio: { host: 127.0.0.1, port: 9022, secret: aaaaaaaaaaaaaaaa }
freeswitch: [{ host: 127.0.0.1, port: 8021, secret: aaaaaaaaaaaaaaaa }]
sipConnections:
  - { id: a, nat: { signalling: source, media: sdp } }`;
  expect(problems(text).filter((problem) => problem.includes('nat.'))).toHaveLength(2);
});
