import load, { type SpeexModule } from '@echogarden/speex-resampler-wasm';
import type { SampleRate } from './audio.ts';

/** Samples of input per call into the WASM memory; longer chunks are split. */
const BLOCK = 2048;
/** SpeexDSP's scale of 0 to 10; 5 costs about 10 us per 20 ms and is clean to telephone ears. */
const DEFAULT_QUALITY = 5;

let module: Promise<SpeexModule> | undefined;

/** Converts one mono stream from one rate to another; chunks may have any length. */
export interface Resampler {
  readonly fromRate: SampleRate;
  readonly toRate: SampleRate;
  /** The output that this input completes; together with `flush` exactly the length of the stream, rounded. */
  process(samples: Int16Array): Int16Array;
  /** The rest of the stream, which the filter still holds. The resampler cannot be used after it. */
  flush(): Int16Array;
  /** Frees the filter's memory; `flush` does it too. Idempotent. */
  close(): void;
}

/** Loads the resampler (once per thread, a few milliseconds) and makes one for a stream. */
export async function createResampler(
  fromRate: SampleRate,
  toRate: SampleRate,
  quality = DEFAULT_QUALITY,
): Promise<Resampler> {
  if (fromRate === toRate) return new Unchanged(fromRate);
  return (await loadResampler())(fromRate, toRate, quality);
}

/** Makes a resampler at once. */
export type ResamplerFactory = (fromRate: SampleRate, toRate: SampleRate, quality?: number) => Resampler;

/** Loads the resampler, for those who cannot wait when a stream begins. */
export async function loadResampler(): Promise<ResamplerFactory> {
  module ??= load();
  const speex = await module;
  return (fromRate, toRate, quality = DEFAULT_QUALITY) =>
    fromRate === toRate ? new Unchanged(fromRate) : new SpeexResampler(speex, fromRate, toRate, quality);
}

/** Resamples a whole recording. */
export async function resample(samples: Int16Array, fromRate: SampleRate, toRate: SampleRate): Promise<Int16Array> {
  const resampler = await createResampler(fromRate, toRate);
  const body = resampler.process(samples);
  const tail = resampler.flush();
  const whole = new Int16Array(body.length + tail.length);
  whole.set(body);
  whole.set(tail, body.length);
  return whole;
}

class Unchanged implements Resampler {
  readonly fromRate: SampleRate;
  readonly toRate: SampleRate;

  constructor(rate: SampleRate) {
    this.fromRate = rate;
    this.toRate = rate;
  }

  process(samples: Int16Array): Int16Array {
    return samples.slice();
  }

  flush(): Int16Array {
    return new Int16Array(0);
  }

  close(): void {}
}

class SpeexResampler implements Resampler {
  readonly fromRate: SampleRate;
  readonly toRate: SampleRate;
  private readonly speex: SpeexModule;
  private state: number;
  private readonly memory: number;
  private readonly outputBlock: number;
  private taken = 0;
  private given = 0;

  constructor(speex: SpeexModule, fromRate: SampleRate, toRate: SampleRate, quality: number) {
    this.speex = speex;
    this.fromRate = fromRate;
    this.toRate = toRate;
    this.outputBlock = Math.ceil((BLOCK * toRate) / fromRate) + 16;
    // Two lengths, the input block, the output block.
    this.memory = speex._malloc(8 + 2 * BLOCK + 2 * this.outputBlock);
    this.state = speex._speex_resampler_init(1, fromRate, toRate, quality, 0);
    if (this.memory === 0 || this.state === 0) throw new Error('the resampler cannot allocate memory');
    speex._speex_resampler_skip_zeros(this.state);
  }

  process(samples: Int16Array): Int16Array {
    if (this.state === 0) return new Int16Array(0);
    this.taken += samples.length;
    const output = new Int16Array(Math.ceil((samples.length * this.toRate) / this.fromRate) + 16);
    const length = this.convert(samples, output);
    this.given += length;
    return output.subarray(0, length);
  }

  flush(): Int16Array {
    if (this.state === 0) return new Int16Array(0);
    const wanted = Math.round((this.taken * this.toRate) / this.fromRate) - this.given;
    const silence = new Int16Array(2 * this.speex._speex_resampler_get_input_latency(this.state) + 64);
    const output = new Int16Array(Math.ceil((silence.length * this.toRate) / this.fromRate) + 16);
    const length = this.convert(silence, output);
    this.close();
    return output.slice(0, Math.max(0, Math.min(wanted, length)));
  }

  close(): void {
    if (this.state === 0) return;
    this.speex._speex_resampler_destroy(this.state);
    this.speex._free(this.memory);
    this.state = 0;
  }

  private convert(samples: Int16Array, output: Int16Array): number {
    const { speex, memory } = this;
    const lengths = memory >> 2;
    const input = memory + 8;
    const result = input + 2 * BLOCK;
    let written = 0;
    for (let from = 0; from < samples.length; ) {
      const block = samples.subarray(from, from + BLOCK);
      speex.HEAP16.set(block, input >> 1);
      speex.HEAPU32[lengths] = block.length;
      speex.HEAPU32[lengths + 1] = this.outputBlock;
      speex._speex_resampler_process_int(this.state, 0, input, memory, result, memory + 4);
      const count = Math.min(speex.HEAPU32[lengths + 1] ?? 0, output.length - written);
      output.set(speex.HEAP16.subarray(result >> 1, (result >> 1) + count), written);
      written += count;
      from += speex.HEAPU32[lengths] ?? block.length;
    }
    return written;
  }
}
