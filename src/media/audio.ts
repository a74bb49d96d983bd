/** Rates that the hub handles; a bare number is never a rate. */
export type SampleRate = 8000 | 16000 | 22050 | 24000 | 44100 | 48000;

/** One frame of linear PCM: mono, 16 bit signed, host byte order. */
export interface AudioFrame {
  readonly samples: Int16Array;
  readonly sampleRate: SampleRate;
  /** Milliseconds since the endpoint's first frame; grows by the frame's length. */
  readonly timestampMs: number;
  /** How long the audio waited in the jitter buffer, about; 0 when absent. */
  readonly bufferedMs?: number;
}

/** RTP packets, engine frames and voice-activity decisions all use this length. */
export const FRAME_MS = 20;

export function samplesPerFrame(sampleRate: SampleRate): number {
  return (sampleRate * FRAME_MS) / 1000;
}

export function durationMs(samples: number, sampleRate: SampleRate): number {
  return (samples * 1000) / sampleRate;
}
