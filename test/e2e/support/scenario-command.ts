import { openCallerParts } from '../../../src/caller/parts.ts';
import { systemClock } from '../../../src/clock.ts';
import { scenarioHost } from '../../../src/hub/scenario-host.ts';
import { scenarioCommand } from '../../../src/scenario/command.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

export interface CommandResult {
  code: number;
  output: string;
  errors: string;
}

/** `patchbay scenario run ...`, composed as in main.ts, in this process. */
export async function patchbayScenario(...args: readonly string[]): Promise<CommandResult> {
  const result: CommandResult = { code: -1, output: '', errors: '' };
  const command = scenarioCommand({
    host: scenarioHost(createLogger({ level: 'silent', callerContent: false })),
    openParts: openCallerParts,
    clock: systemClock,
    random: Math.random,
    env: {},
    print: (line) => {
      result.output += `${line}\n`;
    },
    printError: (line) => {
      result.errors += `${line}\n`;
    },
    setExitCode: (code) => {
      result.code = code;
    },
    onInterrupt: () => () => {},
  });
  await command.parseAsync(['run', ...args], { from: 'user' });
  return result;
}
