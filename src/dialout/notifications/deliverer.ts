import type { Clock } from '../../clock.ts';
import { type AttemptOutcome, isOutage, judge, nextStep } from './backoff.ts';
import { type GateLimits, OriginGates } from './origin-gates.ts';
import type { ClaimedNotification, DeliveryAttempt, DeliveryObserver, NotificationQueue, Settlement } from './ports.ts';

/** Sends one notification. What its target does is an outcome; rejects for an aborted signal or a fault of our own. */
export type Post = (notification: ClaimedNotification, signal: AbortSignal) => Promise<AttemptOutcome>;

export interface DelivererOptions {
  limits: GateLimits;
  /** An event that is older is given up once it has been tried. */
  maxAgeMs: number;
}

export interface DelivererDeps {
  queue: NotificationQueue;
  post: Post;
  clock: Clock;
  /** In [0, 1). */
  random(): number;
  observer: DeliveryObserver;
  onError(error: unknown, doing: string): void;
}

/** Looks for what became due without anybody's telling. */
const pollMs = 1_000;
/** Lets what becomes free or due within a moment share one look at the database. */
const gatherMs = 5;
/** A look at the database that takes long is followed by a rest of so many times its length: others need it too. */
const restPerLook = 1;
const longestRestMs = 500;
const afterErrorMs = 1_000;
/** Claimed by this node, sent or waiting: so many times the requests that may be under way. */
const claimedPerRequest = 8;
/** Claimed of one origin: enough that its requests need not wait for the database. */
const claimedPerOriginRequest = 8;
/** Of all claims, those that may wait for origins that have not answered yet. */
const unprovenShare = 0.5;
/** What is given back because its origin is failing returns a little later than the next probe. */
const returnSpreadMs = 2_000;

/**
 * Sends what is due, within the limits of the gates, and settles each attempt. The durable queue keeps the order within
 * a dialout: it hands out one notification of a dialout at a time.
 */
export class Deliverer {
  readonly #deps: DelivererDeps;
  readonly #options: DelivererOptions;
  readonly #gates: OriginGates;
  readonly #abort = new AbortController();
  /** Claimed, and waiting for its origin's turn; first in, first out. */
  readonly #held = new Map<string, ClaimedNotification[]>();
  /** Origins among `#held` that wait for others' room. */
  readonly #crowded = new Set<string>();
  /** Origins that nothing is claimed for until there is room for them; first come, first served. */
  readonly #putOff = new Set<string>();
  readonly #sending = new Set<Promise<void>>();
  /** Claims of this node that are not settled. */
  #claimed = 0;
  #cancelTimer: () => void = () => {};
  #timerAt = Number.POSITIVE_INFINITY;
  #restUntil = 0;
  #looking: Promise<void> | undefined;
  #lookAgain = false;
  #stopped = false;

  constructor(deps: DelivererDeps, options: DelivererOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#gates = new OriginGates(options.limits);
  }

  /** How it stands: requests under way, claims that wait for a request, origins that are probed only. */
  get figures(): { running: number; held: number; failingOrigins: number } {
    const running = this.#gates.running;
    return { running, held: this.#claimed - this.#sending.size, failingOrigins: this.#gates.failing };
  }

  /** Something may be due. The first call starts the work. */
  wake(): void {
    this.#lookIn(gatherMs);
  }

  /** Lets requests under way end within `limitMs`, then breaks them off, and gives back what is not sent. Idempotent. */
  async close(limitMs = 2_000): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelTimer();
    await this.#looking;
    const unsent = [...this.#held.values()].flat();
    this.#held.clear();
    const returned = unsent.map((notification) => this.#giveBack(notification, 0));
    const cancel = this.#deps.clock.after(limitMs, () => this.#abort.abort());
    await Promise.all([...this.#sending, ...returned]);
    cancel();
  }

  #lookIn(ms: number): void {
    if (this.#stopped) return;
    if (this.#looking !== undefined) {
      this.#lookAgain = true;
      return;
    }
    const now = this.#deps.clock.now();
    const at = Math.max(now + ms, this.#restUntil);
    if (at >= this.#timerAt) return;
    this.#cancelTimer();
    this.#timerAt = at;
    this.#cancelTimer = this.#deps.clock.after(at - now, () => {
      this.#timerAt = Number.POSITIVE_INFINITY;
      this.#looking = this.#look();
    });
  }

  async #look(): Promise<void> {
    let next = pollMs;
    this.#lookAgain = false;
    const startedAt = this.#deps.clock.now();
    try {
      const { overall, perOrigin } = this.#options.limits;
      const room = Math.min(overall * 2, overall * claimedPerRequest - this.#claimed);
      if (room > 0) {
        const found = await this.#deps.queue.claim({
          limit: room,
          perOrigin: perOrigin * claimedPerOriginRequest,
          ignore: this.#toIgnore(),
        });
        this.#claimed += found.length;
        for (const notification of found) this.#admit(notification);
        if (found.length > 0) next = 0;
      }
    } catch (error) {
      this.#deps.onError(error, 'notifications could not be read');
      next = afterErrorMs;
      this.#lookAgain = false;
    }
    this.#looking = undefined;
    const now = this.#deps.clock.now();
    const probeIn = (this.#gates.nextProbeAt(now) ?? Number.POSITIVE_INFINITY) - now;
    const restMs = Math.min(longestRestMs, Math.max(gatherMs, (now - startedAt) * restPerLook));
    this.#restUntil = now + restMs;
    this.#lookIn(this.#lookAgain ? restMs : Math.max(restMs, Math.min(next, probeIn)));
  }

  /** Origins that can do nothing with a claim now. Of those that were put off, as many return as there is room for. */
  #toIgnore(): string[] {
    const room = { new: this.#gates.room('new'), failing: this.#gates.room('failing') };
    for (const origin of this.#putOff) {
      if (room.new <= 0 && room.failing <= 0) break;
      const condition = this.#gates.isFailing(origin) ? 'failing' : 'new';
      if (room[condition] <= 0) continue;
      room[condition] -= 1;
      this.#putOff.delete(origin);
    }
    const ignored = new Set([...this.#gates.paused(this.#deps.clock.now()), ...this.#putOff]);
    const many = (this.#options.limits.perOrigin * claimedPerOriginRequest) / 2;
    for (const [origin, waiting] of this.#held) if (waiting.length >= many) ignored.add(origin);
    return [...ignored];
  }

  #heldUnproven(): number {
    let count = 0;
    for (const [origin, waiting] of this.#held) if (!this.#gates.isProven(origin)) count += waiting.length;
    return count;
  }

  #admit(notification: ClaimedNotification): void {
    const { origin } = notification;
    const failing = this.#gates.isFailing(origin);
    if (notification.ageMs > this.#options.maxAgeMs && (notification.attempts > 0 || failing)) {
      this.#deps.observer.gaveUp();
      void this.#settle({ notification, attempt: undefined, next: { state: 'given-up' } });
      return;
    }
    if (this.#stopped) {
      void this.#giveBack(notification, 0);
      return;
    }
    // Who came first goes first.
    const before = this.#held.get(origin);
    if (before === undefined && this.#tryStart(notification)) return;
    const { overall } = this.#options.limits;
    const crowded =
      !this.#gates.isProven(origin) && this.#heldUnproven() >= overall * claimedPerRequest * unprovenShare;
    if (crowded || (failing && this.#gates.room('failing') === 0)) this.#putOff.add(origin);
    if (failing || crowded) void this.#giveBack(notification, this.#returnMs(origin));
    else if (before === undefined) this.#held.set(origin, [notification]);
    else before.push(notification);
  }

  #tryStart(notification: ClaimedNotification): boolean {
    const { origin } = notification;
    const start = this.#gates.start(origin, this.#deps.clock.now());
    if (start === 'crowded') this.#crowded.add(origin);
    if (start !== 'started') return false;
    const sending = this.#send(notification).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
    return true;
  }

  async #send(notification: ClaimedNotification): Promise<void> {
    const { clock, observer } = this.#deps;
    const { origin } = notification;
    const at = clock.date().toISOString();
    const startedAt = clock.now();
    let outcome: AttemptOutcome;
    try {
      outcome = await this.#deps.post(notification, this.#abort.signal);
    } catch (error) {
      // Whether it arrived is not known. It is sent again, with the same event id.
      const aborted = this.#abort.signal.aborted;
      if (!aborted) this.#deps.onError(error, 'a notification could not be sent');
      this.#gates.finish(origin, 'unknown', clock.now());
      this.#startHeld(origin);
      await this.#giveBack(notification, aborted ? 0 : afterErrorMs);
      return;
    }
    const endedAt = clock.now();
    const ms = Math.round(endedAt - startedAt);
    this.#gates.finish(origin, isOutage(outcome) ? 'outage' : 'answered', endedAt);
    this.#startHeld(origin);
    const judgement = judge(outcome);
    observer.attempted(judgement === 'delivered' ? judgement : outcome.kind === 'answered' ? 'refused' : 'failed', ms);
    const attempt = notification.attempts + 1;
    const facts = { outcome, attempt, ageMs: notification.ageMs + ms, maxAgeMs: this.#options.maxAgeMs };
    const next = nextStep(facts, this.#deps.random());
    if (next.state === 'given-up') observer.gaveUp();
    await this.#settle({ notification, attempt: attemptOf(outcome, attempt, at, ms), next });
  }

  /** A request has ended: who waits for its place? */
  #startHeld(origin: string): void {
    if (this.#gates.isFailing(origin)) {
      for (const notification of this.#held.get(origin) ?? []) {
        void this.#giveBack(notification, this.#returnMs(origin));
      }
      this.#held.delete(origin);
    } else {
      this.#startHeldOf(origin);
    }
    for (const other of [...this.#crowded]) {
      if (this.#gates.running >= this.#options.limits.overall) break;
      this.#crowded.delete(other);
      this.#startHeldOf(other);
    }
  }

  #startHeldOf(origin: string): void {
    const waiting = this.#held.get(origin);
    if (waiting === undefined) return;
    let started = 0;
    for (const notification of waiting) {
      if (!this.#tryStart(notification)) break;
      started += 1;
    }
    waiting.splice(0, started);
    if (waiting.length === 0) this.#held.delete(origin);
  }

  #returnMs(origin: string): number {
    const pause = this.#gates.pauseMs(origin, this.#deps.clock.now());
    return Math.round(pause + this.#deps.random() * returnSpreadMs);
  }

  #giveBack(notification: ClaimedNotification, afterMs: number): Promise<void> {
    return this.#settle({ notification, attempt: undefined, next: { state: 'pending', afterMs } });
  }

  /** Until it is on disk: what has been sent is not to be sent again. */
  async #settle(settlement: Settlement): Promise<void> {
    for (;;) {
      try {
        await this.#deps.queue.settle(settlement);
        break;
      } catch (error) {
        this.#deps.onError(error, 'the outcome of a notification could not be stored');
        if (this.#stopped) break; // it is taken over, and sent again
        await new Promise<void>((resolve) => {
          this.#deps.clock.after(afterErrorMs, resolve);
        });
      }
    }
    this.#claimed -= 1;
    // The dialout's next notification, or a due one for which there was no room.
    this.#lookIn(gatherMs);
  }
}

function attemptOf(outcome: AttemptOutcome, attempt: number, at: string, ms: number): DeliveryAttempt {
  return outcome.kind === 'answered'
    ? { attempt, at, status: outcome.status, ms }
    : { attempt, at, error: outcome.message, ms };
}
