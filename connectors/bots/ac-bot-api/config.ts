import { z } from 'zod';
import { DEFAULT_OFFER, MEDIA_FORMAT_NAMES } from './media-formats.ts';
import { certificatesOf } from './tls-trust.ts';

/*
 * Messages are phrases that follow "expected"; one that is a whole sentence is marked with `sentence` (src/config reads
 * both).
 */

/** A bearer token travels in a header: visible ASCII only (RFC 9110 section 5.5). */
const bearerToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters without spaces')
  .max(8192);

const HTTP = ['http:', 'https:'];
const HTTP_OR_WS = [...HTTP, 'ws:', 'wss:'];

function urlOf(protocols: readonly string[], example: string) {
  return z.string().superRefine((value, context) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    if (url === undefined || !protocols.includes(url.protocol)) {
      context.addIssue({ code: 'custom', message: `a URL such as ${example}` });
    } else if (url.username !== '' || url.password !== '') {
      context.addIssue({ code: 'custom', message: 'a URL without a user name: credentials belong into auth' });
    }
  });
}

const httpUrl = urlOf(HTTP, 'https://bot.example/bot');
const botUrl = urlOf(HTTP_OR_WS, 'https://bot.example/bot or wss://bot.example/bot');

const originUrl = httpUrl.refine(
  (value) => !URL.canParse(value) || new URL(value).origin === value.replace(/\/$/, ''),
  {
    error: 'an origin such as https://bot.example:8443, without a path',
  },
);

const oauthSchema = z.strictObject({
  /** Token endpoint of the client credentials grant (RFC 6749 section 4.4). */
  tokenUrl: httpUrl,
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scope: z.string().min(1).optional(),
});

const authSchema = z
  .strictObject({ token: bearerToken.optional(), oauth: oauthSchema.optional() })
  .refine((auth) => auth.token === undefined || auth.oauth === undefined, {
    error: 'either token or oauth, not both',
  });

const timeoutsSchema = z.strictObject({
  /** TCP and TLS handshake. */
  connectMs: z.int().min(1).max(60_000).default(3_000),
  /** From the request to the last byte of the answer, for create, activities and refresh. */
  responseMs: z.int().min(1).max(300_000).default(30_000),
  /** All that the end of a conversation may take, its retry included. */
  disconnectMs: z.int().min(1).max(30_000).default(3_000),
  /** From the request to the last byte of the answer, for the token endpoint and for `validate`. */
  checkMs: z.int().min(1).max(60_000).default(10_000),
  /** WebSocket: TCP, TLS and the upgrade. */
  handshakeMs: z.int().min(1).max(60_000).default(5_000),
  /** WebSocket: from `session.initiate` to `session.accepted`; bots may open a model's session of their own first. */
  acceptMs: z.int().min(1).max(60_000).default(10_000),
  /** WebSocket: the attempt to resume after the connection broke, as a whole. */
  resumeMs: z.int().min(1).max(60_000).default(5_000),
  /** WebSocket: pause between pings; a bot that shows no life for half as long after one, 10 s at most, is gone. */
  pingMs: z.int().min(100).max(300_000).default(20_000),
});

const AUDIO_KEYS = ['directSTT', 'directTTS'] as const;

const fields = z.strictObject({
  /** The bot's address. http and https: section 1; ws and wss: sections 2 and 3. */
  url: botUrl,
  /** The vendor's name for what the URL says here: may be given, and has to agree with it (section 2). */
  acBotApiType: z.enum(['http', 'streaming']).optional(),
  /** The bot recognises speech itself: it gets the caller's audio (section 3). */
  directSTT: z.boolean().default(false),
  /** The bot synthesises speech itself: it sends audio (section 3). */
  directTTS: z.boolean().default(false),
  /** Formats that are offered to the bot, the preferred one first; `raw/lpcm16` is always offered (section 3.2). */
  mediaFormats: z.array(z.enum(MEDIA_FORMAT_NAMES)).min(1).max(16).default(DEFAULT_OFFER),
  /** Length of the pieces in which the caller's audio goes to the bot. */
  audioChunkMs: z.int().min(20).max(100).default(20),
  auth: authSchema.default({}),
  /** `bot` on the wire; without it the name that the conversation gives. */
  botName: z.string().min(1).max(256).optional(),
  timeouts: timeoutsSchema.prefault({}),
  /** botAllowSelfSignedCert. */
  allowSelfSignedCert: z.boolean().default(false),
  /** Authorities that are trusted beside the public ones, for the bot and its token endpoint; PEM. */
  caCertificate: z
    .string()
    .refine(isPem, { error: 'one or more certificates in PEM (-----BEGIN CERTIFICATE-----)' })
    .optional(),
  /** Origins besides the URL's own that may see the credentials, for bots that name absolute URLs elsewhere. */
  trustedOrigins: z.array(originUrl).max(16).default([]),
  /** Open connections to one origin; requests beyond wait for one to be free. */
  maxConnections: z.int().min(1).max(4096).default(256),
  /** Longest answer that is read. */
  maxReplyBytes: z
    .int()
    .min(1024)
    .max(64 * 1024 * 1024)
    .default(1024 * 1024),
  /** Longest message that is read from a WebSocket; audio may come in one piece (section 3.5). */
  maxMessageBytes: z
    .int()
    .min(64 * 1024)
    .max(64 * 1024 * 1024)
    .default(8 * 1024 * 1024),
});

/** The part of a bot connection in hub.yaml that belongs to this connector (Bot API sections 1.1, 1.2, 1.8, 2, 3). */
export const acBotApiConfigSchema = fields.superRefine((config, context) => {
  const webSocket = isWebSocketUrl(config.url);
  const needed = { http: 'an http:// or https:// URL', streaming: "the bot's ws:// or wss:// URL" } as const;
  if (config.acBotApiType !== undefined && webSocket !== (config.acBotApiType === 'streaming')) {
    const message = `acBotApiType '${config.acBotApiType}' needs ${needed[config.acBotApiType]} in url, which decides here`;
    context.addIssue({ code: 'custom', path: ['acBotApiType'], message, params: { sentence: true } });
  }
  if (webSocket) return;
  for (const key of AUDIO_KEYS) {
    if (!config[key]) continue;
    const message = `${key} needs a bot over WebSocket: use its ws:// or wss:// URL`;
    context.addIssue({ code: 'custom', path: [key], message, params: { sentence: true } });
  }
});

function isPem(text: string): boolean {
  try {
    return certificatesOf(text).length > 0;
  } catch {
    return false;
  }
}

/** Whether the URL asks for the transport of sections 2 and 3. */
export function isWebSocketUrl(url: string): boolean {
  return /^wss?:/i.test(url);
}

/** Checked and complete: all defaults filled in. */
export type AcBotApiConfig = z.output<typeof acBotApiConfigSchema>;
export type OAuthConfig = z.output<typeof oauthSchema>;
