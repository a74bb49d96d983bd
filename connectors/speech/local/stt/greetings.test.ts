import { afterAll, describe, expect, test } from 'vitest';
import type { AudioFrame, SampleRate } from '../../../../src/media/audio.ts';
import { VirtualClock } from '../../../../src/media/virtual-clock.ts';
import type { GreetingWord } from '../../../../src/speech/ports.ts';
import { createLocalGreetings, GREETING_PASSES_MS, greetingWord } from './greetings.ts';
import type { DecoderReply, DecoderRequest } from './stt-messages.ts';
import type { DecoderThread } from './stt-pool.ts';
import { TestClips } from './stt-test-clips.ts';

/** A thread that answers when the test says so. */
class FakeThread implements DecoderThread {
  readonly requests: DecoderRequest[] = [];
  #message: (reply: DecoderReply) => void = () => {};

  postMessage(request: DecoderRequest): void {
    this.requests.push(request);
    if (request.type === 'warm-up') queueMicrotask(() => this.#message({ type: 'warm', id: request.id }));
  }

  on(event: 'message' | 'error' | 'exit', listener: (value: never) => void): void {
    if (event === 'message') this.#message = listener as (reply: DecoderReply) => void;
  }

  async terminate(): Promise<void> {}

  get asked(): number[] {
    return this.requests.flatMap((request) => (request.type === 'decode' ? [request.samples.length / 8] : []));
  }

  async answer(word = 'hello'): Promise<void> {
    const words = [{ text: word, startMs: 0, durationMs: 400, logLikelihood: -0.1 }];
    const id = this.requests.at(-1)?.id ?? 0;
    this.#message({ type: 'decoded', id, decoded: { text: word, words }, decodeMs: 1 });
    await settled();
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

async function setUp(language = 'en-GB') {
  const threads: FakeThread[] = [];
  const spawn = () => {
    const thread = new FakeThread();
    threads.push(thread);
    return thread;
  };
  const greetings = createLocalGreetings({ workers: 1, clock: new VirtualClock(), log: { warn: () => {} }, spawn });
  expect(threads).toEqual([]);
  greetings.prepare(language);
  await settled();
  const [thread] = threads;
  if (thread?.asked.length === 1) await thread.answer();
  return { greetings, threads, thread: thread as FakeThread };
}

function frame(sampleRate: SampleRate = 8000): AudioFrame {
  return { samples: new Int16Array(sampleRate / 50), sampleRate, timestampMs: 0, bufferedMs: 0 };
}

describe('listening for greetings', () => {
  const options = (guesses: string[], language = 'en-US') => ({
    callId: 'c',
    language,
    guessed: (words: readonly GreetingWord[]) => guesses.push(words.map(({ text }) => text).join(' ')),
  });
  const never = new AbortController().signal;

  test('goes through all that was heard, several times, and tells its guesses', async () => {
    const { greetings, thread } = await setUp();
    const guesses: string[] = [];
    const listener = greetings.listen(options(guesses), never);
    for (let i = 0; i < 300; i++) {
      const before = thread.asked.length;
      listener.write(frame(i < 100 ? 8000 : 16_000));
      if (thread.asked.length > before) await thread.answer(`guess${thread.asked.length - 1}`);
    }
    expect(thread.asked).toEqual([0, ...GREETING_PASSES_MS]);
    expect(guesses).toEqual(['guess1', 'guess2', 'guess3', 'guess4', 'guess5']);
    await greetings.close();
  });

  test('while the threads are busy nothing waits: the next pass has all that was heard by then', async () => {
    const { greetings, thread } = await setUp();
    const [a, b]: [string[], string[]] = [[], []];
    const first = greetings.listen(options(a), never);
    const second = greetings.listen(options(b), never);
    const both = (frames: number) => {
      for (let i = 0; i < frames; i++) for (const each of [first, second]) each.write(frame());
    };
    both(150);
    expect(thread.asked).toEqual([0, 1500]);
    await thread.answer('one');
    both(1);
    expect(thread.asked).toEqual([0, 1500, 3020]);
    await thread.answer('two');
    both(1);
    expect(thread.asked).toEqual([0, 1500, 3020, 3040]);
    expect([a, b]).toEqual([['one', 'two'], []]);
    await greetings.close();
  });

  test('tells nothing once it is closed, by its owner, the signal or the service', async () => {
    const { greetings, thread } = await setUp();
    const guesses: string[] = [];
    const abort = new AbortController();
    const closed = greetings.listen(options(guesses), never);
    for (let i = 0; i < 80; i++) closed.write(frame());
    closed.close();
    await thread.answer();
    const aborted = greetings.listen(options(guesses), abort.signal);
    for (let i = 0; i < 80; i++) aborted.write(frame());
    abort.abort();
    await thread.answer();
    const left = greetings.listen(options(guesses), never);
    await greetings.close();
    for (let i = 0; i < 80; i++) left.write(frame());
    expect(guesses).toEqual([]);
    expect(thread.asked).toEqual([0, 1500, 1500]);
  });

  test('a language without a model and a rate that cannot be reduced are not heard, and no thread is started', async () => {
    const { greetings, threads } = await setUp('de-DE');
    const listener = greetings.listen(options([], 'de-DE'), never);
    for (let i = 0; i < 300; i++) listener.write(frame());
    expect(threads).toEqual([]);
    const odd = greetings.listen(options([]), never);
    for (let i = 0; i < 300; i++) odd.write(frame(11_025 as SampleRate));
    expect(threads.flatMap(({ asked }) => asked).filter((ms) => ms > 0)).toEqual([]);
    await greetings.close();
  });
});

test('a word that fits the sound as well as others do is sure', () => {
  const word = { text: 'tone', startMs: 0, durationMs: 500 };
  expect(greetingWord({ ...word, logLikelihood: -0.125 }).confidence).toBeGreaterThan(0.9);
  expect(greetingWord({ ...word, logLikelihood: -0.3 }).confidence).toBeLessThan(0.2);
});

describe('the real recogniser', () => {
  const clips = new TestClips();
  const greetings = createLocalGreetings({ workers: 1, log: { warn: () => {} } });
  afterAll(async () => {
    await greetings.close();
    await clips.close();
  });

  test('knows a voicemail greeting from a receptionist', async () => {
    const sure = async (text: string, voice: string): Promise<string> => {
      const audio = await clips.say(text, voice);
      greetings.prepare('en-US');
      const { promise, resolve } = Promise.withResolvers<string>();
      const listener = greetings.listen(
        {
          callId: 'c',
          language: 'en-US',
          guessed: (words) =>
            resolve(words.flatMap(({ text, confidence }) => (confidence > 0.5 ? text : [])).join(' ')),
        },
        AbortSignal.timeout(20_000),
      );
      // Until the thread has its model every frame asks again.
      for (let at = 0; at + 160 <= audio.length; at += 160) {
        listener.write({ samples: audio.subarray(at, at + 160), sampleRate: 8000, timestampMs: 0, bufferedMs: 0 });
      }
      const silence = setInterval(() => listener.write(frame()), 20);
      return await promise.finally(() => {
        clearInterval(silence);
        listener.close();
      });
    };
    expect(await sure('You have reached my voicemail. Please leave a message after the tone.', 'rms')).toMatch(
      /leave a message|after the tone|voicemail/,
    );
    expect(await sure('Good morning, this is Susan, how can I help you?', 'awb')).toMatch(
      /good morning|how can i help/,
    );
  }, 30_000);
});
