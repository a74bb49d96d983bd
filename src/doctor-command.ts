import { Command } from 'commander';
import type { Clock } from './clock.ts';
import { type DoctorCheck, runChecks } from './doctor/check.ts';
import { reportOf, resultLines, summaryLine } from './doctor/report.ts';

export interface DoctorCommandDeps {
  /** The checks of a configuration. @throws ConfigError */
  checksOf(configFile: string): Promise<DoctorCheck[]>;
  print(line: string): void;
  /** Called when something has failed. */
  failed(): void;
  interrupted: AbortSignal;
  clock: Clock;
  defaultConfig: string;
}

/** `patchbay doctor`: looks at everything that the configuration needs, and says what to do about what is wrong. */
export function doctorCommand(deps: DoctorCommandDeps): Command {
  return new Command('doctor')
    .description(
      'check everything that the hub needs: ports, addresses, database, speech, SIP and media, with a call of its own',
    )
    .option('--config <file>', 'configuration', deps.defaultConfig)
    .option('--json', 'one JSON document instead of lines')
    .exitOverride()
    .action(async ({ config, json }: { config: string; json?: boolean }) => {
      const results = await runChecks(await deps.checksOf(config), {
        clock: deps.clock,
        signal: deps.interrupted,
        told: (result) => {
          if (json !== true) for (const line of resultLines(result)) deps.print(line);
        },
      });
      const report = reportOf(results);
      if (json === true) deps.print(JSON.stringify(report, undefined, 2));
      else deps.print(summaryLine(report));
      if (!report.ok) deps.failed();
    });
}
