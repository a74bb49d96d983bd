import { expect, test } from 'vitest';
import { TwoTrack } from './two-track.ts';

const frame = (value: number) => new Int16Array(160).fill(value);

test('what the caller sent stands where it went out, silence around it', () => {
  const track = new TwoTrack(8000);
  let startedAt: number | undefined;
  track.writeHub(frame(7), 0);
  track.writeHub(frame(7), 0);
  track.queueCaller(new Int16Array(240).fill(3), (atMs) => {
    startedAt = atMs;
  });
  track.writeHub(frame(7), 20);
  track.writeHub(frame(7), 30);
  track.writeHub(frame(7), 30);
  const { caller, hub } = track.channels();
  expect(startedAt).toBe(40);
  expect(hub).toEqual(new Int16Array(800).fill(7));
  expect(caller.indexOf(3)).toBe(320);
  expect(caller.lastIndexOf(3)).toBe(559);
  expect(caller).toHaveLength(800);
  expect(track.clockMs).toBe(100);
});

test('two clips with a pause between them keep their distance', () => {
  const track = new TwoTrack(8000);
  const starts: number[] = [];
  track.queueCaller(frame(1), (atMs) => starts.push(atMs));
  for (let i = 1; i <= 5; i++) track.writeHub(frame(0), 20);
  track.queueCaller(frame(2), (atMs) => starts.push(atMs));
  for (let i = 1; i <= 5; i++) track.writeHub(frame(0), 40);
  expect(starts).toEqual([0, 100]);
  const { caller } = track.channels();
  expect([caller.indexOf(2), caller.lastIndexOf(2)]).toEqual([800, 959]);
});

test('a report of more than was queued adds nothing', () => {
  const track = new TwoTrack(8000);
  track.queueCaller(new Int16Array(80).fill(5), () => {});
  track.writeHub(frame(0), 5000);
  expect(track.channels().caller.filter((sample) => sample === 5)).toHaveLength(80);
});

test('a long call grows without losing a sample', () => {
  const track = new TwoTrack(8000);
  for (let i = 0; i < 3000; i++) track.writeHub(frame(i % 100), 0);
  const { hub } = track.channels();
  expect(hub).toHaveLength(480_000);
  expect(hub[160 * 2999]).toBe(99);
});
