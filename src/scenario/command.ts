import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import type { CallerParts } from '../caller/parts.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { writeWav } from '../media/wav.ts';
import { ScenarioError } from './errors.ts';
import type { ScenarioHost } from './host.ts';
import { junitXml } from './junit.ts';
import { loadScenario, type Scenario, scenarioFiles } from './load.ts';
import { resultLines, story, totalLine } from './report.ts';
import { runScenarios, type ScenarioResult } from './run.ts';

export const EXIT_OK = 0;
export const EXIT_SCENARIO_FAILED = 1;
export const EXIT_BAD_FILES = 2;

const MOST_JOBS = 16;
const MOST_RETRIES = 5;

/** What the command needs from whoever composes it. */
export interface ScenarioCommandDeps {
  host: ScenarioHost;
  openParts: () => Promise<CallerParts>;
  clock: Clock;
  random: () => number;
  env: Readonly<Record<string, string | undefined>>;
  print: (line: string) => void;
  printError: (line: string) => void;
  setExitCode: (code: number) => void;
  /** Calls back on Ctrl-C; the returned function stops listening. */
  onInterrupt: (listener: () => void) => () => void;
}

interface Flags {
  only?: string[];
  jobs: number;
  retries: number;
  junit?: string;
  out?: string;
}

/** `patchbay scenario run`. Exit codes: 0 all passed, 1 one failed, 2 files or usage are wrong. */
export function scenarioCommand(deps: ScenarioCommandDeps): Command {
  const scenario = new Command('scenario')
    .exitOverride()
    .description('conversations as tests: real calls from YAML files');
  scenario
    .command('run')
    .exitOverride()
    .description('place the calls of scenarios against a hub of their own, and check what happens')
    .argument('<file...>', 'scenarios, or folders of them')
    .option('--only <text...>', 'only scenarios whose name contains one of these')
    .option('--jobs <n>', `calls at a time, 1 to ${MOST_JOBS}`, jobs, 1)
    .option('--retries <n>', 'run what failed again, alone, up to so many times: for machines under load', retries, 0)
    .option('--junit <file>', 'write the results as JUnit XML')
    .option('--out <dir>', 'keep of failed scenarios a stereo recording (left caller, right hub) and what happened')
    .action(async (files: string[], flags: Flags) => {
      const interrupt = new AbortController();
      const stopListening = deps.onInterrupt(() => interrupt.abort());
      try {
        deps.setExitCode(await runFiles(files, flags, deps, interrupt.signal));
      } catch (error) {
        deps.printError(messageOf(error));
        const badFile = error instanceof ScenarioError && error.code === 'scenario_invalid';
        deps.setExitCode(badFile ? EXIT_BAD_FILES : EXIT_SCENARIO_FAILED);
      } finally {
        stopListening();
      }
    });
  return scenario;
}

async function runFiles(
  paths: readonly string[],
  { only, jobs: atATime, retries: again, junit, out }: Flags,
  deps: ScenarioCommandDeps,
  signal: AbortSignal,
): Promise<number> {
  const { clock, print, printError } = deps;
  const loaded: Scenario[] = [];
  const problems: string[] = [];
  for (const file of scenarioFiles(paths)) {
    try {
      loaded.push(loadScenario(file, deps.env));
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(error.message);
    }
  }
  if (problems.length > 0) throw new ScenarioError('scenario_invalid', problems.join('\n\n'));
  const chosen = loaded.filter(({ name }) => only === undefined || only.some((text) => name.includes(text)));
  if (chosen.length === 0) {
    throw new ScenarioError(
      'scenario_invalid',
      `no scenario is called ${only?.join(' or ')}; there are ${loaded.length}`,
    );
  }

  const startedAt = clock.now();
  const done = async (result: ScenarioResult) => {
    const failed = result.failures.length > 0;
    for (const line of resultLines(result)) (failed ? printError : print)(line);
    if (failed && out !== undefined) await keep(result, out);
  };
  const run = (scenarios: readonly Scenario[], atOnce: number) =>
    runScenarios(scenarios, deps.host, deps.openParts, { jobs: atOnce, clock, random: deps.random, signal, done });
  let results = await run(chosen, atATime);
  for (let attempt = 0; attempt < again && !signal.aborted; attempt++) {
    const failed = results.filter(({ failures }) => failures.length > 0).map(({ scenario }) => scenario);
    if (failed.length === 0) break;
    print(`again, alone: ${failed.map(({ name }) => name).join(', ')}`);
    const second = await run(failed, 1);
    results = results.map((first) => second.find(({ scenario }) => scenario === first.scenario) ?? first);
  }
  const durationMs = clock.now() - startedAt;
  if (junit !== undefined) {
    await mkdir(dirname(junit), { recursive: true });
    await writeFile(junit, junitXml(results, { durationMs, date: clock.date() }));
  }
  const passed = results.every(({ failures }) => failures.length === 0);
  (passed ? print : printError)(totalLine(results, durationMs));
  return passed ? EXIT_OK : EXIT_SCENARIO_FAILED;
}

async function keep({ scenario, failures, seen }: ScenarioResult, folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  const lines = [
    scenario.title,
    ...failures.map((failure) => `- ${failure}`),
    ...(seen === undefined ? [] : story(seen)),
  ];
  await writeFile(join(folder, `${scenario.name}.txt`), `${lines.join('\n')}\n`);
  if (seen === undefined || seen.audio.hub.length === 0) return;
  const wav = writeWav({ sampleRate: seen.sampleRate, channels: [seen.audio.caller, seen.audio.hub] });
  await writeFile(join(folder, `${scenario.name}.wav`), wav);
}

function jobs(value: string): number {
  return wholeNumber(value, 1, MOST_JOBS);
}

function retries(value: string): number {
  return wholeNumber(value, 0, MOST_RETRIES);
}

function wholeNumber(value: string, low: number, high: number): number {
  const number = Number(value);
  if (value.trim() === '' || !Number.isInteger(number) || number < low || number > high) {
    throw new InvalidArgumentError(`expected a whole number from ${low} to ${high}`);
  }
  return number;
}
