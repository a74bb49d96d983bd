import type { Insertable, Selectable } from 'kysely';
import type { CallSummary } from '../calls/call-query.ts';
import type { CallRecord } from '../calls/record.ts';
import type { CallRecordTable } from './schema.ts';

/**
 * PostgreSQL's text holds no NUL and no half of a surrogate pair, and either would cost the whole record: both become
 * U+FFFD. What callers and bots send can contain them.
 */
function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function json(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'string' ? clean(item) : item));
}

const optional = <T, R>(value: T | undefined, map: (value: T) => R): R | null =>
  value === undefined ? null : map(value);

/** A copy: the record may go on changing. */
export function toRow(record: CallRecord): Insertable<CallRecordTable> {
  return {
    id: clean(record.id),
    sip_call_id: clean(record.sipCallId),
    direction: record.direction,
    state: record.state,
    calling: json(record.calling),
    called: json(record.called),
    remote: clean(record.remote),
    sip_connection: optional(record.sipConnection, clean),
    routing_rule: optional(record.routingRule, clean),
    destination: optional(record.destination, json),
    conversation_id: optional(record.conversationId, clean),
    setup_time: record.setupTime,
    answer_time: record.answerTime ?? null,
    end_time: record.endTime ?? null,
    duration_ms: record.durationMs,
    end_reason: optional(record.end, json),
    transcript: json(record.transcript),
    turns: json(record.turns),
    dial: optional(record.dial, json),
    session_id: clean(record.sessionId),
    bridged_with: optional(record.bridgedWith, clean),
    transfers: optional(record.transfers, json),
  };
}

type Row = Selectable<CallRecordTable> & { recordings: string[] };

export function fromRow(row: Row): CallRecord {
  return {
    ...summaryFromRow(row),
    transcript: row.transcript as CallRecord['transcript'],
    turns: row.turns as CallRecord['turns'],
  };
}

export function summaryFromRow(row: Omit<Row, 'transcript' | 'turns'>): CallSummary {
  const calling = row.calling as { user: string; host: string; displayName?: string };
  return {
    id: row.id,
    sipCallId: row.sip_call_id,
    direction: row.direction as CallRecord['direction'],
    state: row.state as CallRecord['state'],
    calling: { user: calling.user, host: calling.host, displayName: calling.displayName },
    called: row.called as CallRecord['called'],
    remote: row.remote,
    sipConnection: row.sip_connection ?? undefined,
    routingRule: row.routing_rule ?? undefined,
    destination: (row.destination ?? undefined) as CallRecord['destination'],
    conversationId: row.conversation_id ?? undefined,
    sessionId: row.session_id ?? row.id,
    ...(row.bridged_with === null ? {} : { bridgedWith: row.bridged_with }),
    ...(row.transfers === null ? {} : { transfers: row.transfers as NonNullable<CallRecord['transfers']> }),
    setupTime: row.setup_time.toISOString(),
    answerTime: row.answer_time?.toISOString(),
    endTime: row.end_time?.toISOString(),
    durationMs: row.duration_ms,
    end: (row.end_reason ?? undefined) as CallRecord['end'],
    ...(row.recordings.length === 0 ? {} : { recordings: row.recordings }),
    ...(row.dial === null ? {} : { dial: row.dial as NonNullable<CallRecord['dial']> }),
  };
}
