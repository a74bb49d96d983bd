import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reception, type ReceptionReport } from './reception.ts';

const report: ReceptionReport = { ssrc: 0, fractionLost: 0, cumulativeLost: 0, extendedSequence: 0, jitter: 0 };

/** Feeds sequence numbers of one stream, 20 ms apart. */
function feed(reception: Reception, sequences: readonly number[], ssrc = 1): string[] {
  return sequences.map((sequence) => reception.packet(ssrc, sequence & 0xffff, sequence * 160, sequence * 160));
}

describe('Reception', () => {
  it('counts loss, and no longer what arrives late', () => {
    const reception = new Reception();
    feed(reception, [10, 11, 14]);
    expect(reception.lost).toBe(2);
    expect(feed(reception, [13])).toEqual(['fresh']);
    expect(reception.lost).toBe(1);
  });

  it('follows the wrap of the sequence number', () => {
    const reception = new Reception();
    expect(feed(reception, [65_534, 65_535, 65_536, 65_535, 65_537])).toEqual([
      'restart',
      'fresh',
      'fresh',
      'duplicate',
      'fresh',
    ]);
    expect(reception.lost).toBe(0);
    reception.report(report);
    expect(report.extendedSequence).toBe(0x10001);
  });

  it('believes a jump of the sequence at its second packet (RFC 3550 A.1)', () => {
    const reception = new Reception();
    expect(feed(reception, [10, 11, 30_000, 12, 40_000, 40_001])).toEqual([
      'restart',
      'fresh',
      'stray',
      'fresh',
      'stray',
      'restart',
    ]);
  });

  it('begins anew with another SSRC and keeps the loss of the streams before', () => {
    const reception = new Reception();
    feed(reception, [1, 4]);
    expect(feed(reception, [500, 501], 2)).toEqual(['restart', 'fresh']);
    expect(reception.lost).toBe(2);
    expect(reception.ssrc).toBe(2);
  });

  it('reports the loss of each interval (RFC 3550 A.3)', () => {
    const reception = new Reception();
    feed(reception, [1, 2, 3, 4]);
    reception.report(report);
    expect(report).toMatchObject({ ssrc: 1, fractionLost: 0, cumulativeLost: 0, extendedSequence: 4 });
    feed(reception, [5, 8]);
    reception.report(report);
    expect(report).toMatchObject({ fractionLost: 128, cumulativeLost: 2, extendedSequence: 8 });
    reception.report(report);
    expect(report.fractionLost).toBe(0);
  });

  it('measures jitter: none in a steady stream, also across a wrap of the timestamp', () => {
    const reception = new Reception();
    const start = 0xffff_ff00;
    for (let i = 0; i < 50; i++) reception.packet(1, i, (start + i * 160) >>> 0, i * 160);
    expect(reception.jitter).toBe(0);
    for (let i = 50; i < 150; i++) reception.packet(1, i, (start + i * 160) >>> 0, i * 160 + (i % 2) * 40);
    expect(reception.jitter).toBeGreaterThan(30);
    expect(reception.jitter).toBeLessThanOrEqual(40);
  });

  it('knows every duplicate and every loss of a stream that was shuffled a little', () => {
    fc.assert(
      fc.property(
        fc.nat(0xffff),
        fc.array(fc.record({ lost: fc.boolean(), copies: fc.integer({ min: 1, max: 3 }), shift: fc.nat(20) }), {
          minLength: 2,
          maxLength: 200,
        }),
        (first, packets) => {
          const sent = packets.flatMap(({ lost, copies, shift }, index) =>
            lost && index > 0 && index < packets.length - 1
              ? []
              : new Array<{ sequence: number; key: number }>(copies).fill({
                  sequence: first + index,
                  key: index === 0 ? -1 : index === packets.length - 1 ? Number.POSITIVE_INFINITY : index + shift,
                }),
          );
          sent.sort((a, b) => a.key - b.key);
          const reception = new Reception();
          const results = feed(
            reception,
            sent.map(({ sequence }) => sequence),
          );
          const distinct = new Set(sent.map(({ sequence }) => sequence)).size;
          expect(results.filter((result) => result === 'duplicate')).toHaveLength(sent.length - distinct);
          expect(reception.lost).toBe(packets.length - distinct);
        },
      ),
    );
  });
});
