import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { DialoutStore, DialoutView, NewDialout } from './dialout-store.ts';
import { Dispatcher } from './dispatcher.ts';
import { DialoutError } from './errors.ts';
import type { DialoutLimits, HubDialoutLimits } from './limits.ts';
import { LiveDialout } from './live-dialout.ts';
import type { Dialler } from './ports.ts';
import type { DialoutRequest } from './request.ts';

/** Takes dialouts, and sees to it that each is dialled once at most and comes to one end. */
export interface DialoutService {
  /**
   * Resolves when the dialout is on disk. A request that repeats another one (same client, key and fingerprint, within
   * 24 hours) gets the id of that one.
   * @throws DialoutError `rate_limited`, `queue_full` (both with `retryAfterMs`), `idempotency_conflict`, `draining`
   * @throws PatchbayError `unknown_bot`; what `Dialler.check` throws; StoreError when the database cannot be reached
   */
  submit(
    request: DialoutRequest,
    options: { idempotencyKey?: string; fingerprint?: string },
  ): Promise<{ conversationId: string; repeated: boolean }>;
  /** Ends a dialout wherever it is: one that waits fails, a call is cancelled or hung up. `by` is shown in the record. */
  cancel(id: string, by: string): Promise<'cancelled' | 'ended' | 'unknown'>;
  get(id: string): Promise<DialoutView | undefined>;
}

export interface DialoutServiceDeps {
  store: DialoutStore;
  dialler: Dialler;
  /** Id of this hub among those on the same database. */
  node: string;
  /** Undefined: no such bot. */
  limitsOf(bot: string): DialoutLimits | undefined;
  /** Bots that can be dialled out for. */
  bots: readonly string[];
  hub: HubDialoutLimits;
  /** Calls that this node has room for now. */
  room(): number;
  clock: Clock;
  log: Logger;
}

/** A running service, with what the hub needs to steer it. */
export interface RunningDialoutService extends DialoutService {
  /** Dialouts that this node dials or talks on. */
  readonly live: number;
  /** Refuses new dialouts and begins none; those that wait are left to other hubs, or to the next start. */
  drain(): void;
  /** Waits for `limitMs` until what calls reported is on disk. Calls have to be ended before. Idempotent. */
  close(limitMs?: number): Promise<void>;
  /** Other hubs on the database are gone: what they were dialling is ended. */
  nodesGone(): Promise<void>;
  /** Others took this hub for dead for a while: calls that they have ended are hung up. */
  nodeReturned(): Promise<void>;
}

/** Those beyond are found in the database a little later. */
const maxCancelledEarly = 10_000;

/** Ends what a dead process left, and begins with what waits. */
export async function startDialoutService(deps: DialoutServiceDeps): Promise<RunningDialoutService> {
  const service = new Service(deps);
  await service.start();
  return service;
}

class Service implements RunningDialoutService {
  readonly #deps: DialoutServiceDeps;
  readonly #dispatcher: Dispatcher;
  readonly #live = new Map<string, LiveDialout>();
  /** Cancelled while it was not known yet whether a claim brings them here. */
  readonly #cancelledEarly = new Map<string, string>();
  #unsubscribe: (() => Promise<void>) | undefined;
  #draining = false;
  #closing: Promise<void> | undefined;

  constructor(deps: DialoutServiceDeps) {
    this.#deps = deps;
    const { store, clock, log } = deps;
    this.#dispatcher = new Dispatcher({
      claim: async (bot, yielded) => {
        if (!this.#dispatcher.claiming) this.#cancelledEarly.clear();
        return store.claim({ bot, limits: deps.limitsOf(bot), hub: deps.hub, room: Math.max(0, deps.room()), yielded });
      },
      start: (request) => this.#dial(request),
      giveBack: (requests) =>
        store.giveBack(requests).catch((error: unknown) => {
          log.warn({ reason: messageOf(error) }, 'dialouts that were not begun could not be given back: they fail');
        }),
      waitingBots: async () => {
        await this.#endCancelled();
        return store.waitingBots();
      },
      clock,
      log,
    });
  }

  async start(): Promise<void> {
    const { store, bots, log } = this.#deps;
    const orphans = await store.endOrphans();
    if (orphans > 0) log.warn({ dialouts: orphans }, 'dialouts were under way when a hub died; they have been ended');
    await store.prepare(bots);
    this.#unsubscribe = await store.subscribe({
      queued: (bot) => this.#dispatcher.queued(bot),
      freed: (bot) => {
        this.#dispatcher.wake(bot);
        this.#dispatcher.wakeCrowded();
      },
      cancel: (id, by) => this.#cancelHere(id, by),
      missed: () => this.#dispatcher.lookAround(),
    });
    this.#dispatcher.lookAround();
  }

  get live(): number {
    return this.#live.size;
  }

  async submit(
    request: DialoutRequest,
    options: { idempotencyKey?: string; fingerprint?: string },
  ): Promise<{ conversationId: string; repeated: boolean }> {
    if (this.#draining) throw new DialoutError('draining', 'the hub is being stopped and takes no dialouts');
    const { idempotencyKey: key, fingerprint = fingerprintOf(request) } = options;
    const idempotency = key === undefined ? undefined : { key, fingerprint };
    let limits: DialoutLimits;
    try {
      limits = this.#check(request);
    } catch (refusal) {
      // What was accepted once stays accepted, also when it could not be dialled any more.
      const conversationId = await this.#acceptedBefore(request.client, idempotency);
      if (conversationId === undefined) throw refusal;
      return { conversationId, repeated: true };
    }
    const acceptance = await this.#deps.store.submit({ request, idempotency }, limits, this.#deps.hub);
    switch (acceptance.kind) {
      case 'accepted':
        this.#dispatcher.queued(request.bot);
        return { conversationId: request.id, repeated: false };
      case 'repeated':
        return { conversationId: acceptance.conversationId, repeated: true };
      case 'conflict':
        throw conflict();
      case 'rate_limited':
        throw new DialoutError(
          'rate_limited',
          `the bot '${request.bot}' has so many dialouts waiting that another one could not be begun within ${limits.maxQueueMs} ms`,
          acceptance.retryAfterMs,
        );
      case 'queue_full':
        throw new DialoutError('queue_full', 'too many dialouts wait', acceptance.retryAfterMs);
    }
  }

  async cancel(id: string, by: string): Promise<'cancelled' | 'ended' | 'unknown'> {
    const live = this.#live.get(id);
    if (live !== undefined) {
      live.cancel(cancelReason(by));
      return 'cancelled';
    }
    const cancellation = await this.#deps.store.cancel(id, by);
    if (cancellation.kind !== 'asked') return cancellation.kind;
    if (cancellation.node === this.#deps.node) this.#cancelHere(id, by);
    return 'cancelled';
  }

  get(id: string): Promise<DialoutView | undefined> {
    return this.#deps.store.get(id);
  }

  drain(): void {
    this.#draining = true;
    void this.#dispatcher.stop();
  }

  close(limitMs = 5_000): Promise<void> {
    this.#closing ??= this.#close(limitMs);
    return this.#closing;
  }

  async nodesGone(): Promise<void> {
    const { store, log } = this.#deps;
    try {
      const ended = await store.endOrphans();
      if (ended > 0) log.warn({ dialouts: ended }, 'dialouts of a hub that died have been ended');
      if (!this.#draining) this.#dispatcher.lookAround();
    } catch (error) {
      log.warn({ reason: messageOf(error) }, 'dialouts of another hub could not be ended');
    }
  }

  async nodeReturned(): Promise<void> {
    try {
      for (const id of await this.#deps.store.endedElsewhere([...this.#live.keys()])) {
        this.#live.get(id)?.cancel({ category: 'shutdown', by: 'hub', text: 'Another hub has ended the dialout' });
      }
    } catch (error) {
      this.#deps.log.warn({ reason: messageOf(error) }, 'it is not known which dialouts were ended by other hubs');
    }
  }

  async #close(limitMs: number): Promise<void> {
    this.drain();
    await this.#dispatcher.stop();
    const live = [...this.#live.values()];
    let cancel = () => {};
    const limit = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(limitMs, resolve);
    });
    await Promise.race([Promise.all(live.map((dialout) => dialout.settled())), limit]);
    cancel();
    for (const dialout of live) dialout.abandon();
    await this.#unsubscribe?.();
    await this.#deps.store.idle();
  }

  /** @throws what refuses a dialout before it is stored */
  #check(request: DialoutRequest): DialoutLimits {
    const limits = this.#deps.limitsOf(request.bot);
    if (limits === undefined) throw new PatchbayError('unknown_bot', `no bot '${request.bot}'`);
    this.#deps.dialler.check(request);
    return limits;
  }

  async #acceptedBefore(client: string, idempotency: NewDialout['idempotency']): Promise<string | undefined> {
    if (idempotency === undefined) return undefined;
    const before = await this.#deps.store.rememberedKey(client, idempotency.key);
    if (before !== undefined && before.fingerprint !== idempotency.fingerprint) throw conflict();
    return before?.conversationId;
  }

  #dial(request: DialoutRequest): void {
    const { store, dialler, clock, log } = this.#deps;
    const { id, bot } = request;
    const live = new LiveDialout(request, {
      store,
      clock,
      log,
      over: () => {
        this.#live.delete(id);
        this.#dispatcher.wake(bot);
        this.#dispatcher.wakeCrowded();
      },
    });
    this.#live.set(id, live);
    const cancelledBy = this.#cancelledEarly.get(id);
    if (cancelledBy !== undefined) {
      const end = cancelReason(cancelledBy);
      live.ended({ status: 'failed', reasonCode: 'error', reason: end.text, end });
      return;
    }
    try {
      live.attach(dialler.dial(request, live));
    } catch (error) {
      log.error({ err: error, conversationId: id }, 'a call could not be placed');
      const end: EndReason = { category: 'signalling-failure', by: 'hub', text: 'The call could not be placed' };
      live.ended({ status: 'failed', reasonCode: 'error', reason: end.text, end });
    }
  }

  #cancelHere(id: string, by: string): void {
    const live = this.#live.get(id);
    if (live !== undefined) live.cancel(cancelReason(by));
    else if (this.#dispatcher.claiming && this.#cancelledEarly.size < maxCancelledEarly) {
      this.#cancelledEarly.set(id, by);
    }
  }

  async #endCancelled(): Promise<void> {
    for (const { id, by } of await this.#deps.store.cancelsMissed()) this.#cancelHere(id, by);
  }
}

function conflict(): DialoutError {
  return new DialoutError('idempotency_conflict', 'the Idempotency-Key was used for another request');
}

function cancelReason(by: string): EndReason {
  return { category: 'api', by: 'operator', text: `Ended through the API by ${by}` };
}

/** What makes two requests the same where the caller does not say: all but what the hub has added. */
function fingerprintOf({
  id: _id,
  acceptedAt: _acceptedAt,
  startBefore: _startBefore,
  ...asked
}: DialoutRequest): string {
  return JSON.stringify(asked);
}
