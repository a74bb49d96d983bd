import { CHILDREN } from './casting.ts';
import {
  type Background,
  type CallCastName,
  type CastName,
  CLIP_MS,
  type ClipSpec,
  type Half,
  type LineSettings,
} from './clip.ts';
import { calls, isOfCalls } from './clips/calls.ts';
import { Chance, type Draft, onlySpeaks } from './clips/draft.ts';
import { machines, networks } from './clips/machines.ts';
import { humans, people } from './clips/people.ts';
import { faxes, others } from './clips/tones.ts';

const CASTS: Readonly<Record<Half, readonly (CastName | CallCastName)[]>> = {
  development: ['a', 'b', 'c', 'd', 't', 'u'],
  'seen e': ['e'],
  'seen f': ['f'],
  'seen g': ['g'],
  'seen h': ['h'],
  'seen i': ['i'],
  'seen j': ['j'],
  'seen k': ['k'],
  'held-out': ['l'],
};

export const HALVES = Object.keys(CASTS) as readonly Half[];

/** All clips, or those of one part. */
export function corpus(half?: Half): ClipSpec[] {
  const halves: readonly Half[] = half === undefined ? HALVES : [half];
  return halves.flatMap((each) => CASTS[each].flatMap((cast) => clipsOf(each, cast)));
}

function clipsOf(half: Half, cast: CastName | CallCastName): ClipSpec[] {
  const counts = new Map<string, number>();
  return drafts(cast).map((draft) => {
    const number = (counts.get(draft.category) ?? 0) + 1;
    counts.set(draft.category, number);
    return finish(half, draft, `${cast}/${draft.category}/${number}`);
  });
}

function finish(half: Half, draft: Draft, id: string): ClipSpec {
  const chance = new Chance(id);
  const line: LineSettings = {
    codec: chance.pick(['PCMU', 'PCMA', 'PCMA', 'PCMU', 'wideband'] as const),
    background: chance.pick<Background>([
      { kind: 'idle' },
      { kind: 'idle' },
      { kind: 'noise', colour: 'pink', levelDb: chance.between(-62, -50) },
      { kind: 'hum', levelDb: chance.between(-60, -50) },
    ]),
    loss: 0,
    narrow: chance.between(0, 2) === 0,
    ...draft.line,
  };
  return {
    id,
    half,
    category: draft.category,
    expected: draft.expected,
    language: draft.language ?? 'en',
    parts: draft.parts(chance),
    line,
    ms: CLIP_MS,
  };
}

function drafts(cast: CastName | CallCastName): Draft[] {
  if (isOfCalls(cast)) return calls(cast);
  if (onlySpeaks(cast)) {
    const spoken = [...humans(cast), ...people(cast), ...machines(cast), ...networks(cast)];
    return spoken.filter(({ category }) => category !== 'child' || CHILDREN[cast].length > 0);
  }
  return [...humans(cast), ...people(cast), ...machines(cast), ...networks(cast), ...faxes(cast), ...others(cast)];
}
