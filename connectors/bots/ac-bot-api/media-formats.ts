import type { SampleRate } from '../../../src/media/audio.ts';

/** Section 3.2, in the order in which they are offered by default: what every bot understands comes first. */
export const MEDIA_FORMAT_NAMES = [
  'raw/lpcm16',
  'raw/lpcm16_8',
  'raw/lpcm16_24',
  'raw/mulaw',
  'wav/lpcm16',
  'wav/lpcm16_8',
  'wav/lpcm16_24',
  'wav/mulaw',
] as const;

export type MediaFormatName = (typeof MEDIA_FORMAT_NAMES)[number];
export const DEFAULT_OFFER: MediaFormatName[] = [...MEDIA_FORMAT_NAMES];

/** What bots on the vendor's own SDK answer whatever was offered, and what is taken where a bot names none. */
export const FALLBACK_FORMAT: MediaFormatName = 'raw/lpcm16';

export interface MediaFormat {
  readonly name: MediaFormatName;
  /** Whether a RIFF WAVE header comes first. */
  readonly wav: boolean;
  readonly encoding: 'lpcm16' | 'mulaw';
  readonly sampleRate: SampleRate;
  readonly bytesPerSample: 1 | 2;
}

const LPCM16_RATES: Readonly<Record<string, SampleRate>> = { lpcm16: 16000, lpcm16_8: 8000, lpcm16_24: 24000 };

const FORMATS: ReadonlyMap<string, MediaFormat> = new Map(
  MEDIA_FORMAT_NAMES.map((name): [string, MediaFormat] => {
    const [container, codec = ''] = name.split('/');
    const wav = container === 'wav';
    const rate = LPCM16_RATES[codec];
    return rate === undefined
      ? [name, { name, wav, encoding: 'mulaw', sampleRate: 8000, bytesPerSample: 1 }]
      : [name, { name, wav, encoding: 'lpcm16', sampleRate: rate, bytesPerSample: 2 }];
  }),
);

/** A format by its name, in any case; undefined for what is not in section 3.2. */
export function mediaFormatOf(name: string): MediaFormat | undefined {
  return FORMATS.get(name.trim().toLowerCase());
}

export function fallbackFormat(): MediaFormat {
  return FORMATS.get(FALLBACK_FORMAT) as MediaFormat;
}

/** `supportedMediaFormats` of `session.initiate`: each once, `raw/lpcm16` last where the preference leaves it out. */
export function offeredFormats(preference: readonly MediaFormatName[]): MediaFormatName[] {
  return [...new Set([...preference, FALLBACK_FORMAT])];
}
