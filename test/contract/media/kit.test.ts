import type { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { FakeEndpoint } from '../../../src/media/fake-endpoint.ts';
import type { FakeMediaEngine } from '../../../src/media/fake-engine.ts';
import type { VirtualClock } from '../../../src/media/virtual-clock.ts';
import { mediaCases } from './cases.ts';
import { buildFake, makeFakeRig } from './fake-rig.ts';
import type { RigOptions } from './rig.ts';

/** Ways to break an engine that works, and the case of the kit that has to notice each. */
const breakages: { fault: string; noticedBy: string; change: (endpoint: FakeEndpoint) => void }[] = [
  {
    fault: 'hands over half frames',
    noticedBy: 'delivers one frame per 20 ms, with or without speech',
    change: (endpoint) =>
      withFrames(endpoint, (frame, deliver) => deliver({ ...frame, samples: frame.samples.slice(0, 80) })),
  },
  {
    fault: 'numbers its frames by 10 ms',
    noticedBy: 'delivers one frame per 20 ms, with or without speech',
    change: (endpoint) =>
      withFrames(endpoint, (frame, deliver) => deliver({ ...frame, timestampMs: frame.timestampMs / 2 })),
  },
  {
    fault: 'keeps a listener that was removed',
    noticedBy: 'delivers one frame per 20 ms, with or without speech',
    change: (endpoint) => {
      const onAudio = endpoint.onAudio.bind(endpoint);
      endpoint.onAudio = (listener) => listener && onAudio(listener);
    },
  },
  {
    fault: 'delivers frames only while the caller speaks',
    noticedBy: 'delivers one frame per 20 ms, with or without speech',
    change: (endpoint) =>
      withFrames(endpoint, (frame, deliver) => {
        if (frame.samples.some((sample) => sample !== 0)) deliver(frame);
      }),
  },
  {
    fault: 'lets the caller hear himself',
    noticedBy: 'carries audio both ways',
    change: (endpoint) =>
      withFrames(endpoint, (frame, deliver) => {
        endpoint.playout.write(frame.samples);
        deliver(frame);
      }),
  },
  {
    fault: 'announces every packet as the first',
    noticedBy: 'announces the first packet of the caller once',
    change: (endpoint) =>
      withFrames(
        endpoint,
        (frame, deliver) => deliver(frame),
        () => endpoint.emit('first-rtp'),
      ),
  },
  {
    fault: 'says that it flushed and plays on',
    noticedBy: 'flush stops at once and tells what was dropped',
    change: ({ playout }) => Object.assign(playout, { flush: () => playout.queuedMs }),
  },
  {
    fault: 'tells nothing of what a flush dropped',
    noticedBy: 'flush stops at once and tells what was dropped',
    change: ({ playout }) => {
      const flush = playout.flush.bind(playout);
      playout.flush = () => flush() * 0;
    },
  },
  {
    fault: 'says drained for what was flushed',
    noticedBy: 'flush stops at once and tells what was dropped',
    change: ({ playout }) => {
      const drained = playout.drained.bind(playout);
      playout.drained = () => drained().then(() => true);
    },
  },
  {
    fault: 'never says drained',
    noticedBy: 'carries audio both ways',
    change: ({ playout }) => Object.assign(playout, { drained: () => new Promise(() => {}) }),
  },
  {
    fault: 'drops the queue when it pauses',
    noticedBy: 'pause keeps the queue and resume goes on where it stopped',
    change: ({ playout }) => {
      const pause = playout.pause.bind(playout);
      playout.pause = () => {
        playout.flush();
        pause();
      };
    },
  },
  {
    fault: 'never resumes',
    noticedBy: 'pause keeps the queue and resume goes on where it stopped',
    change: ({ playout }) => Object.assign(playout, { resume: () => {} }),
  },
  {
    fault: 'counts what was flushed as played',
    noticedBy: 'accounts for every sample that was written',
    change: ({ playout }) => {
      let flushed = 0;
      const flush = playout.flush.bind(playout);
      const played = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(playout), 'playedMs');
      playout.flush = () => {
        const dropped = flush();
        flushed += dropped;
        return dropped;
      };
      Object.defineProperty(playout, 'playedMs', { get: () => (played?.get?.call(playout) as number) + flushed });
    },
  },
  {
    fault: 'loses the end of each piece that is no whole frame',
    noticedBy: 'accounts for every sample that was written',
    change: ({ playout }) => {
      const write = playout.write.bind(playout);
      playout.write = (samples) => write(samples.subarray(0, samples.length - (samples.length % 160)));
    },
  },
  {
    fault: 'plays all at double speed',
    noticedBy: 'carries audio both ways',
    change: ({ playout }) => {
      const write = playout.write.bind(playout);
      playout.write = (samples) => write(samples.filter((_, i) => i % 2 === 0));
    },
  },
  {
    fault: 'turns keys round',
    noticedBy: "reports each of the caller's key presses once, in order",
    change: (endpoint) => {
      const press = endpoint.caller.press.bind(endpoint.caller);
      endpoint.caller.press = (digits, durationMs) => press([...digits].reverse().join(''), durationMs);
    },
  },
  {
    fault: 'sends each key twice',
    noticedBy: 'sends key presses after what is playing and before what comes later',
    change: (endpoint) => {
      const sendDtmf = endpoint.sendDtmf.bind(endpoint);
      endpoint.sendDtmf = (digits, options) => sendDtmf(digits.replaceAll(/(.)/g, '$1$1'), options);
    },
  },
  {
    fault: 'takes any character for a key',
    noticedBy: 'sends key presses after what is playing and before what comes later',
    change: (endpoint) => {
      const sendDtmf = endpoint.sendDtmf.bind(endpoint);
      endpoint.sendDtmf = (digits, options) => sendDtmf(digits.replaceAll(/[^\d*#A-D]/g, ''), options);
    },
  },
  {
    fault: 'never tells that keys have gone out',
    noticedBy: 'a flush does not drop key presses',
    change: (endpoint) => {
      const sendDtmf = endpoint.sendDtmf.bind(endpoint);
      endpoint.sendDtmf = (digits, options) => {
        void sendDtmf(digits, options);
        return new Promise(() => {});
      };
    },
  },
  {
    fault: 'goes on hearing during a hold',
    noticedBy: 'holds and resumes',
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = async (sdp) =>
        (await answer(sdp.replace('a=sendonly', 'a=sendrecv'))).replace('a=sendrecv', 'a=recvonly');
    },
  },
  {
    fault: 'lets media flow while the caller still hears the ringing',
    noticedBy: 'sends and hears nothing before it is connected, when the answer is to wait',
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = (sdp) => answer(sdp);
    },
  },
  {
    fault: 'never connects',
    noticedBy: 'sends and hears nothing before it is connected, when the answer is to wait',
    change: (endpoint) => Object.assign(endpoint, { connect: () => {} }),
  },
  {
    fault: 'takes its own first codec',
    noticedBy: "takes the caller's first codec",
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = (sdp) => answer(sdp.replace(/RTP\/AVP 8 0/, 'RTP/AVP 0 8'));
    },
  },
  {
    fault: 'answers bad SDP as if it were good',
    noticedBy: 'refuses bad SDP by its code and stays usable',
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = (sdp) => answer(sdp).catch(() => '');
    },
  },
  {
    fault: 'throws errors without a code',
    noticedBy: 'refuses bad SDP by its code and stays usable',
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = (sdp) =>
        answer(sdp).catch(() => {
          throw new Error('bad SDP');
        });
    },
  },
  {
    fault: 'is deaf to the answer to its offer',
    noticedBy: 'offers, and takes the answer',
    change: (endpoint) => Object.assign(endpoint, { acceptAnswer: async () => {} }),
  },
  {
    fault: 'never tells of a timeout',
    noticedBy: 'tells once when the caller sends nothing any more',
    change: (endpoint) => withoutEvent(endpoint, 'timeout'),
  },
  {
    fault: 'counts the silence of a hold',
    noticedBy: 'does not count the silence of a hold',
    change: (endpoint) => {
      const answer = endpoint.answer.bind(endpoint);
      endpoint.answer = (sdp) => answer(sdp.replace('a=inactive', 'a=sendrecv'));
    },
  },
  {
    fault: "plays one call's prompt to another",
    noticedBy: 'keeps calls apart',
    change: broadcast(),
  },
  {
    fault: 'tells its end twice',
    noticedBy: 'is harmless after close',
    change: (endpoint) => void endpoint.once('closed', () => setImmediate(() => endpoint.emit('closed'))),
  },
  {
    fault: 'hums between prompts',
    noticedBy: 'sends silence between prompts',
    change: ({ caller }) => {
      const heard = caller.heard.bind(caller);
      caller.heard = () => heard().map((sample, i) => sample + 300 * Math.sign((i % 80) - 40));
    },
  },
];

describe('the media contract notices an engine that', () => {
  it.each(breakages)('$fault', async ({ noticedBy, change }) => {
    const contractCase = mediaCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const whole = await makeFakeRig(contractCase.options ?? {});
    await contractCase.run(whole);
    await whole.close();
    const broken = await makeFakeRig(contractCase.options ?? {}, (clock, options) => breaking(clock, options, change));
    await expect(contractCase.run(broken)).rejects.toThrow();
    await broken.close();
  });
});

function breaking(clock: VirtualClock, options: RigOptions, change: (endpoint: FakeEndpoint) => void): FakeMediaEngine {
  const engine = buildFake(clock, options);
  const create = engine.createEndpoint.bind(engine);
  engine.createEndpoint = async (request) => {
    const endpoint = await create(request);
    change(endpoint);
    return endpoint;
  };
  return engine;
}

/** Puts `pass` between the endpoint and its listener; `every` runs once per frame. */
function withFrames(
  endpoint: FakeEndpoint,
  pass: (frame: AudioFrame, deliver: (frame: AudioFrame) => void) => void,
  every: () => void = () => {},
): void {
  const onAudio = endpoint.onAudio.bind(endpoint);
  endpoint.onAudio = (listener) => onAudio(listener && ((frame) => pass(frame, listener)));
  onAudio(every);
}

function withoutEvent(endpoint: FakeEndpoint, dropped: string): void {
  const emitter = endpoint as EventEmitter;
  const emit = emitter.emit.bind(emitter);
  emitter.emit = (name, ...values) => (name === dropped ? false : emit(name, ...values));
}

/** What is written to any endpoint goes to all. */
function broadcast(): (endpoint: FakeEndpoint) => void {
  const writers: ((samples: Int16Array) => void)[] = [];
  return ({ playout }) => {
    writers.push(playout.write.bind(playout));
    playout.write = (samples) => {
      for (const write of writers) write(samples);
    };
  };
}
