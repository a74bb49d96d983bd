import type { TranscriptEntry } from '../calls/record.ts';
import type { Failover } from '../speech/failover.ts';

/** How a call's record tells that it has gone on with another speech service. */
export function failoverEntry({ kind, from, to, why }: Failover): Omit<TranscriptEntry, 'atMs'> {
  return { speaker: 'hub', kind: 'event', text: `speech.failover ${kind} ${from} -> ${to}: ${why}` };
}
