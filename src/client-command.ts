import { Command, InvalidArgumentError } from 'commander';
import { clientIdPattern } from './access/client.ts';
import { type ClientGroup, clientGroups, groupNames, isClientGroup } from './access/groups.ts';
import { hashSecret, newSecret } from './access/secret.ts';
import type { ClientAdmin, ClientSecrets } from './hub/client-admin.ts';

export interface ClientCommandDeps {
  /** For the hub of a configuration file. @throws PatchbayError */
  open(configFile: string): Promise<ClientAdmin>;
  print(line: string): void;
  defaultConfig: string;
}

/** `patchbay client`: makes, lists and removes API clients, and gives them new secrets. */
export function clientCommand(deps: ClientCommandDeps): Command {
  const using = async (flags: { config: string }, work: (admin: ClientAdmin) => Promise<void>) => {
    const admin = await deps.open(flags.config);
    try {
      await work(admin);
    } finally {
      await admin.close();
    }
  };
  const command = new Command('client').description('API clients: who may use the API of the hub');
  const sub = (usage: string) =>
    command.command(usage).option('--config <file>', 'configuration', deps.defaultConfig).exitOverride();

  sub('create')
    .description('make an API client and show its secret once')
    .argument('<id>', 'id of the client', clientId)
    .requiredOption('--groups <names>', `with commas between them: ${groupNames.join(', ')}`, groups)
    .option('--print', 'change nothing: print lines for the configuration file')
    .addHelpText('after', `\nGroups:\n${groupHelp()}`)
    .action(async (id: string, flags: { config: string; groups: ClientGroup[]; print?: boolean }) => {
      if (flags.print) {
        for (const line of configurationLines(id, flags.groups)) deps.print(line);
        return;
      }
      await using(flags, async (admin) => {
        const secrets = await admin.create(id, flags.groups);
        deps.print(`API client '${id}' made, groups: ${flags.groups.join(', ')}`);
        showSecrets(deps, secrets);
      });
    });

  sub('list')
    .description('list the API clients')
    .action((flags: { config: string }) =>
      using(flags, async (admin) => {
        const clients = await admin.list();
        if (clients.length === 0) deps.print('no API clients: the API is closed');
        for (const { id, groups, source, createdAt } of clients) {
          const origin = source === 'configuration' ? 'in the configuration file' : `made ${createdAt ?? ''}`.trim();
          deps.print(`${id.padEnd(24)} ${groups.join(', ').padEnd(32)} ${origin}`);
        }
      }),
    );

  sub('remove')
    .description('remove an API client: its secret and its tokens are dead at once')
    .argument('<id>', 'id of the client')
    .action((id: string, flags: { config: string }) =>
      using(flags, async (admin) => {
        await admin.remove(id);
        deps.print(`API client '${id}' removed`);
      }),
    );

  sub('secret')
    .description('give an API client a new secret and show it once; the old one is dead at once')
    .argument('<id>', 'id of the client')
    .action((id: string, flags: { config: string }) =>
      using(flags, async (admin) => {
        const secrets = await admin.renewSecret(id);
        deps.print(`API client '${id}' has a new secret`);
        showSecrets(deps, secrets);
      }),
    );
  return command;
}

function showSecrets({ print }: ClientCommandDeps, { secret, notificationSecret }: ClientSecrets): void {
  print(`  secret               ${secret}`);
  print(`  notification secret  ${notificationSecret}`);
  print('The hub keeps the hash of the secret only: this is the one time that it is shown.');
}

/** hub.yaml with one more client, its secrets in comments. */
export function configurationLines(
  id: string,
  clientGroups: readonly ClientGroup[],
  random: () => string = newSecret,
): string[] {
  const secret = random();
  const variable =
    `${id.replace(/[^A-Za-z0-9]/g, '_').replace(/^(?=\d)/, 'CLIENT_')}_NOTIFICATION_SECRET`.toUpperCase();
  return [
    `# The secret of ${id}, shown this once: ${secret}`,
    `# Start the hub with ${variable}=${random()}`,
    '# or leave notificationSecret out: the hub then derives one from a key in its database.',
    'apiClients:',
    `  - id: ${id}`,
    `    secretHash: '${hashSecret(secret)}'`,
    `    groups: [${clientGroups.join(', ')}]`,
    `    notificationSecret: \${${variable}}`,
  ];
}

function groupHelp(): string {
  return Object.entries(clientGroups)
    .map(([name, rights]) => `  ${name.padEnd(18)} ${rights}\n`)
    .join('');
}

function clientId(value: string): string {
  if (clientIdPattern.test(value)) return value;
  throw new InvalidArgumentError(
    'expected up to 64 letters, digits, dots, dashes and underscores, a letter or digit first',
  );
}

function groups(value: string): ClientGroup[] {
  const names = value.split(',').map((name) => name.trim());
  const wrong = names.find((name) => !isClientGroup(name));
  if (wrong !== undefined)
    throw new InvalidArgumentError(`there is no group '${wrong}'; groups: ${groupNames.join(', ')}`);
  return [...new Set(names.filter(isClientGroup))];
}
