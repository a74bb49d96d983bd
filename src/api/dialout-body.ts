import { createHash } from 'node:crypto';
import { isIP } from 'node:net';
import { z } from 'zod';
import type { DialoutRequest, DialTarget } from '../dialout/request.ts';

/** Limits of what a dialer may send with a dialout; the body as a whole has 64 KiB. */
const maxMetadataBytes = 16 * 1024;
const maxMetadataDepth = 8;
const maxHeaders = 32;
const maxHeaderBytes = 8 * 1024;

const line = (max: number) =>
  z
    .string()
    .max(max, `expected at most ${max} characters`)
    .regex(/^\P{Cc}*$/u, 'expected one line of text');

/**
 * Header fields that a dialer may set: its own (X-*), private ones (P-*) and User-to-User (RFC 7433). Those that make
 * up the call are the hub's.
 */
const headerName = z
  .string()
  .max(64, 'expected at most 64 characters')
  .regex(
    /^(?:[XxPp]-[A-Za-z0-9.!%*_+`'~-]+|[Uu]ser-[Tt]o-[Uu]ser)$/,
    'expected a name that begins with X- or P-, or User-to-User',
  );
const headerValue = line(1024).min(1, 'expected a value');

const sipHeaders = z
  .union([
    z.array(z.strictObject({ name: headerName, value: headerValue })),
    z
      .record(headerName, headerValue)
      .transform((fields) => Object.entries(fields).map(([name, value]) => ({ name, value }))),
  ])
  .superRefine((headers, context) => {
    const bytes = headers.reduce((sum, { name, value }) => sum + Buffer.byteLength(`${name}: ${value}\r\n`), 0);
    if (headers.length > maxHeaders) {
      context.addIssue({ code: 'custom', message: `expected at most ${maxHeaders} header fields`, input: headers });
    } else if (bytes > maxHeaderBytes) {
      context.addIssue({ code: 'custom', message: `expected at most ${maxHeaderBytes} bytes`, input: headers });
    }
  });

const metadata = z.record(z.string(), z.unknown()).superRefine((value, context) => {
  const fail = (message: string) => context.addIssue({ code: 'custom', message, input: value });
  if (deeperThan(value, maxMetadataDepth)) fail(`expected at most ${maxMetadataDepth} levels of nesting`);
  else if (Buffer.byteLength(JSON.stringify(value)) > maxMetadataBytes) {
    fail(`expected at most ${maxMetadataBytes} bytes of JSON`);
  }
});

const fields = z.strictObject({
  bot: z.string().min(1).max(128).describe('Id of the bot; or its name, where exactly one bot has it'),
  target: z.string().min(1).max(256).describe('`tel:` and an E.164 number, `sip:user@host`, or a bare E.164 number'),
  caller: z
    .string()
    .transform((text) => text.replace(/^tel:/i, ''))
    .pipe(
      z.string().regex(/^[A-Za-z0-9+_.!~*#-]{1,64}$/, "expected the user part of a caller id, such as '+15551230001'"),
    )
    .optional()
    .describe('User part of the caller id'),
  callerHost: z
    .string()
    .max(253)
    .refine(isHost, 'expected a host name or an IP address')
    .optional()
    .describe('Host part of the caller id'),
  callerDisplayName: line(128).optional(),
  notifyUrl: z.string().max(2048).optional().describe('http(s) URL of the status notifications'),
  notifyStatuses: z
    .array(z.enum(['initiated', 'ringing']))
    .max(8)
    .transform((statuses) => [...new Set(statuses)])
    .default([])
    .describe('Statuses to be told beside answered, failed and completed'),
  machineDetection: z.enum(['disabled', 'detect', 'disconnect']).default('disabled'),
  answerTimeoutSec: z.number().min(1).max(600).default(60).describe('Ringing for so long is `no-answer`'),
  voicemailEndTimeoutSec: z
    .number()
    .min(0)
    .max(300)
    .default(0)
    .describe('After a machine was detected: how long to wait for the end of its greeting'),
  metadata: metadata
    .optional()
    .describe(`\`dialoutMetadata\` of the start event: at most ${maxMetadataBytes} bytes, ${maxMetadataDepth} levels`),
  sipHeaders: sipHeaders
    .default([])
    .describe('Header fields of the INVITE: X-*, P-* or User-to-User; a list of `{ name, value }` or an object'),
});

/** Bot API 5.1. What is null counts as absent. */
export const dialoutBody = z.preprocess(withoutNulls, fields).meta({ id: 'DialoutRequest' });

export type DialoutBody = z.output<typeof fields>;

/** The request as it is stored: with defaults, resolved bot and target, and a time by which it has to begin. */
export function dialoutRequest(
  body: DialoutBody,
  resolved: { id: string; client: string; bot: string; target: DialTarget; acceptedAt: Date; maxQueueMs: number },
): DialoutRequest {
  const { id, client, bot, target, acceptedAt, maxQueueMs } = resolved;
  return {
    id,
    client,
    bot,
    target,
    ...optional('caller', body.caller),
    ...optional('callerHost', body.callerHost),
    ...optional('callerDisplayName', body.callerDisplayName),
    ...optional('notifyUrl', body.notifyUrl),
    notifyStatuses: body.notifyStatuses,
    machineDetection: body.machineDetection,
    answerTimeoutSec: body.answerTimeoutSec,
    voicemailEndTimeoutSec: body.voicemailEndTimeoutSec,
    ...optional('metadata', body.metadata),
    sipHeaders: body.sipHeaders,
    acceptedAt: acceptedAt.toISOString(),
    startBefore: new Date(acceptedAt.getTime() + maxQueueMs).toISOString(),
  };
}

/** Equal for requests that mean the same call, whatever the order of their keys: SHA-256, hex. */
export function fingerprintOf(request: DialoutRequest): string {
  const { id: _id, acceptedAt: _acceptedAt, startBefore: _startBefore, ...what } = request;
  return createHash('sha256').update(canonical(what)).digest('hex');
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, item]) => `${JSON.stringify(key)}:${canonical(item)}`).join(',')}}`;
}

function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : ({ [key]: value } as { [K in Key]?: Value });
}

function withoutNulls(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== null));
}

function isHost(text: string): boolean {
  const bare = text.replace(/^\[(.*)\]$/, '$1');
  return (
    isIP(bare) !== 0 || /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i.test(text)
  );
}

function deeperThan(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((item) => deeperThan(item, levels - 1));
}
