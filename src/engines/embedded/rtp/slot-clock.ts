/** Calls send in one of four slots of 5 ms; each slot comes round every 20 ms. */
export const SLOT_MS = 5;
export const SLOTS = 4;
/** A call sends this many slots (10 ms) after its caller was heard: what a quick answer needs, so that it goes out at once. */
export const REPLY_SLOTS = 2;
/** And so its frame of the round goes out this many slots before that of its caller is taken in. */
export const SEND_AHEAD_SLOTS = SLOTS - REPLY_SLOTS;
/** A thread that was held up for this long sends all that is due, at once; slots that are older are left out. */
export const CATCH_UP_MS = 160;

/**
 * The absolute time grid of a worker: slot n is due at `startMs + n * 5`, whatever happened before, so the
 * pace never drifts. Pure: the caller asks, waits and reports.
 */
export class SlotClock {
  private readonly startMs: number;
  private next = 0;

  constructor(startMs: number) {
    this.startMs = startMs;
  }

  /** When the next slot is due. */
  get dueMs(): number {
    return this.startMs + this.next * SLOT_MS;
  }

  /** 0..3: which calls are served in the next slot. */
  get slot(): number {
    return this.next % SLOTS;
  }

  /** To be called when the next slot has been served. */
  advance(): void {
    this.next++;
  }

  /** Gives up whole rounds when far behind; returns how many rounds (20 ms each) were left out. */
  skipLost(nowMs: number): number {
    const behind = nowMs - this.dueMs;
    if (behind <= CATCH_UP_MS) return 0;
    const rounds = Math.floor((behind - CATCH_UP_MS) / (SLOT_MS * SLOTS)) + 1;
    this.next += rounds * SLOTS;
    return rounds;
  }
}
