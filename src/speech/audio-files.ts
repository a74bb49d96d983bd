import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const NAME = /^[0-9a-f]{64}$/;

/** Files of audio under names that are hashes, bounded in size: of more, those that were longest not used go. */
export interface AudioFiles {
  has(name: string): boolean;
  /** undefined where it is not there (any more). */
  read(name: string): Promise<Int16Array | undefined>;
  /** Failures are swallowed: what is not kept is made again. */
  write(name: string, samples: Int16Array): Promise<void>;
  /** Of all files together. */
  readonly bytes: number;
}

/**
 * Opens the directory and makes it where it is not there. Files are written aside and moved into place, so that a killed hub leaves
 * no half of one.
 * @param maxBytes of all files together
 * @throws Error where the directory cannot be made or read
 */
export async function openAudioFiles(directory: string, maxBytes: number): Promise<AudioFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  /** Least recently used first. */
  const files = new Map<string, number>();
  let bytes = 0;
  let serial = 0;

  const found: { name: string; size: number; usedAt: number }[] = [];
  for (const name of await readdir(directory)) {
    const path = join(directory, name);
    if (!NAME.test(name)) {
      if (/^[0-9a-f]{64}\.\d+\.part$/.test(name)) await rm(path, { force: true });
      continue;
    }
    const { size, mtimeMs } = await stat(path);
    found.push({ name, size, usedAt: mtimeMs });
  }
  for (const { name, size } of found.sort((a, b) => a.usedAt - b.usedAt)) {
    files.set(name, size);
    bytes += size;
  }
  await evict();

  async function evict(): Promise<void> {
    for (const [name, size] of files) {
      if (bytes <= maxBytes) return;
      files.delete(name);
      bytes -= size;
      await rm(join(directory, name), { force: true });
    }
  }

  function forget(name: string): void {
    bytes -= files.get(name) ?? 0;
    files.delete(name);
  }

  return {
    has: (name) => files.has(name),
    async read(name) {
      const size = files.get(name);
      if (size === undefined) return undefined;
      files.delete(name);
      files.set(name, size);
      try {
        const path = join(directory, name);
        const content = await readFile(path);
        const now = new Date();
        utimes(path, now, now).catch(() => undefined);
        // A copy of its own, since small files share a block of memory whose offset may be odd.
        const samples = new Int16Array(content.length >> 1);
        new Uint8Array(samples.buffer).set(content.subarray(0, samples.byteLength));
        return samples;
      } catch {
        forget(name);
        return undefined;
      }
    },
    async write(name, samples) {
      if (!NAME.test(name) || files.has(name) || samples.byteLength > maxBytes) return;
      const path = join(directory, name);
      const part = `${path}.${serial++}.part`;
      try {
        await writeFile(part, new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), { mode: 0o600 });
        await rename(part, path);
      } catch {
        await rm(part, { force: true }).catch(() => undefined);
        return;
      }
      if (files.has(name)) return;
      files.set(name, samples.byteLength);
      bytes += samples.byteLength;
      await evict();
    },
    get bytes() {
      return bytes;
    },
  };
}
