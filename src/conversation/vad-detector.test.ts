import { describe, expect, test } from 'vitest';
import type { AudioFrame } from '../media/audio.ts';
import type { VoiceActivityDetector } from '../speech/vad.ts';
import type { DetectorEvent } from './detector.ts';
import { createVadDetector } from './vad-detector.ts';

/** Takes the first sample of a frame as the likelihood of speech in percent. */
class FakeVad implements VoiceActivityDetector {
  readonly kind = 'fvad';
  readonly levelDb = -20;
  closed = false;
  evidence?: { begin(): void; found: boolean; possible: boolean };
  process(frame: Int16Array): number {
    return (frame[0] ?? 0) / 100;
  }
  reset(): void {}
  close(): void {
    this.closed = true;
  }
}

const defaults = { profile: 'default', silenceMs: 0, minSpeechMs: 0, maxSpeechMs: 0 } as const;

async function rig() {
  const vad = new FakeVad();
  const detector = createVadDetector(Promise.resolve(vad), () => {});
  await Promise.resolve();
  let timestampMs = 0;
  /** All events of `ms` of voice or silence, with the time since the beginning. */
  const feedAll = (voice: boolean, ms: number, bufferedMs = 0): (DetectorEvent & { atMs: number })[] => {
    const found = [];
    for (const end = timestampMs + ms; timestampMs < end; timestampMs += 20) {
      const samples = new Int16Array(160).fill(voice ? 100 : 0);
      const frame: AudioFrame = { samples, sampleRate: 8000, timestampMs, bufferedMs };
      const event = detector.push(frame);
      if (event !== undefined) found.push({ ...event, atMs: timestampMs + 20 });
    }
    return found;
  };
  /** But for those within an utterance. */
  const feed = (voice: boolean, ms: number, bufferedMs = 0) =>
    feedAll(voice, ms, bufferedMs).filter(({ type }) => type !== 'hushed' && type !== 'resumed');
  return { vad, detector, feed, feedAll };
}

describe('utterances by voice activity', () => {
  test('begin after enough voice and end after enough silence', async () => {
    const { feed } = await rig();
    expect(feed(true, 300)).toEqual([{ type: 'started', preRollMs: 320, atMs: 120 }]);
    expect(feed(false, 1000)).toMatchObject([{ type: 'ended', trailingSilenceMs: 600, atMs: 900 }]);
  });

  test('a click is nothing', async () => {
    const { feed } = await rig();
    expect([...feed(true, 60), ...feed(false, 2000)]).toEqual([]);
  });

  test.each([
    ['the profile', { ...defaults, profile: 'yesNo' as const }, 400],
    ['the address profile', { ...defaults, profile: 'address' as const }, 1200],
    ['the bot', { ...defaults, silenceMs: 2000 }, 2000],
  ])('the silence at the end is set by %s', async (_, options, silenceMs) => {
    const { detector, feed } = await rig();
    detector.configure(options);
    feed(true, 300);
    expect(feed(false, 3000)).toMatchObject([{ type: 'ended', trailingSilenceMs: silenceMs, atMs: 300 + silenceMs }]);
  });

  test('the bot sets how much voice begins one, and how long one may last', async () => {
    const { detector, feed } = await rig();
    detector.configure({ ...defaults, minSpeechMs: 200, maxSpeechMs: 1000 });
    expect(feed(true, 1000).map(({ type, atMs }) => [type, atMs])).toEqual([
      ['started', 200],
      ['ended', 1000],
    ]);
  });

  test('time in the jitter buffer counts as silence; its end is told up to 15 ms early rather than more than 5 ms late', async () => {
    const { feed } = await rig();
    feed(true, 300, 25);
    expect(feed(false, 1000, 25)).toMatchObject([{ type: 'ended', trailingSilenceMs: 560, bufferedMs: 25, atMs: 860 }]);
    feed(true, 300, 24);
    expect(feed(false, 1000, 24)).toMatchObject([{ type: 'ended', trailingSilenceMs: 580, bufferedMs: 24 }]);
    feed(true, 300, 500);
    expect(feed(false, 1000, 500)).toMatchObject([{ type: 'ended', bufferedMs: 60 }]);
  });

  test('silence within an utterance is told when it begins and when it is over', async () => {
    const { feedAll } = await rig();
    const events = [...feedAll(true, 300), ...feedAll(false, 100), ...feedAll(true, 100), ...feedAll(false, 300)];
    events.push(...feedAll(true, 100), ...feedAll(false, 1000));
    expect(events.map(({ type, atMs }) => [type, atMs])).toEqual([
      ['started', 120],
      ['hushed', 700],
      ['resumed', 840],
      ['hushed', 1100],
      ['ended', 1500],
    ]);
  });

  test('what does not show itself to be speech is taken back, and nothing ends', async () => {
    const { vad, detector, feed } = await rig();
    const evidence = { begin: () => {}, found: false, possible: true };
    vad.evidence = evidence;
    expect(feed(true, 1000).map((event) => [event.type, event.atMs])).toEqual([
      ['started', 120],
      ['discarded', 560],
    ]);
    expect(detector.confirmed).toBe(false);
    expect(feed(false, 1000)).toEqual([]);
  });

  test('speech over a noise begins when it shows itself', async () => {
    const { vad, detector, feed } = await rig();
    const evidence = { begin: () => {}, found: false, possible: true };
    vad.evidence = evidence;
    feed(true, 800);
    evidence.found = true;
    expect(feed(true, 100)).toMatchObject([{ type: 'started' }]);
    expect(detector.confirmed).toBe(true);
    expect(feed(false, 1000)).toMatchObject([{ type: 'ended' }]);
  });

  test.each([
    ['a short word', true, 'ended', 800],
    ['a short noise', false, 'discarded', 400],
  ])('%s is over before the verdict', async (_, possible, type, atMs) => {
    const { vad, feed } = await rig();
    vad.evidence = { begin: () => {}, found: false, possible };
    feed(true, 200);
    expect(feed(false, 1000)).toMatchObject([{ type, atMs }]);
  });

  test('a reset forgets what was begun', async () => {
    const { detector, feed } = await rig();
    feed(true, 300);
    detector.reset();
    expect(feed(false, 2000)).toEqual([]);
  });
});

describe('the voice activity detector', () => {
  const frame: AudioFrame = { samples: new Int16Array(160), sampleRate: 8000, timestampMs: 0 };

  test('that cannot be loaded is told, and every frame throws', async () => {
    const told: unknown[] = [];
    const error = new Error('not installed');
    const detector = createVadDetector(Promise.reject(error), (e) => told.push(e));
    await new Promise(setImmediate);
    expect(told).toEqual([error]);
    expect(() => detector.push(frame)).toThrow('not installed');
  });

  test('that arrives after the close is closed', async () => {
    const vad = new FakeVad();
    const loading = Promise.withResolvers<VoiceActivityDetector>();
    const detector = createVadDetector(loading.promise, () => {});
    expect(detector.push(frame)).toBeUndefined();
    detector.close();
    loading.resolve(vad);
    await new Promise(setImmediate);
    expect(vad.closed).toBe(true);
  });

  test('takes no other rate', async () => {
    const { detector } = await rig();
    expect(() => detector.push({ ...frame, sampleRate: 16_000 })).toThrow('8000 Hz');
  });
});
