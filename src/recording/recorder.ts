import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { type BeepOptions, startBeeping } from './beeper.ts';
import { RecordingError } from './errors.ts';
import type { RecordingCommand, RecordingEntry, RecordingStore } from './ports.ts';
import { Recording } from './recording.ts';
import { type CreateFile, createPrivateFile } from './recording-file.ts';

export interface RecorderOptions {
  directory: string;
  maxMinutes: number;
  /** Of all recordings; more are not begun. Undefined: no limit. */
  maxGigabytes?: number | undefined;
  beep: BeepOptions;
  store: Pick<RecordingStore, 'save' | 'totalBytes'>;
  clock: Clock;
  log: Logger;
  create?: CreateFile;
  /** One has ended. */
  ended?(entry: RecordingEntry): void;
}

/** At a time; a bot that starts one after the other fills no disk faster than that. */
const MAX_PER_CALL = 8;

interface RecordedCall {
  readonly callId: string;
  readonly endpoint: MediaEndpoint;
  sessionId: string;
  /** Of the answer, on the clock; undefined before it. */
  answeredAt: number | undefined;
  /** To be started at the answer. */
  readonly wanted: RecordingCommand[];
  readonly recordings: Recording[];
  stopBeeping: (() => void) | undefined;
}

/**
 * Records calls by the taps of their endpoints. What a call's recordings do touches no call: all that can fail is theirs.
 */
export class Recorder {
  readonly #options: RecorderOptions;
  readonly #calls = new Map<string, RecordedCall>();
  /** Entries on their way to the store, by recording: one after the other. */
  readonly #saving = new Map<string, Promise<void>>();
  readonly #stopping = new Set<Promise<void>>();

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Recordings under way. */
  get active(): number {
    let count = 0;
    for (const { recordings } of this.#calls.values()) count += recordings.filter(({ active }) => active).length;
    return count;
  }

  /** A call has its media; it is forgotten when they are closed. */
  attach(callId: string, endpoint: MediaEndpoint): void {
    const call: RecordedCall = {
      ...{ callId, endpoint, sessionId: callId, answeredAt: undefined, wanted: [], recordings: [] },
      stopBeeping: undefined,
    };
    this.#calls.set(callId, call);
    endpoint.once('closed', () => {
      this.#end(call);
      this.#calls.delete(callId);
    });
  }

  /** The call is answered: what was wanted of it begins. */
  answered(callId: string, sessionId: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined || call.answeredAt !== undefined) return;
    call.sessionId = sessionId;
    call.answeredAt = this.#options.clock.now();
    for (const command of call.wanted.splice(0)) this.#begin(call, command);
  }

  /** The call has ended: its recordings are completed. */
  ended(callId: string): void {
    const call = this.#calls.get(callId);
    if (call !== undefined) this.#end(call);
  }

  /** Starts one unless the call is being recorded, or is going to be. Does nothing where there is no such call. */
  ensure(callId: string, by: string): void {
    const call = this.#calls.get(callId);
    if (call === undefined || call.wanted.length > 0 || call.recordings.some(({ active }) => active)) return;
    if (call.answeredAt === undefined) call.wanted.push({ action: 'start', by });
    else this.#begin(call, { action: 'start', by });
  }

  /**
   * Carries a command out; returns the recordings that it was about, as they are now. A start with the name of one under
   * way changes nothing; before the answer it is remembered, and nothing is returned. @throws RecordingError `call_not_live`, `too_many_recordings`, `recording_unknown`
   */
  command(callId: string, command: RecordingCommand): readonly RecordingEntry[] {
    const call = this.#calls.get(callId);
    if (call === undefined) throw new RecordingError('call_not_live', 'the call is not under way at this hub');
    if (call.answeredAt === undefined) return this.#atAnswer(call, command);
    const active = call.recordings.filter((each) => each.active);
    const named = active.filter(({ entry }) => command.name === undefined || entry.name === command.name);
    if (command.action === 'start') {
      if (command.name !== undefined && named.length > 0) return named.map(({ entry }) => entry);
      if (active.length >= MAX_PER_CALL) {
        throw new RecordingError('too_many_recordings', `a call has ${MAX_PER_CALL} recordings at a time at most`);
      }
      return [this.#begin(call, command).entry];
    }
    if (named.length === 0) {
      throw new RecordingError('recording_unknown', 'the call has no such recording under way');
    }
    for (const recording of named) {
      if (command.action === 'pause') recording.pause();
      else if (command.action === 'resume') recording.resume();
      else this.#stop(call, recording);
    }
    return named.map(({ entry }) => entry);
  }

  /** The call has its media here. */
  has(callId: string): boolean {
    return this.#calls.has(callId);
  }

  /** Ids of the recordings of a call that this hub has or had since its media were made. */
  idsOf(callId: string): readonly string[] {
    return this.#calls.get(callId)?.recordings.map(({ id }) => id) ?? [];
  }

  /** Completes all recordings. Resolves when they are on disk and their entries are saved. */
  async close(): Promise<void> {
    for (const call of this.#calls.values()) this.#end(call);
    await Promise.all(this.#stopping);
    await Promise.all(this.#saving.values());
  }

  /** Before the answer there is nothing to record yet. */
  #atAnswer(call: RecordedCall, command: RecordingCommand): readonly RecordingEntry[] {
    const { action, name } = command;
    if (action === 'start' && call.wanted.length < MAX_PER_CALL) call.wanted.push(command);
    if (action === 'stop') {
      const left = name === undefined ? [] : call.wanted.filter((wanted) => wanted.name !== name);
      call.wanted.splice(0, call.wanted.length, ...left);
    }
    return [];
  }

  #begin(call: RecordedCall, { name, by }: RecordingCommand): Recording {
    const { clock, directory, maxMinutes, create = createPrivateFile } = this.#options;
    const id = randomUUID();
    const file = `${randomBytes(24).toString('base64url')}.wav`;
    const entry: RecordingEntry = {
      ...{ id, callId: call.callId, sessionId: call.sessionId, name: name ?? id, file, state: 'recording' },
      ...{ startedBy: by, startedAt: clock.date().toISOString(), endedAt: undefined, durationMs: 0, bytes: 0 },
      offsetMs: Math.round(clock.now() - (call.answeredAt ?? clock.now())),
      ...{ pauses: [], note: undefined },
    };
    const recording: Recording = new Recording({
      entry,
      path: join(directory, file),
      sampleRate: call.endpoint.sampleRate,
      create: async (path) => {
        await this.#assertRoom();
        return await create(path);
      },
      maxMs: maxMinutes * 60_000,
      clock,
      changed: () => this.#save(entry),
      over: () => this.#stop(call, recording),
    });
    call.recordings.push(recording);
    this.#save(entry);
    this.#options.log.info({ callId: call.callId, recording: id, by }, 'recording');
    this.#listen(call);
    return recording;
  }

  /** @throws RecordingError `disk_full` */
  async #assertRoom(): Promise<void> {
    const { maxGigabytes, store } = this.#options;
    if (maxGigabytes === undefined) return;
    if ((await store.totalBytes()) < maxGigabytes * 1e9) return;
    throw new RecordingError('disk_full', 'recordings.maxGigabytes is reached');
  }

  /** Takes the frames of the call as long as anybody wants them. */
  #listen(call: RecordedCall): void {
    const { endpoint, recordings } = call;
    const active = recordings.filter((each) => each.active);
    if (active.length === 0) {
      endpoint.onTap(undefined);
      call.stopBeeping?.();
      call.stopBeeping = undefined;
      return;
    }
    endpoint.onTap((frame) => {
      for (const recording of active) recording.add(frame);
    });
    call.stopBeeping ??= startBeeping(endpoint, this.#options.beep, this.#options.clock);
  }

  #stop(call: RecordedCall, recording: Recording): void {
    const stopping: Promise<void> = recording.stop().then(() => {
      this.#stopping.delete(stopping);
      const { id, state, note, durationMs, bytes } = recording.entry;
      const facts = { callId: call.callId, recording: id, durationMs, bytes };
      if (state === 'failed') this.#options.log.error({ ...facts, why: note }, 'recording failed; the call goes on');
      else this.#options.log.info(facts, 'recording ended');
      this.#options.ended?.(recording.entry);
    });
    this.#stopping.add(stopping);
    this.#listen(call);
  }

  #end(call: RecordedCall): void {
    call.wanted.length = 0;
    for (const recording of call.recordings) if (recording.active) this.#stop(call, recording);
  }

  #save(entry: RecordingEntry): void {
    const copy = structuredClone(entry);
    const before = this.#saving.get(entry.id) ?? Promise.resolve();
    const saved: Promise<void> = before
      .then(() => this.#options.store.save(copy))
      .catch((error: unknown) => {
        this.#options.log.error({ reason: messageOf(error), recording: entry.id }, 'recording could not be noted');
      })
      .finally(() => {
        if (this.#saving.get(entry.id) === saved) this.#saving.delete(entry.id);
      });
    this.#saving.set(entry.id, saved);
  }
}
