import type { Counter, Gauge, Histogram } from 'prom-client';
import type { EndReason } from '../calls/end-reason.ts';
import type { MediaStats } from '../media/port.ts';

export type CallDirection = 'inbound' | 'outbound';
type PacketCounter =
  | 'packetsReceived'
  | 'packetsSent'
  | 'packetsLost'
  | 'packetsLate'
  | 'packetsFromStrangers'
  | 'packetsSkipped';
type AudioCounter = 'concealedMs' | 'trimmedMs' | 'cutMs';
type RtpCounters = Pick<MediaStats, PacketCounter | AudioCounter>;

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
  rtpAudio: Counter<'kind'>;
}

export const packetKinds = {
  packetsReceived: 'received',
  packetsSent: 'sent',
  packetsLost: 'lost',
  packetsLate: 'late',
  packetsFromStrangers: 'stranger',
  packetsSkipped: 'skipped',
} as const satisfies Record<PacketCounter, string>;

export const audioKinds = {
  concealedMs: 'concealed',
  trimmedMs: 'trimmed',
  cutMs: 'cut',
} as const satisfies Record<AudioCounter, string>;

export function startCallMetrics(instruments: CallInstruments, direction: CallDirection): CallMetrics {
  let state: 'setup' | 'answered' | 'ended' = 'setup';
  const seen: RtpCounters = {
    packetsReceived: 0,
    packetsSent: 0,
    packetsLost: 0,
    packetsLate: 0,
    packetsFromStrangers: 0,
    packetsSkipped: 0,
    concealedMs: 0,
    trimmedMs: 0,
    cutMs: 0,
  };
  /** What is new of a counter since it was asked last. */
  const more = (field: keyof RtpCounters, stats: RtpCounters): number => {
    const before = seen[field];
    if (!(stats[field] > before)) return 0;
    seen[field] = stats[field];
    return stats[field] - before;
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
      for (const field of Object.keys(packetKinds) as PacketCounter[]) {
        instruments.rtpPackets.inc({ kind: packetKinds[field] }, more(field, stats));
      }
      for (const field of Object.keys(audioKinds) as AudioCounter[]) {
        instruments.rtpAudio.inc({ kind: audioKinds[field] }, more(field, stats) / 1000);
      }
    },
  };
}
