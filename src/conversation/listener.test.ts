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
