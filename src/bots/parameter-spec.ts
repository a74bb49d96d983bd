import { z } from 'zod';

/**
 * Where a parameter may be set; every place includes those before it.
 * `bot`: the configuration of the bot connection. `session`: also a bot's `sessionParams`, for the rest of the call.
 * `activity`: also `activityParams`, until the next prompt (Bot API 6.1).
 */
export type ParameterScope = 'bot' | 'session' | 'activity';

export type ParameterUnit = 'ms' | 'words' | 'digits' | 'repetitions' | 'weight' | undefined;

/** One row of the parameter table. */
export interface ParameterSpec<T> {
  /** Accepts exactly what the configuration file may contain. */
  readonly schema: z.ZodType<T>;
  /** How the type is called in documentation and messages. */
  readonly type: string;
  readonly default: T;
  readonly unit: ParameterUnit;
  readonly scope: ParameterScope;
  /** Only some speech services, or bot connectors, act on it: with others, setting it is warned about. */
  readonly honouredBy: 'stt' | 'tts' | 'bot' | undefined;
  readonly doc: string;
  /** Turns what bots send ("true", "8000") into what `schema` accepts; gives back what it cannot turn. */
  readonly coerce: (value: unknown) => unknown;
}

interface Options {
  scope?: ParameterScope;
  unit?: ParameterUnit;
  honouredBy?: 'stt' | 'tts' | 'bot';
}

function spec<T>(
  type: string,
  schema: z.ZodType<T>,
  fallback: T,
  doc: string,
  coerce: (value: unknown) => unknown,
  options: Options,
): ParameterSpec<T> {
  return {
    type,
    schema,
    default: fallback,
    doc,
    coerce,
    unit: options.unit,
    scope: options.scope ?? 'activity',
    honouredBy: options.honouredBy,
  };
}

export function flag(fallback: boolean, doc: string, options: Options = {}): ParameterSpec<boolean> {
  return spec('boolean', z.boolean(), fallback, doc, coerceBoolean, options);
}

/** Milliseconds; 0 switches a timer off where the documentation line says so. */
export function milliseconds(
  fallback: number,
  doc: string,
  options: Options & { min?: number; max?: number } = {},
): ParameterSpec<number> {
  const { min = 0, max = 86_400_000 } = options;
  return spec('number', z.number().int().min(min).max(max), fallback, doc, coerceNumber, { unit: 'ms', ...options });
}

export function count(
  fallback: number,
  doc: string,
  options: Options & { min?: number; max?: number } = {},
): ParameterSpec<number> {
  const { min = 0, max = 1000 } = options;
  return spec('number', z.number().int().min(min).max(max), fallback, doc, coerceNumber, options);
}

export function decimal(
  fallback: number,
  doc: string,
  options: Options & { min: number; max: number },
): ParameterSpec<number> {
  return spec('number', z.number().min(options.min).max(options.max), fallback, doc, coerceNumber, options);
}

/** '' stands for "none". */
export function text(
  fallback: string,
  doc: string,
  options: Options & { maxLength?: number } = {},
): ParameterSpec<string> {
  return spec('string', z.string().max(options.maxLength ?? 10_000), fallback, doc, coerceString, options);
}

export function pattern(
  fallback: string,
  regex: RegExp,
  expected: string,
  doc: string,
  options: Options = {},
): ParameterSpec<string> {
  const schema = z.string().regex(regex, `expected ${expected}`);
  return spec(expected, schema, fallback, doc, coerceString, options);
}

export function choice<const V extends string>(
  values: readonly [V, ...V[]],
  fallback: V,
  doc: string,
  options: Options = {},
): ParameterSpec<V> {
  const coerce = (value: unknown) =>
    typeof value === 'string' ? (values.find((v) => v.toLowerCase() === value.toLowerCase()) ?? value) : value;
  return spec(values.map((v) => `"${v}"`).join(' | '), z.enum(values), fallback, doc, coerce, options);
}

/** A choice whose first two values are also known as false and true. */
export function switched<const V extends string>(
  values: readonly [off: V, on: V, ...others: V[]],
  doc: string,
  options: Options = {},
): ParameterSpec<V> {
  const spec = choice(values, values[0], doc, options);
  const coerce = (value: unknown) => {
    const flag = coerceBoolean(value);
    return typeof flag === 'boolean' ? values[flag ? 1 : 0] : spec.coerce(value);
  };
  return { ...spec, coerce };
}

export function texts(doc: string, options: Options = {}): ParameterSpec<readonly string[]> {
  const schema = z.array(z.string().max(1000)).max(1000);
  return spec<readonly string[]>('string[]', schema, [], doc, coerceList, options);
}

/** A list that can also be absent, which is something else than empty. */
export function optionalTexts(doc: string, options: Options = {}): ParameterSpec<readonly string[] | undefined> {
  const schema = z.array(z.string().max(1000)).max(1000).optional();
  return spec<readonly string[] | undefined>('string[]', schema, undefined, doc, coerceList, options);
}

export function choices<const V extends string>(
  values: readonly [V, ...V[]],
  doc: string,
  options: Options = {},
): ParameterSpec<readonly V[]> {
  const byLowerCase = new Map<string, V>(values.map((v) => [v.toLowerCase(), v]));
  const coerce = (value: unknown) => {
    const list = coerceList(typeof value === 'string' ? value.split(',').map((part) => part.trim()) : value);
    if (!Array.isArray(list)) return list;
    return list.map((item: unknown) =>
      typeof item === 'string' ? (byLowerCase.get(item.toLowerCase()) ?? item) : item,
    );
  };
  return spec<readonly V[]>('string[]', z.array(z.enum(values)).max(100), [], doc, coerce, options);
}

export function objects<T>(type: string, schema: z.ZodType<T>, fallback: T, doc: string, options: Options = {}) {
  return spec<T>(type, schema, fallback, doc, (value) => coerceJson(value), options);
}

export function anything(doc: string, options: Options = {}): ParameterSpec<unknown> {
  return spec<unknown>('any', z.unknown(), undefined, doc, (value) => value, options);
}

function coerceBoolean(value: unknown): unknown {
  if (value === 1 || value === 0) return value === 1;
  if (typeof value !== 'string') return value;
  const lower = value.trim().toLowerCase();
  if (lower === 'true' || lower === '1' || lower === 'yes' || lower === 'on') return true;
  if (lower === 'false' || lower === '0' || lower === 'no' || lower === 'off') return false;
  return value;
}

function coerceNumber(value: unknown): unknown {
  if (typeof value !== 'string' || value.trim() === '') return value;
  const number = Number(value);
  return Number.isFinite(number) ? number : value;
}

function coerceString(value: unknown): unknown {
  if (value === null) return '';
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function coerceList(value: unknown): unknown {
  const parsed = coerceJson(value);
  if (typeof parsed === 'string') return parsed === '' ? [] : [parsed];
  if (parsed === null) return [];
  return Array.isArray(parsed) ? parsed.map(coerceString) : parsed;
}

/** Bots that build their activities in templates often send JSON inside a string. */
function coerceJson(value: unknown): unknown {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return value;
  }
}
