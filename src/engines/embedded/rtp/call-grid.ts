import { REPLY_SLOTS, SLOTS, SlotClock } from './slot-clock.ts';

/**
 * Calls share a slot until it holds this many, and the slot served last is filled first: the tick message follows it
 * at once, so with few calls their audio reaches the main thread without waiting, and with many they are spread.
 */
const SLOT_FILL = 50;

/** What the grid asks of a call, once each per round of 20 ms. */
export interface GridCall {
  /** One frame in; `dueMs`: when it was due. False: the call has no media yet, or no more. */
  receive(dueMs: number): boolean;
  /** One frame out; `skipped`: frames that were left out before it. */
  send(skipped: number): void;
}

/** The calls of a worker in the slots of its clock. Pure: whoever owns it has the time, and the sockets. */
export class CallGrid {
  private readonly slots: GridCall[][] = Array.from({ length: SLOTS }, () => []);
  private readonly skippedBefore = new Array<number>(SLOTS).fill(0);
  private clock: SlotClock | undefined;
  private skipped = 0;
  private active = false;

  /** Puts a call into a slot and returns its number. A call `near` the slot of another is sent in the very slot in which that one is heard, and the other way round. */
  add(call: GridCall, near: number | undefined): number {
    const slot = near === undefined ? this.emptiest() : (near + REPLY_SLOTS) % SLOTS;
    this.slots[slot]?.push(call);
    return slot;
  }

  remove(call: GridCall, slot: number): void {
    const list = this.slots[slot];
    list?.splice(list.indexOf(call), 1);
  }

  /** The first slot is due at `startMs`. */
  start(startMs: number): void {
    this.clock ??= new SlotClock(startMs);
  }

  stop(): void {
    this.clock = undefined;
  }

  /** When the next slot is due; undefined while the clock stands. */
  get dueMs(): number | undefined {
    return this.clock?.dueMs;
  }

  /** Serves the next slot; of many that are overdue at `nowMs`, the oldest beyond what is caught up with are left out. */
  serve(nowMs: number): 'slot' | 'round' | 'quiet-round' {
    const { clock } = this;
    if (clock === undefined) return 'slot';
    this.skipped += clock.skipLost(nowMs);
    const { slot, dueMs } = clock;
    clock.advance();
    const missed = this.skipped - (this.skippedBefore[slot] ?? 0);
    this.skippedBefore[slot] = this.skipped;
    const heard = this.slots[slot];
    if (heard !== undefined) {
      for (let i = 0; i < heard.length; i++) if (heard[i]?.receive(dueMs)) this.active = true;
    }
    const senders = this.slots[(slot + REPLY_SLOTS) % SLOTS];
    if (senders !== undefined) for (let i = 0; i < senders.length; i++) senders[i]?.send(missed);
    if (slot !== SLOTS - 1) return 'slot';
    const active = this.active;
    this.active = false;
    return active ? 'round' : 'quiet-round';
  }

  private emptiest(): number {
    let chosen = SLOTS - 1;
    for (let slot = SLOTS - 1; slot >= 0; slot--) {
      const size = this.slots[slot]?.length ?? 0;
      if (size < SLOT_FILL) return slot;
      if (size < (this.slots[chosen]?.length ?? 0)) chosen = slot;
    }
    return chosen;
  }
}
