import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import type { ConversationEvent } from './events.ts';
import { Speaker } from './speaker.ts';
import type { Prompt } from './state.ts';
import { OFFER } from './testing.ts';
import { FakeTts } from './testing-speech.ts';

let clock: VirtualClock;
let media: FakeEndpoint;
let events: string[];
let outcomes: string[];
let speaker: Speaker;
let tts: FakeTts;

function open(voice: TextToSpeech | undefined): void {
  const describeEvent = (event: ConversationEvent) =>
    'promptId' in event ? `${event.type} ${event.promptId}` : event.type;
  speaker = new Speaker({
    tts: voice,
    media,
    clock,
    emit: (event) => events.push(describeEvent(event)),
    onOutcome: (prompt, outcome, playedMs) => outcomes.push(`${prompt.id} ${outcome} ${playedMs}`),
    onFirstRtp: (promptId, at) => events.push(`first packet ${promptId} at ${at}`),
    signal: new AbortController().signal,
  });
}

/** 50 ms per character. */
function prompt(id: number, text: string): Prompt {
  const source = { type: 'text', language: 'en-US', voice: undefined, cache: true } as const;
  return { id, kind: 'message', text, source, activityId: '', overlay: {} };
}

/** A voice whose chunks the test hands out. */
class ManualTts implements TextToSpeech {
  readonly id = 'manual';
  readonly capabilities = { streaming: true, ssml: false, languages: undefined };
  pulled = 0;
  ended = false;
  readonly chunks: Int16Array[];

  constructor(chunks: Int16Array[]) {
    this.chunks = chunks;
  }

  async *synthesize(): AsyncIterable<Int16Array> {
    try {
      for (const chunk of this.chunks) {
        this.pulled += 1;
        yield chunk;
      }
    } finally {
      this.ended = true;
    }
  }
}

beforeEach(async () => {
  clock = new VirtualClock();
  media = await new FakeMediaEngine({ clock, timeoutMs: 10_000_000 }).createEndpoint({ callId: 'c' });
  await media.answer(OFFER);
  events = [];
  outcomes = [];
  tts = new FakeTts(clock);
  open(tts);
});

afterEach(async () => {
  speaker.close();
  await media.close();
  await clock.run(0);
  expect(clock.pending).toBe(0);
});

describe('a prompt', () => {
  test('is ready, started, heard and finished', async () => {
    speaker.prepare(prompt(1, 'abcd'));
    await clock.run(100);
    expect(events).toEqual(['promptReady 1', 'promptReady 1']);
    expect(media.playout.queuedMs).toBe(0);
    events = [];
    speaker.play(1);
    await clock.run(1000);
    expect(events).toEqual(['promptStarted 1', 'first packet 1 at 120', 'promptFinished 1']);
    expect(outcomes).toEqual(['1 finished 200']);
    expect(speaker.playedMsOf(1)).toBe(200);
  });

  test('without audio is finished at once', async () => {
    open(new ManualTts([]));
    speaker.prepare(prompt(1, 'x'));
    speaker.play(1);
    await clock.run(0);
    expect(events).toEqual(['promptReady 1', 'promptFinished 1']);
    expect(outcomes).toEqual([]);
  });

  test('starts before it is wholly synthesised', async () => {
    tts.delayMs = 1000;
    open({
      ...tts,
      capabilities: tts.capabilities,
      async *synthesize(request, signal) {
        yield new Int16Array(800).fill(1);
        yield* tts.synthesize(request, signal);
      },
    });
    speaker.prepare(prompt(1, 'ab'));
    speaker.play(1);
    await clock.run(200);
    expect(events).toContain('promptStarted 1');
    expect(outcomes).toEqual([]);
    await clock.run(1500);
    expect(outcomes).toEqual(['1 finished 200']);
  });
});

describe('stopping', () => {
  test('takes back what has not gone out and tells what was heard', async () => {
    speaker.prepare(prompt(1, 'x'.repeat(100)));
    speaker.play(1);
    await clock.run(510);
    speaker.stop([1], 'interrupted');
    expect(media.playout.queuedMs).toBe(0);
    expect(outcomes).toEqual(['1 interrupted 500']);
    events = [];
    await clock.run(10_000);
    expect(events).toEqual([]);
  });

  test('a paused prompt leaves the playout running', async () => {
    speaker.prepare(prompt(1, 'x'.repeat(100)));
    speaker.play(1);
    await clock.run(500);
    speaker.pause();
    speaker.stop([1], 'interrupted');
    expect(media.playout.paused).toBe(false);
  });

  test('a prompt that waits leaves the one that plays alone', async () => {
    speaker.prepare(prompt(1, 'abcd'));
    speaker.prepare(prompt(2, 'efgh'));
    speaker.play(1);
    await clock.run(100);
    speaker.stop([2], 'aborted');
    await clock.run(1000);
    expect(outcomes).toEqual(['1 finished 200']);
    speaker.play(2);
    await clock.run(1000);
    expect(outcomes).toHaveLength(1);
  });

  test('twice, or of a prompt that is not known, does nothing', () => {
    speaker.prepare(prompt(1, 'abcd'));
    speaker.stop([1, 7], 'aborted');
    speaker.stop([1], 'interrupted');
    expect(outcomes).toEqual([]);
  });

  test('ends the synthesis', async () => {
    const voice = new ManualTts(Array.from({ length: 100 }, () => new Int16Array(8000)));
    open(voice);
    speaker.prepare(prompt(1, 'x'));
    await clock.run(0);
    speaker.stop([1], 'aborted');
    await clock.run(0);
    expect(voice.ended).toBe(true);
    expect(voice.pulled).toBeLessThan(100);
  });
});

describe('limits', () => {
  test('at most half a minute of a prompt waits in memory', async () => {
    const voice = new ManualTts(Array.from({ length: 100 }, () => new Int16Array(8000)));
    open(voice);
    speaker.prepare(prompt(1, 'x'));
    await clock.run(1000);
    expect(voice.pulled).toBe(31);
    speaker.play(1);
    await clock.run(101_000);
    expect(outcomes).toEqual(['1 finished 100000']);
  });

  test('a voice that stops in the middle is given up', async () => {
    open({
      ...tts,
      capabilities: tts.capabilities,
      async *synthesize() {
        yield new Int16Array(800).fill(1);
        await new Promise(() => {});
      },
    });
    speaker.prepare(prompt(1, 'x'));
    speaker.play(1);
    await clock.run(10_100);
    expect(events.at(-1)).toBe('promptFailed 1');
    expect(outcomes).toEqual(['1 aborted 100']);
  });

  test('a playout that does not move is given up; a paused one is not', async () => {
    speaker.prepare(prompt(1, 'x'.repeat(100)));
    speaker.play(1);
    await clock.run(100);
    speaker.pause();
    await clock.run(60_000);
    expect(events).not.toContain('promptFailed 1');
    media.playout.pause = () => {};
    Object.defineProperty(media.playout, 'paused', { value: false });
    await clock.run(20_000);
    expect(events).toContain('promptFailed 1');
  });

  test('a call whose media is gone fails the prompt', async () => {
    speaker.prepare(prompt(1, 'x'.repeat(20)));
    speaker.play(1);
    await clock.run(100);
    await media.close();
    await clock.run(0);
    expect(events.at(-1)).toBe('promptFailed 1');
  });

  test('without a voice every prompt fails', async () => {
    open(undefined);
    speaker.prepare(prompt(1, 'x'));
    await clock.run(0);
    expect(events).toEqual(['promptFailed 1']);
  });

  test('one prompt that cannot be synthesised does not keep the next', async () => {
    tts.failing = (text) => (text === 'bad' ? new Error('no') : undefined);
    speaker.prepare(prompt(1, 'bad'));
    speaker.prepare(prompt(2, 'good'));
    speaker.play(2);
    await clock.run(1000);
    expect(events[0]).toBe('promptFailed 1');
    expect(outcomes).toEqual(['2 finished 200']);
  });
});
