import { SpeechError } from '../../../../src/speech/ports.ts';
import type { EspeakVoices } from './espeak.ts';
import { voiceByName, voiceForLanguage } from './espeak-voices.ts';

/** Voices inside flite: slt is a woman, the others men; slt, rms and awb (Scottish) sound best, kal and kal16 are robots. */
export const FLITE_VOICES = ['slt', 'rms', 'awb', 'kal', 'kal16'] as const;
export type FliteVoice = (typeof FLITE_VOICES)[number];

/** Clear at telephone bandwidth. */
export const DEFAULT_FLITE_VOICE: FliteVoice = 'slt';

export type ResolvedVoice = { engine: 'flite'; voice: FliteVoice } | { engine: 'espeak-ng'; voice: string };

export interface VoiceRequest {
  /** BCP 47. */
  language: string;
  /** Asked for with this request: obeyed whatever the language is. */
  voice: string | undefined;
  /** The service's `voice` setting: used for the languages that it speaks. */
  defaultVoice: string | undefined;
}

const ESPEAK_PREFIX = 'espeak-ng/';
const FLITE_PREFIX = 'flite/';

/**
 * Decides who speaks. `espeak` is asked for its voices only when it is needed.
 * @throws SpeechError `speech_rejected` for a voice or language that does not exist, and what `espeak` throws
 */
export async function resolveVoice(request: VoiceRequest, espeak: () => Promise<EspeakVoices>): Promise<ResolvedVoice> {
  if (request.voice !== undefined && request.voice !== '') return namedVoice(request.voice, espeak);
  if (request.defaultVoice !== undefined) {
    const preferred = await preferredVoice(request.defaultVoice, request.language, espeak);
    if (preferred !== undefined) return preferred;
  }
  if (isEnglish(request.language)) return { engine: 'flite', voice: DEFAULT_FLITE_VOICE };
  const voice = voiceForLanguage((await espeak()).voices, request.language);
  if (voice !== undefined) return { engine: 'espeak-ng', voice };
  throw new SpeechError('speech_rejected', `espeak-ng has no voice for the language "${printable(request.language)}"`);
}

export function isEnglish(language: string): boolean {
  return /^en(?:[-_]|$)/iu.test(language);
}

async function preferredVoice(
  name: string,
  language: string,
  espeak: () => Promise<EspeakVoices>,
): Promise<ResolvedVoice | undefined> {
  if (!name.startsWith(ESPEAK_PREFIX)) return isEnglish(language) ? namedVoice(name, espeak) : undefined;
  const voice = await namedVoice(name, espeak);
  const spoken = primaryOf(voice.voice.split('+')[0] ?? '');
  const wanted = voiceForLanguage((await espeak()).voices, language);
  return wanted !== undefined && primaryOf(wanted) === spoken ? voice : undefined;
}

async function namedVoice(name: string, espeak: () => Promise<EspeakVoices>): Promise<ResolvedVoice> {
  if (name.startsWith(ESPEAK_PREFIX)) {
    const { voices, variants } = await espeak();
    const voice = voiceByName(voices, variants, name.slice(ESPEAK_PREFIX.length));
    if (voice !== undefined) return { engine: 'espeak-ng', voice };
    throw new SpeechError(
      'speech_rejected',
      `espeak-ng has no voice "${printable(name)}"; "espeak-ng --voices" lists them, for instance espeak-ng/de or espeak-ng/de+f3`,
    );
  }
  const wanted = name.startsWith(FLITE_PREFIX) ? name.slice(FLITE_PREFIX.length) : name;
  const voice = FLITE_VOICES.find((each) => each === wanted.toLowerCase());
  if (voice !== undefined) return { engine: 'flite', voice };
  throw new SpeechError(
    'speech_rejected',
    `there is no local voice "${printable(name)}"; there are ${FLITE_VOICES.map((each) => FLITE_PREFIX + each).join(', ')} and espeak-ng/<voice>`,
  );
}

function primaryOf(tag: string): string {
  return tag.split('-')[0] ?? '';
}

/** Somebody else's text inside a message: short, on one line. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, '?').slice(0, 60);
}
