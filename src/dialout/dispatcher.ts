import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Claim } from './dialout-store.ts';
import type { Blocker } from './limits.ts';
import type { DialoutRequest } from './request.ts';

export interface DispatcherDeps {
  claim(bot: string, yielded: boolean): Promise<Claim>;
  /** Dials what was claimed. Must not throw. */
  start(request: DialoutRequest): void;
  /** Gives back what was claimed when the dispatcher had been stopped. Must not reject. */
  giveBack(requests: readonly DialoutRequest[]): Promise<void>;
  /** Bots that have dialouts waiting, for the case that news of them were missed. */
  waitingBots(): Promise<string[]>;
  clock: Clock;
  log: Logger;
}

/** How often bots are looked for whose news were missed. */
const backstopMs = 5_000;
const firstRetryMs = 200;
const longestRetryMs = 5_000;

/**
 * Claims dialouts bot by bot, woken by news and by the time at which a limit lets go; never by polling for work. Bots
 * take turns: one that is at its limit is left alone until something changes for it.
 */
export class Dispatcher {
  readonly #deps: DispatcherDeps;
  /** Bots to claim for, in the order in which they were woken. */
  readonly #due = new Set<string>();
  readonly #timers = new Map<string, () => void>();
  /** Bots at a limit: another dialout that is queued changes nothing for them. */
  readonly #blocked = new Set<string>();
  /** Bots that wait for a place which calls of other bots hold. */
  readonly #crowded = new Set<string>();
  /** Bots of which other nodes have had their chance. */
  readonly #yielded = new Set<string>();
  #running: Promise<void> | undefined;
  #failures = 0;
  #cancelBackstop = () => {};
  #cancelRetry = () => {};
  #stopped = false;

  constructor(deps: DispatcherDeps) {
    this.#deps = deps;
  }

  /** A claim is under way: what it will bring is not known yet. */
  get claiming(): boolean {
    return this.#running !== undefined;
  }

  /** A dialout of the bot has been queued. */
  queued(bot: string): void {
    if (!this.#blocked.has(bot)) this.wake(bot);
  }

  /** Something has changed for the bot: a call has ended, or time has passed. */
  wake(bot: string): void {
    if (this.#stopped) return;
    this.#due.add(bot);
    // While the database does not answer, everything waits for the next try.
    if (this.#failures === 0) this.#kick();
  }

  /** A call has ended: bots that wait for a place on this node, or among all, may have one now. */
  wakeCrowded(): void {
    for (const bot of this.#crowded) this.wake(bot);
  }

  /** Looks for bots that have dialouts waiting, now and every few seconds. */
  lookAround(): void {
    if (this.#stopped) return;
    this.#cancelBackstop();
    this.#deps
      .waitingBots()
      .then(
        (bots) => {
          this.#answered();
          for (const bot of bots) this.wake(bot);
        },
        (error: unknown) => this.#failed(error),
      )
      .finally(() => {
        if (!this.#stopped) this.#cancelBackstop = this.#deps.clock.after(backstopMs, () => this.lookAround());
      });
  }

  /** Claims nothing more; resolves when the last claim is over. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelBackstop();
    this.#cancelRetry();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    this.#due.clear();
    await this.#running;
  }

  #kick(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
      // What was woken when the loop had just seen that nothing is due.
      if (this.#due.size > 0 && this.#failures === 0 && !this.#stopped) this.#kick();
    });
  }

  async #run(): Promise<void> {
    for (const bot of this.#due) {
      this.#due.delete(bot);
      this.#timers.get(bot)?.();
      this.#timers.delete(bot);
      const yielded = this.#yielded.delete(bot);
      let claim: Claim;
      try {
        claim = await this.#deps.claim(bot, yielded);
      } catch (error) {
        if (yielded) this.#yielded.add(bot);
        this.#due.add(bot);
        this.#failed(error);
        return;
      }
      this.#answered();
      if (this.#stopped) {
        if (claim.claimed.length > 0) await this.#deps.giveBack(claim.claimed);
        return;
      }
      for (const request of claim.claimed) this.#deps.start(request);
      this.#plan(bot, claim);
    }
  }

  #plan(bot: string, { queued, blockedBy, againMs }: Claim): void {
    if (queued > 0 && isCrowd(blockedBy)) this.#crowded.add(bot);
    else this.#crowded.delete(bot);
    // Room on the node comes and goes with calls that nobody tells of here.
    if (queued > 0 && blockedBy !== undefined && blockedBy !== 'node') this.#blocked.add(bot);
    else this.#blocked.delete(bot);
    if (againMs === undefined || this.#stopped) return;
    const again = () => {
      this.#timers.delete(bot);
      if (blockedBy === 'share') this.#yielded.add(bot);
      this.wake(bot);
    };
    this.#timers.set(bot, this.#deps.clock.after(againMs, again));
  }

  #failed(error: unknown): void {
    if (this.#failures === 0)
      this.#deps.log.warn({ reason: messageOf(error) }, 'dialouts: the database does not answer');
    const pauseMs = Math.min(longestRetryMs, firstRetryMs * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#cancelRetry();
    if (this.#stopped) return;
    this.#cancelRetry = this.#deps.clock.after(pauseMs, () => {
      if (this.#due.size > 0) this.#kick();
      else this.lookAround();
    });
  }

  #answered(): void {
    if (this.#failures === 0) return;
    this.#deps.log.info('dialouts: the database answers again');
    this.#failures = 0;
    if (this.#due.size > 0 && !this.#stopped) this.#kick();
  }
}

function isCrowd(blockedBy: Blocker | undefined): boolean {
  return blockedBy === 'hub' || blockedBy === 'node';
}
