import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { type FakeSttOptions, wordFrames } from './fake-stt.ts';
import type { SttSession } from './ports.ts';
import { REQUEST, steadyFakes } from './steady-test-support.ts';

/** What the hub hears: an utterance begins after so much voice, and ends after so much silence. */
const START_FRAMES = 6;
const END_MS = 600;
const BUDGET_MS = 1_500;
const VENDOR = { endpointing: 'vendor', p99TimeToFinalMs: 1_000 } as const;

/** Slow openings of the first service cost no session of the next one any more. */
function useUp({ hedges: [first] }: ReturnType<typeof rig>): void {
  while (first?.take());
}

const calls: { end(): void }[] = [];
afterEach(() => {
  for (const call of calls.splice(0)) call.end();
});

/** A call with these services behind it and the limits of a hub, whose listener marks utterances as it does. */
function rig(...services: Omit<FakeSttOptions, 'clock'>[]) {
  const made = steadyFakes({ openMs: 3_000, finalMs: 1_200, silentMs: 2_000 }, services);
  const { clock, fakes, health, stt } = made;
  const finals: { text: string; atMs: number }[] = [];
  const errors: unknown[] = [];
  let session: SttSession | undefined;
  const [waiting, marks]: [Int16Array[], { voiced: number; silentMs: number; speaking: boolean }] = [
    [],
    { voiced: 0, silentMs: 0, speaking: false },
  ];
  /** What the listener does with a frame, once it has a session. */
  const hear = (samples: Int16Array) => {
    session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
    const voiced = samples.at(-1) !== 0;
    marks.silentMs = voiced ? 0 : marks.silentMs + 20;
    marks.voiced = voiced ? marks.voiced + 1 : marks.speaking ? marks.voiced : 0;
    if (!marks.speaking && marks.voiced >= START_FRAMES) {
      marks.speaking = true;
      session?.startUtterance(START_FRAMES * 20);
    }
    if (!marks.speaking || marks.silentMs < END_MS) return;
    marks.speaking = false;
    marks.voiced = 0;
    session?.endUtterance(END_MS);
  };
  const call = {
    ...made,
    ...{ finals, errors },
    get session() {
      return session;
    },
    async open(callId = 'call') {
      const opened = await stt.open({ ...REQUEST, callId }, new AbortController().signal);
      session = opened;
      opened.on('final', ({ text }) => finals.push({ text, atMs: clock.now() }));
      opened.on('error', (error) => errors.push(error));
      for (const samples of waiting.splice(0)) hear(samples);
    },
    /** The caller says words (0: 20 ms of silence), in real time, also while nothing is open. */
    async say(...words: number[]) {
      for (const samples of wordFrames(words)) {
        if (session === undefined) waiting.push(samples);
        else hear(samples);
        await clock.run(20);
      }
    },
    pause: (ms: number) => call.say(...Array<number>(ms / 20).fill(0)),
    /** Milliseconds from the end of what is said now to its text. */
    async answerMs(...words: number[]) {
      const count = call.words().length + words.length;
      await call.say(...words);
      const at = clock.now();
      while (call.words().length < count && clock.now() - at < 10_000) await call.pause(20);
      return clock.now() - at;
    },
    words: () => finals.flatMap(({ text }) => text.split(' ').filter(Boolean).map(Number)),
    sessions: () => fakes.map((fake) => fake.sessions.length),
    freeze() {
      for (const fake of fakes.slice(0, 1)) {
        fake.frozen = true;
        for (const one of fake.sessions) one.frozen = true;
      }
    },
    close() {
      session?.close();
      session = undefined;
    },
    end() {
      session?.close();
      for (const one of health) one.close();
    },
  };
  calls.push(call);
  return call;
}

describe('a recogniser that endpoints by itself', () => {
  it.each([
    ['before a short word', [1]],
    ['before some words', [1, 2, 3]],
    ['before words with a pause', [1, 2, ...Array<number>(28).fill(0), 3]],
  ])(
    'that freezes %s: the next one has all of it, as one text, within 1.5 s of the end of speech',
    async (_, words) => {
      const call = rig(VENDOR, { ...VENDOR, latencyMs: 300, openMs: 300 });
      const opening = call.open();
      await call.pause(400);
      await opening;
      call.freeze();
      const spoken = words.filter((word) => word !== 0);
      await call.say(...words);
      const at = call.clock.now();
      while (call.words().length < spoken.length && call.clock.now() - at < 10_000) await call.pause(20);
      expect(call.clock.now() - at).toBeLessThanOrEqual(END_MS + BUDGET_MS);
      expect(call.finals.map(({ text }) => text)).toEqual([spoken.join(' ')]);
      expect(call.failovers).toMatchObject([{ from: 's0', to: 's1', code: 'speech_timeout' }]);
      await call.pause(2_000);
      expect(await call.answerMs(7, 8)).toBeLessThanOrEqual(END_MS + 300);
      expect(call.words()).toEqual([...spoken, 7, 8]);
      expect(call.sessions()[1]).toBe(1);
    },
  );

  it('that never says a final: as well, also within a text that it has begun', async () => {
    const call = rig(VENDOR, { ...VENDOR, latencyMs: 300, openMs: 300 });
    await call.open();
    await call.say(1, 2);
    call.freeze();
    expect(await call.answerMs(3)).toBeLessThanOrEqual(END_MS + BUDGET_MS);
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.sessions()).toEqual([1, 1]);
  });

  it('has the silence that it waits for itself, and no second session is opened meanwhile', async () => {
    const slow = { ...VENDOR, endpointingMs: 2_000, latencyMs: 400 };
    const call = rig(slow, slow);
    await call.open();
    for (const word of [1, 2, 3]) {
      await call.answerMs(word);
      await call.pause(1_000);
    }
    expect(call.words()).toEqual([1, 2, 3]);
    expect([call.sessions(), call.failovers]).toEqual([[1, 0], []]);
    call.freeze();
    expect(await call.answerMs(4)).toBeLessThanOrEqual(2_000 + BUDGET_MS);
    expect(call.words()).toEqual([1, 2, 3, 4]);
  });

  it('is asked for its text before another one is: one that has missed the end answers', async () => {
    const deaf = { ...VENDOR, endpointingMs: 5_000, canBeAsked: true };
    const call = rig(deaf, VENDOR);
    // It says that it waits no longer than the hub.
    for (const { capabilities } of call.fakes) delete (capabilities as { endpointingMs?: number }).endpointingMs;
    await call.open();
    expect(await call.answerMs(1, 2)).toBeLessThanOrEqual(END_MS + 500);
    await call.pause(2_000);
    expect(call.words()).toEqual([1, 2]);
    expect([call.sessions(), call.failovers]).toEqual([[1, 0], []]);
  });

  it('that is late and lives: the call moves, and nothing is held against the service', async () => {
    const call = rig({ ...VENDOR, latencyMs: 1_800, p99TimeToFinalMs: 2_000 }, VENDOR);
    for (const id of ['a', 'b', 'c']) {
      await call.open(id);
      expect(await call.answerMs(1)).toBeLessThanOrEqual(END_MS + BUDGET_MS);
      await call.pause(2_000);
      call.close();
    }
    expect(call.words()).toEqual([1, 1, 1]);
    expect(call.health.map(({ usable }) => usable)).toEqual([true, true]);
  });

  it.each([1e9, Number.NaN])('that freezes after it has said that a text reaches to %s ms: as well', async (endMs) => {
    const call = rig(VENDOR, VENDOR);
    await call.open();
    const [session] = call.fakes[0]?.sessions ?? [];
    const told = { text: '1', confidence: 0.9, alternatives: [], rejected: false, raw: undefined };
    await call.pause(400);
    session?.emit('final', { ...told, endMs });
    call.freeze();
    expect(await call.answerMs(2)).toBeLessThanOrEqual(END_MS + BUDGET_MS);
    expect(call.words()).toEqual([1, 2]);
  });

  it('what nobody understands was no speech: no failover, and no service is blamed', async () => {
    const call = rig(VENDOR, VENDOR);
    await call.open();
    for (let knock = 0; knock < 3; knock += 1) {
      for (let frame = 0; frame < 20; frame += 1) {
        const samples = new Int16Array(160).fill(6_000);
        samples.set([56, 24, 0, 0, 24]);
        call.session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
        if (frame === 6) call.session?.startUtterance(120);
        await call.clock.run(20);
      }
      await call.pause(END_MS);
      call.session?.endUtterance(END_MS);
      await call.pause(4_000);
    }
    expect(await call.answerMs(1, 2)).toBeLessThanOrEqual(END_MS);
    expect(call.words()).toEqual([1, 2]);
    expect([call.failovers, call.errors]).toEqual([[], []]);
    expect(call.health.map(({ usable }) => usable)).toEqual([true, true]);
    expect(call.fakes.flatMap(({ sessions }) => sessions.filter(({ closed }) => !closed))).toHaveLength(1);
  });
});

it('noise of which the next one says at once that it is none costs one session more, and counts against nobody', async () => {
  const call = rig(VENDOR, { ...VENDOR, canBeAsked: true });
  await call.open();
  for (let frame = 0; frame < 20; frame += 1) {
    const samples = new Int16Array(160).fill(6_000);
    samples.set([56, 24, 0, 0, 24]);
    call.session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
    if (frame === 6) call.session?.startUtterance(120);
    await call.clock.run(20);
  }
  await call.pause(END_MS);
  call.session?.endUtterance(END_MS);
  await call.pause(700);
  const raced = { text: '', confidence: undefined, alternatives: [], rejected: true, raw: undefined };
  for (const session of call.fakes[1]?.sessions ?? []) session.emit('final', raced);
  await call.pause(6_000);
  expect(call.sessions()).toEqual([1, 1]);
  expect(call.failovers).toEqual([]);
  expect(await call.answerMs(1, 2)).toBeLessThanOrEqual(END_MS);
});

describe('a session that does not open', () => {
  it.each(['vendor', 'hub'] as const)(
    'endpointed by the %s: the next one hears meanwhile, and has the text',
    async (endpointing) => {
      const options = { endpointing, p99TimeToFinalMs: 1_000, latencyMs: 300 };
      const call = rig(options, { ...options, openMs: 300 });
      for (const fake of call.fakes.slice(0, 1)) fake.hangs = true;
      const opening = call.open();
      const answer = await call.answerMs(1);
      await opening;
      expect(answer).toBeLessThanOrEqual(END_MS + BUDGET_MS);
      expect(call.failovers).toMatchObject([{ from: 's0', to: 's1', why: expect.stringContaining('does not open') }]);
      await call.pause(4_000);
      expect(await call.answerMs(2)).toBeLessThanOrEqual(END_MS + 300);
      expect(call.words()).toEqual([1, 2]);
      expect(call.sessions()).toEqual([0, 1]);
    },
  );

  it('in time: no other is asked', async () => {
    const call = rig({ ...VENDOR, openMs: 400 }, VENDOR);
    const opening = call.open();
    await call.say(1, 2);
    await opening;
    await call.pause(2_000);
    expect(call.words()).toEqual([1, 2]);
    expect([call.sessions(), call.failovers]).toEqual([[1, 0], []]);
  });

  it('a little late: it is heard after all, and the other one is let go', async () => {
    const call = rig({ ...VENDOR, openMs: 900 }, VENDOR);
    const opening = call.open();
    await call.say(1, 2);
    await opening;
    await call.say(3, 4);
    await call.pause(2_000);
    expect(call.words()).toEqual([1, 2, 3, 4]);
    expect(call.failovers).toEqual([]);
    expect(call.fakes.map(({ sessions }) => sessions.map(({ closed }) => closed))).toEqual([[false], [true]]);
  });

  it('is blamed only when its time is over, and not when it opens after all', async () => {
    for (const [openMs, usable] of [
      [2_500, true],
      [4_000, false],
    ] as const) {
      const call = rig({ ...VENDOR, openMs }, VENDOR);
      for (const id of ['a', 'b']) {
        const opening = call.open(id);
        await call.answerMs(1);
        await opening;
        await call.pause(4_000);
        call.close();
      }
      expect(call.words()).toEqual([1, 1]);
      expect(call.health[0]?.usable).toBe(usable);
      expect(call.fakes[0]?.sessions.filter(({ closed }) => !closed)).toEqual([]);
    }
  });

  it('and neither does the next: the opening fails, and nothing is left', async () => {
    const call = rig(VENDOR, VENDOR);
    for (const fake of call.fakes) fake.hangs = true;
    const failure = call.open().catch((error: unknown) => error);
    await call.clock.run(8_000);
    expect(await failure).toMatchObject({ code: 'speech_timeout' });
    expect(call.clock.pending).toBe(0);
  });
});

describe('a service that opens slowly', () => {
  it('costs the next one ten sessions, however many calls there are, and a tenth of one for each opening in time', async () => {
    const call = rig({ ...VENDOR, openMs: 900 }, VENDOR);
    const openings = async (count: number) => {
      const before = call.sessions()[1] ?? 0;
      for (let i = 0; i < count; i += 1) {
        const opening = call.open(`call ${call.clock.now()}`);
        await call.clock.run(1_000);
        await opening;
        call.close();
      }
      return (call.sessions()[1] ?? 0) - before;
    };
    expect(await openings(30)).toBe(10);
    for (const { options } of call.fakes) options.openMs = 300;
    expect(await openings(25)).toBe(0);
    for (const { options } of call.fakes) options.openMs = 900;
    expect(await openings(10)).toBe(2);
    expect(call.fakes.flatMap(({ sessions }) => sessions).filter(({ closed }) => !closed)).toEqual([]);
  });

  it.each(['vendor', 'hub'] as const)(
    'and may cost nothing more (endpointed by the %s): who has spoken has the text of the next one in time',
    async (endpointing) => {
      const options = { endpointing, p99TimeToFinalMs: 1_000, latencyMs: 300 };
      const call = rig(options, { ...options, openMs: 300 });
      for (const fake of call.fakes.slice(0, 1)) fake.hangs = true;
      useUp(call);
      const opening = call.open();
      await call.say(...Array<number>(40).fill(0), 1, 2);
      expect(call.sessions()).toEqual([0, 0]);
      const answer = await call.answerMs(3);
      await opening;
      expect(answer).toBeLessThanOrEqual(END_MS + BUDGET_MS);
      expect(call.words()).toEqual([1, 2, 3]);
      expect(call.failovers).toMatchObject([{ from: 's0', to: 's1', why: expect.stringContaining('does not open') }]);
    },
  );

  it('and then has no text: that of the next one comes no later than if it had opened at once', async () => {
    const options = { ...VENDOR, latencyMs: 300 };
    const call = rig({ ...options, openMs: 1_400 }, { ...options, openMs: 300 });
    for (const fake of call.fakes.slice(0, 1)) fake.frozen = true;
    useUp(call);
    const opening = call.open();
    expect(await call.answerMs(1)).toBeLessThanOrEqual(END_MS + BUDGET_MS);
    await opening;
    expect(call.words()).toEqual([1]);
  });

  it('costs nothing more while nobody has spoken, and is heard when it is there', async () => {
    const call = rig({ ...VENDOR, openMs: 2_500 }, VENDOR);
    useUp(call);
    const opening = call.open();
    await call.say(...Array<number>(80).fill(0), 1, 2);
    await opening;
    await call.say(3, ...Array<number>(100).fill(0));
    expect(call.words()).toEqual([1, 2, 3]);
    expect([call.sessions(), call.failovers, call.errors]).toEqual([[1, 0], [], []]);
  });

  it('and fails, as does the next one: the call is told', async () => {
    const call = rig(VENDOR, VENDOR);
    for (const fake of call.fakes) fake.hangs = true;
    useUp(call);
    await Promise.all([call.open(), call.clock.run(8_000)]);
    expect(call.errors).toMatchObject([{ code: 'speech_timeout' }]);
    expect(call.clock.pending).toBe(0);
  });
});

describe('a replay', () => {
  it('of several utterances to one of both kinds: each has its own text', async () => {
    const call = rig({ endpointing: 'hub', p99TimeToFinalMs: 1_000 }, { ...VENDOR, canBeAsked: true });
    await call.open();
    call.freeze();
    await call.say(1, ...Array<number>(35).fill(0), 2, ...Array<number>(28).fill(0), 3);
    await call.pause(3_000);
    expect(call.words()).toEqual([1, 2, 3]);
    expect(call.finals.map(({ text }) => text)).toEqual(['1', '2 3']);
  });
});

/** What becomes of the first service in the course of a call. */
const fate = fc.constantFrom('lives', 'freezes', 'breaks', 'hangs', 'opens late', 'is slow');

it('whatever the first one does, and whoever wins: each word once and in order, nothing is left, and nobody waits long', async () => {
  await fc.assert(
    fc.asyncProperty(
      fate,
      fc.constantFrom('vendor', 'hub', 'mixed'),
      fc.boolean(),
      fc.boolean(),
      fc.record({ openMs: fc.integer({ min: 0, max: 15 }), latencyMs: fc.integer({ min: 0, max: 25 }) }),
      fc.nat({ max: 120 }),
      fc.array(fc.record({ words: fc.integer({ min: 1, max: 3 }), rest: fc.integer({ min: 5, max: 160 }) }), {
        minLength: 1,
        maxLength: 5,
      }),
      async (first, kind, canBeAsked, hedged, second, atFrame, utterances) => {
        // Whose vendor cannot be asked, and is to leave the end to the hub, has fallen silent for all that is known.
        fc.pre(kind !== 'mixed' || first !== 'freezes' || canBeAsked);
        // The fake tells what it understands of the next words before the final of those before, which no vendor does.
        fc.pre(kind !== 'mixed' || first !== 'is slow' || utterances.every(({ rest }) => 20 * rest > END_MS));
        const endpointing = kind === 'hub' ? 'hub' : 'vendor';
        const options = { endpointing, canBeAsked, p99TimeToFinalMs: 1_000 } as const;
        const call = rig(
          {
            ...options,
            latencyMs: first === 'is slow' ? 1_700 : 100,
            openMs: first === 'opens late' ? 1_400 : 40,
          },
          {
            ...options,
            endpointing: kind === 'vendor' ? 'vendor' : 'hub',
            openMs: 20 * second.openMs,
            latencyMs: 20 * second.latencyMs,
          },
        );
        for (const fake of call.fakes.slice(0, 1)) fake.hangs = first === 'hangs';
        if (!hedged) useUp(call);
        const opening = call.open();
        let frames = 0;
        let next = 1;
        const say = async (...words: number[]) => {
          for (const word of words) {
            const before = frames;
            frames += word === 0 ? 1 : 15;
            if (first === 'freezes' && frames >= atFrame) call.freeze();
            if (first === 'breaks' && frames >= atFrame && before < atFrame) call.fakes[0]?.current?.fail();
            await call.say(word);
          }
        };
        for (const { words, rest } of utterances) {
          await say(...Array.from({ length: words }, () => next++));
          await say(...Array<number>(rest).fill(0));
          const all = Array.from({ length: next - 1 }, (_, index) => index + 1);
          if (20 * rest >= END_MS + BUDGET_MS) expect(call.words()).toEqual(all);
        }
        // Time passes with what is said only: a session may not be open yet after a short call.
        await say(...Array<number>(300).fill(0));
        await opening;
        expect(call.errors).toEqual([]);
        expect(call.words()).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
        if (first === 'lives') expect(call.sessions()).toEqual([1, 0]);
        call.session?.close();
        await call.clock.run(4_000);
        expect(call.fakes.flatMap(({ sessions }) => sessions).filter(({ closed }) => !closed)).toEqual([]);
        expect(call.clock.pending).toBe(0);
        for (const health of call.health) health.close();
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);
