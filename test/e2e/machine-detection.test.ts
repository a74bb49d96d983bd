import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { moonshineInstalled } from '../../connectors/speech/moonshine/packages.ts';
import { CALLS } from '../amd/calls.ts';
import { CASTING, CHILDREN } from '../amd/casting.ts';
import { corpus, HALVES } from '../amd/corpus.ts';
import { Ear } from '../amd/ear.ts';
import { render } from '../amd/render.ts';
import { tryClip } from '../amd/trial.ts';
import { Voices } from '../amd/voices.ts';
import { WORDINGS } from '../amd/wordings.ts';
import { peersRequired, peerTest } from './support/peers.ts';

const voices = new Voices();

afterAll(() => voices.close());

test('no voice and no sentence is in two casts of the corpus', () => {
  const owners = new Map<string, Set<string>>();
  const own = (what: string, cast: string) => owners.set(what, (owners.get(what) ?? new Set()).add(cast));
  for (const [cast, languages] of Object.entries(CASTING)) {
    // There are few voices that come from people: casts f, h, i and j have those that others have as well.
    if (['f', 'h', 'i', 'j'].includes(cast)) continue;
    for (const { engine, name } of Object.values(languages).flat()) own(`${engine} ${name}`, cast);
  }
  for (const [cast, voices] of Object.entries(CHILDREN)) for (const { name } of voices) own(`espeak-ng ${name}`, cast);
  for (const [cast, book] of Object.entries(WORDINGS)) {
    for (const [language, wordings] of Object.entries(book)) {
      for (const text of Object.values(wordings).flat()) own(`${language}: ${text}`, cast);
    }
  }
  expect(owners.size).toBeGreaterThan(600);
  // Everybody says "Hello?": of calls, sentences of more words are in one cast only, but one of k that h has as well.
  for (const [cast, book] of Object.entries(CALLS).filter(([name]) => name !== 'k')) {
    for (const [language, calls] of Object.entries(book)) {
      for (const text of Object.values(calls).flat()) if (text.split(' ').length > 5) own(`${language}: ${text}`, cast);
    }
  }
  expect([...owners].filter(([, casts]) => casts.size > 1).map(([what]) => what)).toEqual([]);
});

test('the corpus has held-out parts, and clip names are unique', () => {
  const specs = corpus();
  expect(new Set(specs.map(({ id }) => id)).size).toBe(specs.length);
  expect(corpus('held-out').length).toBeGreaterThanOrEqual(200);
  expect(HALVES.flatMap((half) => corpus(half)).length).toBe(specs.length);
});

/**
 * A part of the corpus of `test/amd/report.ts`, without what is held out: the first clips of each class by each cast. espeak-ng differs a
 * little from version to version, so the floors lie below the figures of test/amd/results.
 */
peerTest(
  'espeak-ng',
  'machine detection keeps its figures on a part of the corpus',
  async () => {
    const specs = [...corpus('development'), ...corpus('seen e')].filter(({ id }) => /^[a-e].*\/1$/u.test(id));
    expect(specs.length).toBeGreaterThanOrEqual(140);
    const wrong = { audio: 0, words: 0 };
    const taken = { audio: [] as string[], words: [] as string[] };
    const beeps = { of: 0, found: 0 };
    let counted = 0;
    for (const spec of specs) {
      const clip = await render(spec, voices);
      for (const hearing of ['audio', 'words'] as const) {
        const { verdict, greetingEnd } = await tryClip(clip, hearing);
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
    expect(wrong.audio / counted).toBeLessThanOrEqual(0.2);
    expect(taken.words).toEqual([]);
    expect(taken.audio).toEqual([]);
    expect(beeps.of).toBeGreaterThanOrEqual(10);
    expect(beeps.found).toBe(beeps.of);
  },
  60_000,
);

/** The real recognisers of greetings and of dictation, on clips of voices that come from people which only words can tell. */
peerTest(
  'espeak-ng',
  'the local recognisers keep their figures on a part of the corpus',
  async () => {
    const folder = await mkdtemp(join(tmpdir(), 'patchbay-guesses-'));
    const ear = await Ear.load(folder);
    const kinds = ['short greeting, no beep', 'call screening', 'long business greeting'];
    const specs = corpus('seen f').filter(
      ({ id, category }) => kinds.includes(category) && Number(id.split('/').at(-1)) <= 3,
    );
    const dictates = moonshineInstalled() || peersRequired;
    const hearings = dictates ? (['audio', 'guesses', 'dictation'] as const) : (['audio', 'guesses'] as const);
    const right = { audio: 0, guesses: 0, dictation: 0 };
    const taken: string[] = [];
    try {
      for (const spec of specs) {
        const clip = await render(spec, voices);
        for (const hearing of hearings) {
          const { verdict } = await tryClip(clip, hearing, ear);
          expect(verdict?.decidedAfterMs, spec.id).toBeLessThanOrEqual(5000);
          if (verdict?.type === spec.expected) right[hearing] += 1;
          else if (spec.category === 'long business greeting') taken.push(`${hearing} ${spec.id}`);
        }
      }
    } finally {
      ear.close();
      await rm(folder, { recursive: true });
    }
    expect(specs.length).toBe(9);
    expect(taken).toEqual([]);
    expect(right.guesses).toBeGreaterThan(right.audio);
    if (dictates) expect(right.dictation).toBeGreaterThan(right.audio);
  },
  120_000,
);
