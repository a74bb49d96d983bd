import { expect, it } from 'vitest';
import { decodeG711 } from '../src/media/g711.ts';
import { MarkedWordReader } from './e2e/support/marked-words.ts';
import { firstWordOf, SpokenWords } from './load/spoken-words.ts';

/** What a caller of the benches says in six seconds and a bit, as samples. */
function said(call: number): { samples: Int16Array; words: number } {
  const caller = new SpokenWords(firstWordOf(call));
  const frames = Array.from({ length: 320 }, (_, frame) => {
    if (frame === 250) caller.hush();
    const [packet, samples] = [Buffer.alloc(160), new Int16Array(160)];
    caller.fill(packet, 0);
    decodeG711('PCMU', packet, 0, 160, samples);
    return samples;
  });
  return { samples: Int16Array.from(frames.flatMap((frame) => [...frame])), words: caller.said };
}

it.each([0, 1, 3, 77, 155, 159])('words of a caller are read, however late (%i samples) and with holes', (late) => {
  for (const call of [1, 150, 310]) {
    const { samples, words } = said(call);
    const line = new Int16Array(samples.length + 160);
    line.set(samples, late);
    const reader = new MarkedWordReader();
    const read: number[] = [];
    for (let frame = 0; frame * 160 < line.length; frame += 1) {
      if (frame % 5 === 2) continue;
      const word = reader.push(line.subarray(frame * 160, (frame + 1) * 160));
      if (word !== undefined) read.push(word);
    }
    expect(words).toBe(8);
    expect(read).toEqual(Array.from({ length: words }, (_, i) => firstWordOf(call) + i));
  }
});
