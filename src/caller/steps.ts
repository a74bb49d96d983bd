import { basename } from 'node:path';
import { PatchbayError } from '../errors.ts';

/** One thing the scripted caller does. */
export type CallStep =
  | { kind: 'say'; text: string }
  | { kind: 'wav'; file: string }
  | { kind: 'dtmf'; digits: string }
  | { kind: 'wait'; ms: number };

export type StepErrorCode = 'bad_step';

/** A step that cannot be carried out as it was written. */
export class StepError extends PatchbayError<StepErrorCode> {}

const LONGEST_WAIT_MS = 600_000;
const LONGEST_TEXT = 2000;
const MOST_DIGITS = 100;

/** @throws StepError when there is nothing to say */
export function sayStep(text: string): CallStep {
  const trimmed = text.trim();
  if (trimmed === '') throw new StepError('bad_step', '--say needs some text, for example --say "hello"');
  if (trimmed.length > LONGEST_TEXT) {
    throw new StepError('bad_step', `--say takes at most ${LONGEST_TEXT} characters, not ${trimmed.length}`);
  }
  return { kind: 'say', text: trimmed };
}

/** @throws StepError on anything but RFC 4733 keypad digits; `a` to `d` are taken as `A` to `D` */
export function dtmfStep(digits: string): CallStep {
  const upper = digits.toUpperCase();
  if (!/^[0-9*#A-D]+$/.test(upper)) {
    throw new StepError('bad_step', `--dtmf takes the keys 0-9, *, # and A-D, not "${digits}"`);
  }
  if (upper.length > MOST_DIGITS) throw new StepError('bad_step', `--dtmf takes at most ${MOST_DIGITS} keys`);
  return { kind: 'dtmf', digits: upper };
}

/** @throws StepError unless it is a whole number of milliseconds, at most ten minutes */
export function waitStep(text: string): CallStep {
  const ms = Number(text);
  if (text.trim() === '' || !Number.isInteger(ms) || ms < 0 || ms > LONGEST_WAIT_MS) {
    throw new StepError('bad_step', `--wait takes milliseconds from 0 to ${LONGEST_WAIT_MS}, not "${text}"`);
  }
  return { kind: 'wait', ms };
}

export function wavStep(file: string): CallStep {
  if (file === '') throw new StepError('bad_step', '--wav needs a file');
  return { kind: 'wav', file };
}

/** What the caller does when nobody told it: a short talk with the demo bot. */
export const DEFAULT_STEPS: readonly CallStep[] = [
  { kind: 'say', text: 'hello' },
  { kind: 'say', text: 'what are your opening hours' },
  { kind: 'say', text: 'goodbye' },
];

/** The step as one short phrase for a log line or a table. */
export function describeStep(step: CallStep): string {
  switch (step.kind) {
    case 'say':
      return `"${step.text}"`;
    case 'wav':
      return `plays ${basename(step.file)}`;
    case 'dtmf':
      return `presses ${step.digits}`;
    case 'wait':
      return `waits ${step.ms} ms`;
  }
}
