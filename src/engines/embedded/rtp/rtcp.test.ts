import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallReports } from './call-reports.ts';
import { Reception } from './reception.ts';
import { createRtcpNews, ntpFraction, ntpMiddle, ntpSeconds, parseRtcp, rtcpIntervalMs } from './rtcp.ts';

const WALL_MS = Date.UTC(2026, 0, 1);

function sender(packets: number, wallMs = WALL_MS) {
  return { ssrc: 0x1111_1111, wallMs, rtpTimestamp: 320, packets, octets: packets * 160 };
}

function received(): Reception {
  const reception = new Reception();
  for (const sequence of [1, 2, 4]) reception.packet(0x2222_2222, sequence, sequence * 160, sequence * 160);
  return reception;
}

function written(reports: CallReports, packets: number, reception: Reception, bye = false): Buffer {
  return Buffer.from(reports.bytes.subarray(0, reports.write(sender(packets), reception, 0, bye)));
}

describe('RTCP reports', () => {
  it('are SR with a report block, and SDES, when something was sent and received', () => {
    const bytes = written(new CallReports('abc', () => 0), 2, received());
    expect(bytes.readUInt32BE(0)).toBe(0x81c8_000c);
    expect(bytes.readUInt32BE(8)).toBe(WALL_MS / 1000 + 2_208_988_800);
    expect(bytes.readUInt32BE(20)).toBe(2);
    expect(bytes.readUInt32BE(24)).toBe(320);
    expect(bytes.readUInt32BE(28)).toBe(0x2222_2222);
    expect(bytes.readUInt32BE(32)).toBe((64 << 24) | 1);
    expect(bytes.subarray(52).toString('latin1')).toBe('\x81\xca\x00\x03\x11\x11\x11\x11\x01\x03abc\x00\x00\x00');
  });

  it('are RR when nothing was sent since, and end with BYE', () => {
    const reports = new CallReports('ab', () => 0);
    written(reports, 2, received());
    const bytes = written(reports, 2, new Reception(), true);
    expect(bytes.readUInt32BE(0)).toBe(0x80c9_0001);
    expect(bytes.subarray(-8).readUInt32BE(0)).toBe(0x81cb_0001);
    expect(bytes.length % 4).toBe(0);
  });

  it('fit their buffer with the longest CNAME', () => {
    const reports = new CallReports('x'.repeat(200), () => 0);
    const bytes = written(reports, 1, received(), true);
    expect(parseRtcp(bytes, 1, createRtcpNews())).toBe(true);
  });

  it('measure the round trip from what the peer returns', () => {
    const ours = new CallReports('a', () => 0);
    const theirs = new CallReports('b', () => 0);
    const report = written(ours, 1, received());
    expect(theirs.read(report, 0x2222_2222, 1000, WALL_MS + 30)).toBe(true);
    expect(theirs.remoteLoss).toBe(64);
    expect(theirs.roundTripMs).toBe(-1);
    // The peer answers 500 ms later; the answer arrives 560 ms after our report left.
    const about = new Reception();
    about.packet(0x1111_1111, 1, 0, 0);
    const length = theirs.write({ ...sender(1), ssrc: 0x2222_2222 }, about, 1500, false);
    expect(ours.read(theirs.bytes.subarray(0, length), 0x1111_1111, 0, WALL_MS + 560)).toBe(true);
    expect(ours.roundTripMs).toBeCloseTo(60, 0);
    expect(ours.remoteLoss).toBe(0);
  });

  it('come every 2 to 6 s, the first one sooner, and not all at once', () => {
    expect(rtcpIntervalMs(false, 0)).toBeCloseTo(2052, 0);
    expect(rtcpIntervalMs(false, 1)).toBeCloseTo(6156, 0);
    const reports = new CallReports('a', () => 0.5);
    expect(reports.due(0)).toBe(false);
    expect(reports.due(2000)).toBe(false);
    expect(reports.due(2100)).toBe(true);
    expect(reports.due(6100)).toBe(false);
    expect(reports.due(6300)).toBe(true);
  });
});

describe('parseRtcp', () => {
  it('takes nothing of a packet that is cut or altered in length', () => {
    const bytes = written(new CallReports('abc', () => 0), 2, received(), true);
    const news = createRtcpNews();
    expect(parseRtcp(bytes, 0x2222_2222, news)).toBe(true);
    expect(news).toMatchObject({ reported: true, fractionLost: 64, goodbye: true });
    expect(news.senderReport).toBe(ntpMiddle(ntpSeconds(WALL_MS), ntpFraction(WALL_MS)));
    for (let length = 0; length < bytes.length; length++) {
      const whole = length === 52 || length === 68;
      expect(parseRtcp(bytes.subarray(0, length), 0x2222_2222, createRtcpNews())).toBe(whole);
    }
  });

  it('does not fail on any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(200, 201), (bytes, type) => {
        if (bytes.length > 1) bytes[1] = type;
        if (bytes.length > 0) bytes[0] = 0x80 | ((bytes[0] ?? 0) & 31);
        expect(typeof parseRtcp(bytes, 1, createRtcpNews())).toBe('boolean');
      }),
    );
  });
});
