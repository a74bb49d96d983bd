import type { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import type { MediaEndpoint, Playout } from '../../../src/media/port.ts';
import type { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { mediaCases } from './cases.ts';
import { buildFake, makeFakeRig } from './fake-rig.ts';
import type { RigOptions } from './rig.ts';

describe('the fake media engine', () => {
  it.each(mediaCases)('$name', async ({ options = {}, run }) => {
    const rig = await makeFakeRig(options);
    try {
      await run(rig);
    } finally {
      await rig.close();
    }
  });
});

/** Changes each endpoint that the fake engine makes. */
function broken(change: (endpoint: MediaEndpoint & { playout: Playout }) => void) {
  return (clock: VirtualClock, options: RigOptions): FakeMediaEngine => {
    const engine = buildFake(clock, options);
    const create = engine.createEndpoint.bind(engine);
    engine.createEndpoint = async (request) => {
      const endpoint = await create(request);
      change(endpoint);
      return endpoint;
    };
    return engine;
  };
}

function emitTwice(endpoint: MediaEndpoint, twice: string): void {
  const emitter = endpoint as EventEmitter;
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (name, ...values) => {
    if (name === twice) emit(name, ...values);
    return emit(name, ...values);
  };
}

describe('the contract notices an engine that', () => {
  it.each([
    ['forgets to flush', 'flush stops at once', broken(({ playout }) => Object.assign(playout, { flush: () => 0 }))],
    ['cannot pause', 'pause keeps the queue', broken(({ playout }) => Object.assign(playout, { pause: () => {} }))],
    [
      'keeps what is written instead of copying it',
      'copies what is written',
      broken(({ playout }) => {
        const kept: Int16Array[] = [];
        const write = playout.write.bind(playout);
        const drained = playout.drained.bind(playout);
        playout.write = (samples) => void kept.push(samples);
        playout.drained = drained;
        setImmediate(() => kept.forEach(write));
      }),
    ],
    [
      'reports a key twice',
      "reports each of the caller's key presses once",
      broken((endpoint) => emitTwice(endpoint, 'dtmf')),
    ],
    [
      'sends keys before what is playing',
      'sends key presses after what is playing',
      broken((endpoint) => {
        const { playout } = endpoint;
        const write = playout.write.bind(playout);
        playout.write = (samples) => setImmediate(write, samples);
      }),
    ],
    [
      'plays into a hold',
      'holds and resumes',
      broken((endpoint) => {
        const answer = endpoint.answer.bind(endpoint);
        endpoint.answer = async (sdp) => answer(sdp.replace('a=sendonly', 'a=sendrecv'));
      }),
    ],
    [
      'says drained too early',
      'drained speaks for what was written',
      broken(({ playout }) => Object.assign(playout, { drained: async () => true })),
    ],
    [
      'goes on after close',
      'is harmless after close',
      broken((endpoint) => Object.assign(endpoint, { close: async () => {} })),
    ],
    [
      'never changes the version of its SDP',
      'counts the version of its SDP',
      broken((endpoint) => {
        const answer = endpoint.answer.bind(endpoint);
        endpoint.answer = async (sdp) => (await answer(sdp)).replace(/^(o=\S+ \d+) \d+/m, '$1 1');
      }),
    ],
    [
      'tells of a timeout twice',
      'tells once when the caller sends nothing',
      broken((endpoint) => emitTwice(endpoint, 'timeout')),
    ],
    ['has no end of ports', 'refuses a call too many', (clock: VirtualClock) => new FakeMediaEngine({ clock })],
  ])('%s', async (_, name, build) => {
    const broke = mediaCases.find((entry) => entry.name.startsWith(name));
    if (broke === undefined) throw new Error(`there is no case ${name}`);
    const rig = await makeFakeRig(broke.options ?? {}, build);
    await expect(broke.run(rig)).rejects.toThrow();
  });
});
