import { decodeG711, encodeG711, type G711Law } from '../../src/media/g711.ts';
import { HISTOGRAM_BUCKETS, HISTOGRAM_STEP_MS } from './figures.ts';

/** Samples that tell a packet from its neighbours, also after another codec: seven strengths, a factor of two apart. */
const STRENGTHS = 7;
const WEAKEST = 240;
const PAYLOAD = 160;
const THRESHOLD = 180;

export interface PulseResult {
  heard: number;
  /** Of those that were sent between the first and the last heard. */
  missing: number;
  /** Packet in to packet out, the one that carries the packet's first sample. */
  packetDelay: Uint32Array;
  /** The same, plus the place of the sample in the packet: how much later it can be played. */
  audioDelay: Uint32Array;
  worstMs: number;
}

/** One pulse at the first sample of each packet: sent by one phone of a bridge, looked for by the other. */
export class Pulses {
  readonly result: PulseResult = {
    heard: 0,
    missing: 0,
    packetDelay: new Uint32Array(HISTOGRAM_BUCKETS),
    audioDelay: new Uint32Array(HISTOGRAM_BUCKETS),
    worstMs: 0,
  };
  readonly #law: G711Law;
  readonly #codes: Uint8Array[];
  readonly #sentAt = new Float64Array(STRENGTHS);
  readonly #samples = new Int16Array(PAYLOAD);
  #sent = 0;
  #last = -1;
  #measuring = false;

  constructor(law: G711Law) {
    this.#law = law;
    this.#codes = Array.from({ length: STRENGTHS }, (_, strength) => {
      const codes = new Uint8Array(PAYLOAD);
      encodeG711(law, Int16Array.of(WEAKEST << strength, ...new Array<number>(PAYLOAD - 1).fill(0)), codes, 0);
      return codes;
    });
  }

  /** What is heard from now on counts. */
  measure(): void {
    this.#measuring = true;
  }

  /** Fills the payload of the packet that is sent now. */
  send(packet: Uint8Array, at: number): void {
    const strength = this.#sent++ % STRENGTHS;
    packet.set(this.#codes[strength] as Uint8Array, at);
    this.#sentAt[strength] = performance.now();
  }

  /** Looks for pulses of `from` in a packet that came now. */
  hear(from: Pulses, packet: Uint8Array, at: number): void {
    if (packet.length < at + PAYLOAD) return;
    const now = performance.now();
    decodeG711(this.#law, packet, at, PAYLOAD, this.#samples);
    for (let i = 0; i < PAYLOAD; i++) {
      const sample = this.#samples[i] as number;
      if (sample < THRESHOLD) continue;
      this.#found(from, Math.min(STRENGTHS - 1, Math.round(Math.log2(sample / WEAKEST))), i, now);
    }
  }

  #found(from: Pulses, strength: number, place: number, now: number): void {
    const step = (strength - this.#last + STRENGTHS) % STRENGTHS;
    const first = this.#last < 0;
    // The concealment of a lost packet repeats what was there.
    if (step === 0 && !first) return;
    this.#last = strength;
    if (!this.#measuring) return;
    const { result } = this;
    result.heard++;
    if (!first) result.missing += step - 1;
    const delayMs = now - (from.#sentAt[strength] as number);
    count(result.packetDelay, delayMs);
    count(result.audioDelay, delayMs + place / 8);
    result.worstMs = Math.max(result.worstMs, delayMs + place / 8);
  }
}

function count(histogram: Uint32Array, ms: number): void {
  const bucket = Math.min(HISTOGRAM_BUCKETS - 1, Math.max(0, Math.floor(ms / HISTOGRAM_STEP_MS)));
  histogram[bucket] = (histogram[bucket] as number) + 1;
}
