import { CASTING, CHILDREN } from '../casting.ts';
import type { Background, CastName, LineSettings, Voice } from '../clip.ts';
import { seedOf } from '../sounds.ts';
import { WORDINGS } from '../wordings.ts';
import { type Draft, of, pause, say, spoken, usual } from './draft.ts';
import { ringing } from './tones.ts';

/** People answer, and then wait. */
export function humans(cast: CastName): Draft[] {
  const greet = (
    category: string,
    pick: 'hello' | 'name' | 'company' | 'business' | 'sentences' | 'hold',
    times: number,
  ): Draft[] =>
    spoken(cast, pick, times).map(({ text, language, voice }) => ({
      category,
      expected: 'human',
      language,
      parts: (chance) => [pause(chance.between(150, 1100)), say(text, voice, usual(chance))],
    }));
  return [
    ...greet('hello', 'hello', 2),
    ...greet('name', 'name', 1),
    ...greet('company greeting', 'company', 1),
    ...greet('long business greeting', 'business', 1),
    ...greet('greeting of whole sentences', 'sentences', 1),
    ...greet('hold on, who is this', 'hold', 1),
  ];
}

/** People in less easy circumstances. */
export function people(cast: CastName): Draft[] {
  const voices = CASTING[cast].en;
  const { hello, company } = WORDINGS[cast].en;
  const text = (index: number) => hello[index % hello.length] as string;
  const voice = (index: number) => voices[index % voices.length] as Voice;
  const human = (category: string, parts: Draft['parts'], line: Partial<LineSettings> = {}): Draft => ({
    category,
    expected: 'human',
    parts,
    line,
  });
  const style = of(cast, 'band', 'pads', 'band', 'pads', 'band', 'pads', 'band');
  const backgrounds: Background[] = [
    { kind: 'noise', colour: 'pink', levelDb: -34 },
    { kind: 'noise', colour: 'white', levelDb: -38 },
    { kind: 'hum', levelDb: -36 },
    { kind: 'music', seed: seedOf(cast), levelDb: -36, style },
    { kind: 'music', seed: seedOf(cast) + 5, levelDb: -33, style },
    {
      kind: 'babble',
      levelDb: -35,
      voices: voices.slice(0, 4).map((each, i) => ({ text: company[i % company.length] as string, voice: each })),
    },
    { kind: 'noise', colour: 'pink', levelDb: -30 },
    {
      kind: 'babble',
      levelDb: -38,
      voices: voices.slice(2, 6).map((each, i) => ({ text: company[i % company.length] as string, voice: each })),
    },
  ];
  return [
    ...[0, 1, 2, 3, 4].map((i) =>
      human('hello, and again', (chance) => [
        pause(chance.between(200, 800)),
        say(text(i), voice(i), -20),
        pause(chance.between(700, 1400)),
        say(text(i), voice(i), -18),
      ]),
    ),
    ...[1500, 1900, 2300, 2700, 3100, 3500].map((ms, i) =>
      human('silence, then hello', (chance) => [pause(ms), say(text(i + 1), voice(i), usual(chance))]),
    ),
    ...backgrounds.map((background, i) =>
      human(
        'hello in noise or music',
        (chance) => [pause(chance.between(300, 1200)), say(text(i), voice(i + 1), -18)],
        { background },
      ),
    ),
    ...[1, 2, 2, 3].map((bursts, i) =>
      human('cough', (chance) => [
        pause(chance.between(300, 900)),
        { kind: 'cough', bursts, levelDb: -22 },
        pause(chance.between(250, 700)),
        say(text(i + 2), voice(i), -20),
      ]),
    ),
    ...[0, 1, 2, 3].map((i) =>
      human('child', (chance) => [
        pause(chance.between(200, 900)),
        say(text(i), CHILDREN[cast][i % 2] as Voice, usual(chance)),
      ]),
    ),
    ...[-38, -35, -8, -6].map((levelDb, i) =>
      human('faint or loud', (chance) => [pause(chance.between(300, 900)), say(text(i), voice(i + 2), levelDb)], {
        background: { kind: 'idle' },
      }),
    ),
    ...[0.02, 0.04, 0.06].map((loss, i) =>
      human('lost packets', (chance) => [pause(chance.between(300, 900)), say(company[i] as string, voice(i), -20)], {
        loss,
      }),
    ),
    ...ringing(cast)
      .slice(0, 4)
      .map((ring, i) =>
        human('ringing, then hello', (chance) => [
          ...ring.slice(0, i === 3 ? 3 : 1),
          pause(chance.between(300, 900)),
          say(text(i), voice(i), -20),
        ]),
      ),
  ];
}
