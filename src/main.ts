import { Command } from 'commander';
import { checkReportLines } from './bots/check.ts';
import { callCommand, terminalDeps } from './caller/command.ts';
import { clientCommand } from './client-command.ts';
import { systemClock } from './clock.ts';
import { loadConfig } from './config/load.ts';
import { doctorCommand } from './doctor-command.ts';
import { PatchbayError } from './errors.ts';
import { checkConfiguredBot, connectorRegistry, openCallerVoice } from './hub/connectors.ts';
import { scenarioHost } from './hub/scenario-host.ts';
import { explain } from './routing/explain.ts';
import { inboundOrigin } from './routing/rules.ts';
import { runUntilStopped } from './run.ts';
import { scenarioCommand } from './scenario/command.ts';
import { createLogger } from './telemetry/log.ts';
import { routeTable, welcome } from './terminal.ts';

const EXIT_FAILED = 1;
const EXIT_BAD_CONFIGURATION = 2;
const DEFAULT_CONFIG = 'config/hub.yaml';

/**
 * The command line. Exit codes: 0 done, 1 it could not be done, 2 wrong configuration or usage. The hub, and what else only some
 * commands need, is loaded by those: the others answer at once.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const program = new Command('patchbay')
    .description('a voice-bot hub: phone calls in, bots behind')
    .exitOverride()
    .configureHelp({ sortSubcommands: true });

  program
    .command('start')
    .description('start the hub')
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .action(async ({ config: file }: { config: string }) => {
      const config = await loadConfig(file, process.env, connectorRegistry);
      const log = createLogger({ level: config.log.level, callerContent: config.log.callerContent });
      const { startHub } = await import('./hub.ts');
      const hub = await startHub(config, { log });
      process.stdout.write(welcome(config, hub));
      await runUntilStopped(hub, { drainTimeoutMs: config.drainTimeoutMs, log, signals: process });
    });

  program.addCommand(
    clientCommand({
      open: async (file) => {
        const { openClientAdmin } = await import('./hub/client-admin.ts');
        const config = await loadConfig(file, process.env, connectorRegistry);
        return openClientAdmin(config, createLogger({ level: 'silent', callerContent: false }));
      },
      print: (line) => process.stdout.write(`${line}\n`),
      defaultConfig: DEFAULT_CONFIG,
    }),
  );

  program.addCommand(callCommand(terminalDeps(openCallerVoice)));

  const interrupted = new AbortController();
  program.addCommand(
    doctorCommand({
      checksOf: async (file) => {
        process.once('SIGINT', () => interrupted.abort());
        const { doctorChecks } = await import('./hub/doctor.ts');
        return doctorChecks(await loadConfig(file, process.env, connectorRegistry));
      },
      print: (line) => process.stdout.write(`${line}\n`),
      failed: () => {
        process.exitCode = EXIT_FAILED;
      },
      interrupted: interrupted.signal,
      clock: systemClock,
      defaultConfig: DEFAULT_CONFIG,
    }),
  );

  const host = scenarioHost(createLogger({ level: 'silent', callerContent: false }));
  program.addCommand(
    scenarioCommand({
      ...terminalDeps(openCallerVoice),
      host,
      openParts: async () => (await import('./caller/parts.ts')).openCallerParts(),
      clock: systemClock,
      random: Math.random,
      env: process.env,
    }),
  );

  program
    .command('route')
    .description('tell which routing rule decides a call, and why the others do not')
    .requiredOption('--from <number>', 'calling number or user')
    .requiredOption('--to <number>', 'called number or user')
    .option('--connection <id>', 'SIP connection that the call comes from (default: the first)')
    .option('--bot <id>', 'bot that places the call, instead of a SIP connection')
    .option('--transfer', 'the bot hands its caller over to the called number')
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .action(
      async (flags: {
        from: string;
        to: string;
        connection?: string;
        bot?: string;
        transfer?: true;
        config: string;
      }) => {
        const config = await loadConfig(flags.config, process.env, connectorRegistry);
        const call = { type: flags.transfer ? 'transfer' : 'call', calling: flags.from, called: flags.to } as const;
        if (flags.bot !== undefined) {
          if (!config.bots.some(({ id }) => id === flags.bot)) {
            const known = config.bots.map(({ id }) => id).join(', ') || 'none';
            throw new PatchbayError('unknown_bot', `no bot '${flags.bot}'; configured: ${known}`);
          }
          const placed = explain(config, { ...call, origin: { bot: flags.bot } });
          process.stdout.write(routeTable(`bot ${flags.bot}`, placed));
          return;
        }
        const connection = flags.connection ?? config.sipConnections[0]?.id;
        if (connection === undefined || !config.sipConnections.some(({ id }) => id === connection)) {
          const known = config.sipConnections.map(({ id }) => id).join(', ') || 'none';
          throw new PatchbayError(
            'unknown_connection',
            `no SIP connection '${connection ?? ''}'; configured: ${known}`,
          );
        }
        const origin = inboundOrigin(config.phoneNumbers, connection, flags.to);
        process.stdout.write(routeTable(`connection ${connection}`, explain(config, { ...call, origin })));
      },
    );

  program
    .command('check-bot')
    .description('ask a bot of the configuration whether it can be used')
    .argument('<id>', 'id of the bot')
    .option('--config <file>', 'configuration', DEFAULT_CONFIG)
    .action(async (id: string, flags: { config: string }) => {
      const config = await loadConfig(flags.config, process.env, connectorRegistry);
      const interrupted = new AbortController();
      process.once('SIGINT', () => interrupted.abort());
      const log = createLogger({ level: 'silent', callerContent: false });
      const report = await checkConfiguredBot(config, id, { log, signal: interrupted.signal });
      process.stdout.write(`${checkReportLines(report).join('\n')}\n`);
      if (!report.ok) process.exitCode = EXIT_FAILED;
    });

  program
    .command('check-config')
    .description('check a configuration and start nothing')
    .argument('[file]', 'configuration', DEFAULT_CONFIG)
    .action(async (file: string) => {
      const config = await loadConfig(file, process.env, connectorRegistry);
      const { bots, sipConnections, routingRules } = config;
      process.stdout.write(
        `${file} is good: ${bots.length} bots, ${sipConnections.length} SIP connections, ${routingRules.length} rules\n`,
      );
    });

  try {
    await program.parseAsync(argv);
  } catch (error) {
    process.exitCode = report(error);
  }
}

/** Tells what went wrong in words; the exit code. */
function report(error: unknown): number {
  if (error instanceof Error && 'exitCode' in error && 'code' in error && String(error.code).startsWith('commander.')) {
    return error.exitCode === 0 ? 0 : EXIT_BAD_CONFIGURATION; // commander has printed its message
  }
  if (!(error instanceof PatchbayError)) {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return EXIT_FAILED;
  }
  process.stderr.write(`${error.message}\n`);
  return error.code === 'config_invalid' || error.code === 'config_unreadable' ? EXIT_BAD_CONFIGURATION : EXIT_FAILED;
}
