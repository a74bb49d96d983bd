import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { Failover } from './failover.ts';
import { FakeStt, type FakeSttOptions, wordFrames } from './fake-stt.ts';
import { SpeechError, type SttSession } from './ports.ts';
import { ServiceHealth } from './service-health.ts';
import { steadyStt } from './steady-stt.ts';
import { StickyChoice } from './sticky-choice.ts';

const SILENCE = [0];
const pause = (ms: number) => Array<number>(ms / 20).fill(0);

/** A call with these services behind it, on a clock that only the test moves. */
function rig(...services: Omit<FakeSttOptions, 'clock'>[]) {
  const clock = new VirtualClock();
  const fakes = services.map((options, index) => new FakeStt({ id: `s${index}`, ...options, clock }));
  const failovers: Failover[] = [];
  const health = fakes.map(
    () => new ServiceHealth({ probe: () => Promise.resolve(), probeAfterMs: 60_000, onChange: () => {} }),
  );
  const stt = steadyStt({
    candidates: fakes.map((fake, index) => ({ stt: fake, health: health[index] as ServiceHealth })),
    limits: { openMs: 1_000, finalMs: 700, silentMs: 1_000 },
    clock,
    choice: new StickyChoice(),
    onFailover: (failover) => failovers.push(failover),
  });
  const heard: string[] = [];
  const errors: SpeechError[] = [];
  let session: SttSession | undefined;
  let timestampMs = 0;
  const hub = stt.capabilities.endpointing === 'hub';
  return {
    clock,
    stt,
    fakes,
    failovers,
    health,
    heard,
    errors,
    get session() {
      return session;
    },
    async open(callId = 'call') {
      session = await stt.open(
        {
          callId,
          language: 'en-US',
          sampleRate: 8000,
          contextPhrases: [],
          contextBoost: 0,
          vendorOptions: undefined,
        },
        new AbortController().signal,
      );
      session.on('final', ({ text }) => heard.push(text));
      session.on('error', (error) => errors.push(error));
    },
    /** The caller says words (0: 20 ms of silence), in real time. */
    async say(...words: number[]) {
      const speaks = words.some((word) => word !== 0);
      if (hub && speaks) session?.startUtterance(0);
      for (const samples of wordFrames(words)) {
        session?.write({ samples, sampleRate: 8000, timestampMs });
        timestampMs += 20;
        await clock.run(20);
      }
      if (hub && speaks) session?.endUtterance(0);
    },
    words: () => heard.flatMap((text) => text.split(' ').filter(Boolean).map(Number)),
  };
}

describe('rotation', () => {
  it('opens the next session before the limit, in a pause, with nothing lost and nothing twice', async () => {
    const call = rig({ sessionLimitMs: 30_000 });
    await call.open();
    const said: number[] = [];
    for (let word = 1; word <= 90; word += 3) {
      await call.say(word, word + 1, word + 2, ...pause(1_000));
      said.push(word, word + 1, word + 2);
    }
    expect(call.words()).toEqual(said);
    expect(call.fakes[0]?.sessions.length).toBeGreaterThan(1);
    expect(call.fakes[0]?.sessions.filter(({ closed }) => !closed)).toHaveLength(1);
    expect(call.errors).toEqual([]);
    expect(call.failovers).toEqual([]);
  });

  it('takes an utterance along that goes on over the limit', async () => {
    const call = rig({ sessionLimitMs: 20_000 });
    await call.open();
    await call.say(...pause(14_000));
    const long = Array.from({ length: 40 }, (_, index) => index + 1);
    await call.say(...long, ...pause(1_000));
    expect(call.words()).toEqual(long);
    expect(call.errors).toEqual([]);
  });

  it('also where the hub endpoints', async () => {
    const call = rig({ endpointing: 'hub', sessionLimitMs: 20_000 });
    await call.open();
    const said: number[] = [];
    for (let word = 1; word <= 60; word += 2) {
      await call.say(word, word + 1);
      await call.say(...pause(800));
      said.push(word, word + 1);
    }
    expect(call.words()).toEqual(said);
    expect(call.errors).toEqual([]);
  });

  it('a session that fails while it waits for its turn does no harm', async () => {
    const call = rig({ sessionLimitMs: 20_000 });
    await call.open();
    await call.say(...pause(15_900), 1, 2);
    expect(call.fakes[0]?.sessions).toHaveLength(2);
    call.fakes[0]?.current?.fail();
    await call.say(3, ...pause(1_000), 4, ...pause(1_000));
    expect(call.words()).toEqual([1, 2, 3, 4]);
    expect(call.errors).toEqual([]);
  });

  it('a vendor that ends a session by itself is asked for another one', async () => {
    const call = rig({});
    await call.open();
    await call.say(1, ...pause(6_000));
    await call.say(2);
    call.fakes[0]?.current?.close();
    await call.say(3, ...pause(1_000));
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.fakes[0]?.sessions).toHaveLength(2);
  });
});

describe('a service that fails', () => {
  it('is followed by the next one, which gets the words that were not recognised', async () => {
    const call = rig({}, {});
    await call.open();
    await call.say(1, ...pause(1_000), 2, 3);
    call.fakes[0]?.current?.fail();
    await call.say(4, ...pause(1_000));
    expect(call.words()).toEqual([1, 2, 3, 4]);
    expect(call.failovers).toEqual([
      { kind: 'stt', callId: 'call', from: 's0', to: 's1', why: 'the fake failed on request', code: 'speech_failed' },
    ]);
  });

  it('keeps the call away from itself', async () => {
    const call = rig({}, {});
    await call.open();
    call.fakes[0]?.current?.fail();
    await call.say(...SILENCE);
    call.session?.close();
    await call.open();
    expect(call.fakes.map(({ sessions }) => sessions.length)).toEqual([1, 2]);
    await call.open('another call');
    expect(call.fakes.map(({ sessions }) => sessions.length)).toEqual([2, 2]);
  });

  it('is opened again where there is no other', async () => {
    const call = rig({});
    await call.open();
    await call.say(1, 2);
    call.fakes[0]?.current?.fail();
    await call.say(3, ...pause(1_000));
    expect(call.words()).toEqual([1, 2, 3]);
  });

  it('is given up when it fails again and again', async () => {
    const call = rig({});
    await call.open();
    const [fake] = call.fakes;
    for (let i = 0; i < 10 && fake?.current?.closed === false; i += 1) {
      fake.current.fail();
      await call.say(...SILENCE);
    }
    expect(call.errors.map(({ message }) => message)).toEqual(['the fake failed on request']);
    expect(call.session?.closed).toBe(true);
    expect(call.clock.pending).toBe(0);
  });

  it.each([
    ['refuses', (fake: FakeStt) => (fake.refuses = new SpeechError('speech_unavailable', 'no route'))],
    ['hangs', (fake: FakeStt) => (fake.hangs = true)],
  ])('at the opening: %s', async (_, spoil) => {
    const call = rig({}, {});
    for (const fake of call.fakes.slice(0, 1)) spoil(fake);
    const opening = call.open();
    await call.clock.run(1_100);
    await opening;
    await call.say(1, ...pause(1_000));
    expect(call.words()).toEqual([1]);
    expect(call.failovers).toHaveLength(1);
  });

  it('fails the opening where no other is left', async () => {
    const call = rig({});
    for (const fake of call.fakes) fake.refuses = new SpeechError('speech_rejected', 'no such language');
    await expect(call.open()).rejects.toThrow('no such language');
    expect(call.clock.pending).toBe(0);
  });

  it('is left out by new calls after two failures', async () => {
    const call = rig({}, {});
    for (const id of ['a', 'b']) {
      await call.open(id);
      call.fakes[0]?.current?.fail();
      await call.say(...SILENCE);
    }
    await call.open('c');
    expect(call.fakes.map(({ sessions }) => sessions.length)).toEqual([2, 3]);
  });
});

describe('a service that falls silent', () => {
  it('has its utterance recognised by the next one: no more than 1.5 s without a text', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 700 }, { endpointing: 'hub' });
    await call.open();
    await call.say(1);
    await call.say(...pause(500));
    for (const session of call.fakes[0]?.sessions ?? []) session.frozen = true;
    await call.say(2, 3);
    const at = call.clock.now();
    while (call.words().length < 3) await call.say(...SILENCE);
    expect(call.clock.now() - at).toBeLessThanOrEqual(1_500);
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.failovers).toHaveLength(1);
  });

  it('the next one has time for all that it is given at once', async () => {
    const hub = { endpointing: 'hub', p99TimeToFinalMs: 500 } as const;
    const call = rig(hub, { ...hub, latencyMs: 2_000 });
    await call.open();
    for (const { current } of call.fakes.slice(0, 1)) if (current !== undefined) current.frozen = true;
    await call.say(1, ...pause(20_000), 2);
    await call.clock.run(3_000);
    expect(call.heard).toEqual(['1 2']);
    expect(call.failovers).toHaveLength(1);
  });

  it('the next one is opened ahead of time, and let go where the text comes after all', async () => {
    const slow = { endpointing: 'hub', p99TimeToFinalMs: 1_200, latencyMs: 900 } as const;
    const call = rig(slow, { endpointing: 'hub', openMs: 500 });
    await call.open();
    await call.say(1);
    await call.say(...pause(1_100));
    expect(call.words()).toEqual([1]);
    expect(call.fakes[1]?.sessions.map(({ closed }) => closed)).toEqual([true]);
    expect(call.failovers).toEqual([]);
    for (const session of call.fakes[0]?.sessions ?? []) session.frozen = true;
    await call.say(2);
    await call.say(...pause(1_400));
    expect(call.words()).toEqual([1, 2]);
    expect(call.failovers).toHaveLength(1);
  });

  it('however long its texts usually take: the next one gets the same audio, and the first text counts, once', async () => {
    const batch = { endpointing: 'hub', p99TimeToFinalMs: 4_000 } as const;
    const call = rig({ ...batch, latencyMs: 2_000 }, { ...batch, latencyMs: 700 });
    await call.open();
    const at = call.clock.now();
    await call.say(1, 2);
    while (call.words().length < 2) await call.say(...SILENCE);
    expect(call.clock.now() - at).toBeLessThanOrEqual(600 + 1_500);
    expect(call.failovers).toMatchObject([{ from: 's0', to: 's1', code: 'speech_timeout' }]);
    await call.say(...pause(2_000), 3);
    await call.say(...pause(1_500));
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.fakes.map(({ sessions }) => sessions.map(({ closed }) => closed))).toEqual([[true], [false]]);
    // It was slow, and it lives.
    expect(call.health.map(({ usable }) => usable)).toEqual([true, true]);
    expect(call.failovers).toHaveLength(1);
  });

  it('a text that is late within its time comes before one of the next service that is there already', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 2_000, latencyMs: 650 }, { endpointing: 'hub' });
    await call.open();
    await call.say(1);
    await call.say(...pause(2_000));
    expect(call.words()).toEqual([1]);
    expect(call.fakes[1]?.sessions).toHaveLength(1);
    expect(call.failovers).toEqual([]);
  });

  it('one that was overtaken and never answers is left out by new calls, as one that has failed', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 1_500 }, { endpointing: 'hub', p99TimeToFinalMs: 1_000 });
    for (const fake of call.fakes.slice(0, 1)) fake.frozen = true;
    for (const id of ['a', 'b']) {
      await call.open(id);
      await call.say(1);
      await call.say(...pause(2_000));
    }
    expect(call.words()).toEqual([1, 1]);
    expect(call.health.map(({ usable }) => usable)).toEqual([false, true]);
  });

  it('of one that understood nothing the text is not taken, as long as another may have it', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 2_000, latencyMs: 1_000 }, { endpointing: 'hub' });
    await call.open();
    call.session?.startUtterance(0);
    await call.clock.run(400);
    call.session?.endUtterance(0);
    await call.clock.run(3_000);
    expect(call.heard).toEqual(['']);
    expect(call.failovers).toEqual([]);
  });

  it('where it endpoints by itself: it is opened anew, then the next one is asked', async () => {
    const call = rig({}, {});
    await call.open();
    for (const fake of call.fakes.slice(0, 1)) fake.frozen = true;
    for (const session of call.fakes[0]?.sessions ?? []) session.frozen = true;
    await call.say(1, 2, 3, 4, 5, 6, 7, 8, ...pause(1_000));
    expect(call.words()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(call.fakes[0]?.sessions).toHaveLength(2);
    expect(call.failovers).toHaveLength(1);
  });

  it('in the middle of a text: the whole of it comes from the next one', async () => {
    const call = rig({ p99TimeToFinalMs: 700 }, {});
    await call.open();
    await call.say(1, 2);
    for (const session of call.fakes[0]?.sessions ?? []) session.frozen = true;
    await call.say(3, ...pause(2_000));
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.failovers).toHaveLength(1);
  });

  it('noise that nobody understands ends no call and no session for long', async () => {
    const call = rig({}, {});
    await call.open();
    const noise = new Int16Array(160).fill(6000);
    noise[0] = 56;
    noise[4] = 24;
    for (let i = 0; i < 3_000; i += 1) {
      call.session?.write({ samples: noise, sampleRate: 8000, timestampMs: 0 });
      await call.clock.run(20);
    }
    expect(call.errors).toEqual([]);
    expect(call.fakes.flatMap(({ sessions }) => sessions).length).toBeLessThanOrEqual(4);
    await call.say(...pause(1_000), 1, ...pause(1_000));
    expect(call.words()).toEqual([1]);
  });
});

describe('services of both kinds', () => {
  it('are endpointed by the hub', async () => {
    const call = rig({}, { endpointing: 'hub' });
    expect(call.stt.capabilities.endpointing).toBe('hub');
    await call.open();
    await call.say(1, 2);
    await call.say(...pause(1_500));
    await call.say(3);
    call.fakes[0]?.current?.fail();
    await call.say(...pause(500));
    expect(call.heard).toEqual(['1 2', '3']);
  });
});

it('however late either has its texts: each word once and in order, and nothing is left', async () => {
  const latency = fc.integer({ min: 0, max: 1_600 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ words: fc.integer({ min: 1, max: 3 }), rest: fc.integer({ min: 1, max: 100 }) }), {
        maxLength: 8,
      }),
      ...([latency, fc.integer({ min: 0, max: 900 }), latency] as const),
      async (utterances, first, second, openMs) => {
        const options = { endpointing: 'hub', p99TimeToFinalMs: 1_000 } as const;
        const call = rig({ ...options, latencyMs: first }, { ...options, latencyMs: second, openMs: openMs / 2 });
        await call.open();
        let next = 1;
        for (const { words, rest } of utterances) {
          await call.say(...Array.from({ length: words }, () => next++));
          await call.say(...Array<number>(rest).fill(0));
        }
        await call.say(...pause(8_000));
        const all = Array.from({ length: next - 1 }, (_, index) => index + 1);
        expect(call.errors).toEqual([]);
        expect(call.words()).toEqual(all);
        call.session?.close();
        await call.clock.run(2_000);
        expect(call.fakes.flatMap(({ sessions }) => sessions).filter(({ closed }) => !closed)).toEqual([]);
        expect(call.clock.pending).toBe(0);
        for (const health of call.health) health.close();
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);

it('whatever fails whenever: each word once and in order, and nothing is left', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          { weight: 5, arbitrary: fc.integer({ min: 1, max: 4 }).map((count) => ({ say: count })) },
          { weight: 3, arbitrary: fc.integer({ min: 30, max: 200 }).map((frames) => ({ rest: frames })) },
          { weight: 2, arbitrary: fc.constantFrom<'fail' | 'close'>('fail', 'close').map((fault) => ({ fault })) },
        ),
        { maxLength: 25 },
      ),
      fc.constantFrom<'vendor' | 'hub'>('vendor', 'hub'),
      async (steps, endpointing) => {
        const call = rig({ endpointing, sessionLimitMs: 15_000, openMs: 60 }, { endpointing, openMs: 200 });
        const opening = call.open();
        await call.clock.run(100);
        await opening;
        let next = 1;
        for (const step of steps) {
          if ('say' in step) {
            await call.say(...Array.from({ length: step.say }, () => next++));
            await call.say(...pause(700));
          } else if ('rest' in step) {
            await call.say(...Array<number>(step.rest).fill(0));
          } else {
            const live = call.fakes.flatMap(({ sessions }) => sessions).findLast(({ closed }) => !closed);
            if (step.fault === 'fail') live?.fail();
            else live?.close();
            // words between faults keep the service alive
            await call.say(next++);
            await call.say(...pause(1_500));
          }
        }
        await call.say(...pause(3_000));
        expect(call.errors).toEqual([]);
        expect(call.words()).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
        call.session?.close();
        await call.clock.run(1_000);
        expect(call.fakes.flatMap(({ sessions }) => sessions).filter(({ closed }) => !closed)).toEqual([]);
        expect(call.clock.pending).toBe(0);
        for (const health of call.health) health.close();
      },
    ),
    { numRuns: 40 },
  );
}, 60_000);
