import type { ReceptionReport } from './reception.ts';
import { readUint16, readUint32, writeUint16, writeUint32 } from './rtp-packet.ts';

const SENDER_REPORT = 200;
const RECEIVER_REPORT = 201;
const SOURCE_DESCRIPTION = 202;
const GOODBYE = 203;
const CNAME = 1;
/** Seconds between 1900 and 1970. */
const NTP_EPOCH_OFFSET = 2_208_988_800;

/** Longest CNAME that is sent. */
export const MAX_CNAME_BYTES = 64;
/** Room for SR with one report block, SDES and BYE. */
export const RTCP_BUFFER_BYTES = 28 + 24 + (10 + MAX_CNAME_BYTES + 2) + 8;

/** RFC 3550 section 4: the wall clock, seconds since 1900 in 32.32 fixed point. */
export function ntpSeconds(wallMs: number): number {
  return (Math.floor(wallMs / 1000) + NTP_EPOCH_OFFSET) >>> 0;
}

export function ntpFraction(wallMs: number): number {
  return Math.floor(((wallMs % 1000) / 1000) * 0x1_0000_0000) >>> 0;
}

/** The middle 32 bits of an NTP timestamp. */
export function ntpMiddle(seconds: number, fraction: number): number {
  return (((seconds & 0xffff) << 16) | (fraction >>> 16)) >>> 0;
}

/** RFC 3550 6.3.1 for a group of two: 5 s (half of it before the first), randomised, with the e - 3/2 correction. */
export function rtcpIntervalMs(initial: boolean, random: number): number {
  return ((initial ? 2500 : 5000) * (0.5 + random)) / (Math.E - 1.5);
}

export interface SenderInfo {
  ssrc: number;
  wallMs: number;
  rtpTimestamp: number;
  packets: number;
  octets: number;
}

/** When the peer's last sender report came and what it said; `middle` 0: none yet. */
export interface LastSenderReport {
  middle: number;
  receivedMs: number;
}

/**
 * Writes a compound packet (RFC 3550 section 6.1): SR when something was sent since the last one, else RR; a report
 * block when a stream is received; SDES with the CNAME; BYE at the end of the call.
 * @returns its length in bytes; `bytes` holds at least `RTCP_BUFFER_BYTES`
 */
export function writeRtcp(
  bytes: Uint8Array,
  sender: SenderInfo,
  sending: boolean,
  report: ReceptionReport | undefined,
  last: LastSenderReport,
  nowMs: number,
  cname: Uint8Array,
  bye: boolean,
): number {
  let at = 8;
  writeUint32(bytes, 4, sender.ssrc);
  if (sending) {
    writeUint32(bytes, 8, ntpSeconds(sender.wallMs));
    writeUint32(bytes, 12, ntpFraction(sender.wallMs));
    writeUint32(bytes, 16, sender.rtpTimestamp);
    writeUint32(bytes, 20, sender.packets);
    writeUint32(bytes, 24, sender.octets);
    at = 28;
  }
  if (report !== undefined) {
    writeUint32(bytes, at, report.ssrc);
    writeUint32(bytes, at + 4, (report.fractionLost << 24) | (report.cumulativeLost & 0xff_ffff));
    writeUint32(bytes, at + 8, report.extendedSequence);
    writeUint32(bytes, at + 12, report.jitter);
    writeUint32(bytes, at + 16, last.middle);
    writeUint32(bytes, at + 20, last.middle === 0 ? 0 : Math.round((nowMs - last.receivedMs) * 65.536));
    at += 24;
  }
  writeHeader(bytes, 0, report === undefined ? 0 : 1, sending ? SENDER_REPORT : RECEIVER_REPORT, at);

  const sdes = at;
  writeUint32(bytes, sdes + 4, sender.ssrc);
  bytes[sdes + 8] = CNAME;
  bytes[sdes + 9] = cname.length;
  bytes.set(cname, sdes + 10);
  at = sdes + 10 + cname.length;
  // A chunk ends with one to four zero bytes, on a word boundary.
  do bytes[at++] = 0;
  while (at % 4 !== 0);
  writeHeader(bytes, sdes, 1, SOURCE_DESCRIPTION, at - sdes);

  if (bye) {
    writeUint32(bytes, at + 4, sender.ssrc);
    writeHeader(bytes, at, 1, GOODBYE, 8);
    at += 8;
  }
  return at;
}

function writeHeader(bytes: Uint8Array, at: number, count: number, type: number, length: number): void {
  bytes[at] = 0x80 | count;
  bytes[at + 1] = type;
  writeUint16(bytes, at + 2, length / 4 - 1);
}

/** What a compound packet of the peer told; reused from packet to packet. */
export interface RtcpNews {
  /** Middle 32 bits of its sender report's time; 0: no sender report. */
  senderReport: number;
  /** The peer's view of our stream, when `reported`. */
  reported: boolean;
  /** 1/256. */
  fractionLost: number;
  lastSenderReport: number;
  /** 1/65536 s. */
  delaySinceLast: number;
  goodbye: boolean;
}

export function createRtcpNews(): RtcpNews {
  return {
    senderReport: 0,
    reported: false,
    fractionLost: 0,
    lastSenderReport: 0,
    delaySinceLast: 0,
    goodbye: false,
  };
}

/**
 * Reads a compound packet. @returns false when it is not well formed (RFC 3550 A.2): nothing of it counts then.
 * Only the report block about `ownSsrc` is of interest.
 */
export function parseRtcp(bytes: Uint8Array, ownSsrc: number, news: RtcpNews): boolean {
  news.senderReport = 0;
  news.reported = false;
  news.goodbye = false;
  const firstType = bytes[1];
  if (bytes.length < 8 || (firstType !== SENDER_REPORT && firstType !== RECEIVER_REPORT)) return false;
  let end = 0;
  while (end < bytes.length) {
    if (end + 4 > bytes.length || (bytes[end] ?? 0) >> 6 !== 2) return false;
    end += 4 * (readUint16(bytes, end + 2) + 1);
  }
  if (end !== bytes.length) return false;

  for (let at = 0; at < bytes.length; ) {
    const length = 4 * (readUint16(bytes, at + 2) + 1);
    const type = bytes[at + 1];
    const count = (bytes[at] ?? 0) & 31;
    if (type === SENDER_REPORT) {
      if (length < 28 + 24 * count) return false;
      news.senderReport = ntpMiddle(readUint32(bytes, at + 8), readUint32(bytes, at + 12));
      readBlocks(bytes, at + 28, count, ownSsrc, news);
    } else if (type === RECEIVER_REPORT) {
      if (length < 8 + 24 * count) return false;
      readBlocks(bytes, at + 8, count, ownSsrc, news);
    } else if (type === GOODBYE) {
      news.goodbye = true;
    }
    at += length;
  }
  return true;
}

function readBlocks(bytes: Uint8Array, from: number, count: number, ownSsrc: number, news: RtcpNews): void {
  for (let i = 0; i < count; i++) {
    const at = from + 24 * i;
    if (readUint32(bytes, at) !== ownSsrc) continue;
    news.reported = true;
    news.fractionLost = bytes[at + 4] ?? 0;
    news.lastSenderReport = readUint32(bytes, at + 16);
    news.delaySinceLast = readUint32(bytes, at + 20);
  }
}

/** RFC 3550 section 6.4.1: milliseconds there and back, or undefined when the peer has seen no report of ours. */
export function roundTripMs(news: RtcpNews, wallMs: number): number | undefined {
  if (news.lastSenderReport === 0) return undefined;
  const now = ntpMiddle(ntpSeconds(wallMs), ntpFraction(wallMs));
  const units = (now - news.lastSenderReport - news.delaySinceLast) | 0;
  return Math.max(0, units) / 65.536;
}
