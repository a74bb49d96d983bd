import type { SampleRate } from '../../../src/media/audio.ts';
import { decodeWavData, toMono, type WavFormat } from '../../../src/media/wav.ts';
import { MAX_WAV_HEADER_BYTES, readWavHeader } from '../../../src/media/wav-header.ts';
import { SpeechError } from '../../../src/speech/ports.ts';

/** Of `pcm`, as OpenAI documents it: 24 kHz, 16 bit, mono. */
const BARE: WavFormat = { encoding: 1, channels: 1, sampleRate: 24000 };

export interface PcmPiece {
  rate: SampleRate;
  samples: Int16Array;
}

/**
 * Samples of a stream of audio, bare or behind a WAV header, however its bytes are cut.
 * @throws SpeechError `speech_failed` for another kind of audio
 */
export async function* readAudio(body: AsyncIterable<Uint8Array>, format: 'pcm' | 'wav'): AsyncGenerator<PcmPiece> {
  let known: WavFormat | undefined = format === 'pcm' ? BARE : undefined;
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of body) {
    let bytes: Uint8Array = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    if (known === undefined) {
      const header = readWavHeader(bytes);
      if (header.kind === 'problem') throw unusable(header.problem);
      if (header.kind === 'absent' || bytes.length > MAX_WAV_HEADER_BYTES) throw unusable('no WAV file');
      if (header.kind === 'incomplete') {
        rest = bytes;
        continue;
      }
      known = header.format;
      bytes = bytes.subarray(header.bodyAt);
    }
    const frame = known.channels * (known.encoding === 1 ? 2 : 1);
    const length = bytes.length - (bytes.length % frame);
    rest = bytes.slice(length);
    if (length > 0) {
      const audio = decodeWavData(bytes.subarray(0, length), known);
      yield { rate: audio.sampleRate, samples: toMono(audio) };
    }
  }
  if (known === undefined) throw unusable('no audio');
}

function unusable(what: string): SpeechError {
  return new SpeechError('speech_failed', `the speech server's audio: ${what}`, {
    publicMessage: 'the speech server sent unusable audio',
  });
}
