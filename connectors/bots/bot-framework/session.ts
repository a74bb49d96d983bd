import type { Logger } from 'pino';
import {
  type BotActivity,
  BotError,
  type BotReasonCode,
  type BotSession,
  type BotSessionHandlers,
  type HubActivity,
} from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { BotFrameworkConfig } from './config.ts';
import type { DirectLine } from './direct-line.ts';
import { asBotError, callOver, DirectLineError } from './errors.ts';
import { pause, persist } from './http.ts';
import { Inbox, type Taken } from './inbox.ts';
import type { Receiver } from './receiver.ts';
import { type TokenKeeper, withFreshToken } from './token-keeper.ts';
import {
  type ActivitySet,
  activitiesOnWire,
  type DirectLineUser,
  endOnWire,
  handoffStatus,
  type OutgoingActivity,
} from './wire.ts';

/** Deliveries that wait for the one before; a bot that is so far behind gets no more. */
const MAX_WAITING = 100;
/** How long the copy of an activity is waited for, whose delivery is in doubt. */
const ECHO_MS = 1_000;
/** After the end of the call, the bot is told by the session itself when nobody else has done so for so long. */
const END_GRACE_MS = 5_000;

export interface SessionDeps {
  directLine: DirectLine;
  config: BotFrameworkConfig;
  user: DirectLineUser;
  /** Direct Line's. */
  conversationId: string;
  clock: Clock;
  log: Logger;
  newId: () => string;
  onEnded: () => void;
}

/** One conversation. Activities are delivered one after another; the bot's come through a receiver. */
export class DirectLineSession implements BotSession {
  readonly #handlers: BotSessionHandlers;
  readonly #deps: SessionDeps;
  readonly #inbox: Inbox;
  readonly #over = new AbortController();
  /** Aborted when the token is not needed any more either. */
  readonly #closed = new AbortController();
  readonly #releaseSignal: () => void;
  #keeper: TokenKeeper | undefined;
  #receiver: Receiver | undefined;
  /** What comes before the hub has the session; undefined afterwards. */
  #early: ActivitySet[] | undefined = [];
  #queue: Promise<void> = Promise.resolve();
  #waiting = 0;
  #lost: BotError | undefined;
  #end: Promise<void> | undefined;
  #endedByBot = false;
  #handoff = false;
  #cancelGrace: () => void = () => {};

  constructor(handlers: BotSessionHandlers, signal: AbortSignal, deps: SessionDeps) {
    this.#handlers = handlers;
    this.#deps = deps;
    const { handoffTarget, speakSuggestedActions } = deps.config;
    const warn = (problem: string): void => deps.log.warn({ problem }, 'an activity of the bot is not quite right');
    this.#inbox = new Inbox(deps.user.id, { newId: deps.newId, warn, handoffTarget, speakSuggestedActions });
    const onAbort = (): void => this.#callEnded(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#releaseSignal = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  }

  /** Aborts when nothing more is to be received. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Aborts when the session needs nothing any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  get watermark(): string | undefined {
    return this.#inbox.watermark;
  }

  /** Whoever opens the session has it before anything is handed over. */
  attach(keeper: TokenKeeper, receiver: Receiver): void {
    this.#keeper = keeper;
    this.#receiver = receiver;
    setImmediate(() => {
      const early = this.#early ?? [];
      this.#early = undefined;
      for (const set of early) this.onSet(set);
    });
  }

  send(activities: readonly HubActivity[], { failOnErrors = false }: { failOnErrors?: boolean } = {}): Promise<void> {
    if (this.#over.signal.aborted) return Promise.reject(this.#overError());
    if (activities.length === 0) return Promise.resolve();
    if (this.#waiting >= MAX_WAITING) {
      const problem = `${this.#waiting} deliveries wait for the bot already`;
      return Promise.reject(new BotError('bot_unreachable', problem, { retryable: true }));
    }
    const { user, config } = this.#deps;
    const copilotStudio = config.tokenEndpoint !== undefined;
    const wired = activities.flatMap((activity) =>
      activitiesOnWire(this.#forFramework(activity), { user, start: config.start, copilotStudio }),
    );
    this.#waiting += 1;
    const sent = this.#queue.then(() => this.#deliverAll(wired, failOnErrors));
    this.#queue = sent
      .catch(() => {})
      .finally(() => {
        this.#waiting -= 1;
      });
    return sent;
  }

  end(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.#end ??= this.#tellEnd(reason);
    return this.#end;
  }

  onSet(set: ActivitySet): void {
    if (this.#over.signal.aborted || this.#endedByBot) return;
    if (this.#early !== undefined) {
      this.#early.push(set);
      return;
    }
    const taken = this.#inbox.take(set);
    if (taken.unreadable > 0) this.#deps.log.warn({ count: taken.unreadable }, 'activities of the bot were left out');
    this.#handoff ||= taken.handoff;
    this.#endedByBot = taken.ended;
    this.#hand(taken);
  }

  lose(error: BotError): void {
    if (this.#over.signal.aborted) return;
    this.#lost = error;
    this.#stop(error);
    this.#call(() => this.#handlers.onLost(error));
    this.#finish();
  }

  /** Who has handed over by the framework's own event learns the outcome by the framework's own event. */
  #forFramework(activity: HubActivity): HubActivity {
    const isStatus = activity.type === 'event' && activity.name?.toLowerCase() === 'transferstatus';
    return isStatus && this.#handoff ? handoffStatus(activity) : activity;
  }

  async #deliverAll(activities: readonly OutgoingActivity[], failOnErrors: boolean): Promise<void> {
    for (const activity of activities) {
      try {
        await this.#deliver(activity, failOnErrors);
      } catch (error) {
        if (this.#over.signal.aborted) throw this.#overError();
        const failure = asBotError(error);
        if (failOnErrors || !failure.retryable) this.lose(failure);
        throw failure;
      }
    }
  }

  /** @throws BotError */
  async #deliver(activity: OutgoingActivity, failOnErrors: boolean): Promise<void> {
    const { directLine, config, conversationId, clock, log } = this.#deps;
    const signal = this.#over.signal;
    const keeper = this.#keeper;
    if (keeper === undefined || signal.aborted) throw this.#overError();
    const clientId = String((activity.channelData as { clientActivityID?: unknown } | undefined)?.clientActivityID);
    const post = () => directLine.post(keeper.grant, conversationId, activity, signal);
    const limitMs = failOnErrors ? 0 : config.timeouts.retryMs;
    await persist(clock, { limitMs, signal }, async () => {
      try {
        await withFreshToken(keeper, post);
      } catch (error) {
        if (!(error instanceof DirectLineError) || signal.aborted) throw error;
        // The bot has the activity and is slow; its replies come as always.
        if (error.status === 504) return log.warn({ problem: error.message }, 'the bot takes long');
        if (!error.ambiguous || !(await this.#wasDelivered(clientId))) throw error;
        log.warn({ problem: error.message }, 'an activity was delivered although its delivery failed');
      }
    });
    this.#receiver?.nudge();
  }

  /** Direct Line sends everybody a copy of what it has taken. */
  async #wasDelivered(clientId: string): Promise<boolean> {
    const { clock } = this.#deps;
    this.#receiver?.nudge();
    const until = clock.now() + ECHO_MS;
    while (!this.#inbox.hasEcho(clientId) && clock.now() < until && !this.#over.signal.aborted) {
      await pause(clock, 50, this.#over.signal);
    }
    return this.#inbox.hasEcho(clientId);
  }

  async #tellEnd(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void> {
    this.#cancelGrace();
    const { directLine, config, conversationId, user, log } = this.#deps;
    const keeper = this.#keeper;
    this.#stop(undefined);
    if (keeper !== undefined && this.#lost === undefined && !this.#endedByBot) {
      const limit = config.timeouts.disconnectMs;
      const { signal } = new AbortController();
      try {
        await directLine.post(keeper.grant, conversationId, endOnWire(user, reason), signal, limit);
      } catch (error) {
        log.debug({ problem: asBotError(error).message }, 'the bot could not be told that the conversation is over');
      }
    }
    await this.#receiver?.stopped;
    this.#finish();
  }

  #callEnded(reason: unknown): void {
    this.#stop(reason);
    this.#cancelGrace = this.#deps.clock.after(END_GRACE_MS, () => {
      void this.end({ reasonCode: 'client-disconnected', reason: 'the call ended' });
    });
  }

  #stop(reason: unknown): void {
    if (this.#over.signal.aborted) return;
    this.#releaseSignal();
    this.#over.abort(reason);
  }

  #finish(): void {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#deps.onEnded();
  }

  #hand({ activities }: Taken): void {
    if (activities.length > 0) this.#call(() => this.#handlers.onActivities(activities as readonly BotActivity[]));
  }

  #call(handler: () => void): void {
    try {
      handler();
    } catch (error) {
      this.#deps.log.error({ err: error }, 'the handler of a bot session failed');
    }
  }

  #overError(): BotError {
    return this.#lost ?? callOver(this.#over.signal.reason);
  }
}
