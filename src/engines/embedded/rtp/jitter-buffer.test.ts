import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTable, encodeG711 } from '../../../media/g711.ts';
import { findTone, toneShare } from '../../../media/goertzel.ts';
import { peak, rms } from '../../../media/level.ts';
import { sine } from '../../../media/tone.ts';
import { JitterBuffer } from './jitter-buffer.ts';

const table = decodeTable('PCMU');

interface Packet {
  /** When it arrives. */
  atMs: number;
  timestamp: number;
  samples: Int16Array;
  marker?: boolean;
}

/** Cuts audio into packets that leave in real time; `start` is the first RTP timestamp. */
function packetize(audio: Int16Array, packetMs = 20, start = 0, paceMs = packetMs): Packet[] {
  const size = packetMs * 8;
  const packets: Packet[] = [];
  for (let i = 0; (i + 1) * size <= audio.length; i++) {
    const samples = audio.subarray(i * size, (i + 1) * size);
    packets.push({ atMs: i * paceMs, timestamp: (start + i * size) >>> 0, samples });
  }
  return packets;
}

/** Plays packets on a virtual time line, one pop per 20 ms; `phaseMs` is that of the pops. */
function play(packets: readonly Packet[], durationMs: number, phaseMs = 3) {
  const buffer = new JitterBuffer();
  const out = new Int16Array(Math.floor(durationMs / 20) * 160);
  const delays: number[] = [];
  const arrivals = [...packets].sort((a, b) => a.atMs - b.atMs);
  let next = 0;
  let late = 0;
  for (let i = 0; i * 160 < out.length; i++) {
    const nowMs = phaseMs + i * 20;
    for (; next < arrivals.length && (arrivals[next]?.atMs ?? 0) <= nowMs; next++) {
      const packet = arrivals[next];
      if (packet === undefined) break;
      const codes = new Uint8Array(packet.samples.length);
      encodeG711('PCMU', packet.samples, codes, 0);
      const { timestamp, marker = false, atMs } = packet;
      if (buffer.push(codes, 0, codes.length, table, timestamp, marker, atMs) === 'late') late++;
    }
    buffer.pop(out.subarray(i * 160, (i + 1) * 160), nowMs);
    delays.push(buffer.delay);
  }
  return { out, late, delays, concealed: buffer.concealed, buffer };
}

/** What G.711 makes of the samples. */
function companded(samples: Int16Array): Int16Array {
  const codes = new Uint8Array(samples.length);
  encodeG711('PCMU', samples, codes, 0);
  return Int16Array.from(codes, (code) => table[code] ?? 0);
}

/** Where `part` begins in `whole`, or -1. */
function find(whole: Int16Array, part: Int16Array): number {
  for (let at = 0; at + part.length <= whole.length; at++) {
    let i = 0;
    while (i < part.length && whole[at + i] === part[i]) i++;
    if (i === part.length) return at;
  }
  return -1;
}

/** Audio that is nowhere like itself, so that its place can be found. */
function noise(milliseconds: number): Int16Array {
  let state = 12345;
  return Int16Array.from({ length: milliseconds * 8 }, () => {
    state = (state * 1103515245 + 12345) & 0x7fffffff;
    return ((state >> 8) % 8000) - 4000;
  });
}

describe('a clean stream', () => {
  it.each([10, 20, 30, 40, 60])('of %i ms packets comes out whole, 20 to 40 ms later', (packetMs) => {
    const audio = noise(2400);
    const { out, late } = play(packetize(audio, packetMs), 2600);
    const at = find(out, companded(audio.subarray(800, 18_400)));
    expect(at).toBeGreaterThanOrEqual(800 + 160 - 24 - 32);
    expect(at).toBeLessThanOrEqual(800 + 320);
    expect(late).toBe(0);
  });

  it('survives the wrap of the timestamp', () => {
    const audio = noise(1000);
    const { out, concealed } = play(packetize(audio, 20, 0x1_0000_0000 - 1600), 1040);
    expect(find(out, companded(audio.subarray(160, 7840)))).toBeGreaterThan(0);
    expect(concealed).toBeLessThan(500);
  });

  it('is silence before the first packet', () => {
    expect(rms(play([], 200).out)).toBe(0);
  });
});

describe('a disturbed stream', () => {
  it('puts packets in order and forgets duplicates', () => {
    const audio = noise(2000);
    const packets = packetize(audio);
    const count = packets.length;
    for (let i = 11; i < count; i += 5) {
      const packet = packets[i];
      const before = packets[i - 1];
      // Overtaken by 15 ms: within the delay of the buffer.
      if (packet !== undefined && before !== undefined) packets[i - 1] = { ...before, atMs: packet.atMs - 5 };
      if (packet !== undefined) packets.push({ ...packet, atMs: packet.atMs + 1 });
    }
    const { out } = play(packets, 2100);
    expect(find(out, companded(audio.subarray(1600, 15_000)))).toBeGreaterThan(0);
  });

  it('conceals one lost packet of a tone without a hole', () => {
    const packets = packetize(sine(400, 1000, 8000)).filter((_, i) => i !== 25);
    const { out, concealed } = play(packets, 1000);
    for (let ms = 100; ms < 980; ms += 20) {
      expect(toneShare(out, 400, 8000, ms * 8, (ms + 20) * 8)).toBeGreaterThan(0.9);
      expect(rms(out, ms * 8, (ms + 20) * 8)).toBeGreaterThan(4000);
    }
    expect(concealed).toBeLessThan(400);
  });

  it('fades to silence when nothing more comes', () => {
    const { out } = play(packetize(sine(400, 500, 8000)), 1000);
    expect(rms(out, 0.7 * 8000)).toBe(0);
  });

  it('raises its delay for a jittery stream until nothing is late, and lowers it afterwards', () => {
    const packets = packetize(sine(400, 20_000, 8000)).map((packet, i) => ({
      ...packet,
      // Every seventh packet of the first six seconds is 70 ms late.
      atMs: packet.atMs + (packet.atMs < 6000 && i % 7 === 3 ? 70 : 0),
    }));
    const { out, delays } = play(packets, 20_000);
    const raised = delays[290] ?? 0;
    expect(raised).toBeGreaterThan(60 * 8);
    expect(raised).toBeLessThanOrEqual(130 * 8);
    expect(delays.at(-1)).toBeLessThan(40 * 8);
    // After the first late packets the tone is whole, also while the delay shrinks.
    for (let ms = 1000; ms < 19_800; ms += 20) {
      expect(toneShare(out, 400, 8000, ms * 8, (ms + 20) * 8)).toBeGreaterThan(0.75);
    }
  });

  it.each([0.998, 1.002])('keeps pace with a sender whose clock runs at %f of ours', (pace) => {
    const packets = packetize(sine(400, 30_000, 8000), 20, 0, 20 / pace);
    const { out, delays, late } = play(packets, 29_000);
    expect(Math.max(...delays.slice(50))).toBeLessThan(80 * 8);
    expect(late).toBe(0);
    for (let ms = 1000; ms < 28_900; ms += 20) {
      expect(rms(out, ms * 8, (ms + 20) * 8)).toBeGreaterThan(3000);
    }
  });

  /** What was due from `atMs` on comes `ms` later, all at once. */
  function heldUp(packets: readonly Packet[], atMs: number, ms: number): Packet[] {
    return packets.map((packet) =>
      packet.atMs >= atMs && packet.atMs < atMs + ms ? { ...packet, atMs: atMs + ms } : packet,
    );
  }

  it.each([90, 160])('loses nothing of a stream that is held up for %i ms as a whole', (ms) => {
    const audio = noise(3000);
    const { out, late, buffer } = play(heldUp(packetize(audio), 1000, ms), 3200);
    expect(late).toBe(0);
    expect(buffer.cut).toBe(buffer.trimmed);
    expect(find(out, companded(audio.subarray(1000 * 8 + 160, 1200 * 8)))).toBeGreaterThan(0);
  });

  it('leaves the delay of a stream that was held up out of its pauses', () => {
    const speech = new Int16Array(48_000);
    for (let ms = 0; ms < 6000; ms += 400) speech.set(sine(400, 240, 8000), ms * 8);
    const { out, delays, buffer } = play(heldUp(packetize(speech), 1200, 120), 6200);
    expect(Math.max(...delays)).toBeGreaterThan(100 * 8);
    expect(delays.at(-1)).toBeLessThan(40 * 8);
    expect(buffer.trimmed).toBeGreaterThan(80 * 8);
    expect(buffer.cut).toBe(0);
    // Every burst of the tone is as long as it was, but for what was made up while it was waited for.
    const bursts = findTone(out, 400, 8000, { blockMs: 5 }).slice(5, -1);
    for (const { fromMs, toMs } of bursts) expect(Math.abs(toMs - fromMs - 240)).toBeLessThanOrEqual(10);
    expect(bursts.length).toBeGreaterThan(7);
  });

  it('shortens a sound without pauses by whole periods of it, a few milliseconds at a time', () => {
    const { out, delays, buffer } = play(heldUp(packetize(sine(400, 14_000, 8000)), 1000, 100), 14_000);
    expect(delays.at(-1)).toBeLessThan(50 * 8);
    expect(buffer.cut).toBeGreaterThan(60 * 8);
    for (let ms = 1200; ms < 13_900; ms += 20) {
      expect(toneShare(out, 400, 8000, ms * 8, (ms + 20) * 8)).toBeGreaterThan(0.98);
    }
  });

  it('does not take what waited in the socket for late: a reader that is held up changes nothing', () => {
    const audio = noise(4000);
    const buffer = new JitterBuffer();
    const frame = new Int16Array(160);
    const packets = packetize(audio);
    const delays: number[] = [];
    let next = 0;
    for (let round = 0; round < 190; round++) {
      const dueMs = 3 + round * 20;
      // Rounds 50 to 55 are made up for in the moment in which the last of them was due, or later.
      const nowMs = round >= 50 && round <= 55 ? 3 + 55 * 20 + 10 : dueMs;
      for (; next < packets.length && (packets[next]?.atMs ?? 0) <= nowMs; next++) {
        const { samples, timestamp } = packets[next] as Packet;
        const codes = new Uint8Array(samples.length);
        encodeG711('PCMU', samples, codes, 0);
        buffer.push(codes, 0, codes.length, table, timestamp, false, nowMs);
      }
      buffer.pop(frame, dueMs);
      delays.push(buffer.delay);
    }
    expect(Math.max(...delays.slice(40)) - Math.min(...delays.slice(40))).toBeLessThanOrEqual(8);
    expect(buffer.trimmed).toBe(0);
    expect(buffer.concealed).toBeLessThanOrEqual(160);
  });

  it('takes up a stream whose timestamps jump', () => {
    const before = packetize(sine(400, 1000, 8000));
    for (const jump of [0x7000_0000, -50_000, 20_000]) {
      const after = packetize(sine(1000, 1000, 8000), 20, (8000 + jump) >>> 0).map((packet) => ({
        ...packet,
        atMs: packet.atMs + 1000,
      }));
      const { out } = play([...before, ...after], 2000);
      expect(toneShare(out, 1000, 8000, 1400 * 8, 1900 * 8), `jump ${jump}`).toBeGreaterThan(0.95);
    }
  });

  it('begins a talkspurt with a small delay', () => {
    const first = packetize(sine(400, 500, 8000));
    const second = packetize(sine(1000, 500, 8000), 20, 4000).map((packet, i) => ({
      ...packet,
      atMs: packet.atMs + 3000,
      marker: i === 0,
    }));
    const { out, delays } = play([...first, ...second], 3600);
    expect(toneShare(out, 1000, 8000, 3060 * 8, 3480 * 8)).toBeGreaterThan(0.95);
    expect(delays.at(-1)).toBeLessThan(40 * 8);
  });
});

describe('any stream', () => {
  const disturbance = fc.record({
    lateMs: fc.oneof({ weight: 6, arbitrary: fc.nat(15) }, { weight: 1, arbitrary: fc.nat(400) }),
    lost: fc.nat(9).map((die) => die === 0),
    copies: fc.nat(9).map((die) => (die === 0 ? 2 : 1)),
    timestamp: fc.oneof({ weight: 30, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.nat() }),
  });

  it('is played without an error, louder never than it was, and heals within a second', () => {
    fc.assert(
      fc.property(
        fc.array(disturbance, { minLength: 20, maxLength: 100 }),
        fc.constantFrom(10, 20, 30, 60),
        fc.double({ min: 0, max: 19, noNaN: true }),
        (disturbances, packetMs, phaseMs) => {
          const spoilt = packetize(sine(400, disturbances.length * packetMs, 8000), packetMs).flatMap((packet, i) => {
            const how = disturbances[i];
            if (how === undefined || how.lost) return [];
            const changed = { ...packet, atMs: packet.atMs + how.lateMs, timestamp: how.timestamp ?? packet.timestamp };
            return new Array<Packet>(how.copies).fill(changed);
          });
          const spoiltMs = disturbances.length * packetMs;
          const clean = packetize(sine(1000, 6000, 8000), packetMs, spoiltMs * 8).map((packet) => ({
            ...packet,
            atMs: packet.atMs + spoiltMs,
          }));
          const totalMs = spoiltMs + 6000;
          const { out, delays } = play([...spoilt, ...clean], totalMs, phaseMs);
          expect(peak(out)).toBeLessThanOrEqual(8400);
          expect(toneShare(out, 1000, 8000, (spoiltMs + 1000) * 8, (totalMs - 100) * 8)).toBeGreaterThan(0.8);
          expect(Math.max(...delays.slice(-20))).toBeLessThanOrEqual(960 + 80);
        },
      ),
      { numRuns: 60, interruptAfterTimeLimit: 10_000, markInterruptAsFailure: true },
    );
  });
});
