import { FrameMarks } from '../../../../test/load/frame-marks.ts';
import type { G711Law } from '../../../media/g711.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { createBridgeMemory } from './bridge-lane.ts';
import { CallGrid } from './call-grid.ts';
import { writeRtpHeader } from './rtp-packet.ts';
import { createSharedCall, FRAME_SAMPLES, SharedCall, Word } from './shared-call.ts';
import { createTapMemory, TapRing } from './tap-ring.ts';
import { WorkerCall } from './worker-call.ts';

/** Somebody does nothing from `atMs` on for `ms`, and then all that was due. */
export interface Stall {
  atMs: number;
  ms: number;
}

export interface BridgeRun {
  seconds: number;
  /** Of the phones, which then send all that was due at once. */
  phoneStalls?: readonly Stall[];
  /** Of the media thread. */
  hubStalls?: readonly Stall[];
  /** When the first packet of each phone leaves; 0 to 19. */
  phasesMs?: readonly [number, number];
  /** Gets what a tap of the first call tells: times in samples. */
  tapped?: (said: Int16Array, saidAt: number, heardAt: number) => void;
  /** Who goes first when both are due. */
  hubFirst?: boolean;
}

export interface HeardParty {
  heard: number;
  missing: number;
  outOfOrder: number;
  worstMs: number;
  /** Audio delay at the end of each millisecond. */
  delaysMs: Float64Array;
  /** Counters of the call that heard the party. */
  late: number;
  concealedMs: number;
  trimmedMs: number;
  cutMs: number;
  skippedFrames: number;
}

const LAWS = ['PCMU', 'PCMA'] as const;
const PAYLOAD_TYPES: Record<G711Law, number> = { PCMU: 0, PCMA: 8 };
const ADDRESS = '192.0.2.1';
const MEASURE_FROM_MS = 1000;

function audio(law: G711Law): NegotiatedAudio {
  const payloadType = PAYLOAD_TYPES[law];
  return {
    ...{ codec: law, payloadType, ptimeMs: 20, telephoneEventPayloadType: 101 },
    receivePayloadTypes: new Map([[payloadType, law]]),
    ...{ remote: { address: ADDRESS, port: 4000 }, remoteRtcp: { address: ADDRESS, port: 4001 } },
    ...{ rtcpMux: false, direction: 'sendrecv' },
  };
}

interface Datagram {
  to: number;
  bytes: Buffer;
}

/** One of the two phones, and its call in the worker. */
class Party {
  readonly marks: FrameMarks;
  readonly call: WorkerCall;
  readonly shared: SharedCall;
  readonly delaysMs: Float64Array;
  nextMs: number;
  readonly #law: G711Law;
  #sequence = 0;

  constructor(side: number, firstMs: number, totalMs: number, now: () => number, transmit: (bytes: Buffer) => void) {
    this.#law = LAWS[side] ?? 'PCMU';
    this.marks = new FrameMarks(this.#law);
    this.nextMs = firstMs;
    this.delaysMs = new Float64Array(totalMs);
    const memory = createSharedCall();
    this.shared = new SharedCall(memory);
    const options = {
      ...{ type: 'open' as const, id: side, memory, host: ADDRESS, port: 0, near: undefined, timeoutMs: 60_000 },
      ...{ followSource: true, ssrc: side, sequence: 0, timestamp: 0, cname: 'x' },
    };
    this.call = new WorkerCall(options, {
      sendRtp: (bytes) => transmit(Buffer.from(bytes)),
      sendRtcp: () => {},
      news: () => {},
      random: () => 0.5,
      wallMs: () => 1_700_000_000_000 + now(),
      sharedUs: () => (now() * 1000) | 0,
    });
    this.call.configure(audio(this.#law), 0);
  }

  packet(nowMs: number): Buffer {
    const bytes = Buffer.alloc(12 + FRAME_SAMPLES);
    this.marks.send(bytes, 12, nowMs);
    const payloadType = PAYLOAD_TYPES[this.#law];
    writeRtpHeader(bytes, false, payloadType, this.#sequence & 0xffff, (this.#sequence * FRAME_SAMPLES) >>> 0, 7);
    this.#sequence++;
    this.nextMs += 20;
    return bytes;
  }
}

const isStalled = (stalls: readonly Stall[], ms: number) =>
  stalls.some(({ atMs, ms: long }) => ms >= atMs && ms < atMs + long);

/**
 * Two phones that are bridged by one media thread, on virtual time in steps of a millisecond: its grid, calls, jitter buffers and lanes are the real
 * ones. What each hears of the other, the first second left out.
 */
export function runBridge(run: BridgeRun): [HeardParty, HeardParty] {
  const { seconds, phoneStalls = [], hubStalls = [], phasesMs = [3, 11], hubFirst = false } = run;
  const totalMs = seconds * 1000;
  let now = 0;
  const toPhones: Datagram[] = [];
  const toHub: Datagram[] = [];
  const make = (side: 0 | 1) =>
    new Party(
      side,
      phasesMs[side],
      totalMs,
      () => now,
      (bytes) => void toPhones.push({ to: side, bytes }),
    );
  const parties = [make(0), make(1)] as const;
  const memory = createBridgeMemory();
  const grid = new CallGrid();
  const slot = grid.add(parties[0].call, undefined);
  grid.add(parties[1].call, slot);
  parties[0].call.join(memory, 0);
  parties[1].call.join(memory, 1);
  grid.start(5);

  const tapMemory = createTapMemory();
  const tapRing = new TapRing(tapMemory);
  if (run.tapped !== undefined) parties[0].call.listen(tapMemory);
  const readTap = () => {
    const [said, heard] = [new Int16Array(FRAME_SAMPLES), new Int16Array(FRAME_SAMPLES)];
    for (let number = tapRing.read(said, heard); number >= 0; number = tapRing.read(said, heard)) {
      const heardAt = number * FRAME_SAMPLES;
      run.tapped?.(said, heardAt + tapRing.saidLater, heardAt);
    }
  };

  const readSockets = () => {
    for (const { to, bytes } of toHub.splice(0)) parties[to]?.call.onRtp(bytes, ADDRESS, 4000, now);
  };
  const phones = () => {
    if (isStalled(phoneStalls, now)) return;
    for (const { to, bytes } of toPhones.splice(0))
      parties[to]?.marks.hear((parties[1 - to] as Party).marks, bytes, 12, now);
    for (const [to, party] of parties.entries()) {
      while (party.nextMs <= now) toHub.push({ to, bytes: party.packet(now) });
    }
  };
  const hub = () => {
    if (isStalled(hubStalls, now)) return;
    readSockets();
    while ((grid.dueMs ?? Number.NaN) <= now) {
      grid.serve(now);
      readSockets();
    }
  };
  for (; now < totalMs; now++) {
    if (now === MEASURE_FROM_MS) for (const { marks } of parties) marks.measure();
    for (const step of hubFirst ? [hub, phones] : [phones, hub]) step();
    if (now % 20 === 0) readTap();
    for (const { delaysMs, marks } of parties) delaysMs[now] = marks.delayMs;
  }
  return [resultOf(parties[0], parties[1]), resultOf(parties[1], parties[0])];
}

function resultOf(listener: Party, speaker: Party): HeardParty {
  const { heard, missing, outOfOrder, worstMs } = listener.marks.result;
  return {
    ...{ heard, missing, outOfOrder, worstMs, delaysMs: listener.delaysMs },
    late: speaker.shared.load(Word.packetsLate),
    concealedMs: speaker.shared.load(Word.concealed) / 8,
    trimmedMs: speaker.shared.load(Word.trimmed) / 8,
    cutMs: speaker.shared.load(Word.cut) / 8,
    skippedFrames: listener.shared.load(Word.slotsSkipped),
  };
}
