/** What a bot's dialouts may take (Live Hub's defaults are 1 and 3). */
export interface DialoutLimits {
  /** Calls begun in any second. */
  callsPerSecond: number;
  /** Calls at a time, from the INVITE to the end. */
  concurrentCalls: number;
  /** A dialout that has not been begun by then fails. */
  maxQueueMs: number;
}

export interface HubDialoutLimits {
  /** Dialouts at a time, over all bots and all hubs on the same database; undefined: no cap of its own. */
  concurrentDialouts: number | undefined;
  /** Dialouts that wait, over all bots. */
  queuedDialouts: number;
}

/**
 * Starts are counted over a little more than a second: an INVITE leaves some milliseconds after its start was counted,
 * and not always the same.
 */
export const rateWindowMs = 1_025;

/** What is known while nobody else can claim for the bot. */
export interface ClaimFacts {
  queued: number;
  /** Calls of the bot from INVITE to end, on all nodes. */
  liveOfBot: number;
  /** Of all bots, on all nodes. */
  liveOfAll: number;
  /** On this node. */
  liveHere: number;
  /** Nodes that take dialouts, this one included. */
  nodes: number;
  /** Starts of the bot within the last `rateWindowMs`: how long ago, the newest first. */
  startedAgoMs: readonly number[];
  /** Calls that this node still has room for. */
  room: number;
  /** Whether this node has let others go first already. */
  yielded: boolean;
}

export type Blocker =
  | 'rate' // calls per second
  | 'bot' // concurrent calls of the bot
  | 'hub' // concurrent calls of all bots
  | 'node' // no room on this node
  | 'share'; // it is another node's turn

export interface Allowance {
  /** Dialouts to begin now. */
  take: number;
  /** Why not all that are queued; undefined: they all are. */
  blockedBy: Blocker | undefined;
  /** When to look again, where time alone will help. */
  againMs: number | undefined;
}

/** How long a node with more calls than its share waits for the others to take what is queued. */
const yieldMs = 60;

/** How many queued dialouts of a bot may be begun at this moment on this node. */
export function allowance(
  facts: ClaimFacts,
  limits: Pick<DialoutLimits, 'callsPerSecond' | 'concurrentCalls'>,
  hub: Pick<HubDialoutLimits, 'concurrentDialouts'>,
): Allowance {
  const { queued } = facts;
  const bounds: [Blocker, number][] = [
    ['rate', limits.callsPerSecond - facts.startedAgoMs.length],
    ['bot', limits.concurrentCalls - facts.liveOfBot],
    ['hub', (hub.concurrentDialouts ?? Number.POSITIVE_INFINITY) - facts.liveOfAll],
    ['node', facts.room],
  ];
  let blockedBy: Blocker | undefined;
  let take = queued;
  for (const [blocker, bound] of bounds) {
    if (Math.max(0, bound) >= take) continue;
    take = Math.max(0, bound);
    blockedBy = blocker;
  }
  if (facts.nodes > 1 && !facts.yielded) {
    const share = Math.max(0, Math.ceil((facts.liveOfAll + take) / facts.nodes) - facts.liveHere);
    if (share < take) {
      take = share;
      blockedBy = 'share';
    }
  }
  return { take, blockedBy, againMs: againMs(blockedBy, facts, take, limits.callsPerSecond) };
}

function againMs(
  blockedBy: Blocker | undefined,
  { startedAgoMs }: ClaimFacts,
  take: number,
  callsPerSecond: number,
): number | undefined {
  switch (blockedBy) {
    case 'rate': {
      // The start that has to leave the window before there is room for another one; without one, one of this moment.
      const oldest = startedAgoMs[callsPerSecond - 1 - take] ?? 0;
      return Math.max(1, Math.ceil(rateWindowMs - oldest));
    }
    case 'share':
      return yieldMs;
    case 'bot':
    case 'hub':
    case 'node':
    case undefined:
      return undefined;
  }
}

export type QueueAnswer = { kind: 'accepted' } | { kind: 'rate_limited' | 'queue_full'; retryAfterMs: number };

/**
 * Whether a dialout may be queued behind `queuedOfBot` others of its bot. One that could not be begun within
 * `maxQueueMs` at the bot's calls per second, however short all calls were, is refused at once rather than failed later.
 */
export function mayQueue(
  facts: { queuedOfBot: number; queuedOfAll: number },
  limits: Pick<DialoutLimits, 'callsPerSecond' | 'maxQueueMs'>,
  hub: Pick<HubDialoutLimits, 'queuedDialouts'>,
): QueueAnswer {
  const begunInTime = limits.callsPerSecond * (1 + Math.floor(limits.maxQueueMs / rateWindowMs));
  const tooMany = facts.queuedOfBot + 1 - begunInTime;
  if (tooMany > 0) {
    return { kind: 'rate_limited', retryAfterMs: Math.ceil(tooMany / limits.callsPerSecond) * rateWindowMs };
  }
  if (facts.queuedOfAll >= hub.queuedDialouts) return { kind: 'queue_full', retryAfterMs: 1_000 };
  return { kind: 'accepted' };
}
