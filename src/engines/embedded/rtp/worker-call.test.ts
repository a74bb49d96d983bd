import { describe, expect, it } from 'vitest';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
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
function makeCall() {
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
    timeoutMs: 1000,
    ssrc: 1,
    sequence: 0,
    timestamp: 0,
    cname: 'x',
  };
  const call = new WorkerCall(options, {
    sendRtp: () => void sent.rtp++,
    sendRtcp: () => void sent.rtcp++,
    news: (item) => void news.push(item),
    random: () => 0.5,
    wallMs: () => 1_700_000_000_000,
    sharedUs: () => 0,
  });
  call.configure(AUDIO, 0);
  return { call, memory, sent, news };
}

function packet(sequence: number): Buffer {
  const bytes = Buffer.alloc(12 + FRAME_SAMPLES, 0x20);
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
