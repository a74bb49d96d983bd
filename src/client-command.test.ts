import { expect, test } from 'vitest';
import { clientCommand, configurationLines } from './client-command.ts';
import { parseConfig } from './config/load.ts';
import type { ClientAdmin } from './hub/client-admin.ts';
import { allConnectorSchemas } from './hub/testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

function run(...args: string[]) {
  const lines: string[] = [];
  const done: string[] = [];
  const admin: ClientAdmin = {
    list: async () => [
      { id: 'a', groups: ['monitor'], source: 'configuration', createdAt: undefined },
      { id: 'b', groups: ['callControl', 'monitor'], source: 'database', createdAt: '2026-01-01T00:00:00.000Z' },
    ],
    create: async (id, groups) => {
      done.push(`create ${id} ${groups.join('+')}`);
      return { id, secret: 'the-secret', notificationSecret: 'the-other' };
    },
    renewSecret: async (id) => ({ id, secret: 'the-new-one', notificationSecret: 'the-other' }),
    remove: async (id) => void done.push(`remove ${id}`),
    close: async () => void done.push('close'),
  };
  const command = clientCommand({
    open: async (file) => {
      done.push(`open ${file}`);
      return admin;
    },
    print: (line) => lines.push(line),
    defaultConfig: 'hub.yaml',
  });
  const finished = command
    .exitOverride()
    .configureOutput({ writeErr: () => {} })
    .parseAsync(args, { from: 'user' });
  return { finished, lines, done };
}

test('create shows both secrets, and closes what it opened', async () => {
  const { finished, lines, done } = run(
    'create',
    'dialer',
    '--groups',
    'callControl, monitor,monitor',
    '--config',
    'x.yaml',
  );
  await finished;
  expect(done).toEqual(['open x.yaml', 'create dialer callControl+monitor', 'close']);
  expect(lines.join('\n')).toMatch(/'dialer'.*callControl, monitor.*the-secret.*the-other/s);
});

test('--print opens nothing, and prints a configuration that is good', async () => {
  const { finished, lines, done } = run('create', '9x.y', '--groups', 'callControl', '--print');
  await finished;
  expect(done).toEqual([]);
  const text = `bots: []\n${lines.join('\n')}`;
  const variable = /with (\w+)=/.exec(text)?.[1] ?? '';
  const { apiClients } = parseConfig(text, 'hub.yaml', { [variable]: 'x'.repeat(43) }, connectorSchemas);
  expect(apiClients).toEqual([
    {
      id: '9x.y',
      groups: ['callControl'],
      secretHash: expect.stringMatching(/^sha256:/),
      notificationSecret: 'x'.repeat(43),
    },
  ]);
});

test('the printed hash is that of the printed secret', () => {
  const lines = configurationLines('a', ['monitor'], () => 'hush');
  // printf hush | sha256sum
  expect(lines.join('\n')).toContain('sha256:dc8331bcb2283e89d275a1c2fe66f7bf5ac3163ec1967f149dd7e27906365f0c');
  expect(lines[0]).toContain('hush');
});

test('list tells where each comes from, remove and secret do what they say', async () => {
  const list = run('list');
  await list.finished;
  expect(list.lines).toEqual([
    expect.stringMatching(/^a +monitor +in the configuration file$/),
    expect.stringMatching(/^b +callControl, monitor +made 2026-01-01/),
  ]);
  const remove = run('remove', 'b');
  await remove.finished;
  expect(remove.done).toEqual(['open hub.yaml', 'remove b', 'close']);
  const secret = run('secret', 'b');
  await secret.finished;
  expect(secret.lines.join('\n')).toContain('the-new-one');
});

test.each([
  ['create', 'dialer'],
  ['create', 'dialer', '--groups', 'root'],
  ['create', 'dialer', '--groups', ''],
  ['create', 'a b', '--groups', 'monitor'],
])('%s %s %s %s is wrong usage', async (...args) => {
  await expect(run(...args).finished).rejects.toMatchObject({ code: expect.stringMatching(/^commander\./) });
});
