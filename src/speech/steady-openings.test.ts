import { describe, expect, it } from 'vitest';
import { BUDGET_MS, END_MS, rig, useUp, VENDOR } from './steady-call-test-support.ts';

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
