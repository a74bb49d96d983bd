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
  /** The bot tells what it hears. */
  hear(conversationId: string, event: BotSpeechEvent): void;
  /** The bot speaks one stream: samples at `KIT_RATE`, and marks between them. */
  play(conversationId: string, stream: KitStream): void;
  /** How long the bot may take for anything; without it as long as real sockets may. */
  patienceMs?: number;
  /** Marks that the bot was told to be reached. */
  marks(conversationId: string): readonly string[];
}

export interface KitStream {
  streamId: string;
  altText: string | undefined;
  pieces: readonly (Int16Array | string)[];
}

export interface AudioContractCase {
  name: string;
  run(harness: AudioBotHarness): Promise<void>;
}

/** What the conversation relies on where the bot handles audio itself: the words of src/bots/port.ts. */
export const audioContractCases: readonly AudioContractCase[] = [
  {
    name: 'says which audio the bot handles, and has the handles for it',
    async run(harness) {
      deepEqual(harness.connection.audio, { directStt: true, directTts: true });
      const { session } = await openOne(harness);
      ok(session.userAudio !== undefined);
      ok(session.markReached !== undefined);
    },
  },
  {
    name: 'the caller is heard from the start on until the stop, without a gap',
    async run(harness) {
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
      audio.stop();
      audio.write(frameOf(-2));
      await eventually(() => harness.heard(id).stops === 1, 'the stop', harness.patienceMs);
      const { samples, starts } = harness.heard(id);
      equal(starts, 1);
      ok(samples.length >= 11 * FRAME, `${samples.length} samples`);
      const first = count - samples.length / FRAME;
      const expected = Array.from({ length: samples.length / FRAME }, (_, n) => [...frameOf(first + n).samples]).flat();
      sameSamples([...samples], expected);
    },
  },
  {
    name: 'may be started and stopped again and again',
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
    async run(harness) {
      const { id, speech } = await openOne(harness);
      const events: BotSpeechEvent[] = [
        { type: 'started' },
        { type: 'hypothesis', text: 'good' },
        { type: 'stopped' },
        { type: 'recognition', text: 'good morning', confidence: 0.5 },
        { type: 'committed' },
      ];
      for (const event of events) harness.hear(id, event);
      await eventually(() => speech.length >= events.length, 'the events', harness.patienceMs);
      deepEqual(speech, events);
    },
  },
  {
    name: 'what the bot speaks comes whole, with its marks in their places',
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
    async run(harness) {
      const [one, two] = [await openOne(harness), await openOne(harness)];
      harness.play(one.id, { streamId: 'a', altText: undefined, pieces: [sine(440, 20, KIT_RATE)] });
      harness.hear(two.id, { type: 'started' });
      await eventually(() => one.plays.length >= 3 && two.speech.length >= 1, 'both', harness.patienceMs);
      deepEqual([one.speech.length, two.plays.length], [0, 0]);
    },
  },
  {
    name: 'after the end nobody hears anything',
    async run(harness) {
      const { session, id, plays, speech } = await openOne(harness);
      const audio = audioOf(session);
      audio.start();
      await eventually(() => harness.heard(id).starts === 1, 'the start', harness.patienceMs);
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      const before = harness.heard(id).samples.length;
      audio.write(frameOf(1));
      audio.stop();
      audio.start();
      session.markReached?.('never');
      harness.play(id, { streamId: 'a', altText: undefined, pieces: [sine(440, 20, KIT_RATE)] });
      harness.hear(id, { type: 'started' });
      await new Promise((resolve) => setTimeout(resolve, 20));
      deepEqual([plays.length, speech.length, harness.marks(id).length], [0, 0, 0]);
      deepEqual([harness.heard(id).samples.length, harness.heard(id).starts], [before, 1]);
    },
  },
];

/** Runs the audio part of the kit on one kind of connection; every case gets a fresh harness. */
export function describeAudioContract(kind: string, makeHarness: () => Promise<AudioBotHarness>): void {
  describe(`audio of the bot port: ${kind}`, () => {
    for (const { name, run } of audioContractCases) {
      test(name, async () => {
        const harness = await makeHarness();
        try {
          await run(harness);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
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
