import { constants } from 'node:fs';
import { type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import { RecordingError } from './errors.ts';
import type { RecordingEntry, RecordingQuery, RecordingStore } from './ports.ts';
import { repairRecording } from './repair.ts';

export interface CatalogueOptions {
  directory: string;
  /** Older recordings are deleted, as are those of calls that have no record any more. */
  keepDays: number;
  store: RecordingStore;
  clock: Clock;
  log: Logger;
}

/** A recording that is being read. */
export interface OpenRecording {
  entry: RecordingEntry;
  /** Of the file. */
  bytes: number;
  /** Bytes `from` to `to`, both included; closes the file when it ends or is destroyed. To be called once at most. */
  read(from: number, to: number): Readable;
  /** Where `read` was not called. */
  close(): Promise<void>;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const CHUNK = 200;
/** As the recorder names its files; nothing else in the directory is ever touched. */
const OUR_FILE = /^[A-Za-z0-9_-]{32}\.wav$/;

/** Finished recordings: what there is, its sound, its end. */
export class RecordingCatalogue {
  readonly #options: CatalogueOptions;
  #cancelPrune = () => {};
  #closed = false;

  constructor(options: CatalogueOptions) {
    this.#options = options;
  }

  /** Puts in order what hubs have left that were killed, then prunes, now and every hour. Never rejects. */
  async start(): Promise<void> {
    try {
      await this.repair();
    } catch (error) {
      this.#options.log.warn(
        { reason: messageOf(error) },
        'recordings of a hub that is gone could not be put in order',
      );
    }
    this.#cancelPrune = this.#options.clock.after(60_000, () => void this.#pruneAgain());
  }

  close(): void {
    this.#closed = true;
    this.#cancelPrune();
  }

  list(query: RecordingQuery): Promise<RecordingEntry[]> {
    return this.#options.store.list(query);
  }

  get(id: string): Promise<RecordingEntry | undefined> {
    return this.#options.store.get(id);
  }

  /** @throws RecordingError `recording_unknown`, `recording_active`, `recording_elsewhere` */
  async open(id: string): Promise<OpenRecording> {
    const entry = await this.#finished(id);
    const path = this.#pathOf(entry);
    let file: FileHandle;
    try {
      file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    } catch (error) {
      throw new RecordingError('recording_elsewhere', 'the file of the recording is not on this hub', { cause: error });
    }
    const { size } = await file.stat();
    return {
      entry,
      bytes: size,
      read: (from, to) => file.createReadStream({ start: from, end: to }),
      close: () => file.close(),
    };
  }

  /** Deletes the sound and the entry. @throws RecordingError `recording_unknown`, `recording_active` */
  async delete(id: string): Promise<RecordingEntry> {
    const entry = await this.#finished(id);
    await this.#remove(entry);
    return entry;
  }

  /** Completes the recordings of hubs that are gone. Returns how many. */
  async repair(): Promise<number> {
    const { store, clock, log } = this.#options;
    const orphans = await store.orphans();
    for (const entry of orphans) {
      const found = await repairRecording(this.#pathOf(entry));
      const age = clock.date().getTime() - Date.parse(entry.startedAt);
      // its file may be on the disk of another hub, which will be back
      if (found === undefined && age < DAY_MS) continue;
      await store.save({
        ...entry,
        state: found === undefined ? 'failed' : 'completed',
        endedAt: clock.date().toISOString(),
        durationMs: found?.durationMs ?? 0,
        bytes: found?.bytes ?? 0,
        pauses: entry.pauses.map(({ fromMs, toMs }) => ({ fromMs, toMs: toMs ?? found?.durationMs ?? fromMs })),
        note: 'the hub was stopped while it recorded',
      });
      log.info({ recording: entry.id, callId: entry.callId, found: found !== undefined }, 'recording put in order');
    }
    return orphans.length;
  }

  /** Deletes what is past its time, and files of ours that no entry knows. Returns how many. */
  async prune(): Promise<number> {
    const { store, clock, keepDays } = this.#options;
    const olderThan = new Date(clock.date().getTime() - keepDays * DAY_MS).toISOString();
    let deleted = 0;
    for (let found = CHUNK; found === CHUNK && !this.#closed; ) {
      const expired = await store.expired(olderThan, CHUNK);
      for (const entry of expired) await this.#remove(entry);
      found = expired.length;
      deleted += found;
    }
    return deleted + (await this.#removeStrays());
  }

  async #pruneAgain(): Promise<void> {
    const { clock, log } = this.#options;
    try {
      log.debug({ deleted: await this.prune() }, 'old recordings deleted');
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'old recordings could not be deleted');
    }
    if (!this.#closed) this.#cancelPrune = clock.after(HOUR_MS, () => void this.#pruneAgain());
  }

  async #removeStrays(): Promise<number> {
    const { directory, store, clock } = this.#options;
    const names = (await readdir(directory).catch(() => [])).filter((name) => OUR_FILE.test(name));
    let deleted = 0;
    for (let from = 0; from < names.length && !this.#closed; from += CHUNK) {
      const some = names.slice(from, from + CHUNK);
      const known = await store.known(some);
      for (const name of some.filter((each) => !known.has(each))) {
        const path = join(directory, name);
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }));
        // one that has just been begun has no entry yet
        if (clock.date().getTime() - mtimeMs < DAY_MS) continue;
        await unlink(path).catch(() => {});
        deleted += 1;
      }
    }
    return deleted;
  }

  async #remove(entry: RecordingEntry): Promise<void> {
    await unlink(this.#pathOf(entry)).catch((error: unknown) => {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    });
    await this.#options.store.delete(entry.id);
  }

  async #finished(id: string): Promise<RecordingEntry> {
    const entry = await this.#options.store.get(id);
    if (entry === undefined) throw new RecordingError('recording_unknown', `there is no recording '${id}'`);
    if (entry.state === 'recording' || entry.state === 'paused') {
      throw new RecordingError('recording_active', 'the recording is not finished: stop it first');
    }
    return entry;
  }

  /** @throws RecordingError `recording_unknown` for a name that leads elsewhere */
  #pathOf({ file }: RecordingEntry): string {
    if (!OUR_FILE.test(file)) throw new RecordingError('recording_unknown', 'the recording has no file of ours');
    return join(this.#options.directory, file);
  }
}
