import assert from 'node:assert/strict';
import { findTone } from '../../../src/media/goertzel.ts';
import { rms } from '../../../src/media/level.ts';
import type { MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { call, type MediaCase, near, total, within } from './case-tools.ts';
import { until } from './rig.ts';

interface Tapped {
  /** Where it was on the wire, beside `heard`. */
  said: number[];
  heard: number[];
  timestamps: number[];
}

function tap(endpoint: MediaEndpoint): Tapped {
  const tapped: Tapped = { said: [], heard: [], timestamps: [] };
  endpoint.onTap(({ said, heard, sampleRate, timestampMs, saidAtMs }) => {
    assert.equal(sampleRate, endpoint.sampleRate);
    assert.equal(said.length, sampleRate / 50);
    assert.equal(heard.length, sampleRate / 50);
    const at = tapped.heard.length + Math.round((saidAtMs - timestampMs) * (sampleRate / 1000));
    placeAt(tapped.said, at, said);
    tapped.heard.push(...heard);
    tapped.timestamps.push(timestampMs);
  });
  return tapped;
}

/** Writes `samples` into `line`, over what is there, with silence before them where there is nothing yet. */
export function placeAt(line: number[], at: number, samples: Int16Array): void {
  while (line.length < at) line.push(0);
  for (const [i, sample] of samples.entries()) if (at + i >= 0) line[at + i] = sample;
}

function tones(samples: readonly number[], frequencyHz: number) {
  return findTone(Int16Array.from(samples), frequencyHz, 8000);
}

/** Both directions of a call, for recording. */
export const tapCases: MediaCase[] = [
  {
    name: 'taps what was said and what was heard, in step',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const tapped = tap(endpoint);
      await until(rig, 'frames of silence', () => tapped.timestamps.length >= 10);
      assert.ok(rms(Int16Array.from(tapped.said)) < 20 && rms(Int16Array.from(tapped.heard)) < 20);
      // The party answers what it hears: what it says cannot begin before.
      endpoint.playout.write(sine(1000, 300, 8000));
      await until(rig, 'the prompt at the phone', () => total(findTone(phone.heard(), 1000, 8000)) >= 40);
      phone.speak(sine(400, 300, 8000));
      await until(rig, 'the prompt', () => total(tones(tapped.heard, 1000)) >= 260);
      await until(rig, 'the answer', () => total(tones(tapped.said, 400)) >= 260);
      const prompt = tones(tapped.heard, 1000)[0]?.fromMs ?? Number.NaN;
      const answer = tones(tapped.said, 400)[0]?.fromMs ?? Number.NaN;
      assert.ok(answer >= prompt + 20 && answer <= prompt + 200, `answer at ${answer}, prompt at ${prompt}`);
      assert.equal(total(tones(tapped.said, 1000)) + total(tones(tapped.heard, 400)), 0);
      for (const [index, timestamp] of tapped.timestamps.entries()) {
        if (index > 0) near(timestamp - (tapped.timestamps[index - 1] ?? 0), 20, 0, `frame ${index}`);
      }
      endpoint.onTap(undefined);
      const before = tapped.timestamps.length;
      await rig.wait(100);
      assert.equal(tapped.timestamps.length, before);
    },
  },
  {
    name: 'taps what a party heard of a bridge with the prompt over it, and nothing during keys and hold',
    async run(rig) {
      const a = await call(rig, 'a');
      const b = await call(rig, 'b');
      await rig.engine.bridge(a.endpoint, b.endpoint);
      const tapped = tap(b.endpoint);
      a.phone.speak(sine(400, 10_000, 8000));
      await until(rig, 'a', () => total(tones(tapped.heard, 400)) >= 200);
      b.endpoint.playout.write(sine(1000, 200, 8000, 16_000));
      await until(rig, 'the prompt over it', () => rms(Int16Array.from(tapped.heard.slice(-160))) > 11_000);
      const sent = b.endpoint.sendDtmf('1', { durationMs: 800 });
      await until(rig, 'the key', () => b.phone.digitsHeard().length > 0);
      await rig.wait(100);
      tapped.heard.length = 0;
      await rig.wait(160);
      assert.ok(rms(Int16Array.from(tapped.heard)) < 20, 'silence while the key is sent');
      await within(rig, sent);
      await b.endpoint.answer(b.phone.sdp({ direction: 'sendonly' }));
      await rig.wait(100);
      tapped.heard.length = 0;
      tapped.said.length = 0;
      await until(rig, 'the hold', () => tapped.heard.length >= 1600);
      assert.ok(rms(Int16Array.from(tapped.heard)) < 20, 'silence during hold');
      assert.ok(rms(Int16Array.from(tapped.said)) < 20, 'silence during hold');
    },
  },
];
