import type { SampleRate } from './audio.ts';
import { addSine } from './tone.ts';

/** A ringing tone: the frequencies that sound together, and for how long by turns sound and silence. */
interface RingingTone {
  readonly frequenciesHz: readonly number[];
  /** Sound, silence, sound, ... */
  readonly cadenceMs: readonly number[];
}

const EUROPEAN: RingingTone = { frequenciesHz: [425], cadenceMs: [1000, 4000] };
const BRITISH: RingingTone = { frequenciesHz: [400, 450], cadenceMs: [400, 200, 400, 2000] };
const AMERICAN: RingingTone = { frequenciesHz: [440, 480], cadenceMs: [2000, 4000] };

/** What a caller hears while it rings (ITU-T E.180 Supplement 2), by country code (ISO 3166-1 alpha-2). */
export const RINGING_TONES = {
  at: { frequenciesHz: [420], cadenceMs: [1000, 5000] },
  au: BRITISH,
  be: { frequenciesHz: [425], cadenceMs: [1000, 3000] },
  br: EUROPEAN,
  ca: AMERICAN,
  ch: EUROPEAN,
  cn: { frequenciesHz: [450], cadenceMs: [1000, 4000] },
  cz: EUROPEAN,
  de: EUROPEAN,
  dk: EUROPEAN,
  es: { frequenciesHz: [425], cadenceMs: [1500, 3000] },
  fi: EUROPEAN,
  fr: { frequenciesHz: [440], cadenceMs: [1500, 3500] },
  gb: BRITISH,
  gr: EUROPEAN,
  hu: { frequenciesHz: [425], cadenceMs: [1250, 3750] },
  ie: BRITISH,
  il: { frequenciesHz: [400], cadenceMs: [1000, 3000] },
  in: BRITISH,
  it: EUROPEAN,
  jp: { frequenciesHz: [384, 416], cadenceMs: [1000, 2000] },
  mx: EUROPEAN,
  nl: EUROPEAN,
  no: EUROPEAN,
  nz: BRITISH,
  pl: EUROPEAN,
  pt: { frequenciesHz: [425], cadenceMs: [1000, 5000] },
  se: { frequenciesHz: [425], cadenceMs: [1000, 5000] },
  sg: BRITISH,
  tr: { frequenciesHz: [450], cadenceMs: [2000, 4000] },
  us: AMERICAN,
  za: BRITISH,
} as const satisfies Readonly<Record<string, RingingTone>>;

export type RingingCountry = keyof typeof RINGING_TONES;

/** -16 dBm0 for all frequencies together: as loud as an exchange's. */
const AMPLITUDE = 5000;

/** One cycle of the tone, from the beginning of a sound to that of the next. */
export function ringingCycle(country: RingingCountry, sampleRate: SampleRate): Int16Array {
  const { frequenciesHz, cadenceMs }: RingingTone = RINGING_TONES[country];
  const samplesOf = (ms: number) => Math.round((ms * sampleRate) / 1000);
  const cycle = new Int16Array(samplesOf(cadenceMs.reduce((sum, ms) => sum + ms, 0)));
  let at = 0;
  for (const [index, ms] of cadenceMs.entries()) {
    const end = at + samplesOf(ms);
    if (index % 2 === 0) {
      const sound = cycle.subarray(at, end);
      for (const hz of frequenciesHz) addSine(sound, hz, AMPLITUDE / frequenciesHz.length, sampleRate);
    }
    at = end;
  }
  return cycle;
}
