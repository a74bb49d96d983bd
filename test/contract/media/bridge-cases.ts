import assert from 'node:assert/strict';
import { findTone, toneAmplitude } from '../../../src/media/goertzel.ts';
import { rms } from '../../../src/media/level.ts';
import type { MediaBridge, MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { call, codeOf, listen, type MediaCase, near, total, within } from './case-tools.ts';
import { type Phone, type Rig, until } from './rig.ts';

interface Bridged {
  a: { endpoint: MediaEndpoint; phone: Phone };
  b: { endpoint: MediaEndpoint; phone: Phone };
  bridge: MediaBridge;
}

/** Two calls, one of u-law and one of A-law, whose parties hear each other. */
async function bridged(rig: Rig): Promise<Bridged> {
  const a = await call(rig, 'a', { codecs: ['PCMU'] });
  const b = await call(rig, 'b', { codecs: ['PCMA'], near: a.endpoint });
  return { a, b, bridge: await rig.engine.bridge(a.endpoint, b.endpoint) };
}

function toneMs(phone: Phone, frequencyHz: number): number {
  return total(findTone(phone.heard(), frequencyHz, 8000));
}

/** Parties that hear each other. */
export const bridgeCases: MediaCase[] = [
  {
    name: 'lets the parties of a bridge hear each other',
    async run(rig) {
      const { a, b } = await bridged(rig);
      const collected = listen(a.endpoint);
      a.phone.speak(sine(400, 1200, 8000));
      b.phone.speak(sine(1000, 1200, 8000));
      await until(rig, 'a at b', () => toneMs(b.phone, 400) >= 560);
      await until(rig, 'b at a', () => toneMs(a.phone, 1000) >= 560);
      const up = () => total(findTone(Int16Array.from(collected.samples), 400, a.endpoint.sampleRate));
      await until(rig, 'a at the listener, who stays', () => up() >= 560);
      assert.equal(toneMs(a.phone, 400), 0, 'nobody hears himself');
      assert.equal(toneMs(b.phone, 1000), 0, 'nobody hears himself');
    },
  },
  {
    name: 'passes keys on, each once and as long as it was held',
    async run(rig) {
      const { a, b } = await bridged(rig);
      const told: string[] = [];
      a.endpoint.on('dtmf', ({ digit }) => told.push(`a${digit}`));
      b.endpoint.on('dtmf', ({ digit }) => told.push(`b${digit}`));
      a.phone.press('1');
      a.phone.press('11*', 240);
      await until(rig, 'the keys of a', () => b.phone.digitsHeard().length >= 4);
      b.phone.press('#');
      await until(rig, 'the key of b', () => a.phone.digitsHeard().length >= 1);
      await rig.wait(300);
      assert.equal(b.phone.digitsHeard().join(''), '111*');
      assert.equal(a.phone.digitsHeard().join(''), '#');
      for (const [index, expected] of [100, 240, 240, 240].entries()) {
        near(b.phone.digitDurations()[index] ?? Number.NaN, expected, 20, `duration of key ${index}`);
      }
      assert.deepEqual(told, ['a1', 'a1', 'a1', 'a*', 'b#']);
    },
  },
  {
    name: 'mixes playout over a bridge',
    async run(rig) {
      const { a, b } = await bridged(rig);
      a.phone.speak(sine(400, 1500, 8000));
      await until(rig, 'a at b', () => toneMs(b.phone, 400) >= 200);
      b.endpoint.playout.write(sine(1000, 400, 8000));
      const both = () => {
        const heard = b.phone.heard();
        let ms = 0;
        for (let at = 0; at + 160 <= heard.length; at += 160) {
          if (toneAmplitude(heard, 400, 8000, at, at + 160) < 6500) continue;
          if (toneAmplitude(heard, 1000, 8000, at, at + 160) > 6500) ms += 20;
        }
        return ms;
      };
      await until(rig, 'both at b', () => both() >= 320);
      assert.equal(await within(rig, b.endpoint.playout.drained()), true);
      assert.equal(b.endpoint.playout.playedMs, 400);
      assert.equal(toneMs(a.phone, 1000), 0, 'the other party does not hear the prompt');
    },
  },
  {
    name: 'cuts off what is too loud together, without turning it round',
    async run(rig) {
      const { a, b } = await bridged(rig);
      a.phone.speak(new Int16Array(8000).fill(25_000));
      await until(rig, 'a at b', () => Math.max(...b.phone.heard().slice(-160)) > 20_000);
      b.endpoint.playout.write(new Int16Array(2400).fill(25_000));
      await until(rig, 'full scale', () => Math.max(...b.phone.heard()) > 30_000);
      await rig.wait(100);
      assert.ok(Math.min(...b.phone.heard()) > -1000, 'no sample is turned round');
    },
  },
  {
    name: 'ends a bridge: each endpoint is as it was before',
    async run(rig) {
      const { a, b, bridge } = await bridged(rig);
      a.phone.speak(sine(400, 5000, 8000));
      await until(rig, 'a at b', () => toneMs(b.phone, 400) >= 200);
      assert.equal(bridge.closed, false);
      await bridge.close();
      await bridge.close();
      assert.equal(bridge.closed, true);
      await rig.wait(60);
      const before = toneMs(b.phone, 400);
      await rig.wait(200);
      assert.equal(toneMs(b.phone, 400), before);
      assert.ok(rms(b.phone.heard().slice(-800)) < 20, 'silence after the bridge');
      b.endpoint.playout.write(sine(1000, 300, 8000));
      const collected = listen(a.endpoint);
      await until(rig, 'a prompt at b', () => toneMs(b.phone, 1000) >= 260);
      await until(rig, 'a at the hub', () => total(findTone(Int16Array.from(collected.samples), 400, 8000)) >= 200);
      const digits = b.phone.digitsHeard().length;
      a.phone.press('5');
      await rig.wait(200);
      assert.equal(b.phone.digitsHeard().length, digits, 'no key passes any more');
    },
  },
  {
    name: 'ends a bridge with either endpoint; the other lives on and can be bridged again',
    async run(rig) {
      const { a, b, bridge } = await bridged(rig);
      b.phone.speak(sine(1000, 10_000, 8000));
      await until(rig, 'b at a', () => toneMs(a.phone, 1000) >= 100);
      await a.endpoint.close();
      assert.equal(bridge.closed, true);
      await bridge.close();
      assert.equal(b.endpoint.closed, false);
      const c = await call(rig, 'c');
      await rig.engine.bridge(c.endpoint, b.endpoint);
      c.phone.speak(sine(400, 1000, 8000));
      await until(rig, 'c at b', () => toneMs(b.phone, 400) >= 260);
      await until(rig, 'b at c', () => toneMs(c.phone, 1000) >= 260);
    },
  },
  {
    name: 'bridges endpoints before they are connected',
    async run(rig) {
      const a = await call(rig, 'a');
      const late = await rig.engine.createEndpoint({ callId: 'late', near: a.endpoint });
      await rig.engine.bridge(a.endpoint, late);
      a.phone.speak(sine(400, 1500, 8000));
      await rig.wait(100);
      const phone = await rig.phone(late);
      phone.connect(await late.offer());
      await late.acceptAnswer(phone.sdp());
      await until(rig, 'a at the late one', () => toneMs(phone, 400) >= 260);
    },
  },
  {
    name: 'sends nothing to a side on hold; the other hears silence and its own playout',
    async run(rig) {
      const { a, b } = await bridged(rig);
      a.phone.speak(sine(400, 10_000, 8000));
      b.phone.speak(sine(1000, 10_000, 8000));
      await until(rig, 'each at the other', () => toneMs(b.phone, 400) >= 100 && toneMs(a.phone, 1000) >= 100);
      await a.endpoint.answer(a.phone.sdp({ codecs: ['PCMU'], direction: 'sendonly' }));
      await rig.wait(100);
      const heldAt = a.phone.heard().length;
      const toneAt = toneMs(b.phone, 400);
      b.endpoint.playout.write(sine(700, 300, 8000));
      b.phone.press('9');
      await until(rig, 'music at b', () => toneMs(b.phone, 700) >= 260);
      await rig.wait(100);
      assert.ok(rms(b.phone.heard().slice(-480)) < 20, 'silence after the music');
      assert.equal(toneMs(b.phone, 400), toneAt);
      assert.ok(a.phone.heard().length - heldAt <= 160, 'nothing is sent to the side on hold');
      await a.endpoint.answer(a.phone.sdp({ codecs: ['PCMU'] }));
      await until(rig, 'a at b again', () => toneMs(b.phone, 400) >= toneAt + 200);
      await until(rig, 'b at a again', () => rms(a.phone.heard().slice(-480)) > 1000);
      assert.deepEqual(a.phone.digitsHeard(), [], 'the key of the hold is gone');
    },
  },
  {
    name: 'refuses what it cannot bridge, by its code',
    async run(rig) {
      const { a, b, bridge } = await bridged(rig);
      const c = await call(rig, 'c');
      const join = (x: MediaEndpoint, y: MediaEndpoint) => codeOf(rig.engine.bridge(x, y));
      assert.equal(await join(c.endpoint, c.endpoint), 'cannot_bridge');
      assert.equal(await join(a.endpoint, c.endpoint), 'cannot_bridge');
      assert.equal(await join(c.endpoint, b.endpoint), 'cannot_bridge');
      await bridge.close();
      await b.endpoint.close();
      assert.equal(await join(a.endpoint, b.endpoint), 'endpoint_closed');
      assert.equal(await join(a.endpoint, c.endpoint), undefined);
    },
  },
  {
    name: 'keeps bridges apart',
    async run(rig) {
      const one = await bridged(rig);
      const two = await bridged(rig);
      one.a.phone.speak(sine(400, 1200, 8000));
      two.a.phone.speak(sine(1000, 1200, 8000));
      await until(rig, 'one', () => toneMs(one.b.phone, 400) >= 260);
      await until(rig, 'two', () => toneMs(two.b.phone, 1000) >= 260);
      await one.a.endpoint.close();
      await rig.wait(60);
      const before = toneMs(two.b.phone, 1000);
      await until(rig, 'two alone', () => toneMs(two.b.phone, 1000) >= before + 200);
      assert.equal(toneMs(one.b.phone, 1000), 0);
      assert.equal(toneMs(two.b.phone, 400), 0);
    },
  },
];
