import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createMachineDetector, LATEST_DECISION_MS, type MachineEvent } from './detector.ts';
import { chord, feed, joined, sentences, silence, voice } from './test-support.ts';

/** Frames of many kinds: silence, noise of any level, tones, one value, extremes, speech-like. */
const sound = fc.oneof(
  fc.record({ kind: fc.constant('silence' as const), frames: fc.integer({ min: 1, max: 150 }) }),
  fc.record({
    kind: fc.constant('noise' as const),
    frames: fc.integer({ min: 1, max: 100 }),
    peak: fc.integer({ min: 0, max: 32_767 }),
  }),
  fc.record({
    kind: fc.constant('tone' as const),
    frames: fc.integer({ min: 1, max: 120 }),
    hz: fc.array(fc.integer({ min: 1, max: 3999 }), { minLength: 1, maxLength: 3 }),
    peak: fc.integer({ min: 0, max: 10_000 }),
  }),
  fc.record({
    kind: fc.constant('voice' as const),
    frames: fc.integer({ min: 1, max: 150 }),
    pitchHz: fc.integer({ min: 60, max: 700 }),
  }),
  fc.record({
    kind: fc.constant('samples' as const),
    frames: fc.constant(1),
    samples: fc.array(fc.integer({ min: -32_768, max: 32_767 }), { minLength: 160, maxLength: 160 }),
  }),
);

function audioOf(part: typeof sound extends fc.Arbitrary<infer T> ? T : never): Int16Array {
  const ms = part.frames * 20;
  switch (part.kind) {
    case 'silence':
      return silence(ms);
    case 'noise': {
      let state = part.peak + 1;
      return silence(ms).map(() => {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
        return Math.round((state / 2 ** 31 - 1) * part.peak);
      });
    }
    case 'tone':
      return chord(part.hz, ms, { amplitude: part.peak });
    case 'voice':
      return voice(ms, { pitchHz: part.pitchHz });
    case 'samples':
      return Int16Array.from(part.samples);
  }
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.constantFrom('leave a message', 'press one', 'hello', '', '   ', 'nach dem Signalton', 'state your name'),
);

/** Of five minutes, one number for each frame would be 120 kB, and the texts 700 kB. */
const HELD_BYTES = 100_000;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Memory of what is still in use. */
function heldBytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

describe('whatever is heard', () => {
  test('there is one verdict, in time, and at most one end of a greeting after it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(sound, fc.option(fc.tuple(text, fc.boolean()))), { maxLength: 12 }),
        fc.boolean(),
        fc.integer({ min: 0, max: 8000 }),
        (parts, wordsExpected, greetingEndTimeoutMs) => {
          const detector = createMachineDetector({ wordsExpected, greetingEndTimeoutMs });
          const events: MachineEvent[] = [];
          for (const [part, said] of parts) {
            events.push(...feed(detector, audioOf(part)));
            const event = said === null ? undefined : detector.hypothesis(said[0], said[1]);
            if (event !== undefined) events.push(event);
          }
          events.push(...feed(detector, silence(LATEST_DECISION_MS + greetingEndTimeoutMs + 100)));
          const [first, second, ...more] = events;
          expect(first?.type).toBe('verdict');
          if (first?.type !== 'verdict') return;
          expect(first.verdict.decidedAfterMs).toBeLessThanOrEqual(LATEST_DECISION_MS);
          expect(typeof first.verdict.evidence.because).toBe('string');
          expect(more).toEqual([]);
          const awaited = first.verdict.type === 'answering-machine' && greetingEndTimeoutMs > 0;
          expect(second?.type).toBe(awaited ? 'greetingEnd' : undefined);
          expect(detector.done).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);

  test('words and tones that go on and on do not make it larger', () => {
    const detector = createMachineDetector({ greetingEndTimeoutMs: 3_600_000 });
    feed(detector, joined(silence(300), sentences()));
    expect(detector.verdict?.type).toBe('answering-machine');
    const keys = joined(voice(400), chord([697, 1209], 100), voice(400), chord([852, 1477], 100));
    let texts = 0;
    const seconds = (count: number) => {
      for (let i = 0; i < count; i++) {
        feed(detector, keys);
        // No two texts are one string.
        texts += 1;
        detector.hypothesis(Buffer.from(`word ${texts} `.repeat(200)).toString(), true);
      }
    };
    seconds(60);
    const before = heldBytes();
    seconds(300);
    expect(heldBytes() - before).toBeLessThan(HELD_BYTES);
    expect(detector.done).toBe(false);
  });
});
