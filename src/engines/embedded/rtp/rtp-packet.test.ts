import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRtpHeader, looksLikeRtcp, parseRtp, writeRtpHeader } from './rtp-packet.ts';

const header = createRtpHeader();

/** A packet with everything that a header may carry. */
function build(options: { csrc?: number; extension?: number; padding?: number; payload: number }): Uint8Array {
  const { csrc = 0, extension, padding = 0, payload } = options;
  const extensionBytes = extension === undefined ? 0 : 4 + 4 * extension;
  const bytes = new Uint8Array(12 + 4 * csrc + extensionBytes + payload + padding);
  writeRtpHeader(bytes, true, 8, 0xabcd, 0xfedc_ba98, 0x89ab_cdef);
  bytes[0] = 0x80 | (padding > 0 ? 0x20 : 0) | (extension === undefined ? 0 : 0x10) | csrc;
  if (extension !== undefined) bytes[12 + 4 * csrc + 3] = extension;
  if (padding > 0) bytes[bytes.length - 1] = padding;
  return bytes;
}

describe('parseRtp', () => {
  it('reads what was written, whatever stands around the payload', () => {
    fc.assert(
      fc.property(
        fc.record({
          csrc: fc.nat(15),
          extension: fc.option(fc.nat(20), { nil: undefined }),
          padding: fc.nat(20),
          payload: fc.nat(480),
        }),
        ({ csrc, extension, padding, payload }) => {
          const bytes = build({ csrc, padding, payload, ...(extension === undefined ? {} : { extension }) });
          expect(parseRtp(bytes, header)).toBe(true);
          expect(header).toEqual({
            marker: true,
            payloadType: 8,
            sequence: 0xabcd,
            timestamp: 0xfedc_ba98,
            ssrc: 0x89ab_cdef,
            payloadOffset: 12 + 4 * csrc + (extension === undefined ? 0 : 4 + 4 * extension),
            payloadLength: payload,
          });
        },
      ),
    );
  });

  it('never accepts a payload outside of the packet', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        if (!parseRtp(bytes, header)) return;
        expect(header.payloadOffset).toBeGreaterThanOrEqual(12);
        expect(header.payloadLength).toBeGreaterThanOrEqual(0);
        expect(header.payloadOffset + header.payloadLength).toBeLessThanOrEqual(bytes.length);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    ['too short', new Uint8Array(11).fill(0x80)],
    ['another version', new Uint8Array(20)],
    ['more contributing sources than bytes', Uint8Array.of(0x8f, ...new Array<number>(20).fill(0))],
    ['an extension beyond the end', Uint8Array.of(0x90, ...new Array<number>(13).fill(0), 0xff, 0xff)],
    ['padding longer than the packet', Uint8Array.of(0xa0, ...new Array<number>(18).fill(0), 200)],
    ['padding of no length', Uint8Array.of(0xa0, ...new Array<number>(19).fill(0))],
  ])('refuses %s', (_, bytes) => {
    expect(parseRtp(bytes, header)).toBe(false);
  });

  it('tells RTCP on the same port (RFC 5761)', () => {
    expect(looksLikeRtcp(Uint8Array.of(0x80, 200, 0, 1, 0, 0, 0, 0))).toBe(true);
    expect(looksLikeRtcp(build({ payload: 160 }))).toBe(false);
  });
});
