import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { spawnMediaWorker } from '../../../src/engines/embedded/rtp/media-worker.ts';
import { findTone } from '../../../src/media/goertzel.ts';
import type { MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { makeEmbeddedRig } from './embedded-rig.ts';
import { type Rig, until } from './rig.ts';
import { RtpPhone } from './rtp-phone.ts';

async function call(rig: Rig): Promise<{ endpoint: MediaEndpoint; phone: RtpPhone }> {
  const endpoint = await rig.engine.createEndpoint({ callId: 'call' });
  const phone = (await rig.phone(endpoint)) as RtpPhone;
  phone.connect(await endpoint.answer(phone.sdp()));
  return { endpoint, phone };
}

async function withRig(run: (rig: Awaited<ReturnType<typeof makeEmbeddedRig>>) => Promise<void>): Promise<void> {
  const rig = await makeEmbeddedRig({});
  try {
    await run(rig);
  } finally {
    await rig.close();
  }
}

describe('the embedded engine on the wire', () => {
  it.concurrent('sends one gapless stream: sequence, timestamp, SSRC, marker', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      endpoint.playout.write(sine(1000, 300, 8000));
      void endpoint.sendDtmf('5', { durationMs: 100, gapMs: 60 });
      const isEvent = ({ payloadType }: { payloadType: number }) => payloadType === 101;
      await until(rig, 'the key', () => phone.packets.filter(isEvent).length >= 7 && phone.packets.length >= 60);
      const packets = phone.packets.slice();
      expect(new Set(packets.map((packet) => packet.ssrc)).size).toBe(1);
      for (const [index, packet] of packets.entries()) {
        const before = packets[index - 1];
        if (before === undefined) continue;
        expect((packet.sequence - before.sequence) & 0xffff).toBe(1);
      }
      const audio = packets
        .map((packet, index) => ({ ...packet, index }))
        .filter(({ payloadType }) => payloadType === 0);
      // A worker that was held up leaves frames out, and the timestamps tell so: they keep to the time.
      let leftOut = 0;
      for (const packet of audio) {
        const ahead = (packet.timestamp - (packets[0]?.timestamp ?? 0) - packet.index * 160) >>> 0;
        expect(ahead % 160).toBe(0);
        expect(ahead).toBeGreaterThanOrEqual(leftOut);
        leftOut = ahead;
        expect(packet.marker).toBe(packet.index === 0);
      }
      const elapsedMs = (packets.at(-1)?.atMs ?? 0) - (packets[0]?.atMs ?? 0);
      expect(packets.length * 20 + leftOut / 8).toBeLessThan(elapsedMs + 500);
      const events = packets.filter(isEvent);
      expect(events.map(({ payload }) => payload.readUInt16BE(2))).toEqual([160, 320, 480, 640, 800, 800, 800]);
      expect(events.map(({ payload }) => payload.readUInt8(1) >> 7)).toEqual([0, 0, 0, 0, 1, 1, 1]);
      expect(events.map(({ marker }) => marker)).toEqual([true, false, false, false, false, false, false]);
      expect(new Set(events.map(({ timestamp }) => timestamp)).size).toBe(1);
    }));

  it.concurrent('drops strangers and garbage, counts them, and the call goes on', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      const stranger = await RtpPhone.open();
      const digits: string[] = [];
      endpoint.on('dtmf', ({ digit }) => digits.push(digit));
      await until(rig, 'the first packets', () => endpoint.stats().packetsReceived > 5);
      stranger.remote = phone.remote;
      const header = Buffer.alloc(172, 0x55);
      header.writeUInt8(0x80, 0);
      header.writeUInt8(0, 1);
      for (let i = 0; i < 20; i++) stranger.sendRaw(header);
      for (let length = 0; length < 40; length++) phone.sendRaw(Buffer.alloc(length, length * 7));
      await until(rig, 'the strangers', () => endpoint.stats().packetsFromStrangers === 20);
      expect(endpoint.stats().remoteAddress).toBe(`127.0.0.1:${phone.port}`);
      phone.press('8');
      await until(rig, 'a key', () => digits.length > 0);
      expect(digits).toEqual(['8']);
      expect(stranger.packets).toEqual([]);
      await stranger.close();
    }));

  it.concurrent('sends to where the packets come from, and follows a source that moved after a silence', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      await until(rig, 'the first packets', () => endpoint.stats().packetsReceived > 5);
      phone.mute();
      const moved = await RtpPhone.open();
      moved.connect(`c=IN IP4 127.0.0.1\r\nm=audio ${phone.remote.port} RTP/AVP 0`);
      await until(rig, 'audio at the new port', () => moved.packets.length > 10, 6000);
      expect(endpoint.stats().packetsFromStrangers).toBeGreaterThan(50);
      expect(endpoint.stats().remoteAddress).toBe(`127.0.0.1:${moved.port}`);
      await moved.close();
    }));

  it.concurrent("is not taken over by a stranger who sends first, while packets come from the SDP's address", () =>
    withRig(async (rig) => {
      const endpoint = await rig.engine.createEndpoint({ callId: 'call' });
      const phone = (await rig.phone(endpoint)) as RtpPhone;
      const stranger = await RtpPhone.open('127.0.0.2');
      const answer = await endpoint.answer(phone.sdp());
      stranger.connect(answer);
      stranger.speak(sine(1400, 3000, 8000));
      await rig.wait(100);
      const heard: number[] = [];
      endpoint.onAudio(({ samples }) => heard.push(...samples));
      phone.connect(answer);
      phone.speak(sine(400, 600, 8000));
      endpoint.playout.write(sine(1000, 300, 8000));
      await until(rig, 'the caller', () => findTone(Int16Array.from(heard), 400, 8000).length > 0);
      await until(rig, 'the prompt', () => findTone(phone.heard(), 1000, 8000).length > 0);
      await until(rig, 'many of the stranger', () => endpoint.stats().packetsFromStrangers > 40);
      expect(findTone(Int16Array.from(heard), 1400, 8000)).toEqual([]);
      expect(stranger.packets).toEqual([]);
      expect(endpoint.stats().remoteAddress).toBe(`127.0.0.1:${phone.port}`);
      await stranger.close();
    }));

  it.concurrent('hears a phone behind a NAT: its SDP tells an address that it does not send from', () =>
    withRig(async (rig) => {
      const endpoint = await rig.engine.createEndpoint({ callId: 'call' });
      const phone = await RtpPhone.open('127.0.0.2');
      phone.connect(await endpoint.answer(phone.sdp().replaceAll('127.0.0.1', '10.0.0.7')));
      endpoint.playout.write(sine(1000, 2000, 8000));
      await until(rig, 'the prompt', () => findTone(phone.heard(), 1000, 8000).length > 0);
      expect(endpoint.stats().remoteAddress).toBe(`127.0.0.2:${phone.port}`);
      await phone.close();
    }));

  it.concurrent('follows a new address in the SDP at once', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      await until(rig, 'the first packets', () => endpoint.stats().packetsReceived > 5);
      const other = await RtpPhone.open();
      other.connect(await endpoint.answer(other.sdp()));
      endpoint.playout.write(sine(1000, 300, 8000));
      await until(rig, 'the tone at the new address', () => findTone(other.heard(), 1000, 8000).length > 0);
      const heard: number[] = [];
      endpoint.onAudio(({ samples }) => heard.push(...samples));
      other.speak(sine(400, 300, 8000));
      await until(rig, 'the other phone', () => findTone(Int16Array.from(heard), 400, 8000).length > 0);
      expect(findTone(phone.heard(), 1000, 8000)).toEqual([]);
      await other.close();
    }));

  it.concurrent('exchanges RTCP: sender reports go out, the loss and round trip that the peer reports come in', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      await until(rig, 'a report', () => phone.reports.length > 0, 8000);
      const report = phone.reports[0] ?? Buffer.alloc(0);
      expect(report.readUInt8(1)).toBe(200);
      expect(report.readUInt8(0) & 31).toBe(1);
      expect(report.readUInt32BE(4)).toBe(phone.packets[0]?.ssrc);
      expect(report.readUInt32BE(28)).toBe(phone.ssrc);
      const senderTime = report.readUInt32BE(10);
      const answer = Buffer.alloc(32);
      answer.writeUInt32BE(0x81c9_0007, 0);
      answer.writeUInt32BE(phone.ssrc, 4);
      answer.writeUInt32BE(phone.packets[0]?.ssrc ?? 0, 8);
      answer.writeUInt8(64, 12);
      answer.writeUInt32BE(senderTime, 24);
      answer.writeUInt32BE(0, 28);
      phone.sendReport(answer);
      await until(rig, 'the report to arrive', () => endpoint.stats().remoteLossFraction !== undefined);
      expect(endpoint.stats().remoteLossFraction).toBe(0.25);
      expect(endpoint.stats().roundTripMs).toBeGreaterThanOrEqual(0);
      expect(endpoint.stats().roundTripMs).toBeLessThan(1000);
      await endpoint.close();
      await until(rig, 'BYE', () => phone.reports.some((bytes) => bytes.readUInt8(bytes.length - 7) === 203));
    }));

  it.concurrent('counts what was lost', () =>
    withRig(async (rig) => {
      const { endpoint, phone } = await call(rig);
      await until(rig, 'the first packets', () => endpoint.stats().packetsReceived > 5);
      phone.skipSequence(4);
      await until(rig, 'the loss', () => endpoint.stats().packetsLost === 4);
      expect(endpoint.stats().packetsLate).toBe(0);
    }));
});

describe('the embedded engine in trouble', () => {
  it('tells every call of a worker that died, takes new calls on a new one, and gives the ports back', async () => {
    const threads: Worker[] = [];
    const rig = await makeEmbeddedRig(
      { calls: 2 },
      {
        spawnWorker: (data) => {
          const worker = spawnMediaWorker(data);
          threads.push(worker);
          return worker;
        },
      },
    );
    const calls = [await call(rig), await call(rig)];
    const events: string[] = [];
    for (const [index, { endpoint }] of calls.entries()) {
      endpoint.on('failed', ({ code }) => events.push(`${index} ${code}`));
      endpoint.on('closed', () => events.push(`${index} closed`));
    }
    const waiting = calls[0]?.endpoint.sendDtmf('1');
    const closing = calls[1]?.endpoint.playout.drained();
    await threads[0]?.terminate();
    await until(rig, 'the news', () => events.length === 4);
    expect(events).toEqual(['0 engine_failed', '0 closed', '1 engine_failed', '1 closed']);
    await waiting;
    await closing;
    await calls[0]?.endpoint.close();
    expect(rig.engine.stats()).toMatchObject({ endpoints: 0, portsInUse: 0, portsIdle: 2 });

    // The ports are used again without a rest: phones that went on sending would be taken for the new caller.
    for (const { phone } of calls) phone.mute();
    const { endpoint, phone } = await call(rig);
    endpoint.playout.write(sine(1000, 200, 8000));
    await until(rig, 'audio from the new worker', () => findTone(phone.heard(), 1000, 8000).length > 0);
    expect(threads).toHaveLength(2);
    await rig.close();
  });

  it('gives a call that follows another nothing of it: no sound, no counter, no pause', async () => {
    const rig = await makeEmbeddedRig({ calls: 1 });
    const first = await call(rig);
    const heard: number[] = [];
    first.endpoint.onAudio(({ samples }) => heard.push(...samples));
    first.phone.speak(sine(400, 5000, 8000));
    first.endpoint.playout.write(sine(1000, 5000, 8000));
    await until(rig, 'the caller', () => findTone(Int16Array.from(heard), 400, 8000).length > 0);
    first.endpoint.playout.pause();
    await rig.wait(60);
    first.phone.mute();
    await first.endpoint.close();
    const ended = first.endpoint.stats();
    expect(ended.packetsReceived).toBeGreaterThan(0);

    const second = await call(rig);
    expect(second.endpoint.playout).toMatchObject({ paused: false, playedMs: 0, queuedMs: 0 });
    const next: number[] = [];
    second.endpoint.onAudio(({ samples }) => next.push(...samples));
    await until(rig, 'half a second', () => next.length >= 4000 && second.phone.heard().length >= 4000);
    expect(findTone(Int16Array.from(next), 400, 8000)).toEqual([]);
    expect(findTone(second.phone.heard(), 1000, 8000)).toEqual([]);
    first.endpoint.playout.pause();
    second.endpoint.playout.write(sine(700, 300, 8000));
    await until(rig, 'the prompt of the second', () => findTone(second.phone.heard(), 700, 8000).length > 0);
    expect(first.endpoint.stats()).toEqual(ended);
    await rig.close();
  });

  it('lets a port rest after a call', async () => {
    const rig = await makeEmbeddedRig({ calls: 1 }, { drainMs: 300 });
    const { endpoint } = await call(rig);
    await endpoint.close();
    await expect(rig.engine.createEndpoint({ callId: 'soon' })).rejects.toMatchObject({ code: 'no_port' });
    await rig.wait(350);
    await (await rig.engine.createEndpoint({ callId: 'later' })).close();
    await rig.close();
  });

  it('skips a port that another program holds', async () => {
    const one = await makeEmbeddedRig({ calls: 1 });
    const { endpoint } = await call(one);
    const port = Number(/m=audio (\d+)/.exec(await endpoint.offer())?.[1]);
    const two = await makeEmbeddedRig({}, { portRange: { from: port, to: port + 3 } });
    const sdp = await (await two.engine.createEndpoint({ callId: 'next' })).offer();
    expect(sdp).toContain(`m=audio ${port + 2} `);
    await Promise.all([one.close(), two.close()]);
  });

  it('reports an address that it cannot bind', async () => {
    const rig = await makeEmbeddedRig({}, { host: '192.0.2.1' });
    await expect(rig.engine.createEndpoint({ callId: 'x' })).rejects.toMatchObject({ code: 'engine_failed' });
    expect(rig.engine.stats()).toMatchObject({ endpoints: 0, portsInUse: 0 });
    await rig.close();
  });

  it('survives a listener that throws', async () => {
    const errors: string[] = [];
    const log = { warn: () => {}, error: (_: object, message: string) => errors.push(message) };
    const rig = await makeEmbeddedRig({}, { log });
    const { endpoint, phone } = await call(rig);
    endpoint.onAudio(() => {
      throw new Error('listener');
    });
    endpoint.playout.write(sine(1000, 200, 8000));
    await until(rig, 'the tone', () => findTone(phone.heard(), 1000, 8000).length > 0);
    await until(rig, 'the log', () => errors.includes('listener of caller audio failed'));
    await rig.close();
  });
});
