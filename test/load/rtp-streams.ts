import { createSocket, type Socket } from 'node:dgram';
import { parentPort } from 'node:worker_threads';
import { raiseThreadPriority } from '../../src/engines/embedded/rtp/thread-priority.ts';
import type { G711Law } from '../../src/media/g711.ts';
import { HISTOGRAM_BUCKETS, HISTOGRAM_STEP_MS } from './figures.ts';
import { FrameMarks, type MarkResult } from './frame-marks.ts';
import { SpokenWords } from './spoken-words.ts';

/**
 * The generator's media thread: real RTP for every call, 20 ms of G.711 out and in. One absolute clock for all calls, calls
 * spread over four slots of 5 ms. Nothing is allocated per packet sent. A stream with a partner, to which it is bridged, sends numbered
 * frames and looks for the partner's. One with a first word says words.
 */

export type ToStreams =
  | { type: 'open'; id: number; law?: G711Law; partner?: number; firstWord?: number | undefined }
  | { type: 'start'; id: number; host: string; port: number }
  /** From now on what is heard of the partners counts. */
  | { type: 'measure' }
  /** Who says words ends with those that he has begun. */
  | { type: 'hush' }
  | { type: 'close'; id: number };

export interface StreamResult {
  id: number;
  sent: number;
  received: number;
  /** Sequence numbers that never came, between the first and the last heard. */
  missing: number;
  /** Came after a later one. */
  outOfOrder: number;
  /** `performance.timeOrigin + now` of the first packet, and of the first that is no silence; 0: none. */
  firstPacketAt: number;
  firstVoiceAt: number;
  lastPacketAt: number;
  /** That it has said. */
  words: number;
}

export interface Closed {
  type: 'closed';
  result: StreamResult;
  gaps: Uint32Array;
  /** Of a stream with a partner. */
  marks: MarkResult | undefined;
}

export type FromStreams = { type: 'opened'; id: number; port: number } | Closed | { type: 'failed'; message: string };

const FRAME_MS = 20;
const SLOTS = 4;
const SLOT_MS = FRAME_MS / SLOTS;
const PAYLOAD = 160;
const SILENCE = 0xff;

class Stream {
  readonly id: number;
  readonly socket: Socket = createSocket({ type: 'udp4', recvBufferSize: 262_144 });
  readonly packet: Buffer = Buffer.alloc(12 + PAYLOAD, SILENCE);
  /** Deviation of the gap between two packets from 20 ms. */
  readonly gaps: Uint32Array = new Uint32Array(HISTOGRAM_BUCKETS);
  readonly result: StreamResult;
  readonly slot: number;
  /** Of a stream with a partner. */
  readonly marks: FrameMarks | undefined;
  readonly words: SpokenWords | undefined;
  readonly #partner: number;
  readonly #payloadType: number;
  started = false;
  #sequence = 0;
  #timestamp = 0;
  #firstHeard = -1;
  #highest = 0;
  #previousAt = 0;

  constructor(id: number, law: G711Law, { partner, firstWord }: { partner?: number; firstWord?: number | undefined }) {
    this.id = id;
    this.words = firstWord === undefined ? undefined : new SpokenWords(firstWord);
    this.marks = partner === undefined ? undefined : new FrameMarks(law);
    this.#partner = partner ?? -1;
    this.#payloadType = law === 'PCMU' ? 0 : 8;
    this.slot = id % SLOTS;
    this.result = {
      id,
      sent: 0,
      received: 0,
      missing: 0,
      outOfOrder: 0,
      firstPacketAt: 0,
      firstVoiceAt: 0,
      lastPacketAt: 0,
      words: 0,
    };
    this.packet[0] = 0x80;
    this.packet[1] = this.#payloadType;
    this.packet.writeUInt32BE(0x1000_0000 + id, 8);
    // a steady murmur rather than digital silence, so that the hub's detectors have something to look at
    for (let i = 0; i < PAYLOAD; i++) this.packet[12 + i] = SILENCE - ((i * 7 + id) % 3);
    this.socket.on('message', (bytes) => this.#hear(bytes));
    this.socket.on('error', (error: NodeJS.ErrnoException) => {
      // a packet crossed the hub's BYE, whose socket is closed already
      if (error.code !== 'ECONNREFUSED') post({ type: 'failed', message: error.message });
    });
  }

  send(): void {
    this.#sequence = (this.#sequence + 1) & 0xffff;
    this.#timestamp = (this.#timestamp + PAYLOAD) >>> 0;
    this.packet.writeUInt16BE(this.#sequence, 2);
    this.packet.writeUInt32BE(this.#timestamp, 4);
    this.marks?.send(this.packet, 12, performance.now());
    this.words?.fill(this.packet, 12);
    this.socket.send(this.packet);
    this.result.sent++;
  }

  finish(): void {
    this.result.words = this.words?.said ?? 0;
    if (this.#firstHeard < 0) return;
    this.result.missing = Math.max(0, this.#highest - this.#firstHeard + 1 - this.result.received);
  }

  #hear(bytes: Buffer): void {
    const second = bytes[1] as number;
    if (bytes.length < 12 || (second & 0x7f) !== this.#payloadType) return;
    const now = performance.now();
    const { result } = this;
    const sequence = bytes.readUInt16BE(2);
    if (this.#firstHeard < 0) {
      this.#firstHeard = sequence;
      this.#highest = sequence;
      result.firstPacketAt = performance.timeOrigin + now;
    } else {
      const ahead = ((sequence - this.#highest) << 16) >> 16;
      if (ahead > 0) this.#highest += ahead;
      else result.outOfOrder++;
      const deviation = Math.abs(now - this.#previousAt - FRAME_MS);
      const bucket = Math.min(HISTOGRAM_BUCKETS - 1, Math.floor(deviation / HISTOGRAM_STEP_MS));
      this.gaps[bucket] = (this.gaps[bucket] as number) + 1;
    }
    this.#previousAt = now;
    const from = streams.get(this.#partner)?.marks;
    if (from !== undefined) this.marks?.hear(from, bytes, 12, now);
    result.received++;
    result.lastPacketAt = performance.timeOrigin + now;
    if (result.firstVoiceAt === 0 && isVoice(bytes)) result.firstVoiceAt = performance.timeOrigin + now;
  }
}

/** u-law codes 0x7f and 0xff are zero; codes near them are the noise of rounding. */
function isVoice(packet: Buffer): boolean {
  let loud = 0;
  for (let i = 12; i < packet.length; i++) if (((packet[i] as number) & 0x7f) < 0x60) loud++;
  return loud > 20;
}

const streams = new Map<number, Stream>();
const slots: Set<Stream>[] = Array.from({ length: SLOTS }, () => new Set());
let ticks = 0;
const startedAt = performance.now();

function tick(): void {
  const now = performance.now();
  while (startedAt + ticks * SLOT_MS <= now) {
    for (const stream of slots[ticks % SLOTS] as Set<Stream>) stream.send();
    ticks++;
  }
  setTimeout(tick, Math.max(0, startedAt + ticks * SLOT_MS - performance.now()));
}

function post(message: FromStreams): void {
  parentPort?.postMessage(message);
}

function take(message: ToStreams): void {
  switch (message.type) {
    case 'open': {
      const stream = new Stream(message.id, message.law ?? 'PCMU', message);
      streams.set(message.id, stream);
      stream.socket.bind(0, '127.0.0.1', () => {
        post({ type: 'opened', id: message.id, port: stream.socket.address().port });
      });
      return;
    }
    case 'start': {
      const stream = streams.get(message.id);
      if (!stream || stream.started) return;
      stream.started = true;
      stream.socket.connect(message.port, message.host, () => {
        if (streams.has(message.id)) slots[stream.slot]?.add(stream);
      });
      return;
    }
    case 'measure':
      for (const stream of streams.values()) stream.marks?.measure();
      return;
    case 'hush':
      for (const stream of streams.values()) stream.words?.hush();
      return;
    case 'close': {
      const stream = streams.get(message.id);
      if (!stream) return;
      streams.delete(message.id);
      slots[stream.slot]?.delete(stream);
      stream.finish();
      stream.socket.close();
      post({ type: 'closed', result: stream.result, gaps: stream.gaps, marks: stream.marks?.result });
      return;
    }
  }
}

if (parentPort) {
  // It stands for phones on machines of their own: what it waits for a core is no delay of the hub's.
  raiseThreadPriority();
  parentPort.on('message', (message: ToStreams) => take(message));
  tick();
}
