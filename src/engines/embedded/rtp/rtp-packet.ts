/** RFC 3550 section 5.1. The header is read in place: one `RtpHeader` per worker is filled again and again. */
export const RTP_HEADER_BYTES = 12;

export interface RtpHeader {
  marker: boolean;
  payloadType: number;
  sequence: number;
  timestamp: number;
  ssrc: number;
  payloadOffset: number;
  payloadLength: number;
}

export function createRtpHeader(): RtpHeader {
  return { marker: false, payloadType: 0, sequence: 0, timestamp: 0, ssrc: 0, payloadOffset: 0, payloadLength: 0 };
}

export function readUint16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

/** Unsigned. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return ((readUint16(bytes, at) << 16) | readUint16(bytes, at + 2)) >>> 0;
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/**
 * Reads a packet's header into `header`, skipping contributing sources and an extension.
 * Returns false, with `header` undefined in content, when it is not a well-formed RTP packet (RFC 3550 A.1).
 */
export function parseRtp(bytes: Uint8Array, header: RtpHeader): boolean {
  const length = bytes.length;
  if (length < RTP_HEADER_BYTES) return false;
  const first = bytes[0] ?? 0;
  if (first >> 6 !== 2) return false;
  let offset = RTP_HEADER_BYTES + 4 * (first & 15);
  if (first & 0x10) {
    if (offset + 4 > length) return false;
    offset += 4 + 4 * readUint16(bytes, offset + 2);
  }
  const padding = first & 0x20 ? (bytes[length - 1] ?? 0) : 0;
  if (first & 0x20 && padding === 0) return false;
  if (offset + padding > length) return false;
  const second = bytes[1] ?? 0;
  header.marker = second >= 0x80;
  header.payloadType = second & 0x7f;
  header.sequence = readUint16(bytes, 2);
  header.timestamp = readUint32(bytes, 4);
  header.ssrc = readUint32(bytes, 8);
  header.payloadOffset = offset;
  header.payloadLength = length - offset - padding;
  return true;
}

/** Writes the twelve bytes of a header without contributing sources or extension. */
export function writeRtpHeader(
  bytes: Uint8Array,
  marker: boolean,
  payloadType: number,
  sequence: number,
  timestamp: number,
  ssrc: number,
): void {
  bytes[0] = 0x80;
  bytes[1] = (marker ? 0x80 : 0) | payloadType;
  writeUint16(bytes, 2, sequence);
  writeUint32(bytes, 4, timestamp);
  writeUint32(bytes, 8, ssrc);
}

/** RFC 5761 section 4: RTCP on the RTP port has 192..223 where RTP has marker and payload type. */
export function looksLikeRtcp(bytes: Uint8Array): boolean {
  const second = bytes[1] ?? 0;
  return bytes.length >= 8 && (bytes[0] ?? 0) >> 6 === 2 && second >= 192 && second <= 223;
}
