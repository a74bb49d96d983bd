import { z } from 'zod';
import { parseRewriteStep } from '../routing/rewrite.ts';
import { defaultFailOn, failureCauses } from '../routing/ring-plan.ts';
import * as field from './fields.ts';

/** The part of hub.yaml that says where calls go: rules, groups, block lists. */

const ringTimeoutMs = field.ms(1_000, 600_000);

export const forwarding = z
  .strictObject({
    /** A phone that rings for so long does not answer; of groups each destination by itself. */
    ringTimeoutMs: ringTimeoutMs.default(60_000),
    /** A call that has been passed on so many times already goes in circles: 483 (RFC 3261 8.1.1.6). */
    maxHops: z.int().min(1).max(70).default(20),
  })
  .prefault({});

const reject = (code: number) =>
  z.strictObject({
    code: z.int().min(400).max(699).default(code),
    reason: field.reasonPhrase.optional(),
  });

const rewriteStep = z
  .strictObject({ from: z.string().max(128).default('*'), to: z.string().max(128) })
  .transform(({ from, to }, context) => {
    const read = parseRewriteStep(from, to);
    if ('step' in read) return read.step;
    context.addIssue({ code: 'custom', message: read.problem, input: to });
    return z.NEVER;
  });

/** Steps, or short for one of them that any number matches: what the number becomes. */
const rewrite = z.preprocess(
  (value) => (typeof value === 'string' ? [{ to: value }] : value),
  z.array(rewriteStep).min(1).max(64),
);

export const routingRule = z.strictObject({
  id: field.id,
  type: z.enum(['call', 'transfer']).default('call'),
  origin: field
    .exactlyOne({
      sipConnection: z.string().optional(),
      phoneNumber: field.phoneNumber.optional(),
      bot: z.string().optional(),
    })
    .optional(),
  calling: field.numberPattern.prefault('*'),
  called: field.numberPattern.prefault('*'),
  destination: field.exactlyOne({
    bot: z.string().optional(),
    reject: reject(403).optional(),
    sipConnection: z.string().optional(),
    phoneNumber: field.phoneNumber.optional(),
    routingGroup: z.string().optional(),
  }),
  rewrite: z.strictObject({ calling: rewrite.optional(), called: rewrite.optional() }).optional(),
  /** Records the caller's call from its answer on. */
  record: z.boolean().default(false),
});

const groupDestination = z
  .strictObject({
    priority: z.int().min(1).max(1_000).default(1),
    sipConnection: z.string().optional(),
    phoneNumber: field.phoneNumber.optional(),
    bot: z.string().optional(),
    routingGroup: z.string().optional(),
    calling: rewrite.optional(),
    called: rewrite.optional(),
    ringTimeoutMs: ringTimeoutMs.optional(),
  })
  .superRefine((value, context) => {
    const set = targetKeys.filter((key) => value[key] !== undefined);
    if (set.length === 1) return;
    context.addIssue({ code: 'custom', message: `exactly one of ${targetKeys.join(', ')}`, input: value });
  });

/** What a destination of a group may be. */
export const targetKeys = ['sipConnection', 'phoneNumber', 'bot', 'routingGroup'] as const;

export const routingGroup = z.strictObject({
  id: field.id,
  strategy: z.enum(['priority', 'simultaneous']).default('priority'),
  failOn: z
    .array(z.union([z.enum(failureCauses), z.int().min(400).max(699)]))
    .max(64)
    .default([...defaultFailOn]),
  destinations: z.array(groupDestination).min(1).max(32),
});

export const callBlockList = z.strictObject({
  id: field.id,
  numbers: z.array(field.numberPattern).min(1).max(10_000),
  sipConnections: z.array(z.string()).min(1).max(256).optional(),
  reject: reject(603).prefault({}),
});
