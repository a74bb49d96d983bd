import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^[0-9a-f]{64}$/;
const PART = /^[0-9a-f]{64}\.\d+\.part$/;

/**
 * Files of audio under names that are hashes, bounded in size: of more, those that were longest not used go. Files are written
 * aside and moved into place, so that a killed hub leaves no half of one.
 */
export class AudioFiles {
  readonly #directory: string;
  readonly #maxBytes: number;
  /** Sizes, the least recently used first. */
  readonly #files = new Map<string, number>();
  #open = false;
  #bytes = 0;
  #serial = 0;

  /** @param maxBytes of all files together */
  constructor(directory: string, maxBytes: number) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
  }

  /** Of all files together. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Makes the directory where it is not there, and takes over the files of earlier hubs. Before it nothing is found and nothing kept.
   * @throws Error where the directory cannot be made or read
   */
  async open(): Promise<void> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const found: { name: string; size: number; usedAt: number }[] = [];
    for (const name of await readdir(this.#directory)) {
      const path = this.#path(name);
      if (PART.test(name)) await rm(path, { force: true });
      if (!NAME.test(name)) continue;
      const { size, mtimeMs } = await stat(path);
      found.push({ name, size, usedAt: mtimeMs });
    }
    for (const { name, size } of found.sort((a, b) => a.usedAt - b.usedAt)) this.#add(name, size);
    await this.#evict();
    this.#open = true;
  }

  /** @returns undefined where it is not there (any more) */
  async read(name: string): Promise<Int16Array | undefined> {
    const size = this.#files.get(name);
    if (size === undefined) return undefined;
    this.#files.delete(name);
    this.#files.set(name, size);
    try {
      const path = this.#path(name);
      const content = await readFile(path);
      const now = new Date();
      utimes(path, now, now).catch(() => undefined);
      // A copy of its own: small files share a block of memory, at an offset that may be odd.
      const samples = new Int16Array(content.length >> 1);
      new Uint8Array(samples.buffer).set(content.subarray(0, samples.byteLength));
      return samples;
    } catch {
      this.#forget(name);
      return undefined;
    }
  }

  /** Never rejects: what could not be kept is made again. */
  async write(name: string, samples: Int16Array): Promise<void> {
    if (!this.#open || !NAME.test(name) || this.#files.has(name) || samples.byteLength > this.#maxBytes) return;
    const part = this.#path(`${name}.${this.#serial++}.part`);
    try {
      await writeFile(part, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), { mode: 0o600 });
      await rename(part, this.#path(name));
      if (!this.#files.has(name)) this.#add(name, samples.byteLength);
      await this.#evict();
    } catch {
      await rm(part, { force: true }).catch(() => undefined);
    }
  }

  #path(name: string): string {
    return join(this.#directory, name);
  }

  #add(name: string, size: number): void {
    this.#files.set(name, size);
    this.#bytes += size;
  }

  #forget(name: string): void {
    this.#bytes -= this.#files.get(name) ?? 0;
    this.#files.delete(name);
  }

  async #evict(): Promise<void> {
    for (const name of this.#files.keys()) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#forget(name);
      await rm(this.#path(name), { force: true });
    }
  }
}
