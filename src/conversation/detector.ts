import type { AudioFrame } from '../media/audio.ts';
import type { RecognitionOptions } from './effects.ts';

/** What is known after a frame about the caller's utterance. */
export type DetectorEvent =
  /** There is enough voice for an utterance; `preRollMs` of what was heard before belong to it. */
  | { readonly type: 'started'; readonly preRollMs: number }
  /** The caller falls silent within the utterance, or goes on after that. */
  | { readonly type: 'hushed' }
  | { readonly type: 'resumed' }
  /** It is over; the last `trailingSilenceMs` were silence, and came in up to `bufferedMs` before. `voicedMs` of it were voiced. */
  | {
      readonly type: 'ended';
      readonly trailingSilenceMs: number;
      readonly bufferedMs?: number;
      readonly voicedMs?: number;
    }
  /** It was noise. */
  | { readonly type: 'discarded' };

/** Finds utterances in the caller's audio: voice activity and endpointing of one call. */
export interface UtteranceDetector {
  /** The next 20 ms. Throws when voice activity cannot be detected at all. */
  push(frame: AudioFrame): DetectorEvent | undefined;
  /** For the utterances that follow. */
  configure(options: RecognitionOptions['endpointing']): void;
  /** False while an utterance has begun that may still be noise. */
  readonly confirmed?: boolean;
  /** Forgets an utterance under way. */
  reset(): void;
  close(): void;
}
