import fc from 'fast-check';
import { expect, it } from 'vitest';
import { AudioLog } from './audio-log.ts';

/** What a session gets from the log: a sample of each frame, and where utterances begin and end. */
function replayed(log: AudioLog): (number | string)[] {
  const got: (number | string)[] = [];
  log.replay({
    write: ({ samples }) => got.push(samples[0] ?? -1),
    startUtterance: () => got.push('start'),
    endUtterance: () => got.push('end'),
  });
  return got;
}

it('whatever is said, and however far texts reach: what no text reaches is replayed, in order, and owed as long as it is not settled', () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ frames: fc.integer({ min: 1, max: 40 }) }) },
    { weight: 2, arbitrary: fc.constantFrom<'start' | 'end' | 'cancel'>('start', 'end', 'cancel') },
    { weight: 2, arbitrary: fc.record({ behindMs: fc.integer({ min: 0, max: 1_500 }) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const log = new AudioLog(8000);
      let [written, settledMs, speaking] = [0, Number.NEGATIVE_INFINITY, false];
      let owed: number[] = [];
      for (const each of steps) {
        if (each === 'start') {
          if (!speaking) log.start(0);
          speaking = true;
        } else if (each === 'end') {
          log.end(0);
          if (speaking && settledMs + 200 < 20 * written) owed.push(20 * written);
          speaking = false;
        } else if (each === 'cancel') {
          log.cancel();
          speaking = false;
        } else if ('frames' in each) {
          for (let i = 0; i < each.frames; i += 1) {
            log.write({ samples: new Int16Array(160).fill(written), sampleRate: 8000, timestampMs: 0 });
            written += 1;
          }
        } else {
          const ms = Math.max(0, 20 * written - each.behindMs);
          log.settleUntil(ms);
          settledMs = Math.max(settledMs, ms);
          owed = owed.filter((untilMs) => untilMs > ms + 200);
        }
        const got = replayed(log);
        const frames = got.filter((entry) => typeof entry === 'number');
        expect(log.owedUntilMs).toBe(owed.at(-1));
        expect([log.owed, log.busy]).toEqual([owed.length, speaking || owed.length > 0]);
        expect(log.heldMs).toBe(20 * frames.length);
        expect(frames).toEqual(Array.from({ length: frames.length }, (_, i) => written - frames.length + i));
        // All that no text reaches, but for the slack after the end of an utterance.
        expect(20 * frames.length).toBeGreaterThanOrEqual(Math.min(20 * written, 20 * written - settledMs - 200));
        const marks = got.filter((entry) => typeof entry === 'string');
        expect(marks.filter((mark) => mark === 'end')).toHaveLength(owed.length);
        expect(marks.filter((mark) => mark === 'start')).toHaveLength(owed.length + (speaking ? 1 : 0));
      }
    }),
    { numRuns: 200 },
  );
});
