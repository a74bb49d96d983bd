import { describe, expect, test } from 'vitest';
import { sine } from '../../media/tone.ts';
import { createMachineDetector, type MachineDetector, type MachineEvent } from './detector.ts';
import { MachineDetectionError } from './frame-input.ts';

function feed(detector: MachineDetector, samples: Int16Array, rate: 8000 | 16000 = 8000): MachineEvent[] {
  const length = rate / 50;
  const events: MachineEvent[] = [];
  for (let from = 0; from + length <= samples.length; from += length) {
    const event = detector.push(samples.subarray(from, from + length), rate);
    if (event !== undefined) events.push(event);
  }
  return events;
}

const silence = (ms: number, rate = 8000) => new Int16Array((ms * rate) / 1000);

describe('tones', () => {
  test.each([8000, 16000] as const)('the answering tone of a fax at %i Hz', (rate) => {
    const detector = createMachineDetector();
    feed(detector, silence(500, rate), rate);
    const [event] = feed(detector, sine(2100, 2600, rate, 6000), rate);
    expect(event).toMatchObject({ type: 'verdict', verdict: { type: 'fax' } });
    expect(detector.verdict?.decidedAfterMs).toBeLessThan(1500);
    expect(detector.done).toBe(true);
  });

  test('silence is unknown after five seconds', () => {
    const detector = createMachineDetector();
    const events = feed(detector, silence(8000));
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({ type: 'verdict', verdict: { type: 'unknown', decidedAfterMs: 5000 } });
  });
});

test.each([
  [159, 8000],
  [160, 16000],
  [0, 8000],
  [160, 44100],
])('a frame of %i samples at %i Hz is refused and does not count', (length, rate) => {
  const detector = createMachineDetector();
  expect(() => detector.push(new Int16Array(length), rate as 8000)).toThrow(MachineDetectionError);
  expect(detector.elapsedMs).toBe(0);
});
