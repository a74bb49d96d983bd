import { expect, test } from 'vitest';
import { sine } from '../media/tone.ts';
import { VoiceActivity, voicedSpan } from './voice-activity.ts';

const speech = (ms: number) => sine(400, ms, 8000, 4000);
const silence = (ms: number) => new Int16Array(ms * 8);

function run(activity: VoiceActivity, ...parts: Int16Array[]): { atMs: number; change: string }[] {
  const changes: { atMs: number; change: string }[] = [];
  for (const part of parts) {
    for (let at = 0; at < part.length; at += 160) {
      const change = activity.write(part.subarray(at, at + 160), 8000);
      if (change) changes.push({ atMs: activity.clockMs, change });
    }
  }
  return changes;
}

test('a prompt with a pause between its sentences is one prompt', () => {
  const activity = new VoiceActivity({ threshold: 150, onsetFrames: 2, hangoverMs: 900 });
  const changes = run(activity, silence(100), speech(500), silence(600), speech(500), silence(1500));
  expect(changes).toEqual([
    { atMs: 140, change: 'started' },
    { atMs: 2600, change: 'stopped' },
  ]);
  expect(activity.segments).toEqual([{ fromMs: 100, toMs: 1700 }]);
});

test('with a short hangover the pieces are told apart, to the frame', () => {
  const activity = new VoiceActivity({ threshold: 150, onsetFrames: 2, hangoverMs: 200 });
  run(activity, silence(100), speech(500), silence(600), speech(300), silence(400));
  expect(activity.segments).toEqual([
    { fromMs: 100, toMs: 600 },
    { fromMs: 1200, toMs: 1500 },
  ]);
});

test('a click is no speech', () => {
  const activity = new VoiceActivity();
  expect(run(activity, silence(100), speech(20), silence(1000))).toEqual([]);
});

test('the voiced part of a clip is found to 10 ms; silence has none', () => {
  const clip = new Int16Array([...silence(130), ...speech(400), ...silence(250)]);
  expect(voicedSpan(clip, 8000)).toEqual({ fromMs: 130, toMs: 530 });
  expect(voicedSpan(silence(300), 8000)).toBeUndefined();
});
