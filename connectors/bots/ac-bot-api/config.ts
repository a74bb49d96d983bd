import { z } from 'zod';

/** A bearer token travels in a header: visible ASCII only (RFC 6750 section 2.1, as liberal as RFC 9110 allows). */
const bearerToken = z
  .string()
  .regex(/^[\x21-\x7e]+$/, 'expected a token of visible ASCII characters without spaces')
  .max(8192);

const httpUrl = z.string().superRefine((value, context) => {
  const problem = httpUrlProblem(value);
  if (problem !== undefined) context.addIssue({ code: 'custom', message: problem });
});

const originUrl = httpUrl.refine((value) => URL.canParse(value) && new URL(value).origin === value.replace(/\/$/, ''), {
  error: 'expected an origin such as https://bot.example:8443, without a path',
});

function httpUrlProblem(value: string): string | undefined {
  if (!URL.canParse(value)) return 'expected an absolute URL such as https://bot.example/bot';
  const url = new URL(value);
  if (url.protocol === 'ws:' || url.protocol === 'wss:') {
    return 'WebSocket bots are not supported by this version: expected a URL that begins with http:// or https://';
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return 'expected a URL that begins with http:// or https://';
  if (url.username !== '' || url.password !== '')
    return 'expected a URL without a user name: credentials belong into auth';
  return undefined;
}

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
    error: 'expected either token or oauth, not both',
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
