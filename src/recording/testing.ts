import type { RecordingEntry, RecordingQuery, RecordingStore } from './ports.ts';
import type { CreateFile } from './recording-file.ts';

/** Entries in memory. */
export class MemoryRecordingStore implements RecordingStore {
  readonly entries = new Map<string, RecordingEntry>();
  /** Calls whose record is gone. */
  readonly forgottenCalls = new Set<string>();

  async save(entry: RecordingEntry): Promise<void> {
    this.entries.set(entry.id, structuredClone(entry));
  }

  async get(id: string): Promise<RecordingEntry | undefined> {
    return this.entries.get(id);
  }

  async list({ limit, callId, before }: RecordingQuery): Promise<RecordingEntry[]> {
    const key = ({ startedAt, id }: { startedAt: string; id: string }) => `${startedAt} ${id}`;
    return [...this.entries.values()]
      .filter((entry) => callId === undefined || entry.callId === callId)
      .filter((entry) => before === undefined || key(entry) < key(before))
      .sort((a, b) => (key(a) < key(b) ? 1 : -1))
      .slice(0, limit);
  }

  async delete(id: string): Promise<void> {
    this.entries.delete(id);
  }

  async expired(olderThan: string, limit: number): Promise<RecordingEntry[]> {
    return [...this.entries.values()]
      .filter(({ state }) => state === 'completed' || state === 'failed')
      .filter(({ startedAt, callId }) => startedAt < olderThan || this.forgottenCalls.has(callId))
      .slice(0, limit);
  }

  async orphans(): Promise<RecordingEntry[]> {
    return [...this.entries.values()].filter(({ state }) => state === 'recording' || state === 'paused');
  }

  async known(files: readonly string[]): Promise<ReadonlySet<string>> {
    const all = new Set([...this.entries.values()].map(({ file }) => file));
    return new Set(files.filter((file) => all.has(file)));
  }

  async totalBytes(): Promise<number> {
    return [...this.entries.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}

/** A disk in memory, which can be filled and held up. */
export class MemoryDisk {
  readonly files = new Map<string, Buffer>();
  /** Bytes that a file may have; more is refused as by a full disk. */
  room = Number.POSITIVE_INFINITY;
  /** Writes wait for it. */
  gate: Promise<void> = Promise.resolve();

  readonly create: CreateFile = async (path) => {
    this.files.set(path, Buffer.alloc(0));
    return {
      write: async (bytes, position) => {
        await this.gate;
        const end = position + bytes.length;
        if (end > this.room) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        const old = this.files.get(path) ?? Buffer.alloc(0);
        const grown = Buffer.alloc(Math.max(old.length, end));
        grown.set(old);
        grown.set(bytes, position);
        this.files.set(path, grown);
      },
      close: async () => {},
    };
  };

  /** The only file. */
  get file(): Buffer {
    const [file] = this.files.values();
    if (file === undefined) throw new Error('there is no file');
    return file;
  }
}
