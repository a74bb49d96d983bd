import type { Blocker, DialoutLimits, HubDialoutLimits, QueueAnswer } from './limits.ts';
import type { DialoutRequest } from './request.ts';
import type { DialoutEvent, DialoutOutcome, MachineVerdict } from './status.ts';

export type DialoutState =
  | 'queued'
  | 'dialling' // from the moment at which a node has taken it: it is never taken again
  | 'answered'
  | 'ended';

/** A dialout as it stands. Times are ISO 8601, UTC. */
export interface DialoutView {
  id: string;
  client: string;
  bot: string;
  state: DialoutState;
  request: DialoutRequest;
  acceptedAt: string;
  dialledAt: string | undefined;
  answeredAt: string | undefined;
  endedAt: string | undefined;
  outcome: DialoutOutcome | undefined;
  machine: MachineVerdict | undefined;
}

export interface NewDialout {
  request: DialoutRequest;
  /** Remembered for 24 hours: the same client with the same key and fingerprint means this very dialout. */
  idempotency: { key: string; fingerprint: string } | undefined;
}

/** What became of a submitted dialout. */
export type Acceptance =
  | { kind: 'repeated'; conversationId: string }
  | { kind: 'conflict' } // the key stands for another request
  | QueueAnswer;

export interface ClaimOptions {
  bot: string;
  /** Undefined: the bot is not known here; what has waited too long fails all the same. */
  limits: DialoutLimits | undefined;
  hub: HubDialoutLimits;
  /** Calls that this node has room for. */
  room: number;
  /** This node has let others go first already. */
  yielded: boolean;
}

export interface Claim {
  /** To be dialled now, once. */
  claimed: DialoutRequest[];
  /** Dialouts of the bot that still wait. */
  queued: number;
  blockedBy: Blocker | undefined;
  /** When time alone may let others be claimed, or lets them fail. */
  againMs: number | undefined;
}

/** A change of a dialout that this node dials, and the event that goes with it: both are on disk, or neither is. */
export interface Transition {
  event: DialoutEvent;
  /** Absent: nobody is sent the event. */
  notifyUrl: string | undefined;
  /** With the final event. */
  outcome?: DialoutOutcome;
  /** With `initiated`: how long ago the INVITE went out. Calls per second are counted from there. */
  begunMsAgo?(): number;
}

export type Cancellation =
  | { kind: 'cancelled' } // it had not been begun
  | { kind: 'asked'; node: string } // that node has been told
  | { kind: 'ended' }
  | { kind: 'unknown' };

/** What other nodes have to say. */
export interface DialoutNews {
  /** A dialout of the bot has been queued. */
  queued(bot: string): void;
  /** A call of the bot has ended: others may be begun. */
  freed(bot: string): void;
  /** Somebody wants this node's dialout to end. */
  cancel(id: string, by: string): void;
  /** News may have been missed. */
  missed(): void;
}

/** The durable side of dialouts. All methods throw StoreError when the database cannot be reached. */
export interface DialoutStore {
  /** Resolves when it is on disk, or refused. Submits of the same moment share a transaction. */
  submit(dialout: NewDialout, limits: DialoutLimits, hub: HubDialoutLimits): Promise<Acceptance>;
  /** What the client's key stands for, if it was used within 24 hours. */
  rememberedKey(client: string, key: string): Promise<{ conversationId: string; fingerprint: string } | undefined>;
  /**
   * Takes what may be begun: counts and takes in one transaction which no other claim for the same bot can overlap, on
   * any node. What has waited too long fails in the same transaction.
   */
  claim(options: ClaimOptions): Promise<Claim>;
  /** Queues again what was claimed and has not been dialled. */
  giveBack(requests: readonly DialoutRequest[]): Promise<void>;
  /** False: the dialout has ended already, or another node has taken it over; nothing was written. */
  apply(transition: Transition): Promise<boolean>;
  cancel(id: string, by: string): Promise<Cancellation>;
  /** Dialouts that this node should end, and has not: the news of it were missed. */
  cancelsMissed(): Promise<{ id: string; by: string }[]>;
  /** Which of these do not live any more, because others took this node for dead. */
  endedElsewhere(ids: readonly string[]): Promise<string[]>;
  /** Ends dialouts of nodes that are not there any more: `failed`, or `completed` where they had been answered. */
  endOrphans(): Promise<number>;
  get(id: string): Promise<DialoutView | undefined>;
  /** Bots that have dialouts waiting. */
  waitingBots(): Promise<string[]>;
  /** Makes what claims for these bots need, so that the first of them is as quick as the others. */
  prepare(bots: readonly string[]): Promise<void>;
  /** @returns what ends it */
  subscribe(news: DialoutNews): Promise<() => Promise<void>>;
  /** Deletes ended dialouts that are older, in small steps. Returns how many. */
  prune(olderThan: string): Promise<number>;
  /** Writes what waits. */
  idle(): Promise<void>;
}
