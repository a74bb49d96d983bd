import { z } from 'zod';
import { isSecretKey } from '../telemetry/secret-keys.ts';
import type { ConfigProblem } from './errors.ts';
import { type ConfigSource, formatPath, type Path } from './source.ts';
import { didYouMean } from './suggest.ts';

type Issue = z.core.$ZodIssue;

/** The schema's keys, seen through wrappers; undefined: it is no object, or takes any key. */
export function keysOf(schema: z.core.$ZodType): readonly string[] | undefined {
  if (schema instanceof z.ZodObject) return Object.keys(schema.shape);
  if (schema instanceof z.ZodPipe) return keysOf(schema.in) ?? keysOf(schema.out);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodNullable ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodReadonly
  ) {
    return keysOf(schema.unwrap());
  }
  if (schema instanceof z.ZodUnion) {
    const all = schema.options.map((option) => keysOf(option));
    return all.every((keys) => keys !== undefined) ? [...new Set(all.flat())] : undefined;
  }
  return undefined;
}

/** The schema of what stands at `path` inside `schema`, as far as objects and lists lead there. */
function schemaAt(schema: z.core.$ZodType, path: Path): z.core.$ZodType | undefined {
  let current: z.core.$ZodType | undefined = schema;
  for (const key of path) {
    current = current === undefined ? undefined : child(current, key);
  }
  return current;
}

function child(schema: z.core.$ZodType, key: PropertyKey): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodObject) return schema.shape[String(key)];
  if (schema instanceof z.ZodArray) return schema.element;
  if (schema instanceof z.ZodPipe) return child(schema.in, key) ?? child(schema.out, key);
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) {
    return child(schema.unwrap(), key);
  }
  return undefined;
}

const typeNames: Partial<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a group of keys',
  record: 'a group of keys',
};

function valueAt(value: unknown, path: Path): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== 'object' || current === null) return undefined;
    current = (current as Record<PropertyKey, unknown>)[key];
  }
  return current;
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object') return 'a group of keys';
  const text = typeof value === 'string' ? `'${visible(value)}'` : String(value);
  return text.length > 80 ? `${text.slice(0, 80)}...` : text;
}

/** Control characters would break the line, or the terminal. */
function visible(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => JSON.stringify(character).slice(1, -1));
}

/** Turns what zod found at and below `base` into problems of the file. */
export function problemsOf(
  issues: readonly Issue[],
  schema: z.core.$ZodType,
  source: ConfigSource,
  base: Path,
): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  for (const issue of issues) {
    const path = [...base, ...issue.path];
    if (issue.code === 'unrecognized_keys') {
      const at = schemaAt(schema, issue.path);
      const known = (at === undefined ? undefined : keysOf(at)) ?? [];
      for (const key of issue.keys) problems.push(unknownKey(source, path, key, known));
      continue;
    }
    problems.push({ ...source.position(path), path: formatPath(path), message: sentenceOf(issue, path, source) });
  }
  return problems;
}

export function unknownKey(source: ConfigSource, parent: Path, key: string, known: readonly string[]): ConfigProblem {
  const path = [...parent, key];
  const hint = didYouMean(key, known);
  const list = hint === '' && known.length > 0 && known.length <= 12 ? `; known here: ${known.join(', ')}` : hint;
  return { ...source.position(path, 'key'), path: formatPath(path), message: `unknown key '${key}'${list}` };
}

function sentenceOf(issue: Issue, path: Path, source: ConfigSource): string {
  if (issue.code === 'custom' && issue.params?.sentence === true) return issue.message;
  const value = valueAt(source.value, path);
  const expected = expectation(issue, value, path);
  if (value === undefined) {
    return issue.code === 'invalid_type' || issue.code === 'invalid_value' ? `missing: ${expected}` : expected;
  }
  const hidden = source.isFromEnvironment(path) || path.some((key) => typeof key === 'string' && isSecretKey(key));
  if (hidden) return `${expected}, found something else (not shown here)`;
  return typeof value === 'object' && value !== null && issue.code !== 'invalid_type'
    ? expected
    : `${expected}, found ${describe(value)}`;
}

function expectation(issue: Issue, value: unknown, path: Path): string {
  switch (issue.code) {
    case 'invalid_type': {
      const wanted = `expected ${typeNames[issue.expected] ?? issue.expected}`;
      return issue.expected === 'string' && typeof value === 'number' ? `${wanted} (put it in quotes)` : wanted;
    }
    case 'invalid_value':
      return `expected ${issue.values.map((option) => String(option)).join(' or ')}${
        typeof value === 'string' && !path.some((key) => isSecretKey(String(key)))
          ? didYouMean(value, issue.values.map(String))
          : ''
      }`;
    case 'too_big':
      return `expected ${bound('at most', issue.maximum, issue.origin)}`;
    case 'too_small':
      return `expected ${bound('at least', issue.minimum, issue.origin)}`;
    case 'invalid_union':
      return unionExpectation(issue, value, path);
    case 'invalid_format':
    case 'custom':
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
      return issue.message.startsWith('expected') ||
        /^[A-Z]/.test(issue.message) ||
        issue.message.includes('not supported')
        ? issue.message
        : `expected ${issue.message}`;
  }
}

function unionExpectation(issue: z.core.$ZodIssueInvalidUnion, value: unknown, path: Path): string {
  const options = issue.errors
    .map((errors) => errors[0])
    .filter((first) => first !== undefined)
    .map((first) => expectation(first, value, path).replace(/^expected /, ''));
  return options.length === 0 ? 'expected another form' : `expected ${[...new Set(options)].join(', or ')}`;
}

function bound(words: string, limit: number | bigint, origin: string): string {
  switch (origin) {
    case 'string':
      return limit === 1 && words === 'at least' ? 'some text' : `${words} ${limit} characters`;
    case 'array':
    case 'set':
      return `${words} ${limit} ${limit === 1 ? 'entry' : 'entries'}`;
    default:
      return `${words} ${limit}`;
  }
}
