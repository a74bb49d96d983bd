import { PatchbayError } from '../errors.ts';
import type { SampleRate } from './audio.ts';
import { decodeG711 } from './g711.ts';

export class WavError extends PatchbayError<'bad_wav'> {}

export interface WavAudio {
  sampleRate: SampleRate;
  /** One array per channel, all of the same length. */
  channels: Int16Array[];
}

const SAMPLE_RATES: readonly SampleRate[] = [8000, 16000, 22050, 24000, 44100, 48000];
const PCM = 1;
const ALAW = 6;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;

/**
 * Reads a RIFF WAVE file: PCM of 16 bits, A-law or mu-law, mono or stereo, at a rate that the hub handles.
 * A data chunk that was never finished (length 0 or beyond the end) is read to the end of the file.
 * @throws WavError `bad_wav`
 */
export function readWav(file: Uint8Array): WavAudio {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.length < 12 || tag(file, 0) !== 'RIFF' || tag(file, 8) !== 'WAVE') throw bad('not a RIFF WAVE file');
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= file.length; ) {
    const name = tag(file, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'fmt ') {
      format = readWavFormat(view, body, Math.min(length, file.length - body));
    } else if (name === 'data') {
      if (format === undefined) throw bad('the data chunk comes before the fmt chunk');
      const rest = file.length - body;
      return decodeWavData(file.subarray(body, body + (length === 0 || length > rest ? rest : length)), format);
    }
    at = body + length + (length & 1);
  }
  throw bad('there is no data chunk');
}

/** The average of all channels. */
export function toMono(audio: WavAudio): Int16Array {
  const [first] = audio.channels;
  if (first === undefined || audio.channels.length === 1) return first ?? new Int16Array(0);
  return first.map((_, index) => {
    let sum = 0;
    for (const channel of audio.channels) sum += channel[index] ?? 0;
    return Math.round(sum / audio.channels.length);
  });
}

/** Writes a whole file: PCM of 16 bits, channels of the same length interleaved. */
export function writeWav(audio: WavAudio): Uint8Array {
  const { channels, sampleRate } = audio;
  const body = interleave(channels);
  const file = new Uint8Array(WAV_HEADER_BYTES + body.length);
  file.set(wavHeader(sampleRate, channels.length, body.length));
  file.set(body, WAV_HEADER_BYTES);
  return file;
}

export const WAV_HEADER_BYTES = 44;

/** The header of a PCM file with `dataBytes` of samples. */
export function wavHeader(sampleRate: SampleRate, channels: number, dataBytes: number): Uint8Array {
  const header = new Uint8Array(WAV_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(new TextEncoder().encode('RIFF....WAVEfmt '));
  view.setUint32(4, WAV_HEADER_BYTES - 8 + dataBytes, true);
  view.setUint32(16, 16, true);
  view.setUint16(20, PCM, true);
  view.setUint16(22, channels, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, sampleRate * channels * 2, true);
  view.setUint16(32, channels * 2, true);
  view.setUint16(34, 16, true);
  header.set(new TextEncoder().encode('data'), 36);
  view.setUint32(40, dataBytes, true);
  return header;
}

/** Little-endian samples of all channels in turn; a shorter channel is filled with silence. */
export function interleave(channels: readonly Int16Array[]): Uint8Array {
  const length = Math.max(0, ...channels.map((channel) => channel.length));
  const body = new Uint8Array(2 * length * channels.length);
  const view = new DataView(body.buffer);
  for (const [index, channel] of channels.entries()) {
    for (let i = 0; i < channel.length; i++) view.setInt16(2 * (i * channels.length + index), channel[i] ?? 0, true);
  }
  return body;
}

export interface WavFormat {
  encoding: typeof PCM | typeof ALAW | typeof MULAW;
  channels: number;
  sampleRate: SampleRate;
}

/** Reads the body of a fmt chunk, `length` bytes from `at` on. @throws WavError */
export function readWavFormat(view: DataView, at: number, length: number): WavFormat {
  if (length < 16) throw bad('the fmt chunk is too short');
  let encoding = view.getUint16(at, true);
  if (encoding === EXTENSIBLE && length >= 26) encoding = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  if (channels !== 1 && channels !== 2) throw bad(`${channels} channels; mono or stereo is needed`);
  const sampleRate = SAMPLE_RATES.find((known) => known === rate);
  if (sampleRate === undefined) throw bad(`${rate} Hz; one of ${SAMPLE_RATES.join(', ')} is needed`);
  if (encoding !== PCM && encoding !== ALAW && encoding !== MULAW) {
    throw bad(`encoding ${encoding}; PCM, A-law or mu-law is needed`);
  }
  if (bits !== (encoding === PCM ? 16 : 8)) throw bad(`${bits} bits per sample; PCM of 16 or G.711 of 8 is needed`);
  return { encoding, channels, sampleRate };
}

/** Decodes the body of a data chunk; a last frame that is not whole is left out. */
export function decodeWavData(data: Uint8Array, { encoding, channels, sampleRate }: WavFormat): WavAudio {
  const bytes = encoding === PCM ? 2 : 1;
  const length = Math.floor(data.length / (bytes * channels));
  const samples = new Int16Array(length * channels);
  if (encoding === PCM) {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < samples.length; i++) samples[i] = view.getInt16(2 * i, true);
  } else {
    decodeG711(encoding === MULAW ? 'PCMU' : 'PCMA', data, 0, samples.length, samples);
  }
  if (channels === 1) return { sampleRate, channels: [samples] };
  const split = [new Int16Array(length), new Int16Array(length)] as const;
  for (let i = 0; i < length; i++) {
    split[0][i] = samples[2 * i] ?? 0;
    split[1][i] = samples[2 * i + 1] ?? 0;
  }
  return { sampleRate, channels: [...split] };
}

function tag(file: Uint8Array, at: number): string {
  return String.fromCharCode(...file.subarray(at, at + 4));
}

function bad(what: string): WavError {
  return new WavError('bad_wav', `cannot read the WAV file: ${what}`);
}
