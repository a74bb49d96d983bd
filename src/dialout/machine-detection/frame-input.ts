import { PatchbayError } from '../../errors.ts';

export class MachineDetectionError extends PatchbayError<'bad_frame'> {}

/** Everything behind this works on frames of 20 ms at 8 kHz. */
export const RATE = 8000;
export const FRAME_SAMPLES = 160;
export const FRAME_MS = 20;

/** Half-band low-pass, Hamming window, odd taps only (the even ones are 0 but for the centre): -6 dB at 4 kHz. */
const HALF_BAND = halfBand(11);

/** Checks frames and brings them to 8 kHz. The result is valid until the next call. */
export class FrameInput {
  readonly #reduced = new Int16Array(FRAME_SAMPLES);
  /** The last samples of the frame before, then the frame. */
  readonly #history = new Float64Array(2 * FRAME_SAMPLES + 4 * HALF_BAND.length);

  /** @throws MachineDetectionError `bad_frame` */
  take(frame: Int16Array, sampleRate: 8000 | 16000): Int16Array {
    if (!(frame instanceof Int16Array)) throw new MachineDetectionError('bad_frame', 'a frame is an Int16Array');
    if (sampleRate !== 8000 && sampleRate !== 16000) {
      throw new MachineDetectionError('bad_frame', `machine detection takes 8000 or 16000 Hz, not ${sampleRate}`);
    }
    const expected = sampleRate === 8000 ? FRAME_SAMPLES : 2 * FRAME_SAMPLES;
    if (frame.length !== expected) {
      throw new MachineDetectionError(
        'bad_frame',
        `a frame of 20 ms at ${sampleRate} Hz has ${expected} samples, not ${frame.length}`,
      );
    }
    return sampleRate === 8000 ? frame : this.#halve(frame);
  }

  #halve(frame: Int16Array): Int16Array {
    const history = this.#history;
    const taps = HALF_BAND.length;
    const before = 4 * taps;
    history.copyWithin(0, frame.length);
    for (let i = 0; i < frame.length; i++) history[before + i] = frame[i] ?? 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      // The filter's centre lies `2 * taps` samples back, so that its later half is there already.
      const centre = 2 * taps + 2 * i;
      let sum = 0.5 * (history[centre] ?? 0);
      for (let k = 0; k < taps; k++) {
        const distance = 2 * k + 1;
        sum += (HALF_BAND[k] ?? 0) * ((history[centre - distance] ?? 0) + (history[centre + distance] ?? 0));
      }
      this.#reduced[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
    return this.#reduced;
  }
}

function halfBand(taps: number): Float64Array {
  return Float64Array.from({ length: taps }, (_, k) => {
    const distance = 2 * k + 1;
    const ideal = Math.sin((Math.PI * distance) / 2) / (Math.PI * distance);
    return ideal * (0.54 + 0.46 * Math.cos((Math.PI * distance) / (2 * taps)));
  });
}
