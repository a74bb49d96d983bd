import { describe, expect, test } from 'vitest';
import type { AudioFrame } from '../media/audio.ts';
import { CallerAudio } from './caller-audio.ts';
import type { DetectorEvent, UtteranceDetector } from './detector.ts';
import type { RecognitionOptions } from './effects.ts';
import { SpeechActivity } from './speech-activity.ts';

type Listener = ((frame: AudioFrame) => void) | undefined;

/** An endpoint's audio in the hands of a test: 20 ms of voice or silence at a time. */
class Line {
  listener: Listener;
  #at = 0;

  onAudio(listener: Listener): void {
    this.listener = listener;
  }

  send(ms: number, voice: boolean): void {
    const samples = new Int16Array(160).fill(voice ? 1000 : 0);
    for (let sent = 0; sent < ms; sent += 20) {
      this.listener?.({ samples, sampleRate: 8000, timestampMs: this.#at });
      this.#at += 20;
    }
  }
}

/** Keeps to what it is configured with, to the frame. */
class ExactDetector implements UtteranceDetector {
  options: RecognitionOptions['endpointing'] | undefined;
  closed = false;
  error: Error | undefined;
  #voicedMs = 0;
  #silentMs = 0;
  #speaking = false;

  configure(options: RecognitionOptions['endpointing']): void {
    this.options = options;
  }

  push(frame: AudioFrame): DetectorEvent | undefined {
    if (this.error !== undefined) throw this.error;
    const voiced = frame.samples[0] !== 0;
    this.#voicedMs = voiced ? this.#voicedMs + 20 : 0;
    this.#silentMs = voiced ? 0 : this.#silentMs + 20;
    const { minSpeechMs = 0, silenceMs = 0 } = this.options ?? {};
    if (!this.#speaking && this.#voicedMs >= minSpeechMs && voiced) {
      this.#speaking = true;
      return { type: 'started', preRollMs: 0 };
    }
    if (!this.#speaking || this.#silentMs < silenceMs) return undefined;
    this.#speaking = false;
    return { type: 'ended', trailingSilenceMs: silenceMs };
  }

  reset(): void {}

  close(): void {
    this.closed = true;
  }
}

function watch(voiceMs: number, silenceMs: number) {
  const line = new Line();
  const detectors: ExactDetector[] = [];
  const events: string[] = [];
  const errors: unknown[] = [];
  const activity = new SpeechActivity({
    media: line,
    createDetector: () => {
      const detector = new ExactDetector();
      detectors.push(detector);
      return detector;
    },
    emit: ({ type }) => events.push(type),
    onError: (error) => errors.push(error),
  });
  activity.set({ voiceMs, silenceMs });
  /** Sends a frame at a time until something is told; how long it took. */
  const until = (voice: boolean, limitMs = 20_000) => {
    const before = events.length;
    for (let ms = 20; ms <= limitMs; ms += 20) {
      line.send(20, voice);
      if (events.length > before) return ms;
    }
    return undefined;
  };
  return { line, detectors, events, errors, activity, until };
}

describe('voice and silence', () => {
  test.each([
    [0, 1000],
    [100, 1000],
    [500, 300],
    [5000, 10_000],
    [10_000, 100],
  ])('after %i ms of voice and %i ms of silence, in turn', (voiceMs, silenceMs) => {
    const { events, until } = watch(voiceMs, silenceMs);
    for (let round = 0; round < 2; round += 1) {
      const voiceAfter = until(true) ?? Number.NaN;
      expect(Math.abs(voiceAfter - Math.max(20, voiceMs))).toBeLessThanOrEqual(60);
      const silenceAfter = until(false) ?? Number.NaN;
      expect(Math.abs(silenceAfter - Math.max(20, silenceMs))).toBeLessThanOrEqual(60);
    }
    expect(events).toEqual(['voiceDetected', 'silenceDetected', 'voiceDetected', 'silenceDetected']);
  });

  test('silence before any voice is nothing new', () => {
    const { line, events } = watch(0, 500);
    line.send(5000, false);
    expect(events).toEqual([]);
  });

  test('voice that is too short is not told, however often it comes', () => {
    const { line, events } = watch(1000, 500);
    for (let i = 0; i < 10; i += 1) {
      line.send(400, true);
      line.send(400, false);
    }
    expect(events).toEqual([]);
  });

  test('a pause that is too short is not told', () => {
    const { line, events } = watch(100, 1000);
    for (let i = 0; i < 10; i += 1) {
      line.send(400, true);
      line.send(700, false);
    }
    expect(events).toEqual(['voiceDetected']);
  });

  test('is watched only while it is wanted', () => {
    const { line, detectors, events, activity } = watch(100, 100);
    activity.set(undefined);
    expect([line.listener, detectors[0]?.closed]).toEqual([undefined, true]);
    line.send(1000, true);
    expect(events).toEqual([]);
    activity.set({ voiceMs: 0, silenceMs: 100 });
    line.send(100, true);
    expect([events, detectors.length]).toEqual([['voiceDetected'], 2]);
    activity.close();
    activity.set({ voiceMs: 0, silenceMs: 100 });
    expect([line.listener, detectors[1]?.closed]).toEqual([undefined, true]);
  });

  test('that cannot be told apart is given up, once', () => {
    const { line, detectors, errors } = watch(100, 100);
    const [detector] = detectors;
    if (detector) detector.error = new Error('no engine');
    line.send(1000, true);
    expect(errors).toHaveLength(1);
    expect(line.listener).toBeUndefined();
  });
});

describe("the caller's audio for several listeners", () => {
  test('each gets every frame, and only while it listens', () => {
    const line = new Line();
    const audio = new CallerAudio(line);
    const [a, b] = [audio.branch(), audio.branch()];
    const counts = { a: 0, b: 0, again: 0 };
    a.onAudio(() => {
      counts.a += 1;
    });
    b.onAudio(() => {
      counts.b += 1;
    });
    line.send(40, true);
    a.onAudio(undefined);
    line.send(40, true);
    b.onAudio(() => {
      counts.again += 1;
    });
    line.send(40, true);
    expect(counts).toEqual({ a: 2, b: 4, again: 2 });
    b.onAudio(undefined);
    b.onAudio(undefined);
    expect(line.listener).toBeUndefined();
  });

  test('one that leaves during a frame does not keep the others from it', () => {
    const line = new Line();
    const audio = new CallerAudio(line);
    const [a, b] = [audio.branch(), audio.branch()];
    const heard: string[] = [];
    a.onAudio(() => {
      heard.push('a');
      a.onAudio(undefined);
    });
    b.onAudio(() => heard.push('b'));
    line.send(40, true);
    expect(heard).toEqual(['a', 'b', 'b']);
  });
});
