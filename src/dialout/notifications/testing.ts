import type { VirtualClock } from '../../media/virtual-clock.ts';
import type { ClaimedNotification, NotificationQueue, Settlement } from './ports.ts';

interface Entry {
  notification: ClaimedNotification;
  dueAt: number;
  storedAt: number;
  state: 'pending' | 'claimed' | 'delivered' | 'given-up';
}

/** The queue of notifications in memory, on a virtual clock: the order within a dialout, the limit of an origin. */
export class MemoryQueue implements NotificationQueue {
  readonly settled: Settlement[] = [];
  /** What `settle` and `claim` reject with, once. */
  failures: Error[] = [];
  readonly #clock: VirtualClock;
  readonly #lanes = new Map<string, Entry[]>();
  #claims = 0;
  #nextId = 1;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  add(conversationId: string, url: string): number {
    const eventId = this.#nextId++;
    const notification = {
      ...{ claim: '', eventId, conversationId, client: 'dialer', url, origin: new URL(url).origin },
      ...{ body: `{"event":${eventId}}`, attempts: 0, ageMs: 0 },
    };
    const now = this.#clock.now();
    const entry: Entry = { notification, dueAt: now, storedAt: now, state: 'pending' };
    const lane = this.#lanes.get(conversationId);
    if (lane === undefined) this.#lanes.set(conversationId, [entry]);
    else lane.push(entry);
    return eventId;
  }

  states(): Record<Entry['state'], number> {
    const counts = { pending: 0, claimed: 0, delivered: 0, 'given-up': 0 };
    for (const lane of this.#lanes.values()) for (const { state } of lane) counts[state] += 1;
    return counts;
  }

  async claim(options: { limit: number; perOrigin: number; ignore: readonly string[] }) {
    await this.#fail();
    const ignored = new Set(options.ignore);
    const counts = new Map<string, number>();
    const due: Entry[] = [];
    for (const lane of this.#lanes.values()) {
      for (const { state, notification } of lane) {
        if (state === 'claimed') counts.set(notification.origin, (counts.get(notification.origin) ?? 0) + 1);
      }
    }
    for (const lane of this.#lanes.values()) {
      if (due.length >= options.limit) break;
      const head = lane.find(({ state }) => state === 'pending' || state === 'claimed');
      if (head?.state !== 'pending' || head.dueAt > this.#clock.now()) continue;
      const { origin } = head.notification;
      const count = counts.get(origin) ?? 0;
      if (ignored.has(origin) || count >= options.perOrigin) continue;
      counts.set(origin, count + 1);
      due.push(head);
    }
    return due.map((entry) => {
      entry.state = 'claimed';
      this.#claims += 1;
      entry.notification = {
        ...entry.notification,
        claim: `claim-${this.#claims}`,
        ageMs: this.#clock.now() - entry.storedAt,
      };
      return entry.notification;
    });
  }

  async settle(settlement: Settlement): Promise<void> {
    await this.#fail();
    const { notification, attempt, next } = settlement;
    const lane = this.#lanes.get(notification.conversationId) ?? [];
    const entry = lane.find((one) => one.notification.claim === notification.claim);
    if (entry?.state !== 'claimed') throw new Error(`${notification.claim} is not claimed`);
    this.settled.push(settlement);
    if (attempt !== undefined) entry.notification = { ...entry.notification, attempts: attempt.attempt };
    entry.state = next.state;
    if (next.state === 'pending') entry.dueAt = this.#clock.now() + next.afterMs;
  }

  async takeOver(): Promise<number> {
    return 0;
  }

  async #fail(): Promise<void> {
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}

/** Moves the time on in small steps, and lets what each step began go on. */
export async function runFor(clock: VirtualClock, ms: number, stepMs = 5): Promise<void> {
  for (let passed = 0; passed < ms; passed += stepMs) {
    clock.advance(Math.min(stepMs, ms - passed));
    await new Promise((resolve) => setImmediate(resolve));
  }
}
