import type { TranscriptEntry } from '../calls/record.ts';
import type { CallEvent } from '../dialout/notifications/ports.ts';
import type { Failover } from '../speech/failover.ts';

/** How a call's record tells that it has gone on with another speech service. */
export function failoverEntry({ kind, from, to, why }: Failover): Omit<TranscriptEntry, 'atMs'> {
  return { speaker: 'hub', kind: 'event', text: `speech.failover ${kind} ${from} -> ${to}: ${why}` };
}

/** How the stream of events tells it. */
export function failoverEvent(
  { kind, callId, from, to, code }: Failover,
  { bot, conversationId, at }: { bot: string; conversationId: string; at: Date },
): CallEvent {
  const timestamp = at.toISOString();
  return { type: 'speech.failover', conversationId, callId, bot, kind, from, to, reasonCode: code, timestamp };
}
