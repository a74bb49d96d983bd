import assert from 'node:assert/strict';
import { findTone } from '../../../src/media/goertzel.ts';
import { rms } from '../../../src/media/level.ts';
import { sine } from '../../../src/media/tone.ts';
import { call, codeOf, listen, type MediaCase, total, within } from './case-tools.ts';
import { until } from './rig.ts';

/** SDP, the life of an endpoint, and what one call must not do to another. */
export const callCases: MediaCase[] = [
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
    name: 'speaks only the codecs of the endpoint, and offers them in their order',
    async run(rig) {
      const only = await rig.engine.createEndpoint({ callId: 'only', codecs: ['PCMA'] });
      const phone = await rig.phone(only);
      assert.equal(await codeOf(only.answer(phone.sdp({ codecs: ['PCMU'] }))), 'no_common_codec');
      phone.connect(await only.answer(phone.sdp({ codecs: ['PCMU', 'PCMA'] })));
      assert.equal(only.stats().codec, 'PCMA');
      only.playout.write(sine(800, 300, only.sampleRate));
      await until(rig, 'the tone', () => total(findTone(phone.heard(), 800, 8000)) >= 260);
      const both = await rig.engine.createEndpoint({ callId: 'both', codecs: ['PCMA', 'PCMU'] });
      assert.match(await both.offer(), /m=audio \d+ RTP\/AVP 8 0 101/);
      const limited = await rig.engine.createEndpoint({ callId: 'limited', codecs: ['PCMA'] });
      assert.match(await limited.offer(), /m=audio \d+ RTP\/AVP 8 101/);
      assert.equal(await codeOf(limited.acceptAnswer(phone.sdp({ codecs: ['PCMU'] }))), 'no_common_codec');
    },
  },
  {
    name: 'sends and hears nothing before it is connected, when the answer is to wait',
    options: { timeoutMs: 200 },
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'ringing' });
      const phone = await rig.phone(endpoint);
      const collected = listen(endpoint);
      let timeouts = 0;
      endpoint.on('timeout', () => timeouts++);
      const answer = await endpoint.answer(phone.sdp(), { connect: false });
      assert.equal(await endpoint.answer(phone.sdp(), { connect: false }), answer);
      endpoint.playout.write(sine(1000, 300, endpoint.sampleRate));
      await rig.wait(500);
      assert.equal(endpoint.stats().packetsSent, 0);
      assert.equal(endpoint.playout.playedMs, 0);
      assert.equal(collected.samples.length, 0);
      assert.equal(timeouts, 0, 'nobody speaks before the answer');
      phone.connect(answer);
      endpoint.connect();
      endpoint.connect();
      phone.speak(sine(400, 800, 8000));
      await until(rig, 'the prompt, whole', () => total(findTone(phone.heard(), 1000, 8000)) >= 260);
      await until(rig, 'the caller', () => total(findTone(Int16Array.from(collected.samples), 400, 8000)) >= 260);
      await endpoint.close();
      endpoint.connect();
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
      one.phone.speak(sine(400, 800, 8000));
      two.endpoint.playout.write(sine(1000, 300, two.endpoint.sampleRate));
      await until(rig, 'call one', () => total(findTone(Int16Array.from(heardOne.samples), 400, 8000)) >= 260);
      await until(rig, 'call two', () => total(findTone(two.phone.heard(), 1000, 8000)) >= 260);
      assert.equal(total(findTone(Int16Array.from(heardTwo.samples), 400, 8000)), 0);
      assert.equal(total(findTone(one.phone.heard(), 1000, 8000)), 0);
      await one.endpoint.close();
      two.phone.speak(sine(400, 800, 8000));
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
