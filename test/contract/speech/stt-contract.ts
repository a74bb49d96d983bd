import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test } from 'vitest';
import { systemClock } from '../../../src/clock.ts';
import { FakeStt } from '../../../src/speech/fake-stt.ts';
import { OpeningHedges } from '../../../src/speech/opening-hedges.ts';
import type { SpeechToText } from '../../../src/speech/ports.ts';
import { ServiceHealth } from '../../../src/speech/service-health.ts';
import { steadyStt } from '../../../src/speech/steady-stt.ts';
import { StickyChoice } from '../../../src/speech/sticky-choice.ts';
import {
  eventually,
  failureOf,
  hand,
  openOne,
  pause,
  type SttHand,
  type SttHarness,
  sttOptions,
  texts,
} from './stt-harness.ts';

export type { SttHarness } from './stt-harness.ts';

/**
 * What a recogniser may be without: hands on its vendor, and `replay`: it is never given a minute of audio in one go, as nothing of
 * it can be lost; `deadline`: it runs in the hub, and no text of it is waited for in vain.
 */
export type SttAbility = SttHand | 'replay' | 'deadline';

export interface SttKind {
  /** Opening a session asks nobody: what is wrong is found out at the first utterance. */
  opensAlone?: true;
  /** It runs in the hub: no connection could break while nothing is asked of it. */
  local?: true;
  lacks?: readonly SttAbility[];
}

export interface SttContractCase {
  name: string;
  /** Of one that leaves the end of utterances to the hub. */
  hubEndpointed?: true;
  needs?: readonly SttAbility[];
  run(harness: SttHarness, kind: SttKind): Promise<void>;
}

/** Of a minute, which is what a session that takes the place of a lost one is given at the most. */
const MINUTE_FRAMES = 3_000;

/** These as the hub uses them, one after another. */
function steadily(services: readonly SpeechToText[], failovers: string[]): SpeechToText {
  return steadyStt({
    candidates: services.map((stt) => ({
      stt,
      health: new ServiceHealth({ probe: async () => {}, probeAfterMs: 60_000, onChange: () => {} }),
      hedges: new OpeningHedges(),
    })),
    limits: { openMs: 5_000, finalMs: 1_000, silentMs: 5_000 },
    clock: systemClock,
    choice: new StickyChoice(),
    onFailover: ({ to }) => failovers.push(to),
  });
}

/** What the hub relies on, whatever the vendor: the words of src/speech/ports.ts. */
export const sttContractCases: readonly SttContractCase[] = [
  {
    name: 'understands utterances, one final text each, in order',
    async run(harness) {
      const heard = await openOne(harness);
      await heard.utter(1, 2, 3);
      await eventually(harness, () => equal(texts(heard), '1 2 3'));
      await heard.utter(4);
      await eventually(harness, () => equal(texts(heard), '1 2 3 4'));
      if (harness.stt.capabilities.endpointing === 'hub') equal(heard.finals.length, 2);
      heard.session.close();
    },
  },
  {
    name: 'tells what it has understood so far, where it says that it does',
    async run(harness) {
      const heard = await openOne(harness);
      if (!harness.stt.capabilities.interimResults) {
        await heard.utter(1, 2);
        await eventually(harness, () => equal(texts(heard), '1 2'));
        deepEqual(heard.interims, []);
      } else if (harness.voice !== undefined) {
        heard.session.startUtterance(0);
        await heard.say(1, 2, 3);
        await eventually(harness, () => ok(heard.interims.some((text) => text !== '')));
      } else {
        heard.session.startUtterance(0);
        await heard.say(1);
        await eventually(harness, () => deepEqual(heard.interims, ['1']));
        await heard.say(2);
        await eventually(harness, () => deepEqual(heard.interims, ['1', '1 2']));
      }
      heard.session.close();
    },
  },
  {
    name: 'the final text is the last word on an utterance',
    async run(harness) {
      const heard = await openOne(harness);
      await heard.utter(1, 2);
      await eventually(harness, () => equal(texts(heard), '1 2'));
      await pause(50);
      deepEqual(heard.order.slice(heard.order.lastIndexOf('final')), ['final']);
      equal(texts(heard), '1 2');
      heard.session.close();
    },
  },
  {
    name: 'a minute in one go is taken, to its last word',
    needs: ['replay'],
    async run(harness) {
      const heard = await openOne(harness);
      await heard.utter(1);
      await heard.pour(2, ...Array<number>(MINUTE_FRAMES - 200).fill(0), 3);
      await eventually(harness, () => {
        deepEqual(heard.errors, []);
        equal(texts(heard), '1 2 3');
      });
      equal(heard.closes, 0);
      heard.session.close();
    },
  },
  {
    name: 'tells how late a text may be',
    needs: ['deadline'],
    async run({ stt }) {
      ok((stt.capabilities.p99TimeToFinalMs ?? 0) > 0);
    },
  },
  {
    name: 'one that has frozen is not taken for a caller who is silent',
    hubEndpointed: true,
    needs: ['freeze'],
    async run(harness) {
      const other = new FakeStt({ id: 'other', clock: systemClock, endpointing: 'hub' });
      const failovers: string[] = [];
      const heard = await openOne({ ...harness, stt: steadily([harness.stt, other], failovers) });
      hand(harness, 'freeze')();
      await heard.utter(1, 2, 3);
      await eventually(harness, () => deepEqual(heard.finals, [{ text: '1 2 3', rejected: false }]));
      deepEqual(failovers, ['other']);
      heard.session.close();
    },
  },
  {
    name: 'silence within an utterance of the hub is a rejected text',
    hubEndpointed: true,
    async run(harness) {
      const heard = await openOne(harness);
      await heard.utter(0, 0, 0);
      await eventually(harness, () => deepEqual(heard.finals, [{ text: '', rejected: true }]));
      heard.session.close();
    },
  },
  {
    name: 'an utterance that was none has no text, and takes nothing from the next',
    hubEndpointed: true,
    async run(harness) {
      const heard = await openOne(harness);
      heard.session.startUtterance(0);
      await heard.say(4, 0, 0, 0);
      heard.session.cancelUtterance();
      await heard.utter(5);
      await eventually(harness, () => deepEqual(heard.finals, [{ text: '5', rejected: false }]));
      heard.session.close();
    },
  },
  {
    name: 'sessions do not touch each other',
    async run(harness) {
      const [one, two] = [await openOne(harness), await openOne(harness)];
      await Promise.all([one.utter(1), two.utter(2)]);
      await eventually(harness, () => deepEqual([texts(one), texts(two)], ['1', '2']));
      one.session.close();
      await two.utter(3);
      await eventually(harness, () => equal(texts(two), '2 3'));
      two.session.close();
    },
  },
  {
    name: 'closing ends it once, and nothing comes afterwards',
    async run(harness) {
      const heard = await openOne(harness);
      heard.session.startUtterance(0);
      await heard.say(1, 2);
      const before = heard.order.length;
      heard.session.close();
      heard.session.close();
      heard.session.write({ samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 });
      heard.session.endUtterance(0);
      heard.session.cancelUtterance();
      heard.session.updateHints([]);
      await pause(50);
      deepEqual([heard.closes, heard.finals, heard.errors], [1, [], []]);
      deepEqual(heard.order.slice(before), ['closed']);
      equal(heard.session.closed, true);
    },
  },
  {
    name: 'a connection that breaks is one error, then the end',
    needs: ['break'],
    async run(harness, { opensAlone, local }) {
      const heard = await openOne(harness);
      heard.session.startUtterance(0);
      await heard.say(1);
      if (opensAlone === true || local === true) heard.session.endUtterance(0);
      hand(harness, 'break')();
      await eventually(harness, () => equal(heard.closes, 1));
      await pause(20);
      deepEqual(
        heard.errors.map(({ retryable }) => retryable),
        [true],
      );
      deepEqual(heard.order.slice(-2), ['error', 'closed']);
      equal(heard.session.closed, true);
    },
  },
  {
    name: 'refused credentials are told as such',
    needs: ['refuse'],
    async run(harness, { opensAlone }) {
      hand(harness, 'refuse')();
      const { code, retryable } = await failureOf(harness, opensAlone);
      deepEqual({ code, retryable }, { code: 'speech_rejected', retryable: false });
    },
  },
  {
    name: 'a vendor that is not there can be tried again',
    needs: ['vanish'],
    async run(harness, { opensAlone }) {
      await hand(harness, 'vanish')();
      const { code, retryable } = await failureOf(harness, opensAlone);
      deepEqual({ code, retryable }, { code: 'speech_unavailable', retryable: true });
    },
  },
  {
    name: 'a session that is not wanted any more does not open',
    needs: ['hang'],
    async run(harness) {
      hand(harness, 'hang')();
      const abort = new AbortController();
      const opening = harness.stt.open(sttOptions, abort.signal).then(
        (session) => session.close(),
        () => 'not opened',
      );
      await pause(30);
      abort.abort();
      equal(await Promise.race([opening, pause(harness.patienceMs ?? 5_000)]), 'not opened');
    },
  },
];

/** Runs the kit on one kind of recogniser; every case gets a fresh harness. Cases that need what the kind lacks are left out. */
export function describeSttContract(name: string, makeHarness: () => Promise<SttHarness>, kind: SttKind = {}): void {
  describe(`recogniser: ${name}`, () => {
    for (const { name: rule, run, hubEndpointed, needs = [] } of sttContractCases) {
      if (needs.some((ability) => kind.lacks?.includes(ability))) continue;
      test(rule, async () => {
        const harness = await makeHarness();
        try {
          if (hubEndpointed !== true || harness.stt.capabilities.endpointing === 'hub') await run(harness, kind);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
}
