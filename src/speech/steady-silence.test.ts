import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wordFrames } from './fake-stt.ts';
import { pause, rig, SILENCE } from './steady-test-support.ts';

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

  it('is held against a service when the next one understands what it did not, and not for noise', async () => {
    const noise = new Int16Array(160).fill(6000);
    noise.set([56, 24, 0, 0, 24]);
    const usableAfterTwoCalls = async (speech: Int16Array[]) => {
      const call = rig({}, {});
      for (const fake of call.fakes.slice(0, 1)) fake.frozen = true;
      for (let round = 0; round < 2; round += 1) {
        await call.open(`call ${round}`);
        for (const samples of speech) {
          call.session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
          await call.clock.run(20);
        }
        call.session?.close();
      }
      return call.health.map(({ usable }) => usable);
    };
    expect(await usableAfterTwoCalls(Array<Int16Array>(300).fill(noise))).toEqual([true, true]);
    const words = [1, 2, 3, 4, 5, 6, 7, 8, ...pause(1_000)];
    expect(await usableAfterTwoCalls(wordFrames(words))).toEqual([false, true]);
  });

  it('is not one for a caller who speaks softly: whoever is understood is heard', async () => {
    const call = rig({ p99TimeToFinalMs: 500 }, { p99TimeToFinalMs: 500 });
    await call.open();
    for (const samples of wordFrames([1, 2, 3, ...pause(1_500), 4, ...pause(1_500)])) {
      const soft = samples.map((sample) => (sample === 8000 ? 60 : sample));
      call.session?.write({ samples: soft, sampleRate: 8000, timestampMs: 0 });
      await call.clock.run(20);
    }
    expect(call.words()).toEqual([1, 2, 3, 4]);
    expect(call.fakes.map(({ sessions }) => sessions.length)).toEqual([1, 0]);
    expect(call.failovers).toEqual([]);
  });

  it('is noticed though the caller asks again and again: the time of what he said first goes on', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 500 }, { endpointing: 'hub', p99TimeToFinalMs: 500 });
    await call.open();
    for (const fake of call.fakes.slice(0, 1)) for (const session of fake.sessions) session.frozen = true;
    let firstMs: number | undefined;
    for (let word = 1; word <= 8; word += 1) {
      await call.say(word);
      await call.say(...pause(300));
      if (call.words().length > 0) firstMs ??= call.clock.now();
    }
    await call.say(...pause(2_000));
    expect(firstMs).toBeLessThanOrEqual(300 + 1_500);
    expect(call.words()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
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
