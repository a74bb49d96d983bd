import type { MachineVerdict } from '../../../src/dialout/status.ts';
import { CASTING } from '../casting.ts';
import { type CastName, LANGUAGES, type Language, type LineSettings, type Part, type Voice } from '../clip.ts';
import { generator, seedOf } from '../sounds.ts';
import { WORDINGS, type Wordings } from '../wordings.ts';

/** A clip before chance has filled it in. */
export interface Draft {
  category: string;
  expected: MachineVerdict['type'];
  language?: Language;
  parts: (chance: Chance) => readonly Part[];
  line?: Partial<LineSettings>;
}

/** Values of a clip: the same in every run. */
export class Chance {
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

const KINDS: readonly (keyof Wordings)[] = [
  'hello',
  'name',
  'company',
  'business',
  'shortMachine',
  'longMachine',
  'carrier',
  'announcement',
  'menu',
  'screening',
  'sentences',
  'hold',
  'closed',
];

/** The voice that begins. The later casts have more voices than sentences of a kind. */
function firstVoice(cast: CastName, pick: keyof Wordings): number {
  return ['g', 'h', 'i', 'j'].includes(cast) ? 3 * KINDS.indexOf(pick) : pick.length % 3;
}

/**
 * Wordings of one kind, each by the next voice of its language; English `times` times by different voices, but once in the
 * casts `i` and `j`, which have more sentences.
 */
export function spoken(
  cast: CastName,
  pick: keyof Wordings,
  times = 1,
): { text: string; language: Language; voice: Voice }[] {
  return LANGUAGES.flatMap((language) => {
    const voices = CASTING[cast][language];
    const texts = WORDINGS[cast][language][pick] ?? [];
    return Array.from({ length: language === 'en' && cast !== 'i' && cast !== 'j' ? times : 1 }, (_, round) =>
      texts.map((text, index) => ({
        text,
        language,
        voice: voices[(index + round * 2 + firstVoice(cast, pick)) % voices.length] as Voice,
      })),
    ).flat();
  });
}

export const pause = (ms: number): Part => ({ kind: 'pause', ms });
export const say = (text: string, voice: Voice, levelDb: number): Part => ({ kind: 'say', text, voice, levelDb });
/** Speech on telephones lies around -20 dBFS. */
export const usual = (chance: Chance) => chance.between(-27, -15);

/** Some casts only speak: they have neither tones nor silence for clips. */
export const onlySpeaks = (cast: CastName) => cast === 'f' || cast === 'h' || cast === 'i';

/** What differs between casts; `f` has what `e` has, `h` and `i` what `g` has. */
export function of<T>(cast: CastName, a: T, b: T, c: T, d: T, e: T, g: T, j: T): T {
  return { a, b, c, d, e, f: e, g, h: g, i: g, j }[cast];
}
