import { z } from 'zod';
import { parameterConflicts } from './parameter-rules.ts';
import type { ParameterSpec } from './parameter-spec.ts';
import { PARAMETER_TABLE } from './parameter-table.ts';

type Table = typeof PARAMETER_TABLE;

export type ParameterName = keyof Table;

/** The value of every parameter. */
export type BotParameters = { readonly [N in ParameterName]: Table[N] extends ParameterSpec<infer T> ? T : never };

/** Some parameters, as one layer (bot, session, activity) sets them; `undefined` means not set. */
export type BotParameterLayer = { readonly [N in ParameterName]?: BotParameters[N] | undefined };

export interface ParameterWarning {
  /** As it was written. */
  parameter: string;
  code: 'unknown' | 'invalid' | 'unsupported' | 'scope' | 'conflict';
  /** A sentence for the bot's author. */
  message: string;
}

export const PARAMETER_NAMES = Object.keys(PARAMETER_TABLE) as readonly ParameterName[];

/** The defaults of the table. */
export const DEFAULT_BOT_PARAMETERS: BotParameters = Object.freeze(
  Object.fromEntries(PARAMETER_NAMES.map((name) => [name, PARAMETER_TABLE[name].default])),
) as BotParameters;

const namesByLowerCase = new Map(PARAMETER_NAMES.map((name) => [name.toLowerCase(), name]));

/** Warnings about one activity are cut off here. */
const MAX_WARNINGS = 20;

/** The row of `name`, as written in the table or in another case. */
export function findParameter(name: string): { name: ParameterName; spec: ParameterSpec<unknown> } | undefined {
  const found = namesByLowerCase.get(name.toLowerCase());
  return found === undefined ? undefined : { name: found, spec: PARAMETER_TABLE[found] };
}

/**
 * `parameters` of a bot in hub.yaml: exact types, no unknown names, and no parameter that this version would ignore.
 * The result holds what was set, not the defaults.
 */
export const botParametersSchema: z.ZodType<BotParameterLayer> = z
  .strictObject(
    Object.fromEntries(
      PARAMETER_NAMES.map((name) => {
        const spec: ParameterSpec<unknown> = PARAMETER_TABLE[name];
        return [name, (spec.supported ? spec.schema : refused(name)).optional()];
      }),
    ),
  )
  .superRefine((value, context) => {
    for (const warning of parameterConflicts(value as BotParameterLayer)) {
      context.addIssue({ code: 'custom', path: [warning.parameter], message: warning.message });
    }
  }) as unknown as z.ZodType<BotParameterLayer>;

function refused(name: string): z.ZodType {
  return z.unknown().refine((value) => value === undefined, `${name} is not supported by this version`);
}

/**
 * Reads `sessionParams` or `activityParams` of a bot: names in any case, "true" for true, "8000" for 8000. What is
 * unknown, wrong, out of scope or not supported is left out and warned about (at most 20 warnings).
 */
export function parseBotParameters(
  raw: Readonly<Record<string, unknown>>,
  scope: 'session' | 'activity',
): { values: BotParameterLayer; warnings: ParameterWarning[] } {
  const values: Record<string, unknown> = {};
  const warnings: ParameterWarning[] = [];
  const warn = (parameter: string, code: ParameterWarning['code'], message: string) => {
    if (warnings.length < MAX_WARNINGS) warnings.push({ parameter: parameter.slice(0, 100), code, message });
  };
  for (const [written, value] of Object.entries(raw)) {
    const found = findParameter(written);
    if (found === undefined) {
      warn(written, 'unknown', 'no such parameter');
      continue;
    }
    const { name, spec } = found;
    if (!spec.supported) {
      warn(written, 'unsupported', `${name} is not supported by this version and has no effect`);
      continue;
    }
    if (spec.scope === 'bot' || (spec.scope === 'session' && scope === 'activity')) {
      const place = spec.scope === 'bot' ? 'the configuration of the bot connection' : 'sessionParams';
      warn(written, 'scope', `${name} can only be set in ${place}`);
      continue;
    }
    const result = spec.schema.safeParse(spec.coerce(value));
    if (result.success) values[name] = result.data;
    else warn(written, 'invalid', `expected ${spec.type}: ${result.error.issues[0]?.message ?? 'invalid'}`);
  }
  const layer = values as BotParameterLayer;
  for (const conflict of parameterConflicts(layer)) warn(conflict.parameter, conflict.code, conflict.message);
  return { values: layer, warnings };
}

/** Activity before session before bot before default (Bot API 6.1). */
export function resolveParameters(
  defaults: BotParameters,
  bot: BotParameterLayer,
  session: BotParameterLayer,
  activity: BotParameterLayer,
): BotParameters {
  const resolved: Record<string, unknown> = { ...defaults };
  for (const layer of [bot, session, activity]) {
    for (const [name, value] of Object.entries(layer)) if (value !== undefined) resolved[name] = value;
  }
  return resolved as BotParameters;
}

/** `over` laid over `under`. */
export function mergeLayers(under: BotParameterLayer, over: BotParameterLayer): BotParameterLayer {
  return { ...under, ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)) };
}
