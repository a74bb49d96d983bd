import { z } from 'zod';

/*
 * Messages are phrases that follow "expected"; one that is a whole sentence is marked with `sentence` (src/config reads
 * both).
 */

/** A bearer token travels in a header: visible ASCII only (RFC 9110 section 5.5). */
const bearerToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters without spaces')
  .max(8192);

const httpUrl = z.string().superRefine((value, context) => {
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol === 'ws:' || url?.protocol === 'wss:') {
    const message =
      'bots over WebSocket are not available yet in this version: use the http:// or https:// URL of the bot';
    context.addIssue({ code: 'custom', message, params: { sentence: true } });
  } else if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    context.addIssue({ code: 'custom', message: 'a URL such as https://bot.example/bot' });
  } else if (url.username !== '' || url.password !== '') {
    context.addIssue({ code: 'custom', message: 'a URL without a user name: credentials belong into auth' });
  }
});

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
});

/** The part of a bot connection in hub.yaml that belongs to this connector (Bot API sections 1.1, 1.2, 1.8). */
export const acBotApiConfigSchema = z.strictObject({
  /** The bot's address: conversations are created and the connection is checked here. */
  url: httpUrl,
  auth: authSchema.default({}),
  /** `bot` on the wire; without it the name that the conversation gives. */
  botName: z.string().min(1).max(256).optional(),
  timeouts: timeoutsSchema.prefault({}),
  /** botAllowSelfSignedCert. */
  allowSelfSignedCert: z.boolean().default(false),
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
});

/** Checked and complete: all defaults filled in. */
export type AcBotApiConfig = z.output<typeof acBotApiConfigSchema>;
export type OAuthConfig = z.output<typeof oauthSchema>;
