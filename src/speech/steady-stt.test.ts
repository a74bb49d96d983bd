import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FakeStt } from './fake-stt.ts';
import { SpeechError } from './ports.ts';
import { pause, rig, SILENCE, steadyFakes } from './steady-test-support.ts';

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
  it('what is said in its terms is not told to the next one, what holds for all is', async () => {
    const { stt, fakes, clock } = steadyFakes({ openMs: 1_000, finalMs: 700, silentMs: 1_000 }, [{}, {}]);
    const parameters = { sttContextId: 'model', sttOverrideConfig: { a: 1 }, sttDisablePunctuation: true };
    const wanted = { contextPhrases: ['yes'], contextBoost: 3, vendorOptions: { model: 'x' }, parameters };
    const session = await stt.open(
      { callId: 'call', language: 'en-US', sampleRate: 8000, ...wanted },
      new AbortController().signal,
    );
    fakes[0]?.current?.fail();
    await clock.run(100);
    expect(fakes[0]?.current?.options).toMatchObject(wanted);
    expect(fakes[1]?.current?.options).toMatchObject({ contextPhrases: ['yes'], contextBoost: 3 });
    expect(fakes[1]?.current?.options.vendorOptions).toBeUndefined();
    expect(fakes[1]?.current?.options.parameters).toEqual({ sttDisablePunctuation: true });
    session.close();
  });

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
