import type { Clock } from '../clock.ts';

export interface AudioCacheOptions {
  clock: Clock;
  /** Of all entries together; the least recently used go first. */
  maxBytes: number;
  maxEntryBytes: number;
  /** Older entries are fetched again. */
  maxAgeMs: number;
}

interface Entry {
  readonly chunks: readonly Uint8Array[];
  readonly bytes: number;
  readonly expiresAt: number;
}

/** Bodies that were fetched for `playUrlCaching`, by URL, in memory. */
export class AudioCache {
  readonly #options: AudioCacheOptions;
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>();
  #bytes = 0;

  constructor(options: AudioCacheOptions) {
    this.#options = options;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get maxEntryBytes(): number {
    return this.#options.maxEntryBytes;
  }

  get(url: string): readonly Uint8Array[] | undefined {
    const entry = this.#entries.get(url);
    if (entry === undefined) return undefined;
    if (entry.expiresAt <= this.#options.clock.now()) {
      this.#remove(url, entry);
      return undefined;
    }
    this.#entries.delete(url);
    this.#entries.set(url, entry);
    return entry.chunks;
  }

  /** Keeps a body for `maxAgeMs` at most, or for the cache's own limit when that is shorter. */
  put(url: string, chunks: readonly Uint8Array[], maxAgeMs: number): void {
    const bytes = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    const old = this.#entries.get(url);
    if (old !== undefined) this.#remove(url, old);
    if (bytes > this.#options.maxEntryBytes || maxAgeMs <= 0) return;
    const expiresAt = this.#options.clock.now() + Math.min(maxAgeMs, this.#options.maxAgeMs);
    this.#entries.set(url, { chunks, bytes, expiresAt });
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#remove(oldest, entry);
    }
  }

  #remove(url: string, entry: Entry): void {
    this.#entries.delete(url);
    this.#bytes -= entry.bytes;
  }
}

/** For how long an answer may be kept (RFC 9111 section 5.2.2): Infinity where it does not say. */
export function maxAgeOf(cacheControl: string | string[] | undefined): number {
  const text = (Array.isArray(cacheControl) ? cacheControl.join(',') : (cacheControl ?? '')).toLowerCase();
  if (/\bno-(?:store|cache)\b/.test(text)) return 0;
  const seconds = /\bmax-age\s*=\s*"?(\d{1,10})/.exec(text)?.[1];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}
