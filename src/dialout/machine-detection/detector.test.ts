import { describe, expect, test } from 'vitest';
import { createMachineDetector, LATEST_DECISION_MS } from './detector.ts';
import { MachineDetectionError } from './frame-input.ts';
import { feed, joined, type Rate, silence, verdictOn, voice } from './test-support.ts';

describe('speech timing', () => {
  test('a short word and silence is a person, a second later', () => {
    const verdict = verdictOn(joined(silence(600), voice(540)));
    expect(verdict?.type).toBe('human');
    expect(verdict?.decidedAfterMs).toBeGreaterThanOrEqual(2000);
    expect(verdict?.decidedAfterMs).toBeLessThanOrEqual(2400);
    expect(verdict?.evidence).toMatchObject({ bursts: 1, because: 'a greeting, then silence' });
  });

  test('sentences that do not end are a machine', () => {
    const verdict = verdictOn(joined(silence(400), voice(1600), silence(450), voice(9000)));
    expect(verdict?.type).toBe('answering-machine');
    expect(verdict?.evidence.because).toBe('a long greeting of several sentences');
  });

  test('speech in one breath is a person, however long: nothing else tells one from the other', () => {
    const verdict = verdictOn(joined(silence(400), voice(9000)));
    expect(verdict).toMatchObject({ type: 'human', decidedAfterMs: LATEST_DECISION_MS });
    expect(verdict?.evidence.because).toBe('a long greeting in one breath, and no sign of a machine');
  });

  test('what is said before is waited for: hello after three seconds of silence', () => {
    expect(verdictOn(joined(silence(3000), voice(500)))?.type).toBe('human');
  });

  test('a click is nobody', () => {
    const click = silence(40).fill(12_000);
    expect(verdictOn(joined(silence(500), click))?.type).toBe('unknown');
  });

  test('the same at 16 kHz, and when the rate changes within the call', () => {
    expect(verdictOn(joined(silence(600), voice(540)))?.type).toBe('human');
    const detector = createMachineDetector();
    feed(detector, joined(silence(600, 16_000), voice(540, { rate: 16_000 })), 16_000);
    feed(detector, silence(2000));
    expect(detector.verdict?.type).toBe('human');
  });

  test('an earlier end of the time is kept', () => {
    const verdict = verdictOn(joined(silence(300), voice(1000), silence(400), voice(5000)), { decideWithinMs: 3000 });
    expect(verdict).toMatchObject({ type: 'answering-machine', decidedAfterMs: 3000 });
  });
});

describe('what is handed in', () => {
  test.each([
    [159, 8000],
    [161, 8000],
    [160, 16_000],
    [0, 8000],
    [160, 44_100],
  ])('a frame of %i samples at %i Hz is refused and does not count', (length, rate) => {
    const detector = createMachineDetector();
    expect(() => detector.push(new Int16Array(length), rate as Rate)).toThrow(MachineDetectionError);
    expect(detector.elapsedMs).toBe(0);
  });

  test('the frame is named in the error', () => {
    expect(() => createMachineDetector().push(new Int16Array(99), 8000)).toThrow(
      'a frame of 20 ms at 8000 Hz has 160 samples, not 99',
    );
  });

  test.each([
    { decideWithinMs: 5001 },
    { decideWithinMs: 100 },
    { decideWithinMs: Number.NaN },
    { greetingEndTimeoutMs: -1 },
  ])('options %o are refused', (options) => {
    expect(() => createMachineDetector(options)).toThrow(RangeError);
  });
});
