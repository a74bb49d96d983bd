import type { MachineVerdict } from '../../src/dialout/status.ts';

/** `seen`: a cast that was held out once; rules were changed because of what was wrong in it. */
export type Half =
  | 'development'
  | 'seen e'
  | 'seen f'
  | 'seen g'
  | 'seen h'
  | 'seen i'
  | 'seen j'
  | 'seen k'
  | 'held-out';
/**
 * A set of voices, wordings, beeps and ringing tones that has nothing in common with another. `f` and `h` have the voices of
 * flite, made of recordings of people, which some casts have among theirs, with sentences of their own; `h` has them at other
 * pitches. `i` and `j` have voices of the others at other pitches and speeds; `i` has the ringing tones of `g`.
 */
export type CastName = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h' | 'i' | 'j';
/**
 * Casts that have sentences by who answers; their voices are those of the others at other pitches and speeds. `k` and `l` are
 * distributed as a dialer meets them, `t` and `u` were written to fit weights on.
 */
export type CallCastName = 't' | 'u' | 'k' | 'l';
export type Language = 'en' | 'de' | 'fr' | 'es' | 'it' | 'pt' | 'nl';
export const LANGUAGES: readonly Language[] = ['en', 'de', 'fr', 'es', 'it', 'pt', 'nl'];

/** Who speaks: a voice of flite, or one of espeak-ng with a variant. */
export interface Voice {
  engine: 'flite' | 'espeak-ng';
  name: string;
  /** espeak-ng only: words per minute (175 is its default) and pitch 0 to 99 (50). */
  speed?: number;
  pitch?: number;
  /** flite only: so many times as fast, with pitch and formants so many times as high: a smaller speaker above 1. */
  scale?: number;
}

/** One thing after the other. Levels are RMS in dBFS while it sounds. */
export type Part =
  | { kind: 'pause'; ms: number }
  | { kind: 'say'; text: string; voice: Voice; levelDb: number }
  | { kind: 'tone'; hz: readonly number[]; ms: number; levelDb: number; shape?: ToneShape }
  | { kind: 'music'; seed: number; ms: number; levelDb: number; style: MusicStyle }
  | { kind: 'cough'; bursts: number; levelDb: number };

export interface ToneShape {
  /** Parts of the amplitude at the multiples of the frequency, beginning with 2. */
  harmonics?: readonly number[];
  /** 180 degrees at this distance (ITU-T V.25: 450 ms). */
  reversalMs?: number;
  /** Amplitude modulation (ITU-T V.8: 15 Hz, 0.2). */
  modulationHz?: number;
  modulation?: number;
}

/** What is tried with every clip, from the answer on. */
export const CLIP_MS = 13_000;

export type MusicStyle = 'band' | 'pads';

/** What lies under all of it, from the answer on. */
export type Background =
  | { kind: 'idle' }
  | { kind: 'noise'; colour: 'pink' | 'white'; levelDb: number }
  | { kind: 'hum'; levelDb: number }
  | { kind: 'music'; seed: number; levelDb: number; style: MusicStyle }
  | { kind: 'babble'; levelDb: number; voices: readonly { text: string; voice: Voice }[] };

export interface LineSettings {
  codec: 'PCMU' | 'PCMA' | 'wideband';
  background: Background;
  /** Share of the 20 ms frames that are lost and come as silence. */
  loss: number;
  /** Cuts below 300 Hz, as analogue lines do. */
  narrow: boolean;
}

/** What happens on the line after the answer, and what it is. */
export interface ClipSpec {
  id: string;
  half: Half;
  /** Kind of clip, for the report. */
  category: string;
  /** What the detector should say. */
  expected: MachineVerdict['type'];
  language: Language;
  parts: readonly Part[];
  line: LineSettings;
  /** Of all; silence follows the parts. */
  ms: number;
}

/** A word as an ideal recogniser would have it. */
export interface SpokenWord {
  word: string;
  /** End of the word, from the answer. */
  endMs: number;
  /** Number of the utterance that it belongs to. */
  utterance: number;
}

export interface Clip {
  spec: ClipSpec;
  sampleRate: 8000 | 16000;
  samples: Int16Array;
  words: readonly SpokenWord[];
  /** End of the last part that is heard: of the beep, where there is one. */
  endMs: number;
  /** When the beep after a greeting ends; undefined without one. */
  beepEndMs: number | undefined;
}
