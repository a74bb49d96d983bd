import type { MachineVerdict } from '../../src/dialout/status.ts';
import { CASTING, CHILDREN } from './casting.ts';
import type { Background, CastName, ClipSpec, Half, Language, LineSettings, Part, ToneShape, Voice } from './clip.ts';
import { LANGUAGES } from './clip.ts';
import { generator, seedOf } from './sounds.ts';
import { WORDINGS, type Wordings } from './wordings.ts';

/** What is tried with every clip: 13 s after the answer. */
const CLIP_MS = 13_000;

interface Draft {
  category: string;
  expected: MachineVerdict['type'];
  language?: Language;
  parts: (chance: Chance) => readonly Part[];
  line?: Partial<LineSettings>;
}

/** Values of a clip: the same in every run. */
class Chance {
  readonly #random: () => number;

  constructor(seed: string) {
    this.#random = generator(seedOf(seed));
  }

  /** A whole number, both ends included. */
  between(from: number, to: number): number {
    return from + Math.floor(this.#random() * (to - from + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.between(0, values.length - 1)] as T;
  }
}

const CASTS: Readonly<Record<Half, readonly CastName[]>> = { development: ['a', 'b', 'c', 'd'], 'held-out': ['e'] };

/** All clips, or those of one half. */
export function corpus(half?: Half): ClipSpec[] {
  const halves: readonly Half[] = half === undefined ? ['development', 'held-out'] : [half];
  return halves.flatMap((each) => CASTS[each].flatMap((cast) => clipsOf(each, cast)));
}

function clipsOf(half: Half, cast: CastName): ClipSpec[] {
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

function drafts(cast: CastName): Draft[] {
  return [...humans(cast), ...people(cast), ...machines(cast), ...networks(cast), ...faxes(cast), ...others(cast)];
}

/** Wordings of one kind, each by the next voice of its language; English `times` times by different voices. */
function spoken(cast: CastName, pick: keyof Wordings, times = 1): { text: string; language: Language; voice: Voice }[] {
  return LANGUAGES.flatMap((language) => {
    const voices = CASTING[cast][language];
    const texts = WORDINGS[cast][language][pick];
    return Array.from({ length: language === 'en' ? times : 1 }, (_, round) =>
      texts.map((text, index) => ({
        text,
        language,
        voice: voices[(index + round * 2 + (pick.length % 3)) % voices.length] as Voice,
      })),
    ).flat();
  });
}

const pause = (ms: number): Part => ({ kind: 'pause', ms });
const say = (text: string, voice: Voice, levelDb: number): Part => ({ kind: 'say', text, voice, levelDb });
/** Speech on telephones lies around -20 dBFS (ITU-T P.56 active level of -16 to -26 dBm0). */
const usual = (chance: Chance) => chance.between(-27, -15);

/** People answer, and then wait. */
function humans(cast: CastName): Draft[] {
  const greet = (category: string, pick: 'hello' | 'name' | 'company' | 'business', times: number): Draft[] =>
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
  ];
}

/** People in less easy circumstances. */
function people(cast: CastName): Draft[] {
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
  const style = of(cast, 'band', 'pads', 'band', 'pads', 'band');
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

/** Beeps of the field differ in pitch and length; some have harmonics, some two frequencies. */
const BEEPS: Readonly<Record<CastName, readonly { hz: readonly number[]; ms: number; shape?: ToneShape }[]>> = {
  a: [
    { hz: [1000], ms: 400 },
    { hz: [850], ms: 250 },
    { hz: [1400], ms: 200 },
    { hz: [440], ms: 900 },
    { hz: [1000], ms: 120, shape: { harmonics: [0.2, 0.1] } },
    { hz: [620], ms: 1500 },
    { hz: [2000], ms: 300 },
    { hz: [1330, 1000], ms: 350 },
  ],
  b: [
    { hz: [941], ms: 300 },
    { hz: [780], ms: 700 },
    { hz: [1633], ms: 180 },
    { hz: [500], ms: 500 },
    { hz: [1200], ms: 140, shape: { harmonics: [0, 0.3] } },
    { hz: [425], ms: 1000 },
    { hz: [1850], ms: 2000 },
    { hz: [800, 1150], ms: 450 },
  ],
  c: [
    { hz: [1050], ms: 350 },
    { hz: [700], ms: 220 },
    { hz: [1500], ms: 150 },
    { hz: [460], ms: 800 },
    { hz: [900], ms: 110, shape: { harmonics: [0.3, 0, 0.1] } },
    { hz: [580], ms: 1200 },
    { hz: [1750], ms: 450 },
    { hz: [1015, 1420], ms: 260 },
  ],
  d: [
    { hz: [980], ms: 480 },
    { hz: [1320], ms: 160 },
    { hz: [650], ms: 300 },
    { hz: [480], ms: 700 },
    { hz: [1100], ms: 800, shape: { harmonics: [0.1, 0.2] } },
    { hz: [2050], ms: 250 },
    { hz: [880], ms: 1600 },
    { hz: [650, 1130], ms: 380 },
  ],
  e: [
    { hz: [1020], ms: 330 },
    { hz: [800], ms: 280 },
    { hz: [1250], ms: 130 },
    { hz: [450], ms: 600 },
    { hz: [950], ms: 240, shape: { harmonics: [0.25, 0.05] } },
    { hz: [1600], ms: 900 },
    { hz: [750], ms: 1300 },
    { hz: [900, 1380], ms: 420 },
  ],
};

function machines(cast: CastName): Draft[] {
  const beep = (index: number, levelDb: number): Part => {
    const beeps = BEEPS[cast];
    return { kind: 'tone', levelDb, ...(beeps[index % beeps.length] as (typeof beeps)[number]) };
  };
  const machine = (
    category: string,
    language: Language,
    parts: Draft['parts'],
    line: Partial<LineSettings> = {},
  ): Draft => ({
    category,
    expected: 'answering-machine',
    language,
    parts,
    line,
  });
  const style = of(cast, 'pads', 'band', 'pads', 'band', 'pads');
  const voices = CASTING[cast].en;
  const { longMachine } = WORDINGS[cast].en;
  return [
    ...spoken(cast, 'shortMachine', 2).map(({ text, language, voice }, i) =>
      machine('short greeting, beep', language, (chance) => [
        pause(chance.between(200, 1300)),
        say(text, voice, usual(chance)),
        pause(chance.between(150, 1100)),
        beep(i, chance.between(-24, -12)),
      ]),
    ),
    ...spoken(cast, 'shortMachine')
      .filter((_, i) => i % 2 === 0)
      .map(({ text, language, voice }) =>
        machine('short greeting, no beep', language, (chance) => [
          pause(chance.between(200, 1300)),
          say(text, voice, usual(chance)),
        ]),
      ),
    ...spoken(cast, 'longMachine', 2).map(({ text, language, voice }, i) =>
      machine('long greeting', language, (chance) => [
        pause(chance.between(200, 1500)),
        say(text, voice, usual(chance)),
        ...(i % 3 === 2 ? [] : [pause(chance.between(200, 1200)), beep(i + 3, chance.between(-24, -12))]),
      ]),
    ),
    ...spoken(cast, 'carrier').map(({ text, language, voice }, i) =>
      machine('carrier greeting', language, (chance) => [
        pause(chance.between(300, 1500)),
        say(text, voice, usual(chance)),
        pause(chance.between(200, 700)),
        beep(i + 1, -15),
      ]),
    ),
    ...[0, 1, 2, 3, 4].map((i) =>
      machine('greeting with pauses', 'en', (chance) => [
        pause(chance.between(200, 900)),
        ...sentences(longMachine[i % longMachine.length] as string).flatMap((sentence) => [
          say(sentence, voices[i % voices.length] as Voice, -20),
          pause(chance.between(450, 800)),
        ]),
        beep(i + 2, -16),
      ]),
    ),
    ...[0, 1].map((i) =>
      machine('music, then greeting', 'en', () => [
        pause(300),
        { kind: 'music', seed: 40 + i, ms: 1500 + 500 * i, levelDb: -20, style },
        say(longMachine[i] as string, voices[i] as Voice, -18),
        beep(i, -16),
      ]),
    ),
    ...[0, 1].map((i) =>
      machine(
        'greeting over music',
        'en',
        (chance) => [
          pause(chance.between(200, 600)),
          say(longMachine[i + 1] as string, voices[i + 2] as Voice, -17),
          pause(300),
          beep(i + 4, -14),
        ],
        { background: { kind: 'music', seed: 60 + i, levelDb: -32, style } },
      ),
    ),
    ...spoken(cast, 'menu').map(({ text, language, voice }) =>
      machine('menu', language, (chance) => [pause(chance.between(300, 1200)), say(text, voice, usual(chance))]),
    ),
  ];
}

function sentences(text: string): string[] {
  return text.split(/(?<=[.?!])\s+/u);
}

/** What differs between casts. */
function of<T>(cast: CastName, a: T, b: T, c: T, d: T, e: T): T {
  return { a, b, c, d, e }[cast];
}

/** What is neither of the callee nor of his machine. */
function networks(cast: CastName): Draft[] {
  return [
    ...spoken(cast, 'screening', 2).map(
      ({ text, language, voice }): Draft => ({
        category: 'call screening',
        expected: 'human',
        language,
        parts: (chance) => [pause(chance.between(200, 900)), say(text, voice, usual(chance))],
      }),
    ),
    ...(['en', 'de', 'fr', 'nl'] as const).map(
      (language, i): Draft => ({
        category: 'special information tones',
        expected: 'answering-machine',
        language,
        parts: () => [
          pause(200 + 150 * i),
          ...[913.8 + (i % 2) * 71.4, 1370.6 + (i % 2) * 57.9, 1776.7].map(
            (hz, at): Part => ({ kind: 'tone', hz: [hz], ms: at === 0 && i % 2 === 1 ? 380 : 330, levelDb: -18 }),
          ),
          pause(300),
          say(WORDINGS[cast][language].carrier.at(-1) as string, CASTING[cast][language][0] as Voice, -20),
        ],
      }),
    ),
  ];
}

function faxes(cast: CastName): Draft[] {
  const fax = (category: string, parts: readonly Part[], line: Partial<LineSettings> = {}): Draft => ({
    category,
    expected: 'fax',
    parts: () => parts,
    line,
  });
  const calling = (levelDb: number, hz: number): Part[] =>
    [0, 1, 2].flatMap(() => [{ kind: 'tone', hz: [hz], ms: 500, levelDb }, pause(3000)] satisfies Part[]);
  const answering = (levelDb: number, shape: ToneShape): Part => ({
    kind: 'tone',
    hz: [of(cast, 2100, 2108, 2094, 2103, 2097)],
    ms: of(cast, 3000, 3400, 2700, 3700, 3200),
    levelDb,
    shape,
  });
  return [
    fax('fax answering', [pause(of(cast, 300, 1000, 1500, 700, 900)), answering(-16, {})]),
    fax('fax answering', [pause(1200), answering(of(cast, -26, -30, -32, -28, -31), { reversalMs: 450 })]),
    fax('fax answering', [pause(200), answering(-20, { reversalMs: 450, modulationHz: 15, modulation: 0.2 })]),
    fax('fax answering', [pause(1800), answering(-14, { modulationHz: 15, modulation: 0.2 })], {
      background: { kind: 'noise', colour: 'pink', levelDb: -42 },
    }),
    fax('fax calling', [pause(of(cast, 200, 500, 700, 400, 600)), ...calling(-18, 1100)]),
    fax('fax calling', [pause(900), ...calling(-28, of(cast, 1075, 1125, 1090, 1112, 1082))]),
    fax('fax calling', [pause(of(cast, 2000, 2400, 2700, 2200, 2500)), ...calling(-22, 1100)]),
    fax('fax calling', [pause(500), ...calling(-16, 1122)], {
      background: { kind: 'noise', colour: 'white', levelDb: -45 },
    }),
  ];
}

/** ITU-T E.180 supplement 2: ringing of several countries. */
function ringing(cast: CastName): Part[][] {
  const rings: readonly { hz: readonly number[]; on: number; off: number }[] = [
    of(
      cast,
      { hz: [425], on: 1000, off: 4000 },
      { hz: [425], on: 1000, off: 3000 },
      { hz: [450], on: 1000, off: 4000 },
      { hz: [400], on: 1500, off: 3000 },
      { hz: [420], on: 1000, off: 4500 },
    ),
    of(
      cast,
      { hz: [440, 480], on: 2000, off: 4000 },
      { hz: [440, 480], on: 1200, off: 3500 },
      { hz: [440, 480], on: 1800, off: 3800 },
      { hz: [440, 480], on: 2000, off: 3900 },
      { hz: [440, 480], on: 1500, off: 3700 },
    ),
    of(
      cast,
      { hz: [440], on: 1500, off: 3500 },
      { hz: [425], on: 1500, off: 3000 },
      { hz: [425], on: 1250, off: 3750 },
      { hz: [450], on: 1000, off: 3900 },
      { hz: [440], on: 1000, off: 3500 },
    ),
    of(
      cast,
      { hz: [400, 450], on: 400, off: 200 },
      { hz: [400, 450], on: 400, off: 220 },
      { hz: [413, 438], on: 400, off: 200 },
      { hz: [400, 425], on: 400, off: 210 },
      { hz: [400, 450], on: 380, off: 220 },
    ),
  ];
  return rings.map(({ hz, on, off }) =>
    [0, 1, 2].flatMap(() => [{ kind: 'tone', hz, ms: on, levelDb: -20 }, pause(off)] satisfies Part[]),
  );
}

function others(cast: CastName): Draft[] {
  const unknown = (category: string, parts: readonly Part[], line: Partial<LineSettings> = {}): Draft => ({
    category,
    expected: 'unknown',
    parts: () => parts,
    line,
  });
  return [
    ...ringing(cast).map((parts) => unknown('ringing only', [pause(300), ...parts])),
    unknown('silence', []),
    unknown('silence', [], { background: { kind: 'noise', colour: 'pink', levelDb: -48 } }),
    unknown('noise', [], { background: { kind: 'noise', colour: 'white', levelDb: -34 } }),
    unknown('noise', [], { background: { kind: 'hum', levelDb: -32 } }),
    ...[0, 1, 2, 3].map((i) =>
      unknown('music on hold', [
        {
          kind: 'music',
          seed: of(cast, 0, 100, 200, 300, 400) + i,
          ms: CLIP_MS,
          levelDb: -16 - 3 * i,
          style: of(
            cast,
            'band',
            'pads',
            i % 2 === 0 ? 'pads' : 'band',
            i < 2 ? 'pads' : 'band',
            i % 2 === 0 ? 'band' : 'pads',
          ),
        },
      ]),
    ),
    unknown(
      'keys',
      [
        [770, 1336],
        [852, 1209],
        [697, 1477],
        [941, 1336],
      ].flatMap((hz): Part[] => [
        pause(350),
        { kind: 'tone', hz, ms: of(cast, 160, 200, 240, 180, 220), levelDb: -16 },
      ]),
    ),
    unknown(
      'busy',
      Array.from({ length: 8 }, () => [
        {
          kind: 'tone',
          hz: of(cast, [480, 620], [425], [480, 620], [450], [480, 620]),
          ms: of(cast, 480, 480, 250, 500, 480),
          levelDb: -18,
        } as const,
        pause(480),
      ]).flat(),
    ),
  ];
}
