import { decodeG711, encodeG711 } from '../../../../src/media/g711.ts';
import { createLocalTts, type LocalTts } from '../tts/tts.ts';

/** RMS of the speech of every clip. */
const SPEECH_RMS = 2000;

/** Sentences spoken by flite, as they arrive over a G.711 telephone line with pink noise. For tests. */
export class TestClips {
  readonly #tts: LocalTts = createLocalTts({ id: 'clips' });
  readonly #spoken = new Map<string, Promise<Int16Array>>();

  /**
   * `snrDb` undefined: the idle noise of a line. 500 ms of background come before and after the speech.
   * 8 kHz.
   */
  async say(text: string, voice: string, snrDb?: number): Promise<Int16Array> {
    const key = `${voice} ${text}`;
    let spoken = this.#spoken.get(key);
    if (spoken === undefined) {
      spoken = this.#speak(text, voice);
      this.#spoken.set(key, spoken);
    }
    return overLine(await spoken, snrDb === undefined ? 8 : SPEECH_RMS / 10 ** (snrDb / 20), 500);
  }

  async close(): Promise<void> {
    await this.#tts.close();
  }

  async #speak(text: string, voice: string): Promise<Int16Array> {
    const request = { callId: 'clips', text, language: 'en-US', voice, sampleRate: 8000 } as const;
    const chunks: number[] = [];
    for await (const chunk of this.#tts.synthesize(request, new AbortController().signal)) chunks.push(...chunk);
    let energy = 0;
    for (const sample of chunks) energy += sample * sample;
    const gain = SPEECH_RMS / Math.sqrt(energy / Math.max(1, chunks.length));
    return Int16Array.from(chunks, (sample) => Math.max(-32768, Math.min(32767, Math.round(sample * gain))));
  }
}

/** Puts `padMs` of background around the speech, adds pink noise of `noiseRms`, and passes it through u-law. */
export function overLine(speech: Int16Array, noiseRms: number, padMs: number): Int16Array {
  const pad = padMs * 8;
  const noise = pinkNoise(speech.length + 2 * pad, noiseRms);
  const line = Int16Array.from(noise, (sample, i) =>
    Math.max(-32768, Math.min(32767, Math.round(sample + (speech[i - pad] ?? 0)))),
  );
  const codes = new Uint8Array(line.length);
  encodeG711('PCMU', line, codes, 0);
  decodeG711('PCMU', codes, 0, codes.length, line);
  return line;
}

/** P. Kellet's filter over a linear congruential generator: the same noise each time. */
export function pinkNoise(length: number, rms: number): Float64Array {
  const poles = [
    [0.99886, 0.0555179],
    [0.99332, 0.0750759],
    [0.969, 0.153852],
    [0.8665, 0.3104856],
    [0.55, 0.5329522],
    [-0.7616, -0.016898],
  ] as const;
  const memory = new Float64Array(poles.length);
  let state = 12345;
  let energy = 0;
  const out = new Float64Array(length);
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    const white = state / 2 ** 31;
    let sum = white * 0.5362;
    poles.forEach(([pole, gain], k) => {
      memory[k] = (memory[k] ?? 0) * pole + white * gain;
      sum += memory[k] ?? 0;
    });
    out[i] = sum;
    energy += sum * sum;
  }
  const gain = rms / Math.sqrt(energy / Math.max(1, length));
  return out.map((sample) => sample * gain);
}
