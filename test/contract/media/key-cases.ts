import assert from 'node:assert/strict';
import type { KeyPress, MediaEndpoint } from '../../../src/media/port.ts';
import { sine } from '../../../src/media/tone.ts';
import { call, type MediaCase, within } from './case-tools.ts';
import { until } from './rig.ts';

/** What an endpoint was given to send another way than in its media. */
function sentElsewhere(endpoint: MediaEndpoint): string[] {
  const sent: string[] = [];
  endpoint.sendKeysBy(async ({ digit, durationMs }: KeyPress) => {
    sent.push(`${digit} ${durationMs}`);
  });
  return sent;
}

/** An offer of telephone events, which the fake's phone does not make. */
function withEvents(sdp: string): string {
  if (sdp.includes('telephone-event')) return sdp;
  return sdp.replace(/^(m=audio .*?)\r?$/m, '$1 101\r\na=rtpmap:101 telephone-event/8000\r');
}

/** Keys that come and go by signalling, and what SDP says of them. */
export const keyCases: MediaCase[] = [
  {
    name: 'tells of a key that came another way, and passes it on',
    async run(rig) {
      const a = await call(rig, 'a');
      const b = await call(rig, 'b', { near: a.endpoint });
      const told: string[] = [];
      a.endpoint.on('dtmf', ({ digit, durationMs }) => told.push(`a ${digit} ${durationMs}`));
      b.endpoint.on('dtmf', ({ digit }) => told.push(`b ${digit}`));
      a.endpoint.pressKey({ digit: '4', durationMs: 160 });
      await until(rig, 'the event', () => told.length === 1);
      const bridge = await within(rig, rig.engine.bridge(a.endpoint, b.endpoint));
      a.endpoint.pressKey({ digit: '5', durationMs: 160 });
      await until(rig, 'the key at b', () => b.phone.digitsHeard().length >= 1);
      await rig.wait(300);
      assert.equal(b.phone.digitsHeard().join(''), '5');
      assert.deepEqual(told, ['a 4 160', 'a 5 160']);
      await within(rig, bridge.close());
      const closed = within(rig, a.endpoint.close());
      a.endpoint.pressKey({ digit: '6', durationMs: 100 });
      await closed;
      assert.equal(told.length, 2, 'a closed endpoint tells of none');
    },
  },
  {
    name: 'sends keys another way where it is told to, and back again',
    async run(rig) {
      const { endpoint, phone } = await call(rig);
      const sent = sentElsewhere(endpoint);
      endpoint.playout.write(sine(1000, 200, endpoint.sampleRate));
      const done = endpoint.sendDtmf('12', { durationMs: 120 });
      await rig.wait(40);
      assert.deepEqual(sent, [], 'keys come after what is playing');
      await within(rig, done);
      assert.deepEqual(sent, ['1 120', '2 120']);
      endpoint.sendKeysBy(() => Promise.reject(new Error('refused')));
      await within(rig, endpoint.sendDtmf('3'));
      endpoint.sendKeysBy(undefined);
      await within(rig, endpoint.sendDtmf('4'));
      await until(rig, 'the key', () => phone.digitsHeard().length >= 1);
      assert.equal(phone.digitsHeard().join(''), '4');
    },
  },
  {
    name: 'sends keys of a bridge another way where it is told to',
    async run(rig) {
      const a = await call(rig, 'a');
      const b = await call(rig, 'b', { near: a.endpoint, telephoneEvents: false });
      const sent = sentElsewhere(b.endpoint);
      await within(rig, rig.engine.bridge(a.endpoint, b.endpoint));
      a.phone.press('7');
      await until(rig, 'the key', () => sent.length >= 1);
      a.endpoint.pressKey({ digit: '8', durationMs: 240 });
      await until(rig, 'the other key', () => sent.length >= 2);
      b.endpoint.pressKey({ digit: '9', durationMs: 160 });
      await until(rig, 'the key the other way', () => a.phone.digitsHeard().length >= 1);
      await rig.wait(300);
      assert.deepEqual(
        sent.map((key) => key.split(' ')[0]),
        ['7', '8'],
      );
      assert.deepEqual(b.phone.digitsHeard(), [], 'and not in the media as well');
      assert.equal(a.phone.digitsHeard().join(''), '9');
    },
  },
  {
    name: 'says nothing of RFC 4733 where it is not to',
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'quiet', telephoneEvents: false });
      const phone = await rig.phone(endpoint);
      assert.doesNotMatch(await endpoint.offer(), /telephone-event/);
      assert.doesNotMatch(await endpoint.answer(withEvents(phone.sdp())), /telephone-event/);
      const other = await rig.engine.createEndpoint({ callId: 'telling' });
      assert.match(await other.answer(withEvents(phone.sdp())), /telephone-event/);
    },
  },
  {
    name: 'names the address that it is told to',
    async run(rig) {
      const endpoint = await rig.engine.createEndpoint({ callId: 'far', advertisedAddress: '203.0.113.77' });
      const offer = await endpoint.offer();
      assert.match(offer, /^c=IN IP4 203\.0\.113\.77\r?$/m);
      assert.match(offer, /^o=\S+ \d+ \d+ IN IP4 203\.0\.113\.77\r?$/m);
    },
  },
];
