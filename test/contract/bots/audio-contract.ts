import { deepEqual, equal, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import type { BotPlayEvent, BotSession, BotSpeechEvent } from '../../../src/bots/port.ts';
import type { AudioFrame, SampleRate } from '../../../src/media/audio.ts';
import { sine } from '../../../src/media/tone.ts';
import type { BotHarness } from './bot-contract.ts';
import { eventually } from './eventually.ts';

/** Rate of the calls of the kit; harnesses carry the audio without loss. */
export const KIT_RATE: SampleRate = 8000;

/** A connection to a bot that hears and speaks itself, and the hands of a test on that bot. */
export interface AudioBotHarness extends BotHarness {
  /** What the bot has heard in this conversation, at `KIT_RATE`. */
  heard(conversationId: string): { starts: number; stops: number; samples: Int16Array };
  /** The bot understands this in what it hears from now on: `speechOf` is what it tells of it. */
  hear(conversationId: string, utterance: KitUtterance): void;
  /** Absent: everything that a bot can tell. */
  speechOf?(utterance: KitUtterance): readonly BotSpeechEvent[];
  /** What becomes of samples on their way to the bot; absent: nothing. */
  coded?(samples: Int16Array): Int16Array;
  /** The bot speaks one stream: samples at `KIT_RATE`, and marks between them. */
  play(conversationId: string, stream: KitStream): void;
  /** Marks that the bot was told to be reached. */
  marks(conversationId: string): readonly string[];
}

export interface KitUtterance {
  hypothesis: string;
  text: string;
  confidence: number;
}

/** Everything that a bot can tell of an utterance. */
export function speechOf({ hypothesis, text, confidence }: KitUtterance): readonly BotSpeechEvent[] {
  return [
    { type: 'started' },
    { type: 'hypothesis', text: hypothesis },
    { type: 'stopped' },
    { type: 'recognition', text, confidence },
    { type: 'committed' },
  ];
}

/**
 * What a bot may be without: it hears the caller, it speaks, and `tail`: it hears what was said last before the stop, rather than
 * to forget what was not finished.
 */
export type AudioAbility = 'hears' | 'speaks' | 'tail';

export interface KitStream {
  streamId: string;
  altText: string | undefined;
  pieces: readonly (Int16Array | string)[];
}

export interface AudioContractCase {
  name: string;
  needs?: readonly AudioAbility[];
  run(harness: AudioBotHarness, lacks?: readonly AudioAbility[]): Promise<void>;
}

/** What the conversation relies on where the bot handles audio itself: the words of src/bots/port.ts. */
export const audioContractCases: readonly AudioContractCase[] = [
  {
    name: 'says which audio the bot handles, and has the handles for it',
    async run(harness, lacks = []) {
      const [hears, speaks] = [!lacks.includes('hears'), !lacks.includes('speaks')];
      deepEqual(harness.connection.audio, { directStt: hears, directTts: speaks });
      const { session } = await openOne(harness);
      if (hears) ok(session.userAudio !== undefined);
      if (speaks) ok(session.markReached !== undefined);
    },
  },
  {
    name: 'the caller is heard from the start on until the stop, without a gap',
    needs: ['hears'],
    async run(harness, lacks = []) {
      const { session, id } = await openOne(harness);
      const audio = audioOf(session);
      audio.write(frameOf(-1));
      audio.start();
      let count = 0;
      await eventually(
        () => {
          audio.write(frameOf(count++));
          return harness.heard(id).samples.length > 0;
        },
        'the first frame',
        harness.patienceMs,
      );
      for (let n = 0; n < 10; n++) audio.write(frameOf(count++));
      const heardAll = () => {
        const { samples } = harness.heard(id);
        return samples.length >= 11 * FRAME && sameEnd(samples, expected(count - 1, count));
      };
      if (lacks.includes('tail')) await eventually(heardAll, 'the last frame', harness.patienceMs);
      audio.stop();
      audio.write(frameOf(-2));
      await eventually(() => harness.heard(id).stops === 1, 'the stop', harness.patienceMs);
      const { samples, starts } = harness.heard(id);
      equal(starts, 1);
      ok(samples.length >= 11 * FRAME, `${samples.length} samples`);
      sameSamples([...samples], [...expected(count - samples.length / FRAME, count)]);

      /** What is heard of frames. */
      function expected(from: number, to: number): Int16Array {
        const frames = Array.from({ length: to - from }, (_, n) => [...frameOf(from + n).samples]);
        const all = Int16Array.from(frames.flat());
        return harness.coded?.(all) ?? all;
      }
    },
  },
  {
    name: 'may be started and stopped again and again',
    needs: ['hears'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      const audio = audioOf(session);
      for (let round = 1; round <= 3; round++) {
        audio.start();
        audio.start();
        await eventually(() => harness.heard(id).starts === round, 'the start', harness.patienceMs);
        audio.stop();
        audio.stop();
        await eventually(() => harness.heard(id).stops === round, 'the stop', harness.patienceMs);
      }
      deepEqual([harness.heard(id).starts, harness.heard(id).stops], [3, 3]);
    },
  },
  {
    name: 'what the bot hears comes in order',
    needs: ['hears'],
    async run(harness) {
      const opened = await openOne(harness);
      const wanted = (harness.speechOf ?? speechOf)(UTTERANCE);
      await listening(harness, opened);
      harness.hear(opened.id, UTTERANCE);
      await eventually(
        () => {
          audioOf(opened.session).write(frameOf(0));
          return opened.speech.length >= wanted.length;
        },
        'the events',
        harness.patienceMs,
      );
      deepEqual(opened.speech, wanted);
    },
  },
  {
    name: 'what the bot speaks comes whole, with its marks in their places',
    needs: ['speaks'],
    async run(harness) {
      const { id, plays } = await openOne(harness);
      const [one, two] = [sine(440, 300, KIT_RATE), sine(880, 105, KIT_RATE)];
      harness.play(id, { streamId: 'a', altText: 'hello', pieces: [one, 'middle', two] });
      await eventually(() => plays.at(-1)?.type === 'stop', 'the stop', harness.patienceMs);
      deepEqual(plays[0], { type: 'start', streamId: 'a', altText: 'hello', activityParams: {} });
      const middle = plays.findIndex((event) => event.type === 'mark' && event.markId === 'middle');
      sameSamples(samplesOf(plays.slice(0, middle)), [...one]);
      sameSamples(samplesOf(plays.slice(middle)), [...two]);
      equal(plays.filter((event) => event.type === 'start' || event.type === 'stop').length, 2);
    },
  },
  {
    name: 'several seconds in one piece, and a stream without audio',
    needs: ['speaks'],
    async run(harness) {
      const { id, plays } = await openOne(harness);
      const long = sine(440, 4400, KIT_RATE);
      harness.play(id, { streamId: 'long', altText: undefined, pieces: [long] });
      harness.play(id, { streamId: 'empty', altText: undefined, pieces: [] });
      await eventually(
        () => plays.filter((event) => event.type === 'stop').length === 2,
        'both stops',
        harness.patienceMs,
      );
      sameSamples(samplesOf(plays), [...long]);
      deepEqual(
        plays.filter((event) => event.type !== 'audio').map(({ type, streamId }) => `${type} ${streamId}`),
        ['start long', 'stop long', 'start empty', 'stop empty'],
      );
    },
  },
  {
    name: 'marks are reported to the bot',
    needs: ['speaks'],
    async run(harness) {
      const { session, id, plays } = await openOne(harness);
      harness.play(id, { streamId: 'a', altText: undefined, pieces: ['one', 'two'] });
      await eventually(() => plays.at(-1)?.type === 'stop', 'the stop', harness.patienceMs);
      session.markReached?.('one');
      session.markReached?.('two');
      await eventually(() => harness.marks(id).length >= 2, 'the marks', harness.patienceMs);
      deepEqual(harness.marks(id), ['one', 'two']);
    },
  },
  {
    name: 'conversations do not hear each other',
    async run(harness, lacks = []) {
      const [hears, speaks] = [!lacks.includes('hears'), !lacks.includes('speaks')];
      const [one, two] = [await openOne(harness), await openOne(harness)];
      if (hears) {
        await listening(harness, one);
        await listening(harness, two);
        harness.hear(two.id, UTTERANCE);
      }
      if (speaks) harness.play(one.id, { streamId: 'a', altText: undefined, pieces: [sine(440, 20, KIT_RATE)] });
      await eventually(
        () => {
          for (const { session } of hears ? [one, two] : []) audioOf(session).write(frameOf(0));
          return (!speaks || one.plays.length >= 3) && (!hears || two.speech.length >= 1);
        },
        'both',
        harness.patienceMs,
      );
      deepEqual([one.speech.length, two.plays.length], [0, 0]);
    },
  },
  {
    name: 'after the end nobody hears anything',
    async run(harness, lacks = []) {
      const [hears, speaks] = [!lacks.includes('hears'), !lacks.includes('speaks')];
      const opened = await openOne(harness);
      const { session, id, plays, speech } = opened;
      if (hears) await listening(harness, opened);
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      const before = hears ? harness.heard(id).samples.length : 0;
      session.userAudio?.write(frameOf(1));
      session.userAudio?.stop();
      session.userAudio?.start();
      session.markReached?.('never');
      if (speaks) harness.play(id, { streamId: 'a', altText: undefined, pieces: [sine(440, 20, KIT_RATE)] });
      if (hears) harness.hear(id, UTTERANCE);
      await new Promise((resolve) => setTimeout(resolve, 20));
      deepEqual([plays.length, speech.length], [0, 0]);
      if (speaks) equal(harness.marks(id).length, 0);
      if (hears) deepEqual([harness.heard(id).samples.length, harness.heard(id).starts], [before, 1]);
    },
  },
];

const UTTERANCE: KitUtterance = { hypothesis: 'good', text: 'good morning', confidence: 0.5 };

/** The bot has begun to hear. */
async function listening(harness: AudioBotHarness, { session, id }: Opened): Promise<void> {
  audioOf(session).start();
  await eventually(() => harness.heard(id).starts === 1, 'the start', harness.patienceMs);
}

/** Whether these samples end so. */
function sameEnd(samples: Int16Array, end: Int16Array): boolean {
  const from = samples.length - end.length;
  return from >= 0 && end.every((sample, index) => samples[from + index] === sample);
}

/** Runs the audio part of the kit on one kind of connection; every case gets a fresh harness. Cases that need what the kind lacks are left out. */
export function describeAudioContract(
  kind: string,
  makeHarness: () => Promise<AudioBotHarness>,
  lacks: readonly AudioAbility[] = [],
): void {
  describe(`audio of the bot port: ${kind}`, () => {
    for (const { name, run, needs = [] } of audioContractCases) {
      if (needs.some((ability) => lacks.includes(ability))) continue;
      test(name, async () => {
        const harness = await makeHarness();
        try {
          await run(harness, lacks);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
}

/** For the kit without audio, whose calls name no rate. */
export function hearing<H extends BotHarness>(harness: H): H {
  const { connection } = harness;
  const open: typeof connection.open = (context, handlers) =>
    connection.open({ sampleRate: KIT_RATE, ...context }, handlers);
  const { id, name } = connection;
  return { ...harness, connection: { id, name, open, close: () => connection.close() } };
}

const FRAME = KIT_RATE / 50;

/** A frame that tells its number. */
function frameOf(number: number): AudioFrame {
  const samples = new Int16Array(FRAME).map((_, index) => number * 7 + index);
  return { samples, sampleRate: KIT_RATE, timestampMs: 20 * number };
}

function samplesOf(events: readonly BotPlayEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'audio' ? [...event.samples] : []));
}

/** Says where they differ, rather than how: a second has 8,000 of them. */
function sameSamples(actual: readonly number[], expected: readonly number[]): void {
  equal(actual.length, expected.length, 'number of samples');
  equal(
    actual.findIndex((sample, index) => sample !== expected[index]),
    -1,
    'first sample that differs',
  );
}

function audioOf(session: BotSession): NonNullable<BotSession['userAudio']> {
  if (session.userAudio === undefined) throw new Error('the session takes no audio');
  return session.userAudio;
}

interface Opened {
  session: BotSession;
  id: string;
  plays: BotPlayEvent[];
  speech: BotSpeechEvent[];
}

async function openOne(harness: AudioBotHarness): Promise<Opened> {
  const plays: BotPlayEvent[] = [];
  const speech: BotSpeechEvent[] = [];
  const id = randomUUID();
  const session = await harness.connection.open(
    {
      callId: randomUUID(),
      conversationId: id,
      botName: 'Kit',
      caller: '+15551230001',
      sampleRate: KIT_RATE,
      signal: new AbortController().signal,
    },
    {
      onActivities: () => {},
      onLost: () => {},
      onPlay: (event) => void plays.push(event),
      onSpeech: (event) => void speech.push(event),
    },
  );
  return { session, id, plays, speech };
}
