import type { Clock } from '../clock.ts';
import type { EndReason } from './end-reason.ts';
import type { CallRecord, CallTurn, NewCallRecord, RecordChanges, TranscriptEntry } from './record.ts';

/** A call that talks for hours must not grow without bound in memory and in its record. */
const MAX_TRANSCRIPT_ENTRIES = 5_000;
const MAX_TURNS = 1_000;

export interface CallObserver {
  /** The record is new or has reached another state. */
  changed(record: CallRecord): void;
}

/**
 * One leg: an INVITE dialog, its record and everything that lives as long as it does. Setup, then perhaps answered,
 * then ended; `end` takes effect once, whoever is first.
 */
export class Call {
  readonly record: CallRecord;
  /** Aborted when the call has ended, with the EndReason as its reason: everything that the call started hangs on it. */
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  readonly #clock: Clock;
  readonly #observer: CallObserver;
  readonly #setupAt: number;
  #answeredAt: number | undefined;

  constructor(facts: NewCallRecord, clock: Clock, observer: CallObserver) {
    this.signal = this.#abort.signal;
    this.#clock = clock;
    this.#observer = observer;
    this.#setupAt = clock.now();
    this.record = {
      ...facts,
      sessionId: facts.sessionId ?? facts.id,
      state: 'setup',
      setupTime: clock.date().toISOString(),
      answerTime: undefined,
      endTime: undefined,
      durationMs: 0,
      end: undefined,
      transcript: [],
      turns: [],
    };
  }

  get id(): string {
    return this.record.id;
  }

  get ended(): boolean {
    return this.record.state === 'ended';
  }

  /** Milliseconds from the INVITE to the 200 OK, undefined before it. */
  get setupMs(): number | undefined {
    return this.#answeredAt === undefined ? undefined : this.#answeredAt - this.#setupAt;
  }

  /** To be called once the routing decision is known, and before `end`. */
  announce(): void {
    this.#observer.changed(this.record);
  }

  answered(): void {
    if (this.record.state !== 'setup') return;
    this.#answeredAt = this.#clock.now();
    this.record.state = 'answered';
    this.record.answerTime = this.#clock.date().toISOString();
    this.#observer.changed(this.record);
  }

  /** What became known of the call meanwhile; nothing after the end. */
  note(changes: RecordChanges): void {
    if (this.ended) return;
    Object.assign(this.record, changes);
    this.#observer.changed(this.record);
  }

  transcribe(entry: Omit<TranscriptEntry, 'atMs'> & { atMs?: number }): void {
    if (this.record.transcript.length >= MAX_TRANSCRIPT_ENTRIES) return;
    const atMs = entry.atMs ?? this.#clock.now() - (this.#answeredAt ?? this.#setupAt);
    this.record.transcript.push({ ...entry, atMs: Math.round(atMs) });
  }

  /** A finished turn that began at `at` on the call's clock. */
  addTurn(at: number, turn: Omit<CallTurn, 'atMs'>): void {
    if (this.record.turns.length >= MAX_TURNS) return;
    const atMs = Math.max(0, Math.round(at - (this.#answeredAt ?? this.#setupAt)));
    this.record.turns.push({ atMs, ...turn });
  }

  /** Returns false when the call had ended before. */
  end(reason: EndReason): boolean {
    if (this.ended) return false;
    this.record.state = 'ended';
    this.record.end = reason;
    this.record.endTime = this.#clock.date().toISOString();
    if (this.#answeredAt !== undefined) this.record.durationMs = Math.round(this.#clock.now() - this.#answeredAt);
    this.#observer.changed(this.record);
    this.#abort.abort(reason);
    return true;
  }
}
