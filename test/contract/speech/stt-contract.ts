import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { FakeStt, wordFrames } from '../../../src/speech/fake-stt.ts';
import type { SpeechError, SpeechToText, SttOptions, SttSession } from '../../../src/speech/ports.ts';
import { ServiceHealth } from '../../../src/speech/service-health.ts';
import { steadyStt } from '../../../src/speech/steady-stt.ts';
import { StickyChoice } from '../../../src/speech/sticky-choice.ts';

/** A recogniser under test whose vendor (a fake) understands `wordFrames`, and the hands of a test on that vendor. */
export interface SttHarness {
  stt: SpeechToText;
  /** The vendor refuses the credentials. */
  refuse(): void;
  /** Nobody is there. */
  vanish(): Promise<void>;
  /** The vendor never answers a new session. Absent: sessions open without asking the vendor. */
  hang?(): void;
  /** From now on the vendor takes everything and says nothing. */
  freeze(): void;
  /** What is under way breaks. */
  break(): void;
  dispose(): Promise<void>;
}

export interface SttKind {
  /** Opening a session asks nobody: what is wrong is found out at the first utterance. */
  opensAlone?: true;
  /** It runs in the hub: there are no credentials, and no connection that could break while nothing is asked of it. */
  local?: true;
}

const options: SttOptions = {
  callId: 'kit',
  language: 'en-US',
  sampleRate: 8000,
  contextPhrases: [],
  contextBoost: 0,
  vendorOptions: undefined,
};

/** Of a minute, which is what a session that takes the place of a lost one is given at the most. */
const MINUTE_FRAMES = 3_000;

interface Heard {
  session: SttSession;
  finals: { text: string; rejected: boolean }[];
  interims: string[];
  errors: SpeechError[];
  closes: number;
  say(...words: number[]): void;
  /** An utterance as the hub tells of it where it endpoints; for a vendor that endpoints itself, followed by silence. */
  utter(...words: number[]): void;
}

async function openOne({ stt }: Pick<SttHarness, 'stt'>, signal = new AbortController().signal): Promise<Heard> {
  const session = await stt.open(options, signal);
  const hub = stt.capabilities.endpointing === 'hub';
  const heard: Heard = {
    session,
    finals: [],
    interims: [],
    errors: [],
    closes: 0,
    say(...words) {
      let timestampMs = 0;
      for (const samples of wordFrames(words)) {
        session.write({ samples, sampleRate: 8000, timestampMs });
        timestampMs += 20;
      }
    },
    utter(...words) {
      if (hub) session.startUtterance(0);
      heard.say(...words);
      if (hub) session.endUtterance(0);
      heard.say(...Array<number>(60).fill(0));
    },
  };
  session.on('final', ({ text, rejected }) => heard.finals.push({ text, rejected }));
  session.on('interim', ({ text }) => heard.interims.push(text));
  session.on('error', (error) => heard.errors.push(error));
  session.on('closed', () => {
    heard.closes += 1;
  });
  return heard;
}

const eventually = (check: () => void) => vi.waitFor(check, { timeout: 5_000, interval: 5 });
const texts = ({ finals }: Heard) => finals.map(({ text }) => text);

/** These as the hub uses them, one after another. */
function steadily(services: readonly SpeechToText[], failovers: string[]): SpeechToText {
  return steadyStt({
    candidates: services.map((stt) => ({
      stt,
      health: new ServiceHealth({ probe: async () => {}, probeAfterMs: 60_000, onChange: () => {} }),
    })),
    limits: { openMs: 5_000, finalMs: 1_000, silentMs: 5_000 },
    clock: systemClock,
    choice: new StickyChoice(),
    onFailover: ({ to }) => failovers.push(to),
  });
}

/** What the hub relies on, whatever the vendor: the words of src/speech/ports.ts. */
export function describeSttContract(
  kind: string,
  makeHarness: () => Promise<SttHarness>,
  { opensAlone, local }: SttKind = {},
): void {
  describe(`recogniser: ${kind}`, () => {
    const cases: Record<string, (harness: SttHarness) => Promise<void>> = {
      'understands utterances, one final text each, in order': async (harness) => {
        const heard = await openOne(harness);
        heard.utter(1, 2, 3);
        await eventually(() => expect(texts(heard)).toEqual(['1 2 3']));
        heard.utter(4);
        await eventually(() => expect(texts(heard)).toEqual(['1 2 3', '4']));
        heard.session.close();
      },
      'tells what it has understood so far, where it says that it does': async (harness) => {
        if (!harness.stt.capabilities.interimResults) return;
        const heard = await openOne(harness);
        heard.session.startUtterance(0);
        heard.say(1);
        await eventually(() => expect(heard.interims).toEqual(['1']));
        heard.say(2);
        await eventually(() => expect(heard.interims).toEqual(['1', '1 2']));
        heard.session.close();
      },
      'a minute in one go is taken, to its last word': async (harness) => {
        const heard = await openOne(harness);
        heard.utter(1);
        heard.utter(2, ...Array<number>(MINUTE_FRAMES - 200).fill(0), 3);
        await eventually(() => {
          expect(heard.errors).toEqual([]);
          expect(texts(heard).join(' ').trim()).toBe('1 2 3');
        });
        expect(heard.closes).toBe(0);
        heard.session.close();
      },
      'tells how late a text may be': async ({ stt }) => {
        expect(stt.capabilities.p99TimeToFinalMs).toBeGreaterThan(0);
      },
      'one that has frozen is not taken for a caller who is silent': async (harness) => {
        if (harness.stt.capabilities.endpointing !== 'hub') return;
        const other = new FakeStt({ id: 'other', clock: systemClock, endpointing: 'hub' });
        const failovers: string[] = [];
        const heard = await openOne({ stt: steadily([harness.stt, other], failovers) });
        harness.freeze();
        heard.utter(1, 2, 3);
        await eventually(() => expect(heard.finals).toEqual([{ text: '1 2 3', rejected: false }]));
        expect(failovers).toEqual(['other']);
        heard.session.close();
      },
      'silence within an utterance of the hub is a rejected text': async (harness) => {
        if (harness.stt.capabilities.endpointing !== 'hub') return;
        const heard = await openOne(harness);
        heard.utter(0, 0, 0);
        await eventually(() => expect(heard.finals).toEqual([{ text: '', rejected: true }]));
        heard.session.close();
      },
      'an utterance that was none has no text, and takes nothing from the next': async (harness) => {
        if (harness.stt.capabilities.endpointing !== 'hub') return;
        const heard = await openOne(harness);
        heard.session.startUtterance(0);
        heard.say(0, 0, 0);
        heard.session.cancelUtterance();
        heard.utter(5);
        await eventually(() => expect(texts(heard)).toEqual(['5']));
        heard.session.close();
      },
      'sessions do not touch each other': async (harness) => {
        const [one, two] = [await openOne(harness), await openOne(harness)];
        one.utter(1);
        two.utter(2);
        await eventually(() => expect([texts(one), texts(two)]).toEqual([['1'], ['2']]));
        one.session.close();
        two.utter(3);
        await eventually(() => expect(texts(two)).toEqual(['2', '3']));
        two.session.close();
      },
      'closing ends it once, and nothing comes afterwards': async (harness) => {
        const heard = await openOne(harness);
        heard.session.startUtterance(0);
        heard.say(1, 2);
        heard.session.close();
        heard.session.close();
        heard.session.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
        heard.session.endUtterance(0);
        heard.session.cancelUtterance();
        heard.session.updateHints([]);
        await new Promise((resolve) => setTimeout(resolve, 50));
        expect([heard.closes, heard.finals, heard.errors]).toEqual([1, [], []]);
        expect(heard.session.closed).toBe(true);
      },
      'a connection that breaks is one error, then the end': async (harness) => {
        const heard = await openOne(harness);
        heard.session.startUtterance(0);
        heard.say(1);
        if (opensAlone === true || local === true) heard.session.endUtterance(0);
        harness.break();
        await eventually(() => expect(heard.closes).toBe(1));
        expect(heard.errors.map(({ retryable }) => retryable)).toEqual([true]);
        expect(heard.session.closed).toBe(true);
      },
      'refused credentials are told as such': async (harness) => {
        if (local === true) return;
        harness.refuse();
        expect(await failureOf(harness)).toMatchObject({ code: 'speech_rejected', retryable: false });
      },
      'a vendor that is not there can be tried again': async (harness) => {
        await harness.vanish();
        expect(await failureOf(harness)).toMatchObject({ code: 'speech_unavailable', retryable: true });
      },
      'a session that is not wanted any more does not open': async (harness) => {
        if (harness.hang === undefined) return;
        harness.hang();
        const abort = new AbortController();
        const opening = harness.stt.open(options, abort.signal);
        setTimeout(() => abort.abort(), 30);
        await expect(opening).rejects.toThrow();
      },
    };
    for (const [name, run] of Object.entries(cases)) {
      test(name, async () => {
        const harness = await makeHarness();
        try {
          await run(harness);
        } finally {
          await harness.dispose();
        }
      });
    }

    /** What the opening, or the first utterance, fails with. */
    async function failureOf(harness: SttHarness): Promise<unknown> {
      if (opensAlone !== true)
        return await harness.stt.open(options, new AbortController().signal).catch((error) => error);
      const heard = await openOne(harness);
      heard.utter(1);
      await eventually(() => expect(heard.errors).toHaveLength(1));
      return heard.errors[0];
    }
  });
}
