declare module '@echogarden/speex-resampler-wasm' {
  /** The Emscripten module of SpeexDSP's resampler; pointers are byte offsets into its memory. */
  export interface SpeexModule {
    _malloc(bytes: number): number;
    _free(pointer: number): void;
    _speex_resampler_init(channels: number, fromHz: number, toHz: number, quality: number, error: number): number;
    _speex_resampler_process_int(
      state: number,
      channel: number,
      input: number,
      inputLength: number,
      output: number,
      outputLength: number,
    ): number;
    _speex_resampler_skip_zeros(state: number): number;
    _speex_resampler_get_input_latency(state: number): number;
    _speex_resampler_destroy(state: number): void;
    /** Replaced when the memory grows: read it anew for each use. */
    HEAP16: Int16Array;
    HEAPU32: Uint32Array;
  }
  export default function load(): Promise<SpeexModule>;
}
