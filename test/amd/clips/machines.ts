import { CASTING } from '../casting.ts';
import type { CastName, Language, LineSettings, Part, ToneShape, Voice } from '../clip.ts';
import { WORDINGS } from '../wordings.ts';
import { type Draft, of, onlySpeaks, pause, say, spoken, usual } from './draft.ts';

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
  f: [
    { hz: [1004], ms: 450 },
    { hz: [720], ms: 260 },
    { hz: [1380], ms: 170 },
    { hz: [430], ms: 750 },
    { hz: [870], ms: 190, shape: { harmonics: [0.2, 0.15] } },
    { hz: [1560], ms: 600 },
  ],
  g: [
    { hz: [1010], ms: 290 },
    { hz: [830], ms: 520 },
    { hz: [1450], ms: 140 },
    { hz: [470], ms: 650 },
    { hz: [1150], ms: 210, shape: { harmonics: [0.15, 0.2] } },
    { hz: [600], ms: 380 },
    { hz: [1700], ms: 1100 },
    { hz: [770, 1209], ms: 360 },
  ],
  h: [
    { hz: [990], ms: 410 },
    { hz: [690], ms: 240 },
    { hz: [1290], ms: 190 },
    { hz: [445], ms: 850 },
    { hz: [910], ms: 160, shape: { harmonics: [0.3, 0.1] } },
    { hz: [1480], ms: 700 },
  ],
  i: [
    { hz: [1030], ms: 360 },
    { hz: [860], ms: 310 },
    { hz: [1420], ms: 155 },
    { hz: [455], ms: 720 },
    { hz: [930], ms: 230, shape: { harmonics: [0.2, 0.1] } },
    { hz: [640], ms: 480 },
    { hz: [1800], ms: 850 },
    { hz: [850, 1290], ms: 330 },
  ],
  j: [
    { hz: [985], ms: 340 },
    { hz: [740], ms: 290 },
    { hz: [1350], ms: 165 },
    { hz: [465], ms: 780 },
    { hz: [1060], ms: 200, shape: { harmonics: [0.2, 0.15] } },
    { hz: [610], ms: 560 },
    { hz: [1650], ms: 950 },
    { hz: [820, 1250], ms: 370 },
  ],
};

export function machines(cast: CastName): Draft[] {
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
  const style = of(cast, 'pads', 'band', 'pads', 'band', 'pads', 'band', 'pads');
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
    ...spoken(cast, 'announcement').map(({ text, language, voice }) =>
      machine('network announcement', language, (chance) => [
        pause(chance.between(300, 1500)),
        say(text, voice, usual(chance)),
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
    ...spoken(cast, 'closed').map(({ text, language, voice }) =>
      machine('closed office', language, (chance) => [
        pause(chance.between(300, 1300)),
        say(text, voice, usual(chance)),
      ]),
    ),
    ...spoken(cast, 'menu').map(({ text, language, voice }) =>
      machine('menu', language, (chance) => [pause(chance.between(300, 1200)), say(text, voice, usual(chance))]),
    ),
  ];
}

function sentences(text: string): string[] {
  return text.split(/(?<=[.?!])\s+/u);
}

function announced(cast: CastName, language: Language): string {
  const { announcement, carrier } = WORDINGS[cast][language];
  return (announcement ?? carrier).at(-1) as string;
}

/** What is neither of the callee nor of his machine. */
export function networks(cast: CastName): Draft[] {
  return [
    ...spoken(cast, 'screening', 2).map(
      ({ text, language, voice }): Draft => ({
        category: 'call screening',
        expected: 'human',
        language,
        parts: (chance) => [pause(chance.between(200, 900)), say(text, voice, usual(chance))],
      }),
    ),
    ...(onlySpeaks(cast) ? [] : (['en', 'de', 'fr', 'nl'] as const)).map(
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
          say(announced(cast, language), CASTING[cast][language][0] as Voice, -20),
        ],
      }),
    ),
  ];
}
