import { describe, expect, test } from 'vitest';
import { createMachineDetector, type MachineEvent } from './detector.ts';
import { chord, feed, joined, sentences, silence, voice } from './test-support.ts';

describe('the end of a greeting', () => {
  const greeting = joined(silence(300), sentences());

  test('is told when its beep is over', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(greeting, voice(3000), silence(400), chord([1000], 500), silence(3000)));
    expect(events.map(({ type }) => type)).toEqual(['verdict', 'greetingEnd']);
    expect(events[1]).toMatchObject({ by: 'beep', beepHz: 1000 });
    const at = (events[1] as Extract<MachineEvent, { type: 'greetingEnd' }>).atMs;
    expect(at).toBeGreaterThanOrEqual(8900);
    expect(at).toBeLessThanOrEqual(9200);
    expect(detector.done).toBe(true);
  });

  test('is told of the beep that was the verdict', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(silence(300), voice(1500), silence(400), chord([850], 300), silence(2000)));
    expect(events.map(({ type }) => type)).toEqual(['verdict', 'greetingEnd']);
    expect(events[1]).toMatchObject({ by: 'beep', beepHz: 850 });
  });

  test('is told after silence, and pauses between sentences do not count', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    const events = feed(detector, joined(greeting, silence(1500), voice(1000), silence(4000)));
    expect(events[1]).toMatchObject({ type: 'greetingEnd', by: 'silence' });
    const at = (events[1] as Extract<MachineEvent, { type: 'greetingEnd' }>).atMs;
    expect(at).toBeGreaterThan(9900);
    expect(at).toBeLessThan(10_200);
  });

  test('is not awaited for longer than was asked for', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 2000 });
    const events = feed(detector, joined(greeting, voice(9000)));
    expect(events[1]).toMatchObject({ type: 'greetingEnd', by: 'timeout', beepHz: undefined });
    const verdictAt = detector.verdict?.decidedAfterMs ?? 0;
    expect(events[1]).toMatchObject({ atMs: verdictAt + 2000 });
  });

  test('is told of machines only, and only who asks', () => {
    const person = createMachineDetector({ greetingEndTimeoutMs: 20_000 });
    expect(feed(person, joined(silence(300), voice(500), silence(9000)))).toHaveLength(1);
    const nobodyAsked = createMachineDetector();
    expect(feed(nobodyAsked, joined(greeting, silence(9000)))).toHaveLength(1);
    expect(nobodyAsked.done).toBe(true);
  });
});
