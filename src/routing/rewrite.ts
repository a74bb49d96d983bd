import {
  formatNumberPattern,
  matchesNumber,
  type NumberPattern,
  normaliseNumber,
  parseNumberPattern,
} from './numbers.ts';

/** One step: numbers that match `from` become `to`, in which a final `*` stands for what the star of `from` stood for. */
export interface RewriteStep {
  from: NumberPattern;
  /** `fixed`: `to` is the whole number. */
  to: { text: string; fixed: boolean };
}

/** The first step whose `from` matches is taken; where none does the number stays as it is. */
export type Rewrite = readonly RewriteStep[];

/** What a rule or a destination of a group does to the numbers of a call. */
export interface NumberRewriting {
  calling?: Rewrite | undefined;
  called?: Rewrite | undefined;
}

export interface Numbers {
  calling: string;
  called: string;
}

/**
 * Reads the two sides of a step: `from` is a pattern of the routing rules (`00*`, `200`, `*`), `to` a number or a beginning with a
 * star (`+*`, `+49*`).
 * @returns the step, or what was expected, in words
 */
export function parseRewriteStep(from: string, to: string): { step: RewriteStep } | { problem: string } {
  const read = parseNumberPattern(from);
  if ('problem' in read) return read;
  if (/\p{Cc}/u.test(to)) return { problem: 'no control characters' };
  if (to.trim() === '') return { problem: "a number, or a beginning with a star such as '+49*'" };
  const star = to.indexOf('*');
  if (star === -1) return { step: { from: read.pattern, to: { text: normaliseNumber(to), fixed: true } } };
  if (star !== to.length - 1) return { problem: "'*' only at the end" };
  if (read.pattern.kind === 'exact') {
    return { problem: `a number without a star, for '${from}' has none that it could stand for` };
  }
  return { step: { from: read.pattern, to: { text: to.slice(0, -1).trim(), fixed: false } } };
}

/** @param number a user part as received. A step that would leave nothing of it does not change it. */
export function rewriteNumber(rewrite: Rewrite | undefined, number: string): string {
  const step = rewrite?.find(({ from }) => matchesNumber(from, number));
  if (step === undefined) return number;
  if (step.to.fixed) return step.to.text;
  const normalised = normaliseNumber(number);
  const rest = step.from.kind === 'prefix' ? normalised.slice(step.from.prefix.length) : normalised;
  const written = step.to.text + rest;
  return written === '' ? number : written;
}

export function rewriteNumbers({ calling, called }: NumberRewriting, numbers: Numbers): Numbers {
  return { calling: rewriteNumber(calling, numbers.calling), called: rewriteNumber(called, numbers.called) };
}

export function formatRewrite(rewrite: Rewrite): string {
  return rewrite.map(({ from, to }) => `${formatNumberPattern(from)} -> ${to.text}${to.fixed ? '' : '*'}`).join(', ');
}
