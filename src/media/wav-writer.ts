import { type FileHandle, open } from 'node:fs/promises';
import type { SampleRate } from './audio.ts';
import { interleave, WAV_HEADER_BYTES, wavHeader } from './wav.ts';

/** A disk that is slower than the call by more than this loses audio; the file has silence in its place. */
const MAX_PENDING_MS = 30_000;
/** Audio is written, and the header brought up to date, about once per this much audio. */
const WRITE_EVERY_MS = 1000;

/**
 * Writes a stereo WAV file while the call goes on. The header always describes what was written up to about a second
 * ago, so the file of a process that died can be played. Blocks are written at their place in the file.
 */
export class StereoWavWriter {
  /** Milliseconds that did not reach the disk because it was too slow. */
  droppedMs = 0;
  private readonly file: FileHandle;
  private readonly sampleRate: SampleRate;
  private parts: Uint8Array[] = [];
  private partBytes = 0;
  /** Bytes of audio before `parts`. */
  private position = 0;
  private pendingBytes = 0;
  private writing: Promise<void> = Promise.resolve();
  private failure: unknown;
  private closing: Promise<void> | undefined;

  private constructor(file: FileHandle, sampleRate: SampleRate) {
    this.file = file;
    this.sampleRate = sampleRate;
  }

  /** Creates or overwrites the file. Rejects with the system's error. */
  static async create(path: string, sampleRate: SampleRate): Promise<StereoWavWriter> {
    const file = await open(path, 'w');
    await file.write(wavHeader(sampleRate, 2, 0), 0, WAV_HEADER_BYTES, 0);
    return new StereoWavWriter(file, sampleRate);
  }

  /** Appends samples that were heard at the same time; the shorter side is filled with silence. Copies. */
  write(left: Int16Array, right: Int16Array): void {
    if (this.closing !== undefined) return;
    const part = interleave([left, right]);
    this.parts.push(part);
    this.partBytes += part.length;
    if (this.partBytes >= this.bytes(WRITE_EVERY_MS)) this.hand();
  }

  /** Writes the rest and the final header. Rejects when anything could not be written. Idempotent. */
  close(): Promise<void> {
    this.closing ??= this.finish();
    return this.closing;
  }

  private async finish(): Promise<void> {
    this.hand();
    await this.writing;
    await this.file.close();
    if (this.failure !== undefined) throw this.failure;
  }

  private hand(): void {
    const length = this.partBytes;
    if (length === 0) return;
    const block = Buffer.concat(this.parts, length);
    const at = WAV_HEADER_BYTES + this.position;
    this.parts = [];
    this.partBytes = 0;
    this.position += length;
    const end = this.position;
    if (this.pendingBytes > this.bytes(MAX_PENDING_MS)) {
      this.droppedMs += (length * 1000) / (this.sampleRate * 4);
      return;
    }
    this.pendingBytes += length;
    this.writing = this.writing
      .then(async () => {
        await this.file.write(block, 0, length, at);
        await this.file.write(wavHeader(this.sampleRate, 2, end), 0, WAV_HEADER_BYTES, 0);
      })
      .catch((error: unknown) => {
        this.failure ??= error;
      })
      .finally(() => {
        this.pendingBytes -= length;
      });
  }

  private bytes(milliseconds: number): number {
    return (this.sampleRate * 4 * milliseconds) / 1000;
  }
}
