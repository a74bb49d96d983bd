import type { Counter, Gauge, Histogram } from 'prom-client';
import type { EndReason } from '../calls/end-reason.ts';
import type { MediaStats } from '../media/port.ts';

export type CallDirection = 'inbound' | 'outbound';
type RtpCounters = Pick<
  MediaStats,
  'packetsReceived' | 'packetsSent' | 'packetsLost' | 'packetsLate' | 'packetsFromStrangers'
>;

/** What one call tells the metrics. Every method may be called at any time and as often as one likes. */
export interface CallMetrics {
  /** @param setupMs from the INVITE to the 200 OK */
  answered(setupMs: number): void;
  ended(reason: EndReason): void;
  /** Counters of the call's endpoint since it was made; from time to time, and once at the end. */
  rtp(stats: RtpCounters): void;
}

export interface CallInstruments {
  active: Gauge<'state' | 'direction'>;
  started: Counter<'direction'>;
  ended: Counter<'direction' | 'category' | 'by' | 'sip_status'>;
  setup: Histogram<'direction'>;
  rtpPackets: Counter<'kind'>;
}

const rtpKinds = {
  packetsReceived: 'received',
  packetsSent: 'sent',
  packetsLost: 'lost',
  packetsLate: 'late',
  packetsFromStrangers: 'stranger',
} as const satisfies Record<keyof RtpCounters, string>;

export function startCallMetrics(instruments: CallInstruments, direction: CallDirection): CallMetrics {
  let state: 'setup' | 'answered' | 'ended' = 'setup';
  const seen: RtpCounters = {
    packetsReceived: 0,
    packetsSent: 0,
    packetsLost: 0,
    packetsLate: 0,
    packetsFromStrangers: 0,
  };
  instruments.started.inc({ direction });
  instruments.active.inc({ direction, state });
  return {
    answered(setupMs) {
      if (state !== 'setup') return;
      instruments.active.dec({ direction, state });
      state = 'answered';
      instruments.active.inc({ direction, state });
      instruments.setup.observe({ direction }, Math.max(0, setupMs) / 1000);
    },
    ended(reason) {
      if (state === 'ended') return;
      instruments.active.dec({ direction, state });
      state = 'ended';
      instruments.ended.inc({
        direction,
        category: reason.category,
        by: reason.by,
        sip_status: reason.sipStatus === undefined ? '' : String(reason.sipStatus),
      });
    },
    rtp(stats) {
      for (const field of Object.keys(rtpKinds) as (keyof RtpCounters)[]) {
        const more = stats[field] - seen[field];
        if (!(more > 0)) continue;
        seen[field] = stats[field];
        instruments.rtpPackets.inc({ kind: rtpKinds[field] }, more);
      }
    },
  };
}
