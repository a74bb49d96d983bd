import type { SampleRate } from '../../../src/media/audio.ts';
import { readWavHeader, type WavHeader } from '../../../src/media/wav-header.ts';
import type { MediaFormat } from './media-formats.ts';

const PCM = 1;
const MULAW = 7;

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

export type WavCodingResult =
  | Exclude<WavHeader, { kind: 'header' }>
  /** `bodyAt`: where the audio begins; `bodyBytes`: how long it is, where that is known. */
  | { kind: 'header'; coding: WavCoding; bodyAt: number; bodyBytes: number | undefined };

/** The header of a WAV stream of which `bytes` is the beginning, where its coding is one that bots may send: mono, PCM or mu-law. */
export function readWavCoding(bytes: Uint8Array): WavCodingResult {
  const header = readWavHeader(bytes);
  if (header.kind !== 'header') return header;
  const { format, bodyAt, bodyBytes } = header;
  const { channels, encoding, sampleRate } = format;
  if (channels !== 1) return { kind: 'problem', problem: `the WAV header names ${channels} channels, one is needed` };
  if (encoding !== PCM && encoding !== MULAW) {
    return { kind: 'problem', problem: `the WAV header names encoding ${encoding}, PCM or mu-law is needed` };
  }
  const coding: WavCoding =
    encoding === PCM
      ? { encoding: 'lpcm16', sampleRate, bytesPerSample: 2 }
      : { encoding: 'mulaw', sampleRate, bytesPerSample: 1 };
  return { kind: 'header', coding, bodyAt, bodyBytes };
}
