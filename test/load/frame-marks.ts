import { decodeG711, encodeG711, type G711Law } from '../../src/media/g711.ts';
import { HISTOGRAM_BUCKETS, HISTOGRAM_STEP_MS } from './figures.ts';

const PAYLOAD = 160;
/** A frame is silent but for two marks with its number, so that one of them survives where the other is cross-faded with something else. */
const PLACES = [40, 110];
const NUMBER_BITS = 10;
/** Which of the two marks it is, and the check bits: no repetition of a part of a mark passes for another. */
const CHECK_BITS = 6;
const CHECK_AT = NUMBER_BITS + 1;
const BITS = CHECK_AT + CHECK_BITS;
const NUMBERS = 1 << NUMBER_BITS;
/** A mark begins with this; its bits are the signs of weaker samples. All survive the change from one law to the other. */
const SYNC = 12_000;
const STRENGTH = 4000;
const isSync = (sample: number) => sample > 9000;
const isBit = (sample: number) => Math.abs(sample) > 2500 && Math.abs(sample) < 6000;

export interface MarkResult {
  heard: number;
  /** Of those that were sent between the first and the last heard. */
  missing: number;
  /** First heard after a later one. */
  outOfOrder: number;
  /** Packet in to packet out, the one in which the frame is heard. */
  packetDelay: Uint32Array;
  /** The same for the first sample of the frame, wherever it lies in the packet that went out. */
  audioDelay: Uint32Array;
  worstMs: number;
}

function withCheck(mark: number): number {
  return mark | ((((mark * 37 + 21) ^ (mark >> 4)) & ((1 << CHECK_BITS) - 1)) << CHECK_AT);
}

function markOf(number: number, which: number): Int16Array {
  const bits = withCheck(number | (which << NUMBER_BITS));
  return Int16Array.from({ length: 1 + BITS }, (_, i) =>
    i === 0 ? SYNC : (bits >> (i - 1)) & 1 ? STRENGTH : -STRENGTH,
  );
}

/** The number of a mark that begins there and which of the two of its frame it is, or -1. */
function readMark(samples: Int16Array, at: number): number {
  if (!isSync(samples[at] ?? 0)) return -1;
  let bits = 0;
  for (let i = 0; i < BITS; i++) {
    const sample = samples[at + 1 + i] ?? 0;
    if (!isBit(sample)) return -1;
    if (sample > 0) bits |= 1 << i;
  }
  const mark = bits & ((1 << CHECK_AT) - 1);
  return withCheck(mark) === bits ? mark : -1;
}

/** Which frames are found in `samples`, and at which of them each begins, by one mark of it or by both. */
export function findFrames(samples: Int16Array): { number: number; at: number }[] {
  const found: { number: number; at: number }[] = [];
  for (let at = 0; at < samples.length; at++) {
    const mark = readMark(samples, at);
    if (mark >= 0) found.push({ number: mark & (NUMBERS - 1), at: at - (PLACES[mark >> NUMBER_BITS] as number) });
  }
  return found;
}

/** Numbered frames: sent by one party of a bridge, looked for by the other. Allocates nothing per frame. Times in milliseconds on any clock. */
export class FrameMarks {
  readonly result: MarkResult = {
    heard: 0,
    missing: 0,
    outOfOrder: 0,
    packetDelay: new Uint32Array(HISTOGRAM_BUCKETS),
    audioDelay: new Uint32Array(HISTOGRAM_BUCKETS),
    worstMs: 0,
  };
  /** Frames sent. */
  sent = 0;
  /** Audio delay of the frame that was heard last. */
  delayMs = Number.NaN;
  readonly #law: G711Law;
  readonly #codes: Uint8Array[];
  readonly #sentAt = new Float64Array(NUMBERS);
  /** When those were sent that were heard last, by number. */
  readonly #heardOf = new Float64Array(NUMBERS).fill(Number.NaN);
  /** Two packets: a mark may lie across the border. */
  readonly #samples = new Int16Array(2 * PAYLOAD);
  readonly #newest = this.#samples.subarray(PAYLOAD);
  #last = -1;
  #measuring = false;

  constructor(law: G711Law) {
    this.#law = law;
    this.#codes = Array.from({ length: NUMBERS }, (_, number) => {
      const samples = new Int16Array(PAYLOAD);
      for (const [which, place] of PLACES.entries()) samples.set(markOf(number, which), place);
      const codes = new Uint8Array(PAYLOAD);
      encodeG711(law, samples, codes, 0);
      return codes;
    });
  }

  /** What is heard from now on counts. */
  measure(): void {
    this.#measuring = true;
  }

  /** Fills the payload of the packet that is sent now. */
  send(packet: Uint8Array, at: number, nowMs: number): void {
    const number = this.sent++ % NUMBERS;
    packet.set(this.#codes[number] as Uint8Array, at);
    this.#sentAt[number] = nowMs;
  }

  /** Looks for frames of `from` in a packet that came now. */
  hear(from: FrameMarks, packet: Uint8Array, at: number, nowMs: number): void {
    if (packet.length < at + PAYLOAD) return;
    this.#samples.copyWithin(0, PAYLOAD);
    decodeG711(this.#law, packet, at, PAYLOAD, this.#newest);
    // Each place is looked at once: when all that a mark needs is there.
    for (let i = PAYLOAD - BITS; i < 2 * PAYLOAD - BITS; i++) {
      const mark = readMark(this.#samples, i);
      if (mark >= 0) this.#found(from, mark, i - PAYLOAD, nowMs);
    }
  }

  /** `place` of the mark in samples, from the beginning of the packet. */
  #found(from: FrameMarks, mark: number, place: number, nowMs: number): void {
    const number = mark & (NUMBERS - 1);
    const sentAt = from.#sentAt[number] as number;
    // The second mark of a frame, or one that is repeated to fill a gap.
    if (this.#heardOf[number] === sentAt) return;
    this.#heardOf[number] = sentAt;
    const { result } = this;
    const first = this.#last < 0;
    const step = (number - this.#last + NUMBERS) % NUMBERS;
    if (!first && step > NUMBERS / 2) {
      if (this.#measuring) result.outOfOrder++;
      return;
    }
    this.#last = number;
    const packetMs = nowMs - sentAt;
    this.delayMs = packetMs + (place - (PLACES[mark >> NUMBER_BITS] as number)) / 8;
    if (!this.#measuring) return;
    result.heard++;
    if (!first) result.missing += step - 1;
    count(result.packetDelay, packetMs);
    count(result.audioDelay, this.delayMs);
    result.worstMs = Math.max(result.worstMs, this.delayMs);
  }
}

function count(histogram: Uint32Array, ms: number): void {
  const bucket = Math.min(HISTOGRAM_BUCKETS - 1, Math.max(0, Math.floor(ms / HISTOGRAM_STEP_MS)));
  histogram[bucket] = (histogram[bucket] as number) + 1;
}
