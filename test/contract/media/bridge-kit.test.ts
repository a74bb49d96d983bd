import type { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { FakeEndpoint } from '../../../src/media/fake-endpoint.ts';
import type { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import type { DtmfDigit, MediaBridge, TapFrame } from '../../../src/media/port.ts';
import { bridgeCases } from './bridge-cases.ts';
import { buildFake, makeFakeRig } from './fake-rig.ts';
import { tapCases } from './tap-cases.ts';

const cases = [...bridgeCases, ...tapCases];

interface Key {
  digit: DtmfDigit;
  durationMs: number;
}

type HearPartner = (samples: Int16Array, keys: readonly Key[]) => void;

/** What the fake keeps to itself, and what a broken one does otherwise. */
interface Inside {
  hearPartner: HearPartner;
  join(partner: FakeEndpoint, onEnd: () => void): void;
  part(): void;
  queue: { passKey(digit: DtmfDigit, durationMs: number): void };
}

interface Breakage {
  fault: string;
  noticedBy: string;
  endpoint?: (endpoint: FakeEndpoint, inside: Inside) => void;
  engine?: (engine: FakeMediaEngine) => void;
}

/** Ways to break bridges and taps that work, and the case of the kit that has to notice each. */
const breakages: Breakage[] = [
  {
    fault: 'lets only one party hear the other',
    noticedBy: 'lets the parties of a bridge hear each other',
    engine: (engine) => {
      let endpoints = 0;
      change(engine, (endpoint) => {
        if (endpoints++ > 0) withPartner(endpoint, (samples, keys, hear) => hear(samples.fill(0), keys));
      });
    },
  },
  {
    fault: 'lets a party hear itself',
    noticedBy: 'lets the parties of a bridge hear each other',
    endpoint: (endpoint) => {
      const { onAudio } = endpoint;
      onAudio.call(endpoint, ({ samples }) => endpoint.playout.write(samples));
      endpoint.onAudio = (listener) =>
        onAudio.call(endpoint, (frame) => {
          endpoint.playout.write(frame.samples);
          listener?.(frame);
        });
    },
  },
  {
    fault: 'takes the listener away with the bridge',
    noticedBy: 'lets the parties of a bridge hear each other',
    endpoint: (endpoint, inside) => {
      const { join } = inside;
      inside.join = (partner, onEnd) => {
        join.call(endpoint, partner, onEnd);
        endpoint.onAudio = () => {};
      };
    },
  },
  {
    fault: 'passes each key twice',
    noticedBy: 'passes keys on, each once and as long as it was held',
    endpoint: (endpoint) => withPartner(endpoint, (samples, keys, hear) => hear(samples, [...keys, ...keys])),
  },
  {
    fault: 'passes no keys',
    noticedBy: 'passes keys on, each once and as long as it was held',
    endpoint: (endpoint) => withPartner(endpoint, (samples, _, hear) => hear(samples, [])),
  },
  {
    fault: 'passes all keys with one length',
    noticedBy: 'passes keys on, each once and as long as it was held',
    endpoint: (endpoint) =>
      withPartner(endpoint, (samples, keys, hear) =>
        hear(
          samples,
          keys.map((key) => ({ ...key, durationMs: 100 })),
        ),
      ),
  },
  {
    fault: 'tells the hub nothing of keys that it passes',
    noticedBy: 'passes keys on, each once and as long as it was held',
    endpoint: (endpoint, inside) => {
      const emit = endpoint.emit.bind(endpoint);
      let bridged = false;
      const { join } = inside;
      inside.join = (partner, onEnd) => {
        bridged = true;
        join.call(endpoint, partner, onEnd);
      };
      (endpoint as EventEmitter).emit = (name, ...values) =>
        bridged && name === 'dtmf' ? false : (emit as EventEmitter['emit'])(name, ...values);
    },
  },
  {
    fault: 'lets a prompt take the place of the other party',
    noticedBy: 'mixes playout over a bridge',
    endpoint: (endpoint) =>
      withPartner(endpoint, (samples, keys, hear) =>
        hear(endpoint.playout.queuedMs > 0 ? samples.map(() => 0) : samples, keys),
      ),
  },
  {
    fault: 'plays a prompt to both parties',
    noticedBy: 'mixes playout over a bridge',
    engine: (engine) => {
      const writers: ((samples: Int16Array) => void)[] = [];
      change(engine, ({ playout }) => {
        writers.push(playout.write.bind(playout));
        playout.write = (samples) => {
          for (const write of writers) write(samples);
        };
      });
    },
  },
  {
    fault: 'turns round what is too loud together',
    noticedBy: 'cuts off what is too loud together, without turning it round',
    endpoint: (endpoint) => {
      const write = endpoint.playout.write.bind(endpoint.playout);
      endpoint.playout.write = (samples) => {
        withPartner(endpoint, (_, keys, hear) => hear(new Int16Array(160).fill(-32_768), keys));
        write(samples);
      };
    },
  },
  {
    fault: 'goes on after the close of the bridge',
    noticedBy: 'ends a bridge: each endpoint is as it was before',
    engine: (engine) => onBridge(engine, (bridge) => Object.assign(bridge, { close: async () => {} })),
  },
  {
    fault: 'only says that the bridge is closed',
    noticedBy: 'ends a bridge: each endpoint is as it was before',
    engine: (engine) =>
      onBridge(engine, (bridge) =>
        Object.assign(bridge, {
          close: async () => {
            Object.assign(bridge, { closed: true });
          },
        }),
      ),
  },
  {
    fault: 'closes the endpoints with the bridge',
    noticedBy: 'ends a bridge: each endpoint is as it was before',
    endpoint: (endpoint, inside) => {
      const { part } = inside;
      inside.part = () => {
        part.call(endpoint);
        void endpoint.close();
      };
    },
  },
  {
    fault: 'keeps a bridge open that has lost a side',
    noticedBy: 'ends a bridge with either endpoint; the other lives on and can be bridged again',
    endpoint: (endpoint, inside) => {
      const { join } = inside;
      inside.join = (partner) => join.call(endpoint, partner, () => {});
    },
  },
  {
    fault: 'takes the other side down with one',
    noticedBy: 'ends a bridge with either endpoint; the other lives on and can be bridged again',
    endpoint: (endpoint, inside) => {
      const { join } = inside;
      inside.join = (partner, onEnd) =>
        join.call(endpoint, partner, () => {
          onEnd();
          void partner.close();
        });
    },
  },
  {
    fault: 'wants both sides connected',
    noticedBy: 'bridges endpoints before they are connected',
    engine: (engine) => {
      const bridge = engine.bridge.bind(engine);
      engine.bridge = async (a, b) => {
        if (b.stats().codec === undefined) throw new Error('not connected');
        return bridge(a, b);
      };
    },
  },
  {
    fault: 'passes on what a side on hold says',
    noticedBy: 'sends nothing to a side on hold; the other hears silence and its own playout',
    endpoint: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = async (sdp) =>
        (await answer(sdp.replace('a=sendonly', 'a=sendrecv'))).replace('a=sendrecv', 'a=recvonly');
    },
  },
  {
    fault: 'presses the keys of a hold at its end',
    noticedBy: 'sends nothing to a side on hold; the other hears silence and its own playout',
    endpoint: (endpoint, inside) =>
      withPartner(endpoint, (samples, keys, hear) => {
        hear(samples, []);
        for (const { digit, durationMs } of keys) inside.queue.passKey(digit, durationMs);
      }),
  },
  {
    fault: 'bridges anything with anything',
    noticedBy: 'refuses what it cannot bridge, by its code',
    engine: (engine) => Object.assign(engine, { bridge: async () => ({ closed: false, close: async () => {} }) }),
  },
  {
    fault: 'bridges everybody with everybody',
    noticedBy: 'keeps bridges apart',
    engine: (engine) => {
      const hear: HearPartner[] = [];
      change(engine, (endpoint, inside) => {
        hear.push(inside.hearPartner.bind(endpoint));
        inside.hearPartner = (samples, keys) => {
          for (const each of hear) each(samples, keys);
        };
      });
    },
  },
  {
    fault: 'taps one direction 200 ms after the other',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) => {
      const late = Array.from({ length: 10 }, () => new Int16Array(160));
      withTap(endpoint, (frame, deliver) => {
        late.push(frame.heard.slice());
        deliver({ ...frame, heard: late.shift() ?? frame.heard });
      });
    },
  },
  {
    fault: 'takes one direction for the other',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) =>
      withTap(endpoint, (frame, deliver) => deliver({ ...frame, said: frame.heard, heard: frame.said })),
  },
  {
    fault: 'taps both directions into each',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) =>
      withTap(endpoint, (frame, deliver) => {
        const both = frame.said.map((sample, i) => sample + (frame.heard[i] ?? 0));
        deliver({ ...frame, said: both, heard: both });
      }),
  },
  {
    fault: 'numbers the frames of a tap by 10 ms',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) =>
      withTap(endpoint, (frame, deliver) => deliver({ ...frame, timestampMs: frame.timestampMs / 2 })),
  },
  {
    fault: 'tells of a party that it spoke when it is heard of',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) =>
      withTap(endpoint, (frame, deliver) => deliver({ ...frame, saidAtMs: frame.saidAtMs + 300 })),
  },
  {
    fault: 'keeps a tap that was removed',
    noticedBy: 'taps what was said and what was heard, in step',
    endpoint: (endpoint) => {
      const onTap = endpoint.onTap.bind(endpoint);
      endpoint.onTap = (listener) => listener && onTap(listener);
    },
  },
  {
    fault: 'taps prompts but not the bridge',
    noticedBy: 'taps what a party heard of a bridge with the prompt over it, and nothing during keys and hold',
    endpoint: (endpoint) => {
      withTap(endpoint, (frame, deliver) =>
        deliver({ ...frame, heard: endpoint.playout.queuedMs > 0 ? frame.heard : frame.heard.map(() => 0) }),
      );
    },
  },
  {
    fault: 'taps keys as tones',
    noticedBy: 'taps what a party heard of a bridge with the prompt over it, and nothing during keys and hold',
    endpoint: (endpoint) => {
      let keys = false;
      const sendDtmf = endpoint.sendDtmf.bind(endpoint);
      endpoint.sendDtmf = (digits, options) => {
        keys = true;
        return sendDtmf(digits, options);
      };
      withTap(endpoint, (frame, deliver) =>
        deliver({ ...frame, heard: keys ? frame.heard.map((_, i) => 5000 * Math.sin(i)) : frame.heard }),
      );
    },
  },
];

describe('the media contract notices a bridge or tap that', () => {
  it.each(breakages)('$fault', async ({ noticedBy, endpoint, engine }) => {
    const contractCase = cases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const broken = await makeFakeRig(contractCase.options ?? {}, (clock, options) => {
      const fake = buildFake(clock, options);
      if (endpoint !== undefined) change(fake, endpoint);
      engine?.(fake);
      return fake;
    });
    await expect(contractCase.run(broken)).rejects.toThrow();
    await broken.close();
  });
});

function change(engine: FakeMediaEngine, break_: (endpoint: FakeEndpoint, inside: Inside) => void): void {
  const create = engine.createEndpoint.bind(engine);
  engine.createEndpoint = async (request) => {
    const endpoint = await create(request);
    break_(endpoint, endpoint as unknown as Inside);
    return endpoint;
  };
}

function onBridge(engine: FakeMediaEngine, break_: (bridge: MediaBridge) => void): void {
  const make = engine.bridge.bind(engine);
  engine.bridge = async (a, b) => {
    const bridge = await make(a, b);
    break_(bridge);
    return bridge;
  };
}

/** Puts `pass` between an endpoint and what it hears of the other party. */
function withPartner(
  endpoint: FakeEndpoint,
  pass: (samples: Int16Array, keys: readonly Key[], hear: HearPartner) => void,
): void {
  const inside = endpoint as unknown as Inside;
  const hear = inside.hearPartner.bind(endpoint);
  inside.hearPartner = (samples, keys) => pass(samples, keys, hear);
}

function withTap(endpoint: FakeEndpoint, pass: (frame: TapFrame, deliver: (frame: TapFrame) => void) => void): void {
  const onTap = endpoint.onTap.bind(endpoint);
  endpoint.onTap = (listener) => onTap(listener && ((frame) => pass(frame, listener)));
}
