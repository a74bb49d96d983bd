/** What is known of a recording; kept in the database. */
export interface RecordingEntry {
  /** A UUID. */
  id: string;
  callId: string;
  /** Of the call; see `CallRecord.sessionId`. */
  sessionId: string;
  /** The name that who started it has given it (`callRecordingId`); the id where none was given. */
  name: string;
  /** Within the directory of recordings: made up at random. */
  file: string;
  state: RecordingState;
  /** `bot`, `rule <id>`, `parameter`, or the id of an API client. */
  startedBy: string;
  /** ISO 8601, UTC. */
  startedAt: string;
  /** From the answer of the call to the beginning of the recording. */
  offsetMs: number;
  endedAt: string | undefined;
  durationMs: number;
  /** Of the file. */
  bytes: number;
  /** Stretches of the recording that are silent because it was paused, in milliseconds from its beginning. */
  pauses: { fromMs: number; toMs: number | undefined }[];
  /** Why it failed, or ended before it was stopped. */
  note: string | undefined;
}

/** `failed`: what is in the file is not all that was said. */
export type RecordingState = 'recording' | 'paused' | 'completed' | 'failed';

export interface RecordingQuery {
  limit: number;
  callId?: string | undefined;
  /** Those that began before that one: the next page. */
  before?: { startedAt: string; id: string } | undefined;
}

/** Where entries are kept. */
export interface RecordingStore {
  /** Inserts or replaces by id. */
  save(entry: RecordingEntry): Promise<void>;
  get(id: string): Promise<RecordingEntry | undefined>;
  /** Newest first. */
  list(query: RecordingQuery): Promise<RecordingEntry[]>;
  delete(id: string): Promise<void>;
  /** Finished ones that began before `olderThan` (ISO 8601), or whose call has no record any more. */
  expired(olderThan: string, limit: number): Promise<RecordingEntry[]>;
  /** Those under way at hubs that are no longer there. */
  orphans(): Promise<RecordingEntry[]>;
  /** Whether a file belongs to an entry, of those given. */
  known(files: readonly string[]): Promise<ReadonlySet<string>>;
  totalBytes(): Promise<number>;
}

/** What may be asked of the recordings of a call. */
export interface RecordingCommand {
  action: 'start' | 'stop' | 'pause' | 'resume';
  /** Which one; a new one gets this name. Absent: all that are under way, or a new one without a name. */
  name?: string | undefined;
  /** See `RecordingEntry.startedBy`. */
  by: string;
}
