import { decodeG711, encodeG711 } from '../../../src/media/g711.ts';

const FRAME = 160;
const SAMPLES_PER_MS = 8;

/** What a quiet room sounds like: noise at -66 dBFS, the same each time. */
export function murmur(samples: number): Int16Array {
  let seed = 7;
  return Int16Array.from({ length: samples }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.round((seed / 2 ** 31 - 1) * 28);
  });
}

/**
 * A clip at 8 kHz on an idle line, through G.711, as whole frames of 20 ms.
 * @param place.phase samples by which it begins after a frame
 */
export function onIdleLine(
  clip: Int16Array,
  { beforeMs, phase, afterMs }: { beforeMs: number; phase: number; afterMs: number },
): Int16Array {
  const before = beforeMs * SAMPLES_PER_MS + phase;
  const line = murmur(Math.ceil((before + clip.length + afterMs * SAMPLES_PER_MS) / FRAME) * FRAME);
  line.set(clip, before);
  const codes = new Uint8Array(line.length);
  encodeG711('PCMU', line, codes, 0);
  decodeG711('PCMU', codes, 0, codes.length, line);
  return line;
}
