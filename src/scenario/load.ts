import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { ConfigProblem } from '../config/errors.ts';
import { problemsOf } from '../config/issues.ts';
import { parseSource } from '../config/source.ts';
import { messageOf } from '../errors.ts';
import type { BotRule } from './bot-schema.ts';
import { invalidScenario } from './errors.ts';
import { type CallerStep, type ScenarioFile, type Sound, scenarioSchema } from './schema.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A scenario that may be run. */
export interface Scenario extends ScenarioFile {
  file: string;
  /** The file's name without its ending. */
  name: string;
}

/** Folders stand for the YAML files in them, by name. @throws ScenarioError for a path that is not there */
export function scenarioFiles(paths: readonly string[]): string[] {
  return paths.flatMap((path) => {
    try {
      if (!statSync(path).isDirectory()) return [path];
      const files = readdirSync(path).filter((file) => /\.ya?ml$/.test(file));
      if (files.length === 0) throw new Error('there is no YAML file in this folder');
      return files.sort().map((file) => join(path, file));
    } catch (error) {
      throw unreadable(path, error);
    }
  });
}

/** @throws ScenarioError with every problem of the file */
export function loadScenario(file: string, env: Environment): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
  return parseScenario(text, file, env);
}

/** `loadScenario` for text that is at hand. WAV files are looked for beside the file. @throws ScenarioError */
export function parseScenario(text: string, file: string, env: Environment): Scenario {
  const source = parseSource(text, env);
  if (source.problems.length > 0) throw invalidScenario(file, source.problems);
  const result = scenarioSchema.safeParse(source.value);
  if (!result.success) {
    throw invalidScenario(file, problemsOf(result.error.issues, scenarioSchema, source, []));
  }
  const scenario = result.data;
  const problems = anchorProblems(scenario).map(
    ({ path, message }): ConfigProblem => ({ ...source.position(path), path: path.join('.'), message }),
  );
  if (problems.length > 0) throw invalidScenario(file, problems);
  const name = basename(file).replace(/\.ya?ml$/, '');
  const bot = { ...scenario.bot, rules: scenario.bot.rules.map((rule) => audioBesideFile(rule, file)) };
  return { ...scenario, bot, caller: scenario.caller.map((step) => besideFile(step, file)), file, name };
}

/** What the steps make of an expectation's `from`, and steps that can never run. */
function anchorProblems(scenario: ScenarioFile): { path: (string | number)[]; message: string }[] {
  const problems: { path: (string | number)[]; message: string }[] = [];
  for (const [index, { from }] of scenario.expect.entries()) {
    if (from === undefined || from === 'answer' || from === 'invite') continue;
    problems.push({ path: ['expect', index, 'from'], message: `\`${from}\` needs a step: put the expectation there` });
  }
  for (const [index, step] of scenario.caller.entries()) {
    const last = step.hangUp === true || step.vanish === true;
    const next = scenario.caller[index + 1];
    if (step.hangUp === true && next !== undefined) {
      problems.push({ path: ['caller', index + 1], message: 'nothing can follow `hangUp`' });
    } else if (last && next !== undefined && next.await !== 'end') {
      problems.push({ path: ['caller', index + 1], message: 'only `await: end` can follow `vanish`' });
    }
    if (step.now === true && step.silence !== undefined) {
      problems.push({ path: ['caller', index, 'now'], message: '`now` and `silence`: write `wait`' });
    }
  }
  return problems;
}

function besideFile(step: CallerStep, file: string): CallerStep {
  const beside = <S extends Sound>(sound: S): S =>
    sound.wav === undefined ? sound : { ...sound, wav: resolve(dirname(file), sound.wav) };
  return { ...beside(step), ...(step.interrupt === undefined ? {} : { interrupt: beside(step.interrupt) }) };
}

function audioBesideFile(rule: BotRule, file: string): BotRule {
  const reply = rule.reply.map((one) =>
    one.play?.wav === undefined ? one : { ...one, play: { ...one.play, wav: resolve(dirname(file), one.play.wav) } },
  );
  return { ...rule, reply };
}

function unreadable(file: string, error: unknown) {
  const message = `the file cannot be read: ${messageOf(error)}`;
  return invalidScenario(file, [{ line: 1, column: 1, path: '', message }], error);
}
