import type { Clock } from '../clock.ts';
import type {
  Acceptance,
  Cancellation,
  Claim,
  ClaimOptions,
  DialoutNews,
  DialoutStore,
  DialoutView,
  NewDialout,
  Transition,
} from './dialout-store.ts';
import { allowance, type DialoutLimits, type HubDialoutLimits, mayQueue, rateWindowMs } from './limits.ts';
import type { DialoutRequest } from './request.ts';
import type { DialoutEvent } from './status.ts';

interface Entry {
  request: DialoutRequest;
  state: DialoutView['state'];
  expiresAtMs: number;
  dialledAtMs: number | undefined;
}

/** Dialouts in memory, on a clock that a test moves: for tests of what works on a store. One node, nothing durable. */
export class MemoryDialoutStore implements DialoutStore {
  readonly events: DialoutEvent[] = [];
  /** Thrown by the next calls, one each; undefined lets one pass. */
  readonly failures: (Error | undefined)[] = [];
  readonly #clock: Clock;
  readonly #entries = new Map<string, Entry>();
  readonly #keys = new Map<string, { conversationId: string; fingerprint: string }>();
  claims = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async submit(
    { request, idempotency }: NewDialout,
    limits: DialoutLimits,
    hub: HubDialoutLimits,
  ): Promise<Acceptance> {
    this.#fail();
    const { key, fingerprint } = idempotency ?? {};
    const before = key === undefined ? undefined : await this.rememberedKey(request.client, key);
    if (before !== undefined) {
      const { conversationId } = before;
      return before.fingerprint === fingerprint ? { kind: 'repeated', conversationId } : { kind: 'conflict' };
    }
    const queued = this.#in('queued');
    const queuedOfBot = queued.filter((entry) => entry.request.bot === request.bot).length;
    const answer = mayQueue({ queuedOfBot, queuedOfAll: queued.length }, limits, hub);
    if (answer.kind === 'accepted') {
      const waitMs = Date.parse(request.startBefore) - Date.parse(request.acceptedAt);
      const expiresAtMs = this.#clock.now() + waitMs;
      this.#entries.set(request.id, { request, state: 'queued', expiresAtMs, dialledAtMs: undefined });
      if (key !== undefined && fingerprint !== undefined) {
        this.#keys.set(JSON.stringify([request.client, key]), { conversationId: request.id, fingerprint });
      }
    }
    return answer;
  }

  async rememberedKey(
    client: string,
    key: string,
  ): Promise<{ conversationId: string; fingerprint: string } | undefined> {
    return this.#keys.get(JSON.stringify([client, key]));
  }

  async claim({ bot, limits, hub, room, yielded }: ClaimOptions): Promise<Claim> {
    this.claims += 1;
    this.#fail();
    const now = this.#clock.now();
    for (const entry of this.#in('queued')) {
      if (entry.expiresAtMs <= now) this.#end(entry, 'failed');
    }
    const queued = this.#in('queued').filter((entry) => entry.request.bot === bot);
    const live = this.#in('dialling', 'answered');
    const starts = [...this.#entries.values()].flatMap(({ request, dialledAtMs }) =>
      request.bot === bot && dialledAtMs !== undefined && now - dialledAtMs < rateWindowMs ? [now - dialledAtMs] : [],
    );
    const { take, blockedBy, againMs } =
      limits === undefined
        ? { take: 0, blockedBy: 'bot' as const, againMs: undefined }
        : allowance(
            {
              queued: queued.length,
              liveOfBot: live.filter((entry) => entry.request.bot === bot).length,
              liveOfAll: live.length,
              liveHere: live.length,
              nodes: 1,
              startedAgoMs: starts.sort((a, b) => a - b),
              room,
              yielded,
            },
            limits,
            hub,
          );
    const taken = queued.slice(0, take);
    for (const entry of taken) {
      entry.state = 'dialling';
      entry.dialledAtMs = now;
    }
    const expiresInMs = Math.min(...queued.slice(take).map((entry) => entry.expiresAtMs - now));
    const times = [againMs ?? Number.POSITIVE_INFINITY, expiresInMs].filter(Number.isFinite);
    return {
      claimed: taken.map(({ request }) => request),
      queued: queued.length - taken.length,
      blockedBy,
      againMs: queued.length > taken.length && times.length > 0 ? Math.min(...times) : undefined,
    };
  }

  async giveBack(requests: readonly DialoutRequest[]): Promise<void> {
    for (const { id } of requests) {
      const entry = this.#entries.get(id);
      if (entry !== undefined) entry.state = 'queued';
    }
  }

  async apply({ event }: Transition): Promise<boolean> {
    this.#fail();
    const entry = this.#entries.get(event.conversationId);
    if (entry === undefined || entry.state === 'ended' || entry.state === 'queued') return false;
    this.events.push(event);
    if (event.status === 'answered') entry.state = 'answered';
    else if (event.status === 'failed' || event.status === 'completed') entry.state = 'ended';
    return true;
  }

  async cancel(id: string): Promise<Cancellation> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return { kind: 'unknown' };
    if (entry.state === 'ended') return { kind: 'ended' };
    if (entry.state !== 'queued') return { kind: 'asked', node: 'here' };
    this.#end(entry, 'failed');
    return { kind: 'cancelled' };
  }

  async cancelsMissed(): Promise<{ id: string; by: string }[]> {
    return [];
  }

  async endedElsewhere(ids: readonly string[]): Promise<string[]> {
    return ids.filter((id) => this.#entries.get(id)?.state === 'ended');
  }

  async endOrphans(): Promise<number> {
    return 0;
  }

  async get(id: string): Promise<DialoutView | undefined> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    const { request, state } = entry;
    const nothing = { dialledAt: undefined, answeredAt: undefined, endedAt: undefined };
    const { client, bot, acceptedAt } = request;
    return { id, client, bot, state, request, acceptedAt, ...nothing, outcome: undefined, machine: undefined };
  }

  async waitingBots(): Promise<string[]> {
    this.#fail();
    return [...new Set(this.#in('queued').map(({ request }) => request.bot))];
  }

  async prepare(): Promise<void> {}

  async subscribe(_news: DialoutNews): Promise<() => Promise<void>> {
    return async () => {};
  }

  async prune(): Promise<number> {
    return 0;
  }

  async idle(): Promise<void> {}

  #in(...states: DialoutView['state'][]): Entry[] {
    return [...this.#entries.values()].filter(({ state }) => states.includes(state));
  }

  #end(entry: Entry, status: 'failed'): void {
    entry.state = 'ended';
    const { id, client, bot } = entry.request;
    this.events.push({ conversationId: id, client, bot, status, timestamp: this.#clock.date().toISOString() });
  }

  #fail(): void {
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}
