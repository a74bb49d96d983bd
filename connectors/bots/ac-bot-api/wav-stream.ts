import type { SampleRate } from '../../../src/media/audio.ts';
import type { MediaFormat } from './media-formats.ts';

const PCM = 1;
const MULAW = 7;
const EXTENSIBLE = 0xfffe;
const RATES: readonly SampleRate[] = [8000, 16000, 22050, 24000, 44100, 48000];
/** Chunks before the audio (lists of titles and the like) beyond this length are no header any more. */
export const MAX_HEADER_BYTES = 64 * 1024;
/** What a writer puts where it does not know the length yet: anything from here on is no length. */
const UNKNOWN_LENGTH = 0x7fff0000;
/** What may follow the audio of a file and must not be played. */
const TRAILERS = new Set(['LIST', 'id3 ', 'ID3 ', 'bext', 'fact', 'cue ', 'smpl', 'JUNK', 'PEAK', 'iXML', '_PMX']);

/** The header of a stream without end, PCM or mu-law, mono. */
export function streamingWavHeader(format: MediaFormat): Uint8Array {
  const { encoding, sampleRate, bytesPerSample } = format;
  const fmtBytes = encoding === 'mulaw' ? 18 : 16;
  const header = Buffer.alloc(28 + fmtBytes);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(0xffffffff, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(fmtBytes, 16);
  header.writeUInt16LE(encoding === 'mulaw' ? MULAW : PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * bytesPerSample, 28);
  header.writeUInt16LE(bytesPerSample, 32);
  header.writeUInt16LE(8 * bytesPerSample, 34);
  header.write('data', 20 + fmtBytes, 'latin1');
  header.writeUInt32LE(0xffffffff, 24 + fmtBytes);
  return header;
}

/** The coding that a header names. */
export interface WavCoding {
  encoding: 'lpcm16' | 'mulaw';
  sampleRate: SampleRate;
  bytesPerSample: 1 | 2;
}

export type WavHeaderResult =
  /** More bytes are needed. */
  | { kind: 'incomplete' }
  /** It does not begin with a header: all of it is audio. */
  | { kind: 'absent' }
  | { kind: 'problem'; problem: string }
  /** `bodyAt`: where the audio begins; `bodyBytes`: how long it is, where that is known. */
  | { kind: 'header'; coding: WavCoding; bodyAt: number; bodyBytes: number | undefined };

/** Reads the header of a RIFF WAVE stream of which `bytes` is the beginning. */
export function readWavHeader(bytes: Uint8Array): WavHeaderResult {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const riff = beginsLike(bytes, 0, 'RIFF') && beginsLike(bytes, 8, 'WAVE');
  if (!riff) return { kind: 'absent' };
  if (bytes.length < 12) return { kind: 'incomplete' };
  let coding: WavCoding | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tagAt(bytes, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'data') {
      if (coding === undefined) return { kind: 'problem', problem: 'the WAV header has no fmt chunk' };
      const known = length > 0 && length < UNKNOWN_LENGTH;
      return { kind: 'header', coding, bodyAt: body, bodyBytes: known ? length : undefined };
    }
    if (length > MAX_HEADER_BYTES) return { kind: 'problem', problem: 'the WAV header is too long' };
    if (name === 'fmt ') {
      if (body + length > bytes.length) break;
      const read = readCoding(view, body, length);
      if (typeof read === 'string') return { kind: 'problem', problem: read };
      coding = read;
    }
    at = body + length + (length & 1);
    if (at > MAX_HEADER_BYTES) return { kind: 'problem', problem: 'the WAV header is too long' };
  }
  return { kind: 'incomplete' };
}

/** Whether the bytes after the audio of a file are a chunk that is not audio. */
export function isWavTrailer(bytes: Uint8Array, at: number): boolean {
  return at + 4 <= bytes.length && TRAILERS.has(tagAt(bytes, at));
}

function readCoding(view: DataView, at: number, length: number): WavCoding | string {
  if (length < 16) return 'the fmt chunk of the WAV header is too short';
  let encoding = view.getUint16(at, true);
  if (encoding === EXTENSIBLE && length >= 26) encoding = view.getUint16(at + 24, true);
  const channels = view.getUint16(at + 2, true);
  const rate = view.getUint32(at + 4, true);
  const bits = view.getUint16(at + 14, true);
  const sampleRate = RATES.find((known) => known === rate);
  if (channels !== 1) return `the WAV header names ${channels} channels, one is needed`;
  if (sampleRate === undefined) return `the WAV header names ${rate} Hz, one of ${RATES.join(', ')} is needed`;
  if (encoding === PCM && bits === 16) return { encoding: 'lpcm16', sampleRate, bytesPerSample: 2 };
  if (encoding === MULAW && bits === 8) return { encoding: 'mulaw', sampleRate, bytesPerSample: 1 };
  return `the WAV header names encoding ${encoding} with ${bits} bits, PCM of 16 or mu-law of 8 is needed`;
}

/** Whether the bytes that are there already agree with `tag`. */
function beginsLike(bytes: Uint8Array, at: number, tag: string): boolean {
  for (let i = 0; i < tag.length && at + i < bytes.length; i++) if (bytes[at + i] !== tag.charCodeAt(i)) return false;
  return true;
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
