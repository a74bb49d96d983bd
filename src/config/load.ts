import { readFile } from 'node:fs/promises';
import type { z } from 'zod';
import { messageOf } from '../errors.ts';
import { ConfigError, type ConfigProblem } from './errors.ts';
import { type BotEntry, inheritBots } from './inherit.ts';
import { keysOf, problemsOf, unknownKey } from './issues.ts';
import { checkReferences, namedConnectors, roomForCalls } from './references.ts';
import { checkRouting } from './routing-checks.ts';
import { readBlockList, readGroup, readRule } from './routing-entries.ts';
import { entrySchemas, maxEntries, sectionSchemas } from './schema.ts';
import { type ConfigSource, formatPath, type Path, parseSource } from './source.ts';
import { didYouMean } from './suggest.ts';
import type { ConnectorRegistry, ConnectorSchemas, HubConfig, SpeechServiceConfig } from './types.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads hub.yaml: checked, with all defaults, and nothing started. Of the connectors, those that it names are loaded.
 * @param env where `${NAME}` is looked up
 * @throws ConfigError with every problem of the file at once, each with line, column and key
 */
export async function loadConfig<Parameters>(
  file: string,
  env: Environment,
  registry: ConnectorRegistry<Parameters>,
): Promise<HubConfig<Parameters>> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const problem = { line: 1, column: 1, path: '', message: `the file cannot be read: ${messageOf(error)}` };
    throw new ConfigError('config_unreadable', file, [problem], error);
  }
  return loadConfigText(text, file, env, registry);
}

/** `loadConfig` for text that is at hand. @throws ConfigError */
export async function loadConfigText<Parameters>(
  text: string,
  file: string,
  env: Environment,
  registry: ConnectorRegistry<Parameters>,
): Promise<HubConfig<Parameters>> {
  const source = parseSource(text, env);
  return checked(source, file, await registry.load(namedConnectors(source.value)));
}

/** `loadConfigText` with connectors that are loaded. @throws ConfigError */
export function parseConfig<Parameters>(
  text: string,
  file: string,
  env: Environment,
  connectors: ConnectorSchemas<Parameters>,
): HubConfig<Parameters> {
  return checked(parseSource(text, env), file, connectors);
}

function checked<Parameters>(
  source: ConfigSource,
  file: string,
  connectors: ConnectorSchemas<Parameters>,
): HubConfig<Parameters> {
  const check = new Check(source);
  if (source.value !== undefined) {
    const config = readSections(check, file, connectors);
    if (check.problems.length === 0 && config !== undefined) return config;
  }
  throw new ConfigError('config_invalid', file, withoutConsequences(check.problems, source.problems));
}

/** A value whose variable is missing is empty, and may break rules of the schema on top: one mistake is one problem. */
function withoutConsequences(problems: readonly ConfigProblem[], causes: readonly ConfigProblem[]): ConfigProblem[] {
  const key = (problem: ConfigProblem) => `${problem.line}:${problem.column}`;
  const places = new Set(causes.map(key));
  return problems.filter((problem) => causes.includes(problem) || !places.has(key(problem)));
}

/** Collects problems while sections are read one by one, so that a fault in one does not hide those of another. */
class Check {
  readonly source: ConfigSource;
  readonly problems: ConfigProblem[];

  constructor(source: ConfigSource) {
    this.source = source;
    this.problems = [...source.problems];
  }

  report(path: Path, message: string): void {
    this.problems.push({ ...this.source.position(path), path: formatPath(path), message });
  }

  parse<Schema extends z.ZodType>(schema: Schema, value: unknown, path: Path): z.output<Schema> | undefined {
    const first = schema.safeParse(value);
    if (first.success) return first.data;
    const typed = this.#typeEnvironment(value, first.error.issues, path);
    const second = typed === undefined ? first : schema.safeParse(typed);
    if (second.success) return second.data;
    this.problems.push(...problemsOf(second.error.issues, schema, this.source, path));
    return undefined;
  }

  /** Variables are text: where a number or a switch is expected and the text is one, it is taken as such. */
  #typeEnvironment(value: unknown, issues: readonly z.core.$ZodIssue[], base: Path): unknown {
    let copy: unknown;
    for (const issue of issues) {
      if (issue.code !== 'invalid_type' || !this.source.isFromEnvironment([...base, ...issue.path])) continue;
      copy ??= structuredClone(value);
      copy = replaceAt(copy, issue.path, (text) => typed(text, issue.expected));
    }
    return copy;
  }
}

function typed(value: unknown, expected: string): unknown {
  if (typeof value !== 'string') return value;
  if ((expected === 'number' || expected === 'int') && /^-?\d+(\.\d+)?$/.test(value)) return Number(value);
  if (expected === 'boolean' && (value === 'true' || value === 'false')) return value === 'true';
  return value;
}

function replaceAt(value: unknown, path: Path, change: (value: unknown) => unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (typeof value !== 'object' || value === null) return value;
  const parent = value as Record<PropertyKey, unknown>;
  parent[key] = replaceAt(parent[key], rest, change);
  return value;
}

function isGroup(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function readSections<Parameters>(
  check: Check,
  file: string,
  connectors: ConnectorSchemas<Parameters>,
): HubConfig<Parameters> | undefined {
  const root = check.source.value;
  if (!isGroup(root)) {
    check.report([], root === null ? 'the file is empty' : 'expected a group of keys such as http, sip, bots');
    return undefined;
  }
  const known = [...Object.keys(sectionSchemas), ...Object.keys(entrySchemas)];
  for (const key of Object.keys(root)) {
    if (!known.includes(key)) check.problems.push(unknownKey(check.source, [], key, known));
  }
  // A key with nothing behind it (all of its lines are comments) counts as absent.
  const section = <Key extends keyof typeof sectionSchemas>(key: Key) =>
    check.parse(sectionSchemas[key], root[key] ?? undefined, [key]) as
      | z.output<(typeof sectionSchemas)[Key]>
      | undefined;
  const entries = <Entry>(key: keyof typeof entrySchemas, read: (value: unknown, path: Path) => Entry | undefined) =>
    readEntries(check, root[key] ?? [], key, read);

  const sections = {
    http: section('http'),
    auth: section('auth'),
    sip: section('sip'),
    engine: section('engine'),
    media: section('media'),
    dataDir: section('dataDir'),
    drainTimeoutMs: section('drainTimeoutMs'),
    log: section('log'),
    records: section('records'),
    recordings: section('recordings'),
    limits: section('limits'),
    database: section('database'),
    examples: section('examples'),
    botUrls: section('botUrls'),
    speech: section('speech'),
    notifications: section('notifications'),
    drachtio: section('drachtio'),
    freeswitch: section('freeswitch'),
    audioSocket: section('audioSocket'),
    forwarding: section('forwarding'),
    transfers: section('transfers'),
  };

  const lists = {
    speechServices: entries('speechServices', (value, path) => readSpeechService(check, value, path, connectors)),
    bots: entries('bots', (value, path) => readBot(check, value, path, connectors, sections.limits)),
    sipConnections: entries('sipConnections', (value, path) => check.parse(entrySchemas.sipConnections, value, path)),
    phoneNumbers: entries('phoneNumbers', (value, path) => check.parse(entrySchemas.phoneNumbers, value, path)),
    routingRules: entries('routingRules', (value, path) => readRule(check, value, path)),
    routingGroups: entries('routingGroups', (value, path) => readGroup(check, value, path)),
    callBlockLists: entries('callBlockLists', (value, path) => readBlockList(check, value, path)),
    apiClients: entries('apiClients', (value, path) => check.parse(entrySchemas.apiClients, value, path)),
  };
  const bots = inheritBots(lists.bots, connectors, (path, message) => check.report(path, message));
  check.problems.push(...checkReferences(sections, check.source, connectors.speech));
  checkRouting(lists.routingGroups, lists.routingRules, (path, message) => check.report(path, message));
  const { http, sip, engine, media, dataDir, drainTimeoutMs, log, records, limits, database, examples } = sections;
  const { auth, botUrls, notifications, speech, forwarding, transfers, drachtio, freeswitch, audioSocket } = sections;
  if (check.problems.length > 0) return undefined;
  if (!http || !sip || !engine || !media || !dataDir || drainTimeoutMs === undefined) return undefined;
  if (!log || !records || !limits || !database || !examples || !auth || !botUrls || !notifications) return undefined;
  if (!speech || !forwarding || !transfers || !audioSocket || !sections.recordings) return undefined;
  return {
    file,
    http,
    auth,
    sip: { host: sip.host, port: sip.port, transports: [...new Set(sip.transports)] },
    engine,
    drachtio,
    freeswitch,
    audioSocket,
    media,
    dataDir,
    drainTimeoutMs,
    log,
    records,
    recordings: sections.recordings,
    database,
    limits: { ...limits, concurrentCalls: limits.concurrentCalls ?? roomForCalls(sections) },
    examples,
    botUrls,
    speech,
    notifications,
    speechServices: [...lists.speechServices.values()],
    bots,
    sipConnections: [...lists.sipConnections.values()],
    phoneNumbers: [...lists.phoneNumbers.values()],
    routingRules: [...lists.routingRules.values()],
    routingGroups: [...lists.routingGroups.values()],
    callBlockLists: [...lists.callBlockLists.values()],
    forwarding,
    transfers,
    apiClients: [...lists.apiClients.values()],
  };
}

function readEntries<Entry>(
  check: Check,
  list: unknown,
  key: string,
  read: (value: unknown, path: Path) => Entry | undefined,
): Map<number, Entry> {
  const good = new Map<number, Entry>();
  if (!Array.isArray(list)) {
    check.report([key], 'expected a list: each entry on lines of its own, the first with a dash before it');
    return good;
  }
  if (list.length > maxEntries) {
    check.report([key], `expected at most ${maxEntries} entries, found ${list.length}`);
    return good;
  }
  for (const [index, value] of list.entries()) {
    const entry = read(value, [key, index]);
    if (entry !== undefined) good.set(index, entry);
  }
  return good;
}

/**
 * Splits an entry into the fields that every one of its kind has and those of its connector, and checks both.
 * Neither side may have a key that nobody knows.
 */
function readConnectorFields(
  check: Check,
  value: Record<string, unknown>,
  path: Path,
  base: readonly string[],
  settings: z.ZodType,
): unknown {
  const known = keysOf(settings);
  const own: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) {
    if (known?.includes(key) ?? !base.includes(key)) own[key] = item;
    else if (!base.includes(key))
      check.problems.push(unknownKey(check.source, path, key, [...new Set([...base, ...(known ?? [])])]));
  }
  return check.parse(settings, own, path);
}

function readSpeechService(
  check: Check,
  value: unknown,
  path: Path,
  connectors: ConnectorSchemas<unknown>,
): SpeechServiceConfig | undefined {
  const base = check.parse(entrySchemas.speechServices, value, path);
  if (base === undefined || !isGroup(value)) return undefined;
  const vendor = Object.hasOwn(connectors.speech, base.vendor) ? connectors.speech[base.vendor] : undefined;
  if (vendor === undefined) {
    reportUnavailable(
      check,
      [...path, 'vendor'],
      'speech vendor',
      base.vendor,
      connectors.names?.speech ?? Object.keys(connectors.speech),
    );
    return undefined;
  }
  const settings = readConnectorFields(check, value, path, ['id', 'vendor'], vendor.settings);
  return settings === undefined ? undefined : { id: base.id, vendor: base.vendor, settings };
}

const botBaseKeys = ['id', 'name', 'base', 'connector', 'speech', 'limits', 'parameters'];

function readBot<Parameters>(
  check: Check,
  value: unknown,
  path: Path,
  connectors: ConnectorSchemas<Parameters>,
  limits: { maxQueueMs: number } | undefined,
): BotEntry<Parameters> | undefined {
  const base = check.parse(entrySchemas.bots, value, path);
  if (!isGroup(value)) return undefined;
  const parameters = check.parse(connectors.botParameters, value.parameters ?? {}, [...path, 'parameters']);
  const name = value.connector;
  if (typeof name !== 'string') return undefined;
  const connector = Object.hasOwn(connectors.bots, name) ? connectors.bots[name] : undefined;
  if (connector === undefined) {
    reportUnavailable(
      check,
      [...path, 'connector'],
      'bot connector',
      name,
      connectors.names?.bots ?? Object.keys(connectors.bots),
    );
    return undefined;
  }
  const settings = readConnectorFields(check, value, path, botBaseKeys, connector);
  if (base === undefined || parameters === undefined || settings === undefined) return undefined;
  const audio = connectors.botAudio?.[name]?.(settings);
  for (const [kind, direct] of [
    ['stt', audio?.directStt],
    ['tts', audio?.directTts],
  ] as const) {
    if (base.speech[kind] === undefined && direct !== true) {
      check.report([...path, 'speech'], `${kind} is missing: expected the id of a speech service`);
    }
  }
  const bot = {
    id: base.id,
    name: base.name ?? base.id,
    connector: base.connector,
    speech: { stt: base.speech.stt ?? [], tts: base.speech.tts ?? [], warmUp: base.speech.warmUp },
    parameters,
    limits: { ...base.limits, maxQueueMs: base.limits.maxQueueMs ?? limits?.maxQueueMs ?? 0 },
    settings,
  };
  return { bot, base: base.base };
}

function reportUnavailable(check: Check, path: Path, what: string, name: string, available: readonly string[]): void {
  const hint = didYouMean(name, available) || `; available: ${available.join(', ')}`;
  check.report(path, `the ${what} '${name}' is not available in this version${hint}`);
}
