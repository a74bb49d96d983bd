import { z } from 'zod';
import type { CallSummary } from '../calls/call-query.ts';
import type { CallRecord } from '../calls/record.ts';

const time = z.iso.datetime();

const entity = z
  .strictObject({
    id: z.string(),
    type: z.enum(['SipConnection', 'Bot', 'None']),
    displayName: z.string(),
    phoneNumber: z.string(),
    isTeams: z.literal(false),
    isClickToCall: z.literal(false),
  })
  .meta({ id: 'CallEntity', description: 'A party of a call, as Live Hub shows it' });

const party = z.object({ user: z.string(), host: z.string(), displayName: z.string().optional() });

const summaryFields = {
  // Live Hub's
  callId: z.string(),
  callingEntity: entity,
  calledEntity: entity,
  ingressCallingNumber: z.string(),
  egressCalledNumber: z.string(),
  setupTime: time,
  connectTime: time.optional(),
  endTime: time.optional(),
  successful: z.boolean().describe('The call was answered'),
  durationSeconds: z.number().describe('From answer to end'),
  terminationDescription: z.string().optional(),
  recorded: z.boolean(),
  botConversationId: z.string().optional(),
  globalSessionId: z.string().describe('The same for all calls that belong together: the id of the first of them'),
  alternativeRoute: z.boolean().optional().describe('Another gateway than the first has taken the call'),
  features: z.array(z.string()),
  // ours
  id: z.string().describe('The same as callId'),
  sipCallId: z.string(),
  direction: z.enum(['inbound', 'outbound']),
  state: z.enum(['setup', 'answered', 'ended']),
  calling: party,
  called: party,
  remote: z.string(),
  sipConnection: z.string().optional(),
  routingRule: z.string().optional(),
  destination: z.looseObject({}).optional(),
  conversationId: z.string().optional(),
  recordings: z.array(z.string()).optional().describe('Ids of the recordings'),
  sessionId: z.string().describe('The same as globalSessionId'),
  bridgedWith: z.string().optional().describe('Id of the call that this one is, or was last, bridged with'),
  transfers: z
    .array(
      z.looseObject({
        method: z.enum(['invite', 'refer', 'attended']),
        target: z.string(),
        handoverReason: z.string().optional(),
        atMs: z.number(),
        outcome: z.enum(['answered', 'failed', 'unknown']).optional().describe('Absent while it is under way'),
        sipStatus: z.int().optional(),
        reason: z.string().optional(),
        durationMs: z.number().optional(),
        callId: z.string().optional().describe('Of the call that was placed for it'),
      }),
    )
    .optional(),
  answerTime: time.optional(),
  durationMs: z.number(),
  end: z
    .looseObject({ category: z.string(), by: z.string(), text: z.string(), sipStatus: z.int().optional() })
    .optional(),
};

export const callSummary = z
  .looseObject(summaryFields)
  .meta({ id: 'CallSummary', description: "Live Hub's fields of a call record, and this hub's own beside them" });

const transcriptEntry = z.looseObject({
  atMs: z.number(),
  speaker: z.enum(['caller', 'bot', 'hub']),
  kind: z.enum(['speech', 'dtmf', 'event']),
  text: z.string(),
});

export const notificationReport = z
  .looseObject({
    status: z.string(),
    timestamp: time,
    delivery: z.enum(['none', 'pending', 'delivered', 'given-up']),
    attempts: z.array(
      z.looseObject({
        attempt: z.int(),
        at: time,
        ms: z.number(),
        status: z.int().optional(),
        error: z.string().optional(),
      }),
    ),
  })
  .meta({ id: 'Notification', description: 'A status of a dialout, and each attempt to tell the dialer of it' });

export const dialoutReport = z
  .looseObject({
    id: z.string(),
    client: z.string(),
    bot: z.string(),
    state: z.enum(['queued', 'dialling', 'answered', 'ended']),
    acceptedAt: time,
    notifications: z.array(notificationReport),
  })
  .meta({ id: 'Dialout' });

export const callDetail = z
  .looseObject({
    ...summaryFields,
    transcript: z.array(transcriptEntry),
    turns: z.array(z.looseObject({ atMs: z.number() })).describe('Where the time of each turn went, in milliseconds'),
    dialout: dialoutReport.optional(),
  })
  .meta({ id: 'Call', description: 'A call with its transcript, and the dialout that it was placed for' });

/** A dialout for which no call has been placed (yet). */
export const waitingDialout = z
  .looseObject({
    id: z.string(),
    callId: z.string(),
    state: z.enum(['queued', 'ended', 'dialling', 'answered']),
    dialout: dialoutReport,
  })
  .meta({ id: 'DialoutWithoutCall', description: 'A dialout for which no call was placed, or none yet' });

export type Entity = z.output<typeof entity>;

/** A record as the API shows it: Live Hub's fields (Bot API 9.8), then our own. */
export function presentCall<Record extends CallSummary | CallRecord>(record: Record) {
  const { calling, called, destination, end } = record;
  const bot = destination !== undefined && 'bot' in destination ? destination.bot : undefined;
  const outbound = record.direction === 'outbound';
  const connection = entityOf(
    'SipConnection',
    record.sipConnection,
    outbound ? called.user : (calling.displayName ?? calling.user),
    outbound ? called.user : calling.user,
  );
  const way = destination !== undefined && 'sipConnection' in destination ? destination.sipConnection : undefined;
  const forwarded = !outbound && way !== undefined;
  const otherSide = forwarded
    ? entityOf('SipConnection', way, called.user, called.user)
    : entityOf('Bot', bot, bot ?? '', outbound ? calling.user : called.user);
  return {
    callId: record.id,
    callingEntity: outbound ? otherSide : connection,
    calledEntity: outbound ? connection : otherSide,
    ingressCallingNumber: calling.user,
    egressCalledNumber: called.user,
    connectTime: record.answerTime,
    successful: record.answerTime !== undefined,
    durationSeconds: Math.round(record.durationMs) / 1000,
    terminationDescription: end?.category === 'machine-detected' ? 'Machine Detected' : end?.text,
    recorded: (record.recordings?.length ?? 0) > 0,
    botConversationId: record.conversationId,
    globalSessionId: record.sessionId,
    ...(record.dial === undefined ? {} : { alternativeRoute: record.dial.alternativeRoute }),
    features: [...(bot === undefined ? [] : ['bot']), ...(record.transfers === undefined ? [] : ['transfer'])],
    ...record,
  };
}

function entityOf(type: Entity['type'], id: string | undefined, displayName: string, phoneNumber: string): Entity {
  return {
    id: id ?? '',
    type: id === undefined ? 'None' : type,
    displayName,
    phoneNumber,
    isTeams: false,
    isClickToCall: false,
  };
}
