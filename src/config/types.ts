import type { z } from 'zod';
import type { CallBlockList } from '../routing/block-lists.ts';
import type { RoutingGroup } from '../routing/ring-plan.ts';
import type { RoutingRule } from '../routing/rules.ts';
import type { entrySchemas, sectionSchemas } from './schema.ts';

/** Names of connectors: of bots (`connector`) and of speech vendors (`vendor`). */
export interface ConnectorNames {
  bots: readonly string[];
  speech: readonly string[];
}

/** All connectors that there are; handed in by the composition root. */
export interface ConnectorRegistry<Parameters = unknown> {
  /** Loads those of these names that it knows. */
  load(names: ConnectorNames): Promise<ConnectorSchemas<Parameters>>;
}

/** What connectors contribute to the configuration's schema. */
export interface ConnectorSchemas<Parameters = unknown> {
  /** All that a configuration may name, loaded or not; absent: those below. */
  names?: ConnectorNames;
  /**
   * By the name that stands in `connector`: the connector's own fields of a bot. Keys that every bot has (`id`,
   * `name`, ...) are passed on only where the schema names them.
   */
  bots: Readonly<Record<string, z.ZodType>>;
  /** Likewise: which speech a bot with these settings does itself, so that `speech` need not name a service for it. */
  botAudio?: Readonly<Record<string, (settings: unknown) => { directStt: boolean; directTts: boolean }>>;
  /** By the name that stands in `vendor`: the vendor's own fields, likewise, and what the vendor can do. */
  speech: Readonly<Record<string, { settings: z.ZodType; stt: boolean; tts: boolean }>>;
  /** `parameters` of a bot. */
  botParameters: z.ZodType<Parameters>;
  /** The parameters of a bot that is based on another one, and where the two contradict each other. */
  inheritParameters?(
    base: Parameters,
    own: Parameters,
  ): { parameters: Parameters; problems: readonly { parameter: string; message: string }[] };
}

export interface SpeechServiceConfig {
  id: string;
  vendor: string;
  /** What the vendor's schema made of its fields. */
  settings: unknown;
}

export interface BotConfig<Parameters = unknown> {
  id: string;
  /** For people; the id where the file gives none. */
  name: string;
  connector: string;
  /** Ids of speech services, in the order of fallback; empty where the bot does it itself. */
  speech: { stt: string[]; tts: string[]; warmUp: string[] };
  parameters: Parameters;
  /** Of its dialouts. */
  limits: { callsPerSecond: number; concurrentCalls: number; maxQueueMs: number };
  /** What the connector's schema made of its fields. */
  settings: unknown;
}

type Section<Key extends keyof typeof sectionSchemas> = z.output<(typeof sectionSchemas)[Key]>;
type Entry<Key extends keyof typeof entrySchemas> = z.output<(typeof entrySchemas)[Key]>;

export type SipConnectionConfig = Entry<'sipConnections'>;
export type PhoneNumberConfig = Entry<'phoneNumbers'>;
export type ApiClientConfig = Entry<'apiClients'>;

/** hub.yaml, checked and complete: all defaults filled in, all references good. */
export interface HubConfig<Parameters = unknown> {
  /** Where it was read from. */
  file: string;
  http: Section<'http'>;
  auth: Section<'auth'>;
  sip: Omit<Section<'sip'>, 'tls'>;
  engine: Section<'engine'>;
  /** The three of `engine: freeswitch`. */
  drachtio: Section<'drachtio'>;
  freeswitch: Section<'freeswitch'>;
  audioSocket: Section<'audioSocket'>;
  media: Section<'media'>;
  /** As written: relative to the directory in which the hub was started. */
  dataDir: string;
  speechServices: SpeechServiceConfig[];
  bots: BotConfig<Parameters>[];
  sipConnections: SipConnectionConfig[];
  phoneNumbers: PhoneNumberConfig[];
  routingRules: RoutingRule[];
  routingGroups: RoutingGroup[];
  callBlockLists: CallBlockList[];
  /** Calls that are passed on to a SIP connection. */
  forwarding: Section<'forwarding'>;
  apiClients: ApiClientConfig[];
  botUrls: Section<'botUrls'>;
  /** What holds for all speech services. */
  speech: Section<'speech'>;
  /** How dialers are told of their dialouts. */
  notifications: Section<'notifications'>;
  transfers: Section<'transfers'>;
  drainTimeoutMs: number;
  log: Section<'log'>;
  records: Section<'records'>;
  recordings: Section<'recordings'>;
  database: Section<'database'>;
  limits: Section<'limits'> & { concurrentCalls: number };
  examples: Section<'examples'>;
}
