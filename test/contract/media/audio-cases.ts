import assert from 'node:assert/strict';
import { findTone } from '../../../src/media/goertzel.ts';
import { rms } from '../../../src/media/level.ts';
import { sine } from '../../../src/media/tone.ts';
import { call, codeOf, listen, type MediaCase, near, total, within } from './case-tools.ts';
import { until } from './rig.ts';

/** Audio and keys, both ways. */
export const audioCases: MediaCase[] = [
  {
    name: 'carries audio both ways',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const collected = listen(endpoint);
      // Twice what is waited for: a phone that was held up may lose some.
      phone.speak(sine(400, 1200, 8000));
      endpoint.playout.write(sine(1000, 600, endpoint.sampleRate));
      assert.equal(await within(rig, endpoint.playout.drained()), true);
      const up = () => total(findTone(Int16Array.from(collected.samples), 400, endpoint.sampleRate));
      await until(rig, 'the tone of the caller', () => up() >= 560);
      await until(rig, 'the tone of the engine', () => total(findTone(phone.heard(), 1000, 8000)) >= 560);
      await rig.wait(200);
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
      assert.equal(await within(rig, codeOf(endpoint.sendDtmf('12x'))), 'bad_digits');
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
];
