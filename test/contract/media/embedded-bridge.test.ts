import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { spawnMediaWorker } from '../../../src/engines/embedded/rtp/media-worker.ts';
import { findTone, toneAmplitude } from '../../../src/media/goertzel.ts';
import type { MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { total } from './case-tools.ts';
import { makeEmbeddedRig } from './embedded-rig.ts';
import { type Rig, until } from './rig.ts';
import type { RtpPhone } from './rtp-phone.ts';
import { placeAt } from './tap-cases.ts';

interface Call {
  endpoint: MediaEndpoint;
  phone: RtpPhone;
}

async function call(rig: Rig, near?: MediaEndpoint, change = (sdp: string) => sdp): Promise<Call> {
  const endpoint = await rig.engine.createEndpoint({ callId: 'call', ...(near && { near }) });
  const phone = (await rig.phone(endpoint)) as RtpPhone;
  phone.connect(await endpoint.answer(change(phone.sdp())));
  return { endpoint, phone };
}

const toneMs = (phone: RtpPhone, frequencyHz: number) => total(findTone(phone.heard(), frequencyHz, 8000));

describe('bridges of the embedded engine', () => {
  it.concurrent('places an endpoint beside the one that it is near, and bridges across workers just as well', async () => {
    const rig = await makeEmbeddedRig({}, { workers: 2 });
    const sizes = () => rig.engine.stats().workers.map(({ calls }) => calls);
    const a = await call(rig);
    const near = await call(rig, a.endpoint);
    expect(sizes().sort()).toEqual([0, 2]);
    const far = await call(rig);
    expect(sizes().sort()).toEqual([1, 2]);
    await near.endpoint.close();
    await rig.engine.bridge(a.endpoint, far.endpoint);
    a.phone.speak(sine(400, 1500, 8000));
    far.phone.speak(sine(1000, 1500, 8000));
    await until(rig, 'each at the other', () => toneMs(far.phone, 400) >= 400 && toneMs(a.phone, 1000) >= 400);
    a.phone.press('42');
    await until(rig, 'the keys', () => far.phone.digitsHeard().length >= 2);
    expect(far.phone.digitsHeard().join('')).toBe('42');
    await rig.close();
  });

  it.concurrent('parts a bridge whose one worker dies: the other call lives on, other bridges are not touched', async () => {
    const threads: Worker[] = [];
    const spawnWorker: typeof spawnMediaWorker = (data) => {
      const worker = spawnMediaWorker(data);
      threads.push(worker);
      return worker;
    };
    const rig = await makeEmbeddedRig({}, { workers: 2, spawnWorker });
    const doomed = await call(rig);
    const other = await call(rig);
    const third = await call(rig, other.endpoint);
    const fourth = await call(rig, other.endpoint);
    const bridge = await rig.engine.bridge(doomed.endpoint, other.endpoint);
    await rig.engine.bridge(third.endpoint, fourth.endpoint);
    const events: string[] = [];
    doomed.endpoint.on('failed', ({ code }) => events.push(code));
    other.endpoint.on('closed', () => events.push('closed'));
    third.phone.speak(sine(700, 3000, 8000));
    doomed.phone.press('5');
    await until(rig, 'the third', () => toneMs(fourth.phone, 700) >= 100);
    await threads[0]?.terminate();
    await until(rig, 'the news', () => events.length > 0);
    expect(events).toEqual(['engine_failed']);
    expect(bridge.closed).toBe(true);
    await bridge.close();
    other.endpoint.playout.write(sine(1000, 300, 8000));
    const before = toneMs(fourth.phone, 700);
    await until(rig, 'a prompt', () => toneMs(other.phone, 1000) >= 260);
    await until(rig, 'the other bridge', () => toneMs(fourth.phone, 700) >= before + 200);
    const late = await call(rig);
    await rig.engine.bridge(other.endpoint, late.endpoint);
    late.phone.speak(sine(400, 800, 8000));
    await until(rig, 'the next party', () => toneMs(other.phone, 400) >= 260);
    await rig.close();
  });

  it.concurrent('refuses an endpoint that closes while it is bridged, and endpoints of another engine', async () => {
    const rig = await makeEmbeddedRig({ calls: 4 });
    const second = await makeEmbeddedRig({ calls: 1 });
    const [a, b, stranger] = [await call(rig), await call(rig), await call(second)];
    await expect(rig.engine.bridge(a.endpoint, stranger.endpoint)).rejects.toMatchObject({ code: 'cannot_bridge' });
    const joining = rig.engine.bridge(a.endpoint, b.endpoint);
    await Promise.all([expect(joining).rejects.toMatchObject({ code: 'endpoint_closed' }), b.endpoint.close()]);
    const c = await call(rig);
    await (await rig.engine.bridge(a.endpoint, c.endpoint)).close();
    await rig.close();
    await second.close();
    await expect(rig.engine.bridge(a.endpoint, c.endpoint)).rejects.toMatchObject({ code: 'engine_failed' });
  });

  it.concurrent('plays the keys of a party as tones to one that takes no events', async () => {
    const rig = await makeEmbeddedRig({});
    const a = await call(rig);
    const plain = await call(rig, a.endpoint, (sdp) => sdp.replace(' 101', '').replace(/a=rtpmap:101.*\r\n/, ''));
    await rig.engine.bridge(a.endpoint, plain.endpoint);
    await until(rig, 'packets', () => plain.phone.packets.length > 10);
    a.phone.press('5', 200);
    /** Milliseconds of each time that the key was heard. */
    const keys = () => {
      const heard = plain.phone.heard();
      const found: number[] = [];
      let before = false;
      for (let at = 0; at + 160 <= heard.length; at += 160) {
        const sounds = [770, 1336].every((hz) => toneAmplitude(heard, hz, 8000, at, at + 160) > 4000);
        if (sounds && !before) found.push(0);
        if (sounds) found[found.length - 1] = (found.at(-1) ?? 0) + 20;
        before = sounds;
      }
      return found;
    };
    await until(rig, 'the key as tones', () => (keys()[0] ?? 0) >= 200);
    await rig.wait(400);
    expect(keys()).toHaveLength(1);
    expect(plain.phone.digitsHeard()).toEqual([]);
    await rig.close();
  });
});

describe('taps of the embedded engine', () => {
  /** Milliseconds from the first sample to the first that is loud, `fromMs` later at the earliest. */
  function onset(samples: readonly number[], fromMs: number): number {
    const from = Math.round(fromMs * 8);
    const index = samples.findIndex((sample, i) => i >= from && Math.abs(sample) > 3000);
    return index < 0 ? Number.NaN : index / 8;
  }

  it.concurrent('puts both directions where they were on the wire, within 20 ms', async () => {
    const rig = await makeEmbeddedRig({});
    const { endpoint, phone } = await call(rig);
    const said: number[] = [];
    const heard: number[] = [];
    endpoint.onTap((frame) => {
      placeAt(said, heard.length + Math.round((frame.saidAtMs - frame.timestampMs) * 8), frame.said);
      heard.push(...frame.heard);
    });
    await until(rig, 'the first frames', () => said.length > 4000);
    const differences: number[] = [];
    for (let burst = 0; burst < 7; burst++) {
      const [fromMs, packets, spoken] = [said.length / 8, phone.packets.length, phone.spokenAtMs.length];
      const loud = () => phone.packets.slice(packets).find(({ payload }) => payload.some((code) => code !== 0xff));
      endpoint.playout.write(sine(1000, 60, 8000, 12_000));
      phone.speak(sine(1000, 60, 8000, 12_000));
      await until(rig, 'both', () => !Number.isNaN(onset(said, fromMs) + onset(heard, fromMs)) && loud() !== undefined);
      const onWire = (phone.spokenAtMs[spoken] ?? 0) - (loud()?.atMs ?? 0);
      differences.push(onset(said, fromMs) - onset(heard, fromMs) - onWire);
      await rig.wait(160);
    }
    // Not each one: a busy machine delays packets between the phone and the engine.
    const middle = differences.sort((x, y) => x - y)[3] ?? Number.NaN;
    expect(Math.abs(middle)).toBeLessThan(20);
    await rig.close();
  });

  it.concurrent('survives a listener that throws, and one that closes the call', async () => {
    const errors: string[] = [];
    const log = { warn: () => {}, error: (_: object, message: string) => errors.push(message) };
    const rig = await makeEmbeddedRig({}, { log });
    const { endpoint } = await call(rig);
    endpoint.onTap(() => {
      throw new Error('listener');
    });
    await until(rig, 'the log', () => errors.length > 2);
    let frames = 0;
    endpoint.onTap(() => {
      frames++;
      void endpoint.close();
    });
    await until(rig, 'the close', () => endpoint.closed);
    const closedAt = frames;
    await endpoint.close();
    await rig.wait(60);
    expect(frames).toBe(closedAt);
    await rig.close();
  });
});
