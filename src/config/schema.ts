import { z } from 'zod';
import { groupNames } from '../access/groups.ts';
import { secretHashPattern } from '../access/secret.ts';
import { audioSocket, drachtio, engine, freeswitch } from './engine-schema.ts';
import * as field from './fields.ts';
import { callBlockList, forwarding, routingGroup, routingRule } from './routing-schema.ts';
import { referTo, transferMethod, transfers } from './transfer-schema.ts';

/**
 * hub.yaml, section by section. What several sections have to agree on (references, ports) is checked in
 * `references.ts`; the fields that belong to a connector by the connector's own schema.
 */

const http = z
  .strictObject({
    host: field.bindAddress.default('127.0.0.1'),
    port: field.port.default(8080),
    /** Where a reverse proxy makes the hub reachable. */
    publicUrl: field.httpUrl.optional(),
    /** Reverse proxies: what they say of where a request comes from (X-Forwarded-For) is believed. */
    trustedProxies: z.array(field.cidr).max(64).default([]),
  })
  .prefault({});

const transport = z
  .enum(['udp', 'tcp', 'tls'])
  .superRefine((value, context) => {
    if (value !== 'tls') return;
    context.addIssue({
      code: 'custom',
      message: 'SIP over TLS: not available yet in this version',
      params: { sentence: true },
      input: value,
    });
  })
  .transform((value) => (value === 'tls' ? z.NEVER : value));

const sip = z
  .strictObject({
    host: field.bindAddress.default('127.0.0.1'),
    port: field.port.default(5060),
    transports: z.array(transport).min(1).max(3).default(['udp', 'tcp']),
    tls: field.notYet('SIP over TLS'),
  })
  .prefault({});

const media = z
  .strictObject({
    host: field.bindAddress.default('127.0.0.1'),
    rtpPorts: field.portRange.prefault('40000-40999'),
    /** What SDP names instead of `host`: the hub's address as callers see it, where the hub is behind NAT. */
    advertisedAddress: field.ipAddress.optional(),
    timeoutMs: field.ms(1_000, 3_600_000).default(30_000),
  })
  .prefault({});

const database = z
  .strictObject({
    /** A PostgreSQL server. Without one the database is embedded, in `dataDir`. */
    url: field.postgresUrl.optional(),
  })
  .prefault({});

const notifications = z
  .strictObject({
    /** `notifyUrl` may lead anywhere, also to loopback and into private networks. */
    allowPrivateNetworks: z.boolean().default(false),
    /** A target that has not answered by then is tried again later. */
    timeoutMs: field.ms(1_000, 60_000).default(10_000),
    /** What could not be delivered for so long is given up. */
    maxAgeHours: z.int().min(1).max(168).default(24),
    /** Requests at a time, to all targets and to one of them: scheme, host and port. */
    concurrent: z.int().min(1).max(1_000).default(128),
    concurrentPerTarget: z.int().min(1).max(100).default(8),
    /** Older events are deleted: from the stream, and with their attempts from the calls. */
    keepDays: z.int().min(1).max(3_650).default(30),
    /** Streams of GET /api/v1/events at a time. */
    maxStreams: z.int().min(0).max(10_000).default(100),
  })
  .prefault({});

const botUrls = z
  .strictObject({
    /**
     * Hosts that URLs of bots may name although they are in a private network: names, IP addresses, blocks of them.
     * Without it such URLs lead to the public internet only.
     */
    allowHosts: z.array(field.hostOrBlock).max(256).default([]),
  })
  .prefault({});

/** What holds for all speech services. */
const speech = z
  .strictObject({
    /** Synthesised speech that is kept in `dataDir`; 0: none. */
    cacheMegabytes: z.int().min(0).max(1_000_000).default(256),
    /** Where a bot has several services for speech: one whose first audio has not come by then is left. */
    firstAudioMs: field.ms(100, 30_000).default(1_200),
    /** A recogniser has to open, and to give the text of what was said after its end, within so long. */
    openMs: field.ms(100, 30_000).default(3_000),
    finalMs: field.ms(100, 30_000).default(1_200),
    /** One that says nothing so long while a voice is heard is taken for dead. */
    silentMs: field.ms(500, 60_000).default(2_000),
  })
  .prefault({});

/** The part of a speech service that every vendor has; the rest is the vendor's. */
const speechServiceBase = z.object({ id: field.id, vendor: z.string().min(1) });

const limits = z
  .strictObject({
    /** Calls beyond are refused with 503. Default: as many as `media.rtpPorts` or the `freeswitch` servers have room for. */
    concurrentCalls: z.int().min(1).max(10_000).optional(),
    /** New calls per second; calls beyond are refused with 503. */
    callsPerSecond: z.int().min(1).max(10_000).default(100),
    /** Dialouts under way at a time, over all bots and all hubs on the same database. Default: no cap of their own. */
    concurrentDialouts: z.int().min(1).max(100_000).optional(),
    /** Dialouts that wait, over all bots and hubs; those beyond are refused with 429. */
    queuedDialouts: z.int().min(1).max(1_000_000).default(10_000),
    /** A dialout that could not be begun within so long fails; of bots that do not say it themselves. */
    maxQueueMs: field.ms(1_000, 86_400_000).default(60_000),
  })
  .prefault({});

/** Of the dialouts of one bot, over all hubs on the same database. */
const botLimits = z
  .strictObject({
    callsPerSecond: z.int().min(1).max(1_000).default(1),
    concurrentCalls: z.int().min(1).max(10_000).default(3),
    /** Instead of `limits.maxQueueMs`. */
    maxQueueMs: field.ms(1_000, 86_400_000).optional(),
  })
  .prefault({});

/** The part of a bot that every connector has; the rest is the connector's. */
const botBase = z.object({
  id: field.id,
  name: z.string().min(1).max(128).optional(),
  /** Another bot, whose parameters hold as far as this one has none of its own. */
  base: z.string().optional(),
  connector: z.string().min(1),
  /** Either may be left out where the bot does it itself. */
  speech: z
    .strictObject({
      stt: field.speechServices.optional(),
      tts: field.speechServices.optional(),
      /** Texts that are synthesised at the start, so that callers hear them at once: greetings. */
      warmUp: z.array(z.string().min(1).max(2_000)).max(100).default([]),
    })
    .prefault({}),
  limits: botLimits,
});

const sipConnection = z.strictObject({
  id: field.id,
  name: z.string().min(1).max(128).optional(),
  gateways: z.array(field.gateway).max(16).default([]),
  allowFrom: z.array(field.cidr).max(256).default([]),
  /** Digest credentials (RFC 8760): for calls that the hub places, and asked of calls that it takes. */
  auth: z
    .strictObject({
      username: field.oneLine(256),
      password: field.oneLine(256),
      /** False: callers are asked for nothing, and allowFrom alone protects. Many carriers cannot answer a challenge. */
      challengeCallers: z.boolean().default(true),
      /** Asked of callers. */
      realm: field.oneLine(128).default('patchbay'),
      /** Offered to callers, in this order. Many telephones read the first challenge only and know nothing but MD5. */
      algorithms: z
        .array(z.enum(['SHA-256', 'MD5']))
        .min(1)
        .max(2)
        .default(['MD5', 'SHA-256']),
      /** A challenge must be answered within so long; later answers get a new one (`stale`). */
      nonceLifetimeMs: field.ms(1_000, 3_600_000).default(60_000),
    })
    .optional(),
  /** Where calls may go. Without a list: nowhere where the connection has credentials, anywhere where it has none. */
  destinations: z.array(field.destination).max(1_000).optional(),
  /** A gateway that says nothing at all to an INVITE for so long is passed over. */
  failoverTimeoutMs: field.ms(500, 32_000).default(4_000),
  /** Asks gateways by OPTIONS whether they are there; those that are down are tried last. Without it they are not asked. */
  keepAlive: z
    .strictObject({
      intervalMs: field.ms(1_000, 3_600_000).default(30_000),
      /** A gateway that has not answered by then has failed; after two in a row it is down. */
      timeoutMs: field.ms(200, 32_000).default(4_000),
    })
    .optional(),
  /** What may be spoken, best first. Others are not offered; a call that offers only others is refused with 488. */
  codecs: z
    .array(z.enum(['PCMU', 'PCMA']))
    .min(1)
    .max(2)
    .transform((codecs) => [...new Set(codecs)])
    .default(['PCMU', 'PCMA']),
  /** How keys go to the other side: as RFC 4733 packets, or in INFO. Both are taken from it, each key once. */
  dtmf: z.enum(['rfc4733', 'info']).default('rfc4733'),
  nat: z
    .strictObject({
      /** The hub's address as this side sees it: in SDP and Contact, instead of `media.advertisedAddress`. */
      advertisedAddress: field.ipAddress.optional(),
      /** Where requests within a call go to: the other side's Contact, or the source of its packets. */
      signalling: z.enum(['contact', 'source']).default('contact'),
      /** Where sound goes to and comes from: the source of its packets (symmetric RTP), or the address in its SDP only. */
      media: z.enum(['source', 'sdp']).default('source'),
    })
    .prefault({}),
  tls: field.notYet('SIP over TLS'),
  srtp: field.notYet('SRTP'),
  register: field.notYet('REGISTER at a SIP connection'),
  sessionTimers: field.notYet('session timers'),
  stirShaken: field.notYet('STIR/SHAKEN'),
  /** Further header fields of callers that are passed on to this connection; a star at the end stands for any ending. */
  passHeaders: z.array(field.headerPattern).max(64).default([]),
  transferMethod,
  referTo,
});

const phoneNumber = z.strictObject({ number: field.phoneNumber, sipConnection: z.string() });

const apiClient = z.strictObject({
  id: field.id,
  secretHash: z
    .string()
    .regex(secretHashPattern, 'sha256: and 64 hexadecimal digits (`patchbay client create ID --print` makes one)'),
  groups: z
    .array(z.enum(groupNames))
    .min(1)
    .max(groupNames.length)
    .transform((groups) => [...new Set(groups)]),
  /** Signs the notifications of the client's dialouts; derived from the hub's own key where it is left out. */
  notificationSecret: z
    .string()
    .min(16)
    .max(256)
    .regex(/^[\x21-\x7e]+$/, 'visible ASCII characters without spaces')
    .optional(),
});

const auth = z
  .strictObject({
    /** How long a bearer token of `POST /oauth/token` is good. */
    tokenLifetimeMs: field.ms(10_000, 86_400_000).default(3_600_000),
  })
  .prefault({});

const log = z
  .strictObject({
    level: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
    /** What callers say and key, also in the log. */
    callerContent: z.boolean().default(false),
  })
  .prefault({});

const records = z
  .strictObject({
    /** Older call records are deleted. */
    keepDays: z.int().min(1).max(36_500).default(30),
    /** So are the oldest beyond this number. */
    keepCalls: z.int().min(1).max(10_000_000).default(100_000),
  })
  .prefault({});

const recordings = z
  .strictObject({
    /** Default: `recordings` in `dataDir`. Several hubs that share a database share it, too. */
    directory: z.string().min(1).max(4096).optional(),
    /** Older recordings are deleted; so are those of calls whose record is. */
    keepDays: z.int().min(1).max(36_500).default(30),
    /** The longest recording. */
    maxMinutes: z.int().min(1).max(1_440).default(240),
    /** Of all recordings together: with more no new one is begun. */
    maxGigabytes: z.int().min(1).max(1_000_000).optional(),
    /** Lets the party of the call know. */
    beep: z
      .strictObject({ atStart: z.boolean().default(false), everySeconds: z.int().min(5).max(3_600).optional() })
      .prefault({}),
  })
  .prefault({});

const examples = z
  .strictObject({
    demoBot: z
      .strictObject({
        host: field.bindAddress.default('127.0.0.1'),
        port: field.port.default(8090),
        token: field.token.optional(),
      })
      .optional(),
  })
  .prefault({});

/** Sections that are one value. */
export const sectionSchemas = {
  http,
  auth,
  sip,
  engine,
  media,
  database,
  dataDir: z.string().min(1).max(4096).default('data'),
  notifications,
  botUrls,
  speech,
  drainTimeoutMs: field.ms(0, 3_600_000).default(30_000),
  log,
  records,
  recordings,
  limits,
  forwarding,
  transfers,
  examples,
  drachtio,
  freeswitch,
  audioSocket,
} as const;

/** Sections that are lists, by what one entry looks like. */
export const entrySchemas = {
  speechServices: speechServiceBase,
  bots: botBase,
  sipConnections: sipConnection,
  phoneNumbers: phoneNumber,
  routingRules: routingRule,
  routingGroups: routingGroup,
  callBlockLists: callBlockList,
  apiClients: apiClient,
} as const;

export const maxEntries = 10_000;
