import type { ConfigProblem } from '../config/errors.ts';
import { PatchbayError } from '../errors.ts';

export type ScenarioErrorCode =
  | 'scenario_invalid' // the file is not what a scenario has to be, or cannot be read
  | 'scenario_failed'; // the run could not be carried out: no hub, no voice

export class ScenarioError extends PatchbayError<ScenarioErrorCode> {}

/** The file and all of its problems, with `FILE:LINE:COLUMN  key` and a sentence for each. */
export function invalidScenario(file: string, problems: readonly ConfigProblem[], cause?: unknown): ScenarioError {
  const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
  const lines = sorted.map(({ line, column, path, message }) => {
    const where = `${file}:${line}:${column}`;
    return `  ${path === '' ? where : `${where}  ${path}`}\n      ${message}`;
  });
  const count = sorted.length === 1 ? '1 problem' : `${sorted.length} problems`;
  return new ScenarioError('scenario_invalid', [`${file} is no good scenario: ${count}.`, ...lines].join('\n'), {
    cause,
  });
}
