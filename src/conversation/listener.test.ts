import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FakeEndpoint } from '../media/fake-endpoint.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { VirtualClock } from '../media/virtual-clock.ts';
import { SpeechError } from '../speech/ports.ts';
import type { RecognitionOptions } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { Listener } from './listener.ts';
import { FakeDetector, OFFER, VOICE } from './testing.ts';
import { FakeStt } from './testing-speech.ts';

const options: RecognitionOptions = {
  language: 'en-US',
  contextPhrases: ['red'],
  contextBoost: 0,
  vendorOptions: undefined,
  parameters: {},
  openOnSpeech: false,
  closeAfterMs: undefined,
  endpointing: { profile: 'default', silenceMs: 0, minSpeechMs: 0, maxSpeechMs: 0 },
};

let clock: VirtualClock;
let media: FakeEndpoint;
let events: ConversationEvent[];
let detector: FakeDetector;
let listener: Listener;
let abort: AbortController;

beforeEach(async () => {
  clock = new VirtualClock();
  media = await new FakeMediaEngine({ clock }).createEndpoint({ callId: 'c' });
  await media.answer(OFFER);
  events = [];
  detector = new FakeDetector();
  abort = new AbortController();
});

afterEach(async () => {
  listener.close();
  await media.close();
  expect(clock.pending).toBe(0);
});

function listen(stt: FakeStt): FakeStt {
  listener = new Listener({
    stt,
    media,
    clock,
    createDetector: () => detector,
    emit: (event) => events.push(event),
    onEndOfSpeech: () => {},
    signal: abort.signal,
  });
  listener.attach();
  return stt;
}

const happened = () => events.splice(0).map((event) => (event.type === 'final' ? `final ${event.text}` : event.type));
const speak = (ms: number) => media.caller.speak(new Int16Array(ms * 8).fill(VOICE));

describe('endpointing in the hub', () => {
  test('an utterance: begun, ended, recognised', async () => {
    const stt = listen(new FakeStt());
    stt.finals.push('red');
    listener.start(options);
    speak(300);
    await clock.run(1000);
    expect(stt.last.calls).toEqual(['start 120', 'end 400']);
    expect(happened()).toEqual(['speechStarted', 'speechEnded', 'final red']);
  });

  test('audio goes to the recogniser only while it is wanted', async () => {
    const stt = listen(new FakeStt());
    await clock.run(200);
    listener.start(options);
    await clock.run(200);
    listener.stop();
    await clock.run(200);
    expect(stt.last.frames).toBe(10);
    expect(stt.last.closed).toBe(false);
  });

  test('what is heard while the recogniser opens is not lost', async () => {
    const stt = new FakeStt();
    const opening = Promise.withResolvers<void>();
    stt.opening = () => opening.promise;
    stt.finals.push('red');
    listen(stt);
    listener.start(options);
    speak(300);
    await clock.run(500);
    opening.resolve();
    await clock.run(500);
    expect(stt.last.frames).toBe(50);
    expect(happened()).toEqual(['speechStarted', 'speechEnded', 'final red']);
  });

  test('the text of an utterance from before a stop is dropped; that of the next one counts', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    speak(300);
    await clock.run(800);
    listener.stop();
    listener.start(options);
    speak(300);
    await clock.run(800);
    happened();
    stt.last.final('old');
    stt.last.emit('interim', { text: 'new' });
    stt.last.final('new');
    stt.last.final('nobody asked');
    expect(happened()).toEqual(['interim', 'final new']);
  });

  test('an utterance under way at a stop is cancelled', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    speak(300);
    await clock.run(200);
    listener.stop();
    expect(stt.last.calls).toEqual(['start 120', 'cancel']);
  });

  test('the caller speaks again before the text of the first utterance is there', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    speak(300);
    await clock.run(800);
    speak(300);
    await clock.run(200);
    stt.last.final('one');
    expect(events.at(-1)).toMatchObject({ type: 'final', text: 'one', utterance: 'speaking' });
  });

  test('new hints need no new session, another language does', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    await clock.run(0);
    listener.start({ ...options, contextPhrases: ['blue'] });
    listener.start({ ...options, contextPhrases: ['blue'] });
    await clock.run(0);
    expect(stt.last.calls).toEqual(['hints blue']);
    listener.start({ ...options, language: 'fr-FR' });
    await clock.run(0);
    expect(stt.sessions.map((session) => [session.options.language, session.closed])).toEqual([
      ['en-US', true],
      ['fr-FR', false],
    ]);
    expect(happened()).toEqual([]);
  });

  test('a detector that fails is a failure of recognition', async () => {
    listen(new FakeStt());
    listener.start(options);
    await clock.run(0);
    detector.push = () => {
      throw new SpeechError('speech_unavailable', 'no detector');
    };
    await clock.run(20);
    expect(events).toEqual([
      { type: 'sttFailed', code: 'speech_unavailable', message: 'no detector', retryable: false },
    ]);
  });

  test('endUtterance ends it at once', async () => {
    const stt = listen(new FakeStt());
    stt.finals.push('red');
    listener.start(options);
    speak(2000);
    await clock.run(1000);
    listener.endUtterance();
    expect(stt.last.calls).toEqual(['start 120', 'end 0']);
    expect(happened()).toEqual(['speechStarted', 'speechEnded', 'final red']);
  });
});

describe('failures of the recogniser', () => {
  test('one that does not open in time', async () => {
    const stt = new FakeStt();
    stt.opening = () => new Promise(() => {});
    listen(stt);
    listener.start(options);
    await clock.run(10_000);
    expect(events).toMatchObject([{ type: 'sttFailed', code: 'speech_timeout' }]);
  });

  test('one that opens after it was given up is closed', async () => {
    const stt = new FakeStt();
    const opening = Promise.withResolvers<void>();
    stt.opening = () => opening.promise;
    listen(stt);
    listener.start(options);
    listener.close();
    opening.resolve();
    await clock.run(0);
    expect(stt.last.closed).toBe(true);
    expect(events).toEqual([]);
  });

  test('one that fails while nobody listens is opened anew at the next start, without a word', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    await clock.run(0);
    listener.stop();
    stt.last.emit('error', new SpeechError('speech_failed', 'idle', { retryable: true }));
    stt.last.close();
    listener.start(options);
    await clock.run(0);
    expect(stt.sessions).toHaveLength(2);
    expect(events).toEqual([]);
  });

  test('one that throws at a frame', async () => {
    const stt = listen(new FakeStt());
    listener.start(options);
    await clock.run(0);
    stt.last.write = () => {
      throw new Error('broken');
    };
    await clock.run(20);
    expect(events).toEqual([{ type: 'sttFailed', code: 'speech_failed', message: 'broken', retryable: false }]);
  });
});

describe('a recogniser that endpoints by itself', () => {
  test('is closed at a stop, and no detector is made for it', async () => {
    const stt = listen(new FakeStt('vendor'));
    listener.start(options);
    await clock.run(100);
    listener.stop();
    expect(stt.last.closed).toBe(true);
    listener.close();
    expect(detector.closed).toBe(false);
  });

  test('endUtterance takes what was understood so far', async () => {
    const stt = listen(new FakeStt('vendor'));
    listener.start(options);
    await clock.run(0);
    stt.last.emit('interim', { text: 'on and on' });
    listener.endUtterance();
    await clock.run(0);
    expect(happened()).toEqual(['interim', 'final on and on']);
    expect(stt.sessions.map(({ closed }) => closed)).toEqual([true, false]);
  });
});

describe('opened by a voice', () => {
  const lazy = { ...options, openOnSpeech: true };

  test.each(['hub', 'vendor'] as const)('the recogniser gets at most a second of the time before (%s)', async (by) => {
    const stt = listen(new FakeStt(by));
    listener.start(lazy);
    await clock.run(3000);
    expect(stt.sessions).toHaveLength(0);
    speak(300);
    await clock.run(140);
    expect(stt.sessions).toHaveLength(1);
    expect(stt.last.frames).toBeGreaterThanOrEqual(50);
    expect(stt.last.frames).toBeLessThan(60);
  });

  test('after that every new session is opened at once', async () => {
    const stt = listen(new FakeStt());
    listener.start(lazy);
    speak(300);
    await clock.run(1000);
    listener.start({ ...lazy, language: 'de-DE' });
    await clock.run(0);
    expect(stt.sessions).toHaveLength(2);
  });
});

describe('speechDetection: open while somebody speaks', () => {
  const gated = { ...options, closeAfterMs: 500 };

  test.each(['hub', 'vendor'] as const)('opened by a voice, closed when it was answered (%s)', async (by) => {
    const stt = listen(new FakeStt(by));
    listener.start(gated);
    await clock.run(3000);
    expect(stt.sessions).toHaveLength(0);
    for (const [index, text] of ['red', 'blue'].entries()) {
      if (by === 'hub') stt.finals.push(text);
      speak(300);
      await clock.run(800);
      if (by === 'vendor') stt.last.final(text);
      expect(stt.sessions).toHaveLength(index + 1);
      await clock.run(340);
      if (by === 'hub') expect(stt.last.closed).toBe(false);
      await clock.run(300);
      expect(stt.last.closed).toBe(true);
    }
    expect(events.flatMap((event) => (event.type === 'final' ? [event.text] : []))).toEqual(['red', 'blue']);
  });

  test.each(['hub', 'vendor'] as const)('the first syllable is not lost, nor heard twice (%s)', async (by) => {
    const stt = new FakeStt(by);
    const heard: number[][] = [];
    const open = stt.open.bind(stt);
    stt.open = async (wanted) => {
      const session = await open(wanted);
      const mine: number[] = [];
      heard.push(mine);
      session.write = ({ samples }) => void mine.push(samples[0] ?? 0);
      return session;
    };
    listen(stt);
    listener.start(gated);
    const say = (loudness: number) => media.caller.speak(new Int16Array(300 * 8).fill(loudness));
    for (const loudness of [9_000, 10_000]) {
      await clock.run(700);
      say(loudness);
      await clock.run(800);
      stt.last.final('text');
      await clock.run(1000);
    }
    const voiced = heard.map((mine) => mine.filter((sample) => sample !== 0));
    // By the law of G.711 a value comes out as another one, always the same.
    expect(voiced.map((mine) => [mine.length, new Set(mine).size])).toEqual([
      [15, 1],
      [15, 1],
    ]);
    for (const mine of heard) expect(mine[0]).toBe(0);
  });

  test('a vendor that has not answered is waited for, and one that has begun a text until its end', async () => {
    const stt = new FakeStt('vendor');
    Object.assign(stt.capabilities, { endpointingMs: 300, p99TimeToFinalMs: 700 });
    listen(stt);
    listener.start(gated);
    speak(200);
    await clock.run(1600);
    expect(stt.last.closed).toBe(false);
    await clock.run(200);
    expect(stt.last.closed).toBe(true);
    speak(200);
    await clock.run(400);
    stt.last.emit('interim', { text: 're' });
    await clock.run(5000);
    expect(stt.last.closed).toBe(false);
    stt.last.final('red');
    await clock.run(520);
    expect(stt.last.closed).toBe(true);
    expect(happened()).toEqual(['interim', 'final red']);
  });

  test('a false alarm of the detector is forgotten, and the session closed', async () => {
    const stt = listen(new FakeStt());
    listener.start(gated);
    speak(140);
    await clock.run(1200);
    expect(stt.last.calls).toEqual(['start 120', 'cancel']);
    expect(stt.last.closed).toBe(true);
  });

  test('switched off in the midst of the call it is opened at once, switched on it is closed when all is quiet', async () => {
    const stt = listen(new FakeStt());
    listener.start(gated);
    await clock.run(1000);
    listener.start(options);
    await clock.run(0);
    expect(stt.sessions).toHaveLength(1);
    await clock.run(5000);
    listener.start(gated);
    await clock.run(480);
    expect(stt.last.closed).toBe(false);
    await clock.run(40);
    expect(stt.last.closed).toBe(true);
  });

  test('a stop closes it, whoever endpoints', async () => {
    const stt = listen(new FakeStt());
    listener.start(gated);
    speak(300);
    await clock.run(200);
    listener.stop();
    expect(stt.last.calls).toEqual(['start 120', 'cancel']);
    expect(stt.last.closed).toBe(true);
    listener.start(gated);
    await clock.run(1000);
    expect(stt.sessions).toHaveLength(1);
  });

  test('pauses of many lengths: every utterance has its text, and no session stays open', async () => {
    const stt = listen(new FakeStt());
    const texts: string[] = [];
    const open = stt.open.bind(stt);
    stt.open = async (wanted) => Object.assign(await open(wanted), { finals: texts });
    listener.start(gated);
    for (let i = 0; i < 20; i += 1) {
      texts.push(`t${i}`);
      speak(220 + i * 20);
      await clock.run(700 + i * 90);
    }
    await clock.run(2000);
    const told = events.flatMap((event) => (event.type === 'final' ? [event.text] : []));
    expect(told).toEqual(Array.from({ length: 20 }, (_, i) => `t${i}`));
    expect(stt.sessions.every(({ closed }) => closed)).toBe(true);
    expect(stt.sessions.length).toBeGreaterThan(5);
  });
});

describe('a recogniser that endpoints by itself and wants to know of utterances', () => {
  test('is told of them as the hub hears them, and ends them itself', async () => {
    const stt = new FakeStt('vendor');
    Object.assign(stt.capabilities, { watchesUtterances: true });
    listen(stt);
    listener.start(options);
    await clock.run(20);
    speak(300);
    await clock.run(1_000);
    expect(stt.last.calls).toEqual(['start 120', 'end 400']);
    expect(happened()).toEqual([]);
    stt.last.final('yes');
    expect(happened()).toEqual(['final yes']);
    speak(140);
    await clock.run(1_000);
    expect(stt.last.calls.at(-1)).toBe('cancel');
  });

  test('hears also where voice activity cannot be detected', async () => {
    const stt = new FakeStt('vendor');
    Object.assign(stt.capabilities, { watchesUtterances: true });
    detector.push = () => {
      throw new SpeechError('speech_unavailable', 'no VAD');
    };
    listen(stt);
    listener.start(options);
    await clock.run(100);
    stt.last.final('yes');
    expect(happened()).toEqual(['final yes']);
    expect(detector.closed).toBe(true);
  });
});
