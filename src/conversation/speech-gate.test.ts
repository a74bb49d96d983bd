import { expect, test } from 'vitest';
import { SpeechGate } from './speech-gate.ts';

const frame = (n: number) => ({ samples: new Int16Array(160).fill(n), sampleRate: 8000, timestampMs: n * 20 }) as const;
const taken = (gate: SpeechGate) => gate.take().map(({ samples, timestampMs }) => [samples[0], timestampMs / 20]);

test('the last second, the oldest first, once', () => {
  const gate = new SpeechGate(0);
  for (let n = 0; n < 123; n += 1) gate.hear(frame(n), true);
  expect(taken(gate)).toEqual(Array.from({ length: 50 }, (_, i) => [73 + i, 73 + i]));
  expect(taken(gate)).toEqual([]);
  gate.hear(frame(7), true);
  expect(taken(gate)).toEqual([[7, 7]]);
});

test('what it gives away does not change with what is heard later', () => {
  const gate = new SpeechGate(0);
  for (let n = 0; n < 50; n += 1) gate.hear(frame(n), false);
  const [first] = gate.take();
  for (let n = 50; n < 120; n += 1) gate.hear(frame(n), false);
  expect(first?.samples[0]).toBe(0);
});

test('when a recogniser is closed, what it has heard of speech is not for the next one', () => {
  const gate = new SpeechGate(0);
  for (let n = 0; n < 20; n += 1) gate.hear(frame(n), n < 15);
  gate.close();
  expect(taken(gate).map(([n]) => n)).toEqual([15, 16, 17, 18, 19]);
});

test('quiet: so long after the last speech, longer where it was not answered', () => {
  const gate = new SpeechGate(100);
  gate.hear(frame(0), true);
  const quietAfter = () => {
    for (let ms = 20; ms < 1000; ms += 20) {
      gate.hear(frame(1), false);
      if (gate.isQuiet(60)) return ms;
    }
    return undefined;
  };
  expect(quietAfter()).toBe(160);
  gate.hear(frame(0), true);
  gate.answered();
  expect(quietAfter()).toBe(60);
});
