import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { readWavFormat, WAV_HEADER_BYTES, wavHeader } from '../media/wav.ts';

/**
 * Makes the header of a file of ours say what is in it, after a hub that was killed: whole samples up to its end.
 * Resolves with its length; undefined: there is no such file, or nothing of ours in it.
 */
export async function repairRecording(path: string): Promise<{ bytes: number; durationMs: number } | undefined> {
  const file = await open(path, constants.O_RDWR | constants.O_NOFOLLOW).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const header = Buffer.alloc(WAV_HEADER_BYTES);
    const { bytesRead } = await file.read(header, 0, WAV_HEADER_BYTES, 0);
    if (bytesRead < WAV_HEADER_BYTES || header.toString('latin1', 0, 4) !== 'RIFF') return undefined;
    const { sampleRate, channels } = readWavFormat(new DataView(header.buffer, header.byteOffset), 20, 16);
    const { size } = await file.stat();
    const sampleBytes = 2 * channels;
    const dataBytes = Math.floor((size - WAV_HEADER_BYTES) / sampleBytes) * sampleBytes;
    await file.truncate(WAV_HEADER_BYTES + dataBytes);
    await file.write(wavHeader(sampleRate, channels, dataBytes), 0, WAV_HEADER_BYTES, 0);
    return {
      bytes: WAV_HEADER_BYTES + dataBytes,
      durationMs: Math.round((dataBytes / sampleBytes / sampleRate) * 1000),
    };
  } catch {
    return undefined;
  } finally {
    await file.close();
  }
}
