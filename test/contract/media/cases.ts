import assert from 'node:assert/strict';
import { findTone, type ToneSpan } from '../../../src/media/goertzel.ts';
import { rms } from '../../../src/media/level.ts';
import type { MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { type Phone, type Rig, type RigOptions, until } from './rig.ts';

/** One thing that every media engine does. `run` rejects when it does not. */
export interface MediaCase {
  name: string;
  options?: RigOptions;
  run(rig: Rig): Promise<void>;
}

async function call(rig: Rig, callId = 'call'): Promise<{ endpoint: MediaEndpoint; phone: Phone }> {
  const endpoint = await rig.engine.createEndpoint({ callId });
  const phone = await rig.phone(endpoint);
  phone.connect(await endpoint.answer(phone.sdp()));
  return { endpoint, phone };
}

/** Collects what the endpoint hears of the caller. */
function listen(endpoint: MediaEndpoint): { samples: number[]; timestamps: number[]; lengths: Set<number> } {
  const collected = { samples: [] as number[], timestamps: [] as number[], lengths: new Set<number>() };
  endpoint.onAudio((frame) => {
    assert.equal(frame.sampleRate, endpoint.sampleRate);
    collected.samples.push(...frame.samples);
    collected.timestamps.push(frame.timestampMs);
    collected.lengths.add(frame.samples.length);
  });
  return collected;
}

function total(spans: readonly ToneSpan[]): number {
  return spans.reduce((sum, span) => sum + span.toMs - span.fromMs, 0);
}

function near(actual: number, expected: number, tolerance: number, what: string): void {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${what}: ${actual}, expected ${expected} +- ${tolerance}`);
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (error: { code?: unknown }) => error.code,
  );
}

export const mediaCases: MediaCase[] = [
  {
    name: 'carries audio both ways',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const collected = listen(endpoint);
      phone.speak(sine(400, 600, 8000));
      endpoint.playout.write(sine(1000, 600, endpoint.sampleRate));
      assert.equal(await within(rig, endpoint.playout.drained()), true);
      const up = () => total(findTone(Int16Array.from(collected.samples), 400, endpoint.sampleRate));
      await until(rig, 'the tone of the caller', () => up() >= 560);
      await until(rig, 'the tone of the engine', () => total(findTone(phone.heard(), 1000, 8000)) >= 560);
      assert.equal(total(findTone(phone.heard(), 400, 8000)), 0);
      near(endpoint.playout.playedMs, 600, 0, 'playedMs');
    },
  },
  {
    name: "takes the caller's first codec",
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'alaw' });
      const phone = await rig.phone(endpoint);
      phone.connect(await endpoint.answer(phone.sdp({ codecs: ['PCMA', 'PCMU'] })));
      assert.equal(endpoint.stats().codec, 'PCMA');
      endpoint.playout.write(sine(800, 300, endpoint.sampleRate));
      await until(rig, 'the tone', () => total(findTone(phone.heard(), 800, 8000)) >= 260);
    },
  },
  {
    name: 'delivers one frame per 20 ms, with or without speech',
    async run(rig) {
      const { endpoint } = await call(rig);
      const collected = listen(endpoint);
      await until(rig, '25 frames', () => collected.timestamps.length >= 25);
      assert.deepEqual([...collected.lengths], [endpoint.sampleRate / 50]);
      for (let i = 1; i < 25; i++) {
        assert.equal((collected.timestamps[i] ?? 0) - (collected.timestamps[i - 1] ?? 0), 20);
      }
      endpoint.onAudio(undefined);
      const before = collected.timestamps.length;
      await rig.wait(100);
      assert.equal(collected.timestamps.length, before);
    },
  },
  {
    name: 'sends silence between prompts',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      await until(rig, 'half a second of silence', () => phone.heard().length >= 4000);
      assert.ok(rms(phone.heard()) < 20);
      assert.equal(endpoint.playout.playedMs, 0);
    },
  },
  {
    name: 'announces the first packet of the caller once',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      let count = 0;
      endpoint.on('first-rtp', () => count++);
      phone.speak(sine(400, 200, 8000));
      await until(rig, 'the first packet', () => count > 0);
      await rig.wait(200);
      assert.equal(count, 1);
    },
  },
  {
    name: 'flush stops at once and tells what was dropped',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      endpoint.playout.write(sine(1000, 5000, endpoint.sampleRate));
      await until(rig, 'half a second of it', () => endpoint.playout.playedMs >= 500);
      const waiting = endpoint.playout.drained();
      const dropped = endpoint.playout.flush();
      const played = endpoint.playout.playedMs;
      near(played + dropped, 5000, 0, 'played and dropped');
      assert.equal(endpoint.playout.queuedMs, 0);
      assert.equal(await within(rig, waiting), false);
      await rig.wait(300);
      assert.equal(endpoint.playout.playedMs, played);
      near(total(findTone(phone.heard(), 1000, 8000)), played, 40, 'heard of the tone');
      assert.ok(rms(phone.heard().slice(-800)) < 20, 'silence after the flush');
    },
  },
  {
    name: 'pause keeps the queue and resume goes on where it stopped',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const { playout } = endpoint;
      playout.write(sine(1000, 800, endpoint.sampleRate));
      await until(rig, 'a part of it', () => playout.playedMs >= 300);
      playout.pause();
      assert.equal(playout.paused, true);
      await rig.wait(60);
      const played = playout.playedMs;
      await rig.wait(300);
      assert.equal(playout.playedMs, played);
      near(playout.queuedMs, 800 - played, 0, 'queued');
      assert.ok(rms(phone.heard().slice(-800)) < 20, 'silence during the pause');
      playout.resume();
      assert.equal(playout.paused, false);
      assert.equal(await within(rig, playout.drained()), true);
      await until(rig, 'the rest', () => total(findTone(phone.heard(), 1000, 8000)) >= 740);
    },
  },
  {
    name: 'accounts for every sample that was written',
    async run(rig) {
      const { endpoint } = await call(rig);
      const { playout } = endpoint;
      const piece = sine(700, 37, endpoint.sampleRate);
      let writtenMs = 0;
      for (let i = 0; i < 100; i++) {
        playout.write(piece);
        writtenMs += (piece.length * 1000) / endpoint.sampleRate;
      }
      let last = 0;
      for (let i = 0; i < 10; i++) {
        const played = playout.playedMs;
        assert.ok(played >= last, 'playedMs never decreases');
        last = played;
        await rig.wait(30);
      }
      const dropped = playout.flush();
      near(playout.playedMs + dropped, writtenMs, 0.001, 'played and dropped');
    },
  },
  {
    name: 'copies what is written',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const samples = sine(1000, 400, endpoint.sampleRate);
      endpoint.playout.write(samples);
      samples.fill(0);
      await until(rig, 'the tone', () => total(findTone(phone.heard(), 1000, 8000)) >= 360);
    },
  },
  {
    name: 'drained speaks for what was written before it',
    async run(rig) {
      const { endpoint } = await call(rig);
      const { playout } = endpoint;
      assert.equal(await playout.drained(), true);
      playout.write(sine(500, 200, endpoint.sampleRate));
      const first = playout.drained();
      playout.write(sine(500, 3000, endpoint.sampleRate));
      assert.equal(await within(rig, first), true);
      assert.ok(playout.queuedMs > 2000);
      const second = playout.drained();
      await endpoint.close();
      assert.equal(await within(rig, second), false);
    },
  },
  {
    name: "reports each of the caller's key presses once, in order",
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const digits: string[] = [];
      endpoint.on('dtmf', ({ digit }) => digits.push(digit));
      phone.press('1229*#A0');
      await until(rig, 'the last key', () => digits.includes('0'));
      await rig.wait(200);
      assert.deepEqual(digits.join(''), '1229*#A0');
    },
  },
  {
    name: 'sends key presses after what is playing and before what comes later',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      const sent = endpoint.sendDtmf('42#', { durationMs: 80, gapMs: 60 });
      endpoint.playout.write(sine(400, 300, endpoint.sampleRate));
      await within(rig, sent);
      assert.equal(await within(rig, endpoint.playout.drained()), true);
      await until(rig, 'the second tone', () => total(findTone(phone.heard(), 400, 8000)) >= 260);
      assert.equal(phone.digitsHeard().join(''), '42#');
      const end = findTone(phone.heard(), 1000, 8000).at(-1)?.toMs ?? Number.NaN;
      const begin = findTone(phone.heard(), 400, 8000)[0]?.fromMs ?? Number.NaN;
      for (const place of phone.digitPlaces()) {
        assert.ok(place >= end - 20 && place <= begin + 20, `digit at ${place}, between ${end} and ${begin}`);
      }
      assert.equal(await codeOf(endpoint.sendDtmf('12x')), 'bad_digits');
    },
  },
  {
    name: 'a flush does not drop key presses',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      endpoint.playout.write(sine(1000, 5000, endpoint.sampleRate));
      const sent = endpoint.sendDtmf('7');
      await rig.wait(100);
      endpoint.playout.flush();
      await within(rig, sent);
      await until(rig, 'the key', () => phone.digitsHeard().length === 1);
      assert.deepEqual(phone.digitsHeard(), ['7']);
    },
  },
  {
    name: 'holds and resumes',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const collected = listen(endpoint);
      phone.speak(sine(400, 10_000, 8000));
      await until(rig, 'the caller', () => total(findTone(Int16Array.from(collected.samples), 400, 8000)) >= 200);
      const held = await endpoint.answer(phone.sdp({ direction: 'sendonly' }));
      assert.match(held, /a=recvonly/);
      await rig.wait(100);
      endpoint.playout.write(sine(1000, 400, endpoint.sampleRate));
      collected.samples.length = 0;
      const before = phone.heard().length;
      await rig.wait(300);
      assert.ok(phone.heard().length - before <= 160, 'nothing is sent to a caller who holds us');
      assert.ok(collected.samples.length >= 1600, 'frames go on during hold');
      assert.ok(rms(Int16Array.from(collected.samples)) < 20, 'and they are silence');
      assert.match(await endpoint.answer(phone.sdp()), /a=sendrecv/);
      await until(rig, 'the prompt', () => total(findTone(phone.heard(), 1000, 8000)) >= 360);
      await until(rig, 'the caller again', () => {
        return total(findTone(Int16Array.from(collected.samples), 400, 8000)) >= 200;
      });
    },
  },
  {
    name: 'counts the version of its SDP up when it changes, and only then',
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'versions' });
      const phone = await rig.phone(endpoint);
      const version = (sdp: string) => Number(/^o=\S+ \d+ (\d+) /m.exec(sdp)?.[1]);
      const first = await endpoint.answer(phone.sdp());
      assert.equal(await endpoint.answer(phone.sdp()), first);
      const held = await endpoint.answer(phone.sdp({ direction: 'inactive' }));
      assert.equal(version(held), version(first) + 1);
      assert.equal(version(await endpoint.answer(phone.sdp())), version(first) + 2);
    },
  },
  {
    name: 'offers, and takes the answer',
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'offer' });
      const phone = await rig.phone(endpoint);
      const offer = await endpoint.offer();
      assert.match(offer, /m=audio \d+ RTP\/AVP 0 8 101/);
      phone.connect(offer);
      await endpoint.acceptAnswer(phone.sdp({ codecs: ['PCMU'] }));
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      await until(rig, 'the tone', () => total(findTone(phone.heard(), 1000, 8000)) >= 260);
    },
  },
  {
    name: 'refuses bad SDP by its code and stays usable',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      assert.equal(await codeOf(endpoint.answer('garbage')), 'bad_sdp');
      assert.equal(await codeOf(endpoint.answer(phone.sdp().replace(/RTP\/AVP .*/, 'RTP/AVP 18'))), 'no_common_codec');
      assert.equal(await codeOf(endpoint.acceptAnswer('')), 'bad_sdp');
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      await until(rig, 'the tone', () => total(findTone(phone.heard(), 1000, 8000)) >= 260);
    },
  },
  {
    name: 'tells once when the caller sends nothing any more',
    options: { timeoutMs: 400 },
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const silences: number[] = [];
      endpoint.on('timeout', ({ silentMs }) => silences.push(silentMs));
      await rig.wait(700);
      assert.deepEqual(silences, []);
      phone.mute();
      await until(rig, 'the timeout', () => silences.length > 0);
      await rig.wait(700);
      assert.equal(silences.length, 1);
      assert.ok((silences[0] ?? 0) >= 400);
    },
  },
  {
    name: 'does not count the silence of a hold',
    options: { timeoutMs: 400 },
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      let timeouts = 0;
      endpoint.on('timeout', () => timeouts++);
      await endpoint.answer(phone.sdp({ direction: 'inactive' }));
      phone.mute();
      await rig.wait(900);
      assert.equal(timeouts, 0);
    },
  },
  {
    name: 'keeps calls apart',
    async run(rig) {
      const one = await call(rig, 'one');
      const two = await call(rig, 'two');
      const heardOne = listen(one.endpoint);
      const heardTwo = listen(two.endpoint);
      one.phone.speak(sine(400, 300, 8000));
      two.endpoint.playout.write(sine(1000, 300, two.endpoint.sampleRate));
      await until(rig, 'call one', () => total(findTone(Int16Array.from(heardOne.samples), 400, 8000)) >= 260);
      await until(rig, 'call two', () => total(findTone(two.phone.heard(), 1000, 8000)) >= 260);
      assert.equal(total(findTone(Int16Array.from(heardTwo.samples), 400, 8000)), 0);
      assert.equal(total(findTone(one.phone.heard(), 1000, 8000)), 0);
      await one.endpoint.close();
      two.phone.speak(sine(400, 300, 8000));
      await until(rig, 'call two alone', () => total(findTone(Int16Array.from(heardTwo.samples), 400, 8000)) >= 260);
    },
  },
  {
    name: 'refuses a call too many and takes one again after a close',
    options: { calls: 2 },
    async run(rig) {
      const first = await rig.engine.createEndpoint({ callId: '1' });
      await rig.engine.createEndpoint({ callId: '2' });
      assert.equal(await codeOf(rig.engine.createEndpoint({ callId: '3' })), 'no_port');
      await first.close();
      await rig.wait(20);
      assert.equal(await codeOf(rig.engine.createEndpoint({ callId: '4' })), undefined);
    },
  },
  {
    name: 'is harmless after close',
    async run(rig) {
      const { endpoint } = await call(rig);
      const events: string[] = [];
      endpoint.on('closed', () => events.push('closed'));
      endpoint.on('failed', () => events.push('failed'));
      let frames = 0;
      endpoint.onAudio(() => frames++);
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      const dtmf = endpoint.sendDtmf('1');
      await Promise.all([endpoint.close(), endpoint.close()]);
      await within(rig, dtmf);
      assert.equal(endpoint.closed, true);
      assert.deepEqual(events, ['closed']);
      const atClose = frames;
      endpoint.onAudio(() => frames++);
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      endpoint.playout.pause();
      endpoint.playout.resume();
      assert.equal(endpoint.playout.flush(), 0);
      assert.equal(await within(rig, endpoint.playout.drained()), false);
      await within(rig, endpoint.sendDtmf('1'));
      await endpoint.acceptAnswer('v=0');
      assert.equal(await codeOf(endpoint.answer('v=0')), 'endpoint_closed');
      assert.equal(await codeOf(endpoint.offer()), 'endpoint_closed');
      assert.equal(typeof endpoint.stats().packetsSent, 'number');
      await rig.wait(100);
      assert.equal(frames, atClose);
      assert.deepEqual(events, ['closed']);
    },
  },
  {
    name: 'closes its endpoints with the engine, which then takes no call',
    async run(rig) {
      const { endpoint } = await call(rig);
      let closed = 0;
      endpoint.on('closed', () => closed++);
      await rig.engine.close();
      await rig.engine.close();
      assert.equal(endpoint.closed, true);
      assert.equal(closed, 1);
      assert.equal(await codeOf(rig.engine.createEndpoint({ callId: 'late' })), 'engine_failed');
    },
  },
];

/** Lets the rig's time pass until the promise settles. */
async function within<T>(rig: Rig, promise: Promise<T>): Promise<T> {
  let settled = false;
  promise.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  await until(rig, 'a promise', () => settled, 8000);
  return promise;
}
