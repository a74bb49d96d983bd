import { PatchbayError } from '../errors.ts';

export type ConfigErrorCode =
  | 'config_unreadable' // no such file, no permission
  | 'config_invalid';

/** One thing that is wrong with the configuration. */
export interface ConfigProblem {
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
  /** `bots[0].url`; '' for the file as a whole. */
  path: string;
  /** What was expected and what stands there instead; one sentence, no secrets. */
  message: string;
}

/** The file and all of its problems; `message` is meant for a terminal and has a line or two per problem. */
export class ConfigError extends PatchbayError<ConfigErrorCode> {
  readonly file: string;
  /** In the order of the file. */
  readonly problems: readonly ConfigProblem[];

  constructor(code: ConfigErrorCode, file: string, problems: readonly ConfigProblem[], cause?: unknown) {
    const sorted = problems.toSorted((a, b) => a.line - b.line || a.column - b.column);
    super(code, formatProblems(file, sorted), { cause, publicMessage: 'The configuration is not valid' });
    this.file = file;
    this.problems = sorted;
  }
}

/** `FILE:LINE:COLUMN  key`, which terminals and editors turn into links, and the sentence below it. */
function formatProblems(file: string, problems: readonly ConfigProblem[]): string {
  const count = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
  const lines = problems.map((problem) => {
    const where = `${file}:${problem.line}:${problem.column}`;
    return `  ${problem.path === '' ? where : `${where}  ${problem.path}`}\n      ${problem.message}`;
  });
  return [`The configuration in ${file} cannot be used: ${count}.`, '', ...lines].join('\n');
}
