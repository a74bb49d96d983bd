import { afterAll, expect } from 'vitest';
import { corpus } from '../amd/corpus.ts';
import { render } from '../amd/render.ts';
import { tryClip } from '../amd/trial.ts';
import { Voices } from '../amd/voices.ts';
import { peerTest } from './support/peers.ts';

const voices = new Voices();

afterAll(() => voices.close());

/**
 * A part of the corpus of `test/amd/report.ts`, both halves: the first clips of each class by each cast. espeak-ng differs a
 * little from version to version, so the floors lie below the figures of test/amd/results.
 */
peerTest(
  'espeak-ng',
  'machine detection keeps its figures on a part of the corpus',
  async () => {
    const specs = corpus().filter(({ id }) => Number(id.split('/').at(-1)) <= 1);
    expect(specs.length).toBeGreaterThanOrEqual(140);
    const wrong = { audio: 0, words: 0 };
    const taken = { audio: [] as string[], words: [] as string[] };
    const beeps = { of: 0, found: 0 };
    let counted = 0;
    for (const spec of specs) {
      const clip = await render(spec, voices);
      for (const hearing of ['audio', 'words'] as const) {
        const { verdict, greetingEnd } = tryClip(clip, hearing);
        expect(verdict, spec.id).toBeDefined();
        expect(verdict?.decidedAfterMs, spec.id).toBeLessThanOrEqual(5000);
        if (verdict?.type !== spec.expected) wrong[hearing] += 1;
        const person = spec.expected === 'human' && spec.category !== 'call screening';
        if (person && verdict?.type !== 'human') taken[hearing].push(spec.id);
        if (hearing === 'words' && clip.beepEndMs !== undefined && greetingEnd !== undefined) {
          beeps.of += 1;
          if (greetingEnd.by === 'beep' && Math.abs(greetingEnd.atMs - clip.beepEndMs) <= 500) beeps.found += 1;
        }
      }
      counted += 1;
    }
    expect(wrong.words / counted).toBeLessThanOrEqual(0.07);
    expect(wrong.audio / counted).toBeLessThanOrEqual(0.18);
    expect(taken.words).toEqual([]);
    // Without words nobody can know more of a greeting that is not over when the time is.
    expect(taken.audio.filter((id) => !id.includes('long business greeting'))).toEqual([]);
    expect(beeps.of).toBeGreaterThanOrEqual(10);
    expect(beeps.found).toBe(beeps.of);
  },
  60_000,
);
