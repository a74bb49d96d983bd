import { constants } from 'node:fs';
import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { SampleRate } from '../media/audio.ts';
import { WAV_HEADER_BYTES, wavHeader } from '../media/wav.ts';
import { RecordingError } from './errors.ts';

/** A file under way. */
export interface OpenFile {
  write(bytes: Uint8Array, position: number): Promise<void>;
  close(): Promise<void>;
}

/** Makes files that must not exist yet; a test puts a disk that is full or slow in its place. */
export type CreateFile = (path: string) => Promise<OpenFile>;

/** Readable by nobody else; a link in its place is not followed. */
export const createPrivateFile: CreateFile = async (path) => {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const file = await open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );
  return { write: (bytes, position) => writeAll(file, bytes, position), close: () => file.close() };
};

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, from, bytes.length - from, position + from);
    from += bytesWritten;
  }
}

export interface RecordingFileOptions {
  path: string;
  sampleRate: SampleRate;
  create: CreateFile;
  /** Bytes that may wait for the disk. */
  maxPendingBytes: number;
  /** Called once: nothing more gets in. */
  failed(error: RecordingError): void;
}

/**
 * Appends stereo samples to a WAV file, one write at a time, and keeps its header true to what was written: a process that
 * is killed leaves a file that plays. The caller is never held up; a disk that does not keep up makes it fail.
 */
export class RecordingFile {
  readonly #options: RecordingFileOptions;
  #file: OpenFile | undefined;
  #bytes = 0;
  #pendingBytes = 0;
  #writing: Promise<void>;
  #over = false;

  constructor(options: RecordingFileOptions) {
    this.#options = options;
    this.#writing = this.#open().catch((error: unknown) => this.#fail(error));
  }

  /** Of the whole file, as far as it is on disk. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The buffer must not be changed any more. */
  append(chunk: Uint8Array): void {
    if (this.#over) return;
    this.#pendingBytes += chunk.length;
    if (this.#pendingBytes > this.#options.maxPendingBytes) {
      this.#fail(new RecordingError('disk_slow', 'the disk does not keep up with the call'));
      return;
    }
    this.#writing = this.#writing.then(() => this.#write(chunk)).catch((error: unknown) => this.#fail(error));
  }

  /** Resolves when all is on disk, or when it is given up. Idempotent, never rejects. */
  async close(): Promise<void> {
    await this.#writing;
    const file = this.#file;
    this.#file = undefined;
    await file?.close().catch((error: unknown) => this.#fail(error));
    this.#over = true;
  }

  async #open(): Promise<void> {
    this.#file = await this.#options.create(this.#options.path);
    await this.#writeHeader(0);
    this.#bytes = WAV_HEADER_BYTES;
  }

  async #write(chunk: Uint8Array): Promise<void> {
    if (this.#over || this.#file === undefined) return;
    await this.#file.write(chunk, this.#bytes);
    this.#bytes += chunk.length;
    await this.#writeHeader(this.#bytes - WAV_HEADER_BYTES);
    this.#pendingBytes -= chunk.length;
  }

  async #writeHeader(dataBytes: number): Promise<void> {
    await this.#file?.write(wavHeader(this.#options.sampleRate, 2, dataBytes), 0);
  }

  #fail(error: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.failed(error instanceof RecordingError ? error : RecordingError.ofDisk(error));
  }
}
