import { describe, expect, it } from 'vitest';
import { decodeTable } from '../../../media/g711.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { createBridgeMemory } from './bridge-lane.ts';
import type { CallNews } from './messages.ts';
import { writeRtpHeader } from './rtp-packet.ts';
import { createSharedCall, FRAME_SAMPLES, SharedCall, Word, wipeSharedCall } from './shared-call.ts';
import { WorkerCall } from './worker-call.ts';

const AUDIO: NegotiatedAudio = {
  codec: 'PCMU',
  payloadType: 0,
  ptimeMs: 20,
  telephoneEventPayloadType: 101,
  receivePayloadTypes: new Map([
    [0, 'PCMU'],
    [101, 'telephone-event'],
  ]),
  remote: { address: '192.0.2.1', port: 4000 },
  remoteRtcp: { address: '192.0.2.1', port: 4001 },
  rtcpMux: false,
  direction: 'sendrecv',
};

/** A call without sockets; `sent` counts packets. */
function makeCall(onRtp: (bytes: Buffer) => void = () => {}) {
  const memory = createSharedCall();
  const sent = { rtp: 0, rtcp: 0 };
  const news: CallNews[] = [];
  const options = {
    type: 'open' as const,
    id: 1,
    memory,
    host: '127.0.0.1',
    port: 0,
    near: undefined,
    followSource: true,
    timeoutMs: 1000,
    ssrc: 1,
    sequence: 0,
    timestamp: 0,
    cname: 'x',
  };
  const call = new WorkerCall(options, {
    sendRtp: (bytes) => {
      sent.rtp++;
      onRtp(bytes);
    },
    sendRtcp: () => void sent.rtcp++,
    news: (item) => void news.push(item),
    random: () => 0.5,
    wallMs: () => 1_700_000_000_000,
    sharedUs: () => 0,
  });
  call.configure(AUDIO, 0);
  return { call, memory, sent, news };
}

function packet(sequence: number, code = 0x20): Buffer {
  const bytes = Buffer.alloc(12 + FRAME_SAMPLES, code);
  writeRtpHeader(bytes, false, 0, sequence, sequence * FRAME_SAMPLES, 77);
  return bytes;
}

/** `seconds` of packets and ticks, as the worker's loop does it. */
function run(call: WorkerCall, seconds: number, fromMs = 0): void {
  for (let i = 0; i < seconds * 50; i++) {
    const now = fromMs + i * 20;
    call.onRtp(packet(fromMs / 20 + i), '192.0.2.1', 4000, now);
    call.tick(now + 5, 0);
  }
}

describe('a call in its worker', () => {
  it('sends and hears one frame per tick, and counts', () => {
    const { call, memory, sent, news } = makeCall();
    run(call, 4);
    const view = new SharedCall(memory);
    expect(sent.rtp).toBe(200);
    expect(sent.rtcp).toBeGreaterThan(0);
    expect(view.load(Word.packetsSent)).toBe(200);
    expect(view.load(Word.packetsReceived)).toBe(200);
    expect(news.filter(({ type }) => type === 'first-rtp')).toHaveLength(1);
  });

  it('neither sends nor touches the memory after its close', () => {
    const { call, memory, sent } = makeCall();
    run(call, 1);
    call.close(1000);
    const before = new Uint8Array(memory).slice();
    const packets = sent.rtp;
    call.configure(AUDIO, 1000);
    run(call, 1, 1000);
    call.close(2000);
    expect(new Uint8Array(memory).slice()).toEqual(before);
    expect(sent.rtp).toBe(packets);
  });

  it('leaves memory alone that another call has by now', () => {
    const { call, memory, sent } = makeCall();
    run(call, 1);
    wipeSharedCall(memory);
    const next = new SharedCall(memory);
    next.writePlayout(new Int16Array(FRAME_SAMPLES).fill(5), 0);
    const before = new Uint8Array(memory).slice();
    const packets = sent.rtp;
    run(call, 1, 1000);
    call.onRtcp(packet(0), '192.0.2.1', 4001, 2000);
    call.close(2000);
    expect(new Uint8Array(memory).slice()).toEqual(before);
    expect(sent.rtp).toBe(packets);
  });
});

describe('two bridged calls of one worker', () => {
  const SLOT_MS = 5;
  const loud = 0x80;

  /** Two calls in slots `apart` slots from each other; packets of `say` from the first, every 20 ms from `phaseMs` on. */
  function bridge({ apart, phaseMs = 0 }: { apart: number; phaseMs?: number }) {
    const from = makeCall();
    const sent: { atMs: number; payloadType: number; payload: Buffer }[] = [];
    let now = 0;
    const to = makeCall((bytes) => {
      sent.push({ atMs: now, payloadType: bytes.readUInt8(1) & 127, payload: Buffer.from(bytes.subarray(12)) });
    });
    to.call.configure({ ...AUDIO, codec: 'PCMA', payloadType: 8 }, 0);
    const memory = createBridgeMemory();
    from.call.join(memory, 0);
    to.call.join(memory, 1);
    let sequence = 0;
    const step = (say: (index: number) => number) => {
      const slot = (now / SLOT_MS) % 4;
      if (now % 20 === phaseMs) {
        from.call.onRtp(packet(sequence, say(sequence)), '192.0.2.1', 4000, now);
        sequence++;
      }
      for (const [call, mine] of [[from.call, 0] as const, [to.call, apart] as const]) {
        if (slot === mine) call.receive(now);
      }
      for (const [call, mine] of [[from.call, 0] as const, [to.call, apart] as const]) {
        if ((slot + 2) % 4 === mine) call.send(0);
      }
      now += SLOT_MS;
    };
    return { from, to, sent, step, now: () => now };
  }

  it.each([
    [2, 20],
    [3, 25],
    [0, 30],
    [1, 35],
  ])('%i slots apart: what one says is in the packets to the other after %i ms', (apart, expectedMs) => {
    for (const phaseMs of [0, 5, 10, 15]) {
      const { sent, step } = bridge({ apart, phaseMs });
      // One packet that is loud, after a second of quiet ones.
      for (let i = 0; i < 400; i++) step((index) => (index === 50 ? loud : 0xff));
      const saidMs = 50 * 20 + phaseMs;
      const first = sent.find(({ payload }) => payload.some((code) => Math.abs(decode(code)) > 20_000));
      const offsetMs = (first?.payload.findIndex((code) => Math.abs(decode(code)) > 20_000) ?? Number.NaN) / 8;
      expect((first?.atMs ?? Number.NaN) + offsetMs - saidMs).toBeCloseTo(expectedMs, 5);
    }
  });

  it('are transcoded sample for sample, and no frame is lost or doubled', () => {
    const { sent, step } = bridge({ apart: 2 });
    for (let i = 0; i < 8000; i++) step((index) => 1 + (index % 100));
    const codes = sent.map(({ payload }) => payload.at(-1) ?? 0).slice(50, -50);
    expect(sent.every(({ payloadType }) => payloadType === 8)).toBe(true);
    expect(new Set(codes).size).toBeGreaterThan(40);
    // The pattern of a hundred codes comes back whole.
    for (let i = 100; i < codes.length; i++) expect(codes[i]).toBe(codes[i - 100]);
  });

  it('are as before once they part; nothing of the other is sent', () => {
    const { to, sent, step } = bridge({ apart: 2 });
    for (let i = 0; i < 200; i++) step(() => loud);
    expect(sent.at(-1)?.payload.every((code) => Math.abs(decode(code)) > 20_000)).toBe(true);
    to.call.part();
    for (let i = 0; i < 8; i++) step(() => loud);
    expect(sent.at(-1)?.payload.every((code) => code === 0xd5)).toBe(true);
  });

  it('send nothing to the side on hold, and silence from it', () => {
    const { from, to, sent, step } = bridge({ apart: 2 });
    for (let i = 0; i < 200; i++) step(() => loud);
    from.call.configure({ ...AUDIO, direction: 'recvonly' }, 1000);
    for (let i = 0; i < 8; i++) step(() => loud);
    const packets = { held: from.sent.rtp, other: to.sent.rtp };
    for (let i = 0; i < 200; i++) step(() => loud);
    expect(from.sent.rtp).toBe(packets.held);
    expect(to.sent.rtp).toBe(packets.other + 50);
    expect(sent.at(-1)?.payload.every((code) => Math.abs(decode(code)) < 20)).toBe(true);
    from.call.configure(AUDIO, 2000);
    for (let i = 0; i < 40; i++) step(() => loud);
    expect(sent.at(-1)?.payload.every((code) => Math.abs(decode(code)) > 20_000)).toBe(true);
  });
});

function decode(code: number): number {
  return decodeTable('PCMA')[code] ?? 0;
}
