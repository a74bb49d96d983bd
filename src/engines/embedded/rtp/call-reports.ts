import type { Reception, ReceptionReport } from './reception.ts';
import {
  createRtcpNews,
  type LastSenderReport,
  MAX_CNAME_BYTES,
  parseRtcp,
  RTCP_BUFFER_BYTES,
  roundTripMs,
  rtcpIntervalMs,
  type SenderInfo,
  writeRtcp,
} from './rtcp.ts';

/** RTCP of one call: when to report, what to say, and what the peer said. I/O is the caller's. */
export class CallReports {
  /** The peer's loss of our stream in 1/256; -1: not reported. */
  remoteLoss = -1;
  /** -1: not known. */
  roundTripMs = -1;
  readonly bytes: Buffer = Buffer.alloc(RTCP_BUFFER_BYTES);
  private readonly cname: Uint8Array;
  private readonly random: () => number;
  private readonly news = createRtcpNews();
  private readonly last: LastSenderReport = { middle: 0, receivedMs: 0 };
  private readonly block: ReceptionReport = {
    ssrc: 0,
    fractionLost: 0,
    cumulativeLost: 0,
    extendedSequence: 0,
    jitter: 0,
  };
  private packetsReported = 0;
  private dueMs = Number.NaN;

  /** `random`: 0 up to 1. */
  constructor(cname: string, random: () => number) {
    this.cname = new TextEncoder().encode(cname).subarray(0, MAX_CNAME_BYTES);
    this.random = random;
  }

  /** True when a report is to be written now; plans the next one. */
  due(nowMs: number): boolean {
    if (Number.isNaN(this.dueMs)) {
      this.dueMs = nowMs + rtcpIntervalMs(true, this.random());
      return false;
    }
    if (nowMs < this.dueMs) return false;
    this.dueMs = nowMs + rtcpIntervalMs(false, this.random());
    return true;
  }

  /** Writes the report into `bytes`; returns its length. */
  write(sender: SenderInfo, reception: Reception, nowMs: number, bye: boolean): number {
    if (reception.active) reception.report(this.block);
    const sending = sender.packets !== this.packetsReported;
    this.packetsReported = sender.packets;
    const block = reception.active ? this.block : undefined;
    return writeRtcp(this.bytes, sender, sending, block, this.last, nowMs, this.cname, bye);
  }

  /** Takes a packet of the peer; false when it is malformed. */
  read(bytes: Uint8Array, ownSsrc: number, nowMs: number, wallMs: number): boolean {
    if (!parseRtcp(bytes, ownSsrc, this.news)) return false;
    if (this.news.senderReport !== 0) {
      this.last.middle = this.news.senderReport;
      this.last.receivedMs = nowMs;
    }
    if (this.news.reported) {
      this.remoteLoss = this.news.fractionLost;
      this.roundTripMs = roundTripMs(this.news, wallMs) ?? this.roundTripMs;
    }
    return true;
  }
}
