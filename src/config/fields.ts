import { isIP } from 'node:net';
import { z } from 'zod';
import { parseCidr } from '../routing/cidr.ts';
import { parseDestination } from '../routing/destinations.ts';
import { parseNumberPattern } from '../routing/numbers.ts';

/**
 * Building blocks of the schema. Messages say what is expected, as a phrase that follows "expected": the report adds
 * what stands there instead.
 */

/** Marks a message that is a whole sentence already. */
export const sentence = (message: string) => ({ error: message, params: { sentence: true } });

/** A key of the configuration contract whose feature this version lacks: refused, so that nobody relies on it. */
export function notYet(feature: string): z.ZodOptional<z.ZodType<undefined>> {
  return z
    .custom<undefined>((value) => value === undefined, sentence(`${feature}: not available yet in this version`))
    .optional();
}

export const id = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, 'letters, digits, dot, dash and underscore, a letter or digit first');

/** 0 lets the system choose. */
export const port = z.int().min(0).max(65_535);

/** Times, in milliseconds. */
export const ms = (min: number, max: number) => z.int().min(min).max(max);

export const bindAddress = z
  .string()
  .refine((value) => value === 'localhost' || isIP(value) !== 0, 'an IP address of this machine, or localhost');

/** A machine, by its name or its IP address. */
export const hostName = z
  .string()
  .max(253)
  .refine(
    (value) => isIP(value) !== 0 || /^[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?$/.test(value),
    'a host name or an IP address',
  );

export const ipAddress = z.string().refine((value) => isIP(value) !== 0, 'an IP address');

const minPort = 1024;

/** `40000-40999`: the first is even (RFC 3550 section 11), there is room for one call at least. */
export const portRange = z.string().transform((text, context) => {
  const fail = (message: string) => {
    context.addIssue({ code: 'custom', message, input: text });
    return z.NEVER;
  };
  const match = /^\s*(\d{1,5})\s*-\s*(\d{1,5})\s*$/.exec(text);
  if (match === null) return fail('a range of ports such as 40000-40999');
  const [min, max] = [Number(match[1]), Number(match[2])];
  if (min < minPort || max > 65_535) return fail(`ports between ${minPort} and 65535`);
  if (min % 2 !== 0) return fail(`a range that begins with an even port, such as ${min + 1}-${max}`);
  if (max < min + 1) return fail('a range that ends above its beginning, with two ports at least');
  return { min, max };
});

export const cidr = z.string().transform((text, context) => {
  const result = parseCidr(text.trim());
  if ('cidr' in result) return result.cidr;
  context.addIssue({ code: 'custom', message: result.problem, input: text });
  return z.NEVER;
});

/** A host name as it stands in URLs, an IP address, or a block of addresses. */
export const hostOrBlock = z
  .string()
  .max(253)
  .refine(
    (value) =>
      'cidr' in parseCidr(value) || (/[a-z]/i.test(value) && /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?$/i.test(value)),
    'a host name, an IP address, or a block of addresses such as 10.1.0.0/16',
  );

export const numberPattern = z
  .string()
  .max(128)
  .transform((text, context) => {
    const result = parseNumberPattern(text);
    if ('pattern' in result) return result.pattern;
    context.addIssue({ code: 'custom', message: result.problem, input: text });
    return z.NEVER;
  });

/** An entry of an allow list of destinations. */
export const destination = z
  .string()
  .max(256)
  .transform((text, context) => {
    const result = parseDestination(text);
    if ('destination' in result) return result.destination;
    context.addIssue({ code: 'custom', message: result.problem, input: text });
    return z.NEVER;
  });

/** Name of a header field, or the beginning of one with a star (RFC 3261 25.1: token). */
export const headerPattern = z
  .string()
  .max(64)
  .regex(
    /^[A-Za-z0-9.!%_+~-]+\*?$/,
    "the name of a header field, such as 'X-Customer', or a beginning such as 'X-Acme-*'",
  );

/** Text that goes into a header field. */
export const oneLine = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{Cc}]*$/u, 'one line of text');

export const phoneNumber = z
  .string()
  .regex(
    /^\+?[0-9]{2,32}$/,
    "a telephone number in quotes, digits with or without a + before them, such as '+15551230001'",
  );

export const httpUrl = z
  .string()
  .max(2048)
  .refine((value) => {
    const url = URL.canParse(value) ? new URL(value) : undefined;
    return url !== undefined && (url.protocol === 'http:' || url.protocol === 'https:');
  }, 'an http:// or https:// URL');

/** The message does not show what stands there: it has a password in it. */
export const postgresUrl = z
  .string()
  .max(2048)
  .refine(
    (value) => URL.canParse(value) && /^postgres(?:ql)?:$/.test(new URL(value).protocol),
    sentence(
      'expected a URL such as postgres://user:password@host:5432/database, special characters in it percent-encoded (not shown here)',
    ),
  );

export const sipUri = z
  .string()
  .max(512)
  .regex(/^sips?:[^\s<>"]+$/i, "a SIP URI such as 'sip:203.0.113.5:5060;transport=udp'");

/** Where INVITEs go. */
export const gateway = sipUri.refine(
  (value) => !/^sips:/i.test(value) && !/;transport=tls(?:;|$)/i.test(value),
  sentence('gateways over TLS: not available yet in this version'),
);

/** The id of a speech service, or a list in the order of fallback. */
export const speechServices = z.preprocess(
  (value) => (value === undefined || Array.isArray(value) ? value : [value]),
  z
    .array(z.string())
    .min(1)
    .max(8)
    .refine((ids) => new Set(ids).size === ids.length, sentence('a speech service stands twice in the order')),
);

/** Goes into a status line: visible text, no line breaks (RFC 3261 section 7.2). */
export const reasonPhrase = z
  .string()
  .min(1)
  .max(128)
  .regex(/^[^\p{Cc}]*$/u, 'one line of text');

export const token = z
  .string()
  .max(1024)
  .regex(/^[\x21-\x7e]+$/, 'a token of visible ASCII characters without spaces');

/** An object of which exactly one of the keys is set. */
export function exactlyOne<Shape extends z.ZodRawShape>(shape: Shape) {
  const keys = Object.keys(shape);
  return z.strictObject(shape).superRefine((value, context) => {
    const set = keys.filter((key) => (value as Record<string, unknown>)[key] !== undefined);
    if (set.length !== 1) {
      context.addIssue({ code: 'custom', message: `exactly one of ${keys.join(', ')}`, input: value });
    }
  });
}
