import { z } from 'zod';
import { LIST_PAIRS, parameterConflicts } from './parameter-rules.ts';
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
  /** `unsupported`: the bot itself does what it is about. `unhonoured`: a speech service or the bot's connector takes no notice of it. */
  code: 'unknown' | 'invalid' | 'unsupported' | 'unhonoured' | 'scope' | 'conflict';
  /** A sentence for the bot's author. */
  message: string;
}

export const PARAMETER_NAMES = Object.keys(PARAMETER_TABLE) as readonly ParameterName[];

/** The defaults of the table. */
export const DEFAULT_BOT_PARAMETERS: BotParameters = Object.freeze(
  Object.fromEntries(PARAMETER_NAMES.map((name) => [name, PARAMETER_TABLE[name].default])),
) as BotParameters;

/** Settings that VoiceAI Connect has among the parameters of a bot, and where hub.yaml has them. */
const CONNECTION_SETTINGS = {
  acBotApiType: 'acBotApiType',
  botURL: 'url',
  directSTT: 'directSTT',
  directTTS: 'directTTS',
  botAllowSelfSignedCert: 'allowSelfSignedCert',
  oauthTokenUrl: 'auth.oauth.tokenUrl',
  oauthClientId: 'auth.oauth.clientId',
  oauthClientSecret: 'auth.oauth.clientSecret',
  oauthScope: 'auth.oauth.scope',
  sttProvider: 'speech.stt',
  ttsProvider: 'speech.tts',
} as const;

/** Names that are none of a bot's parameters here, and a sentence on each. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    Object.entries(CONNECTION_SETTINGS).map(([name, place]) => [
      name,
      `${name} is a setting of the connection: ${place} of the bot in hub.yaml, beside parameters`,
    ]),
  ),
  ...Object.fromEntries(
    ['sttAllowSelfSignedCert', 'ttsAllowSelfSignedCert'].map((name) => [
      name,
      `${name} is a setting of the speech service: allowSelfSignedCert of the service in speechServices of hub.yaml`,
    ]),
  ),
  provider: 'provider is a setting of the connection: connector of the bot in hub.yaml, beside parameters',
  targetParticipant:
    'targetParticipant belongs to agent assist, which this version does not take in: the caller is the only party of a conversation',
  ...Object.fromEntries(
    ['callRecordingServer', 'callRecordingServerSet', 'callRecordingDestUsername'].map((name) => [
      name,
      `${name} belongs to recording by SIPREC, which this version does not have: it records by itself (docs/recording.md)`,
    ]),
  ),
  ...Object.fromEntries(
    ['speakerVerificationType', 'speakerVerificationSpeakerId'].map((name) => [
      name,
      `${name} belongs to speaker verification, which this version does not have`,
    ]),
  ),
};

const elsewhere = new Map(Object.entries(ELSEWHERE).map(([name, sentence]) => [name.toLowerCase(), sentence]));

const namesByLowerCase = new Map(PARAMETER_NAMES.map((name) => [name.toLowerCase(), name]));

/** Warnings about one activity are cut off here. */
const MAX_WARNINGS = 20;

/** The row of `name`, as written in the table or in another case. */
export function findParameter(name: string): { name: ParameterName; spec: ParameterSpec<unknown> } | undefined {
  const found = namesByLowerCase.get(name.toLowerCase());
  return found === undefined ? undefined : { name: found, spec: PARAMETER_TABLE[found] };
}

/**
 * `parameters` of a bot in hub.yaml: exact types, no unknown names.
 * The result holds what was set, not the defaults.
 */
export const botParametersSchema: z.ZodType<BotParameterLayer> = z
  .strictObject(
    Object.fromEntries([
      ...PARAMETER_NAMES.map((name) => {
        const { schema }: ParameterSpec<unknown> = PARAMETER_TABLE[name];
        return [name, schema.optional()] as const;
      }),
      ...Object.entries(ELSEWHERE).map(([name, sentence]) => [name, refused(sentence).optional()] as const),
    ]),
  )
  .superRefine((value, context) => {
    for (const warning of parameterConflicts(value as BotParameterLayer)) {
      context.addIssue({ code: 'custom', path: [warning.parameter], message: warning.message });
    }
  }) as unknown as z.ZodType<BotParameterLayer>;

/** Nothing is accepted; `message` is a sentence. */
function refused(message: string): z.ZodType {
  return z.unknown().refine((value) => value === undefined, { error: message, params: { sentence: true } });
}

/**
 * Reads `sessionParams` or `activityParams` of a bot: names in any case, "true" for true, "8000" for 8000. What is
 * unknown, wrong or out of scope is left out and warned about (at most 20 warnings).
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
      const place = elsewhere.get(written.toLowerCase());
      if (place === undefined) warn(written, 'unknown', 'no such parameter');
      else warn(written, 'scope', place);
      continue;
    }
    const { name, spec } = found;
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

/**
 * What a bot of hub.yaml has of its base bot (Bot API 6.1): `own` comes first, and of a pair of lists of which one allows
 * and the other denies it is never mixed with the base's.
 */
export function inheritParameters(base: BotParameterLayer, own: BotParameterLayer): BotParameterLayer {
  const inherited: Record<string, unknown> = { ...base };
  for (const pair of LIST_PAIRS) {
    if (pair.some((name) => own[name] !== undefined)) for (const name of pair) delete inherited[name];
  }
  return mergeLayers(inherited as BotParameterLayer, own);
}

/** `over` laid over `under`. */
export function mergeLayers(under: BotParameterLayer, over: BotParameterLayer): BotParameterLayer {
  return { ...under, ...Object.fromEntries(Object.entries(over).filter(([, value]) => value !== undefined)) };
}
