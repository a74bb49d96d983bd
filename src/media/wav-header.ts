import { readWavFormat, WavError, type WavFormat } from './wav.ts';

/** Chunks before the audio (lists of titles and the like) beyond this length are no header any more. */
export const MAX_WAV_HEADER_BYTES = 64 * 1024;
/** What a writer puts where it does not know the length yet: anything from here on is no length. */
const UNKNOWN_LENGTH = 0x7fff0000;
/** What may follow the audio of a file and must not be played. */
const TRAILERS = new Set(['LIST', 'id3 ', 'ID3 ', 'bext', 'fact', 'cue ', 'smpl', 'JUNK', 'PEAK', 'iXML', '_PMX']);

export type WavHeader =
  /** More bytes are needed. */
  | { kind: 'incomplete' }
  /** It does not begin with a header: all of it is audio. */
  | { kind: 'absent' }
  | { kind: 'problem'; problem: string }
  /** `bodyAt`: where the audio begins; `bodyBytes`: how long it is, where that is known. */
  | { kind: 'header'; format: WavFormat; bodyAt: number; bodyBytes: number | undefined };

/** Reads the header of a RIFF WAVE stream of which `bytes` is the beginning, cut anywhere. */
export function readWavHeader(bytes: Uint8Array): WavHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!beginsLike(bytes, 0, 'RIFF') || !beginsLike(bytes, 8, 'WAVE')) return { kind: 'absent' };
  let format: WavFormat | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const name = tagAt(bytes, at);
    const length = view.getUint32(at + 4, true);
    const body = at + 8;
    if (name === 'data') {
      if (format === undefined) return { kind: 'problem', problem: 'the WAV header has no fmt chunk' };
      const known = length > 0 && length < UNKNOWN_LENGTH;
      return { kind: 'header', format, bodyAt: body, bodyBytes: known ? length : undefined };
    }
    if (length > MAX_WAV_HEADER_BYTES) return { kind: 'problem', problem: 'the WAV header is too long' };
    if (name === 'fmt ') {
      if (body + length > bytes.length) break;
      try {
        format = readWavFormat(view, body, length);
      } catch (error) {
        if (!(error instanceof WavError)) throw error;
        return { kind: 'problem', problem: error.message };
      }
    }
    at = body + length + (length & 1);
    if (at > MAX_WAV_HEADER_BYTES) return { kind: 'problem', problem: 'the WAV header is too long' };
  }
  return { kind: 'incomplete' };
}

/** Whether the bytes after the audio of a file are a chunk that is not audio. */
export function isWavTrailer(bytes: Uint8Array, at: number): boolean {
  return at + 4 <= bytes.length && TRAILERS.has(tagAt(bytes, at));
}

/** Whether the bytes that are there already agree with `tag`. */
function beginsLike(bytes: Uint8Array, at: number, tag: string): boolean {
  for (let i = 0; i < tag.length && at + i < bytes.length; i++) if (bytes[at + i] !== tag.charCodeAt(i)) return false;
  return true;
}

function tagAt(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4));
}
