import { overlaid } from '../../../src/speech/override.ts';
import type { TtsRequest } from '../../../src/speech/ports.ts';
import { textPieces } from '../../../src/speech/text-pieces.ts';
import type { GoogleConfig } from './config.ts';

export interface Voice {
  languageCode: string;
  /** Absent: Google's own choice for the language. */
  name?: string;
}

/** "Quotas and limits" of Cloud Text-to-Speech: bytes of one request. */
export const MAX_INPUT_BYTES = 5_000;

const LANGUAGE = /^[a-z]{2,3}(?:-[A-Za-z]{4})?-(?:[A-Z]{2}|\d{3})(?=-)/;

/**
 * Who speaks: the voice that the bot names, or that of the configuration. A voice without a language in front is that of the text's
 * language; a configured one of another language than the text gives way to Google's own choice.
 */
export function voiceFor({ tts }: GoogleConfig, { voice, language }: Pick<TtsRequest, 'voice' | 'language'>): Voice {
  const wanted = voice ?? tts.voice;
  const own = LANGUAGE.exec(wanted)?.[0];
  if (own === undefined) return { languageCode: language, name: `${language}-${wanted}` };
  if (voice === undefined && own.toLowerCase() !== language.toLowerCase()) return { languageCode: language };
  return { languageCode: own, name: wanted };
}

/** Voices that StreamingSynthesize takes ("Synthesize speech with bidirectional streaming"). */
export function voiceStreams({ name }: Voice): boolean {
  return name !== undefined && /-Chirp3-HD-/i.test(name);
}

export function streamingConfig(config: GoogleConfig, voice: Voice, sampleRate: number): object {
  const { speakingRate } = config.tts;
  return {
    streamingConfig: {
      voice,
      streamingAudioConfig: {
        audioEncoding: 'PCM',
        sampleRateHertz: sampleRate,
        ...(speakingRate === undefined ? {} : { speakingRate }),
      },
    },
  };
}

/** What is said, and the audio that the call takes: nobody overrides it. */
const OF_THE_CALL = ['input', 'audioConfig.audioEncoding', 'audioConfig.sampleRateHertz'];

export function unaryRequest(
  config: GoogleConfig,
  voice: Voice,
  text: string,
  ssml: boolean,
  sampleRate: number,
  override?: Readonly<Record<string, unknown>>,
): object {
  const { speakingRate, pitch, volumeGainDb, effectsProfiles } = config.tts;
  const wanted = {
    input: ssml ? { ssml: text } : { text },
    voice,
    audioConfig: {
      audioEncoding: 'LINEAR16',
      sampleRateHertz: sampleRate,
      ...(speakingRate === undefined ? {} : { speakingRate }),
      ...(pitch === undefined ? {} : { pitch }),
      ...(volumeGainDb === undefined ? {} : { volumeGainDb }),
      ...(effectsProfiles.length === 0 ? {} : { effectsProfileId: effectsProfiles }),
    },
  };
  return overlaid(wanted, override, OF_THE_CALL);
}

/** A text in pieces that Google takes. */
export function piecesOf(text: string, maxBytes = MAX_INPUT_BYTES): string[] {
  return textPieces(text, maxBytes, Buffer.byteLength);
}

/** Samples in little-endian bytes that come in pieces; half a sample at the end of one belongs to the next. */
export class SampleReader {
  #odd: Uint8Array | undefined;

  push(bytes: Uint8Array): Int16Array {
    const whole = this.#odd === undefined ? bytes : Buffer.concat([this.#odd, bytes]);
    const length = whole.length & ~1;
    this.#odd = length === whole.length ? undefined : whole.slice(length);
    const samples = new Int16Array(length >> 1);
    new Uint8Array(samples.buffer).set(whole.subarray(0, length));
    return samples;
  }
}
