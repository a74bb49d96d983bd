import { CALL_CASTING } from '../call-casting.ts';
import { CALLS, type Calls } from '../calls.ts';
import {
  type Background,
  type CallCastName,
  type CastName,
  LANGUAGES,
  type Language,
  type Part,
  type Voice,
} from '../clip.ts';
import { type Chance, type Draft, pause, say, usual } from './draft.ts';

const BEEPS: Readonly<Record<CallCastName, readonly { hz: readonly number[]; ms: number }[]>> = {
  t: [
    { hz: [1000], ms: 350 },
    { hz: [760], ms: 420 },
    { hz: [1440], ms: 180 },
  ],
  u: [
    { hz: [1025], ms: 300 },
    { hz: [880], ms: 460 },
    { hz: [1300], ms: 190 },
  ],
  k: [
    { hz: [1015], ms: 320 },
    { hz: [815], ms: 300 },
    { hz: [1390], ms: 175 },
    { hz: [455], ms: 690 },
    { hz: [1075], ms: 230 },
    { hz: [630], ms: 520 },
    { hz: [1580], ms: 880 },
    { hz: [790, 1270], ms: 345 },
  ],
  l: [
    { hz: [995], ms: 310 },
    { hz: [845], ms: 330 },
    { hz: [1370], ms: 185 },
    { hz: [475], ms: 670 },
    { hz: [1055], ms: 215 },
    { hz: [620], ms: 540 },
    { hz: [1620], ms: 910 },
    { hz: [810, 1310], ms: 355 },
  ],
};

/** A greeting that asks for a message, or was cut off where it would, is followed by a beep. */
const ASKS_FOR_A_MESSAGE =
  /messag|voice ?mail|beep|tone|leave|know what to do|nachricht|mailbox|piep|signal|nach dem ton|mensaje|señal|buzón|messaggio|segreteria|mensagem|sinal|caixa postal|bericht|piep|toon|bip/iu;
const WORDS_OF = { short: 3, medium: 9 } as const;

export const isOfCalls = (cast: CastName | CallCastName): cast is CallCastName => cast in CALLS;

/** Calls as a dialer meets them. */
export function calls(cast: CallCastName): Draft[] {
  return [
    ...spoken(cast, 'person', 0).map(({ text, ...who }): Draft => {
      const words = text.split(/\s+/u).length;
      const length = words <= WORDS_OF.short ? 'short' : words <= WORDS_OF.medium ? 'medium' : 'long';
      return answer(`person, ${length}`, 'human', text, who, 1);
    }),
    ...spoken(cast, 'voicemail', 1).map((spoke, i): Draft => {
      const beeps = ASKS_FOR_A_MESSAGE.test(spoke.text);
      const { hz, ms } = BEEPS[cast][i % BEEPS[cast].length] as (typeof BEEPS)['k'][number];
      const { text, ...who } = spoke;
      return answer(`voicemail, ${beeps ? '' : 'no '}beep`, 'answering-machine', text, who, 0, (chance) =>
        beeps ? [pause(chance.between(200, 1100)), { kind: 'tone', hz, ms, levelDb: chance.between(-24, -12) }] : [],
      );
    }),
    ...spoken(cast, 'menu', 2).map(({ text, ...who }) => answer('menu', 'answering-machine', text, who, 0)),
    ...spoken(cast, 'carrier', 3).map(({ text, ...who }) =>
      answer('network announcement', 'answering-machine', text, who, 0),
    ),
    ...spoken(cast, 'screening', 4).map(({ text, ...who }) => answer('call screening', 'human', text, who, 0)),
  ];
}

interface Speaker {
  language: Language;
  voice: Voice;
  /** Of the text among those of its kind and language. */
  index: number;
}

function spoken(cast: CallCastName, kind: keyof Calls, first: number): (Speaker & { text: string })[] {
  return LANGUAGES.flatMap((language) => {
    const voices = CALL_CASTING[cast][language];
    return CALLS[cast][language][kind].map((text, index) => ({
      text,
      language,
      index,
      voice: voices[(index + 3 * first) % voices.length] as Voice,
    }));
  });
}

/** @param noisyOfTen so many of ten clips have noise around the speaker, or lose packets */
function answer(
  category: string,
  expected: Draft['expected'],
  text: string,
  { language, voice, index }: Speaker,
  noisyOfTen: number,
  after: (chance: Chance) => Part[] = () => [],
): Draft {
  const noises: readonly Background[] = [
    { kind: 'noise', colour: 'pink', levelDb: -34 },
    { kind: 'hum', levelDb: -36 },
    { kind: 'noise', colour: 'white', levelDb: -38 },
  ];
  const noisy = index % 10 >= 10 - noisyOfTen;
  const background = noises[Math.floor(index / 10) % 4];
  return {
    category,
    expected,
    language,
    parts: (chance) => [
      pause(chance.between(150, expected === 'human' ? 1100 : 1400)),
      say(text, voice, noisy ? chance.between(-20, -16) : usual(chance)),
      ...after(chance),
    ],
    ...(noisy && { line: background === undefined ? { loss: 0.03 } : { background } }),
  };
}
