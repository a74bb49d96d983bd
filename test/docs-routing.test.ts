import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { loadConfig } from '../src/config/load.ts';
import { connectorRegistry } from '../src/hub/connectors.ts';
import { causeOf, failureCauses } from '../src/routing/ring-plan.ts';

const top = join(import.meta.dirname, '..');
const page = await readFile(join(top, 'docs/routing.md'), 'utf8');
const variables = { SWITCHBOARD_BOT_TOKEN: 't', CARRIER_PASSWORD: 'p' };

test('config/switchboard.yaml is good', async () => {
  const config = await loadConfig(join(top, 'config/switchboard.yaml'), variables, connectorRegistry);
  expect(config.routingGroups.map(({ id }) => id)).toEqual(['sales', 'reception']);
});

const commands = [...page.matchAll(/^\$ npm run patchbay -- (.*)\n([^`]*)```/gm)];

test.each(commands.map(([, command = '', output = '']) => ({ command, output })))('$command', async (shown) => {
  const program = join(top, 'bin/patchbay.js');
  const options = { cwd: top, env: { ...process.env, ...variables } };
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...shown.command.split(' ')], options);
  expect(stdout).toBe(shown.output);
});

test('the page has examples, and its table of causes is that of the code', () => {
  expect(commands).toHaveLength(2);
  const rows = [...page.matchAll(/^\| `([\w-]+)` \| ((?:\d|every other|5xx).*) \|$/gm)];
  expect(rows.map(([, cause]) => cause).toSorted()).toEqual([...failureCauses].toSorted());
  for (const [, cause, text = ''] of rows) {
    for (const [status] of text.matchAll(/\b\d{3}\b/g))
      expect([status, causeOf(Number(status))]).toEqual([status, cause]);
  }
});
