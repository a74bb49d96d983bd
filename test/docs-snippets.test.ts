import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { loadConfigText } from '../src/config/load.ts';
import { connectorRegistry } from '../src/hub/connectors.ts';

const PEM = '-----BEGIN PRIVATE KEY-----\\nAAAA\\n-----END PRIVATE KEY-----\\n';
const top = join(import.meta.dirname, '..');

/** The blocks of hub.yaml that a page shows. */
function snippetsOf(page: string): string[] {
  const text = readFileSync(join(top, page), 'utf8');
  return [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml = '']) => yaml);
}

const pages = globSync(['README.md', 'docs/*.md', 'connectors/*/*/README.md'], { cwd: top }).sort();
const snippets = pages.flatMap((page) => snippetsOf(page).map((yaml, index) => [page, index + 1, yaml] as const));

const SPEECH = { stt: 'local', tts: 'local' };
const botOf = (id: string) => ({ id, connector: 'ac-bot-api', url: 'https://bot.example.com/bot', speech: SPEECH });
/** What pages refer to and do not show. */
const AROUND: Readonly<Record<string, readonly { id: string }[]>> = {
  speechServices: [{ id: 'local', vendor: 'local' } as { id: string }],
  bots: [botOf('demo'), botOf('reception')],
  sipConnections: [{ id: 'carrier', allowFrom: ['192.0.2.0/24'], gateways: ['sip:192.0.2.1'] } as { id: string }],
};

/** A whole hub.yaml around a snippet, whose own entries stay as they are. */
function completed(snippet: string): string {
  let text = snippet;
  for (const [key, entries] of Object.entries(AROUND)) {
    const missing = entries.filter(({ id }) => !new RegExp(`\\bid: ${id}\\b`).test(sectionOf(snippet, key)));
    const lines = missing.map((entry) => `  - ${JSON.stringify(entry)}\n`).join('');
    if (lines === '') continue;
    if (new RegExp(`^${key}:$`, 'm').test(text)) text = text.replace(`${key}:\n`, `${key}:\n${lines}`);
    else text = `${key}:\n${lines}${text}`;
  }
  return text;
}

function sectionOf(snippet: string, key: string): string {
  return new RegExp(`^${key}:\n((?: .*\n)*)`, 'm').exec(snippet)?.[1] ?? '';
}

function environmentOf(yaml: string): Record<string, string> {
  const names = [...yaml.matchAll(/\$\{(\w+)\}/g)].map(([, name = '']) => name);
  return Object.fromEntries(
    names.map((name) => [name, name.endsWith('PRIVATE_KEY') ? PEM : 'a-secret-of-the-account']),
  );
}

describe('hub.yaml as the pages show it', () => {
  test.each(snippets)('%s, block %i: the hub takes it', async (page, _, yaml) => {
    const config = await loadConfigText(completed(yaml), page, environmentOf(yaml), connectorRegistry);
    const shown = [...sectionOf(yaml, 'bots').matchAll(/^ {2}- id: ([\w-]+)/gm)].map(([, id]) => id);
    expect(config.bots.map(({ id }) => id)).toEqual(expect.arrayContaining(shown));
  });

  test('every connector shows some', () => {
    const without = pages.filter((page) => page.startsWith('connectors/') && snippetsOf(page).length === 0);
    expect(without).toEqual([]);
  });
});
