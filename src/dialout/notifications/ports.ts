import type { DialoutEvent, DialoutStatus } from '../status.ts';

/** What is streamed: a status of a dialout, which is also sent to its `notifyUrl`, or what happened in a call. */
export interface StoredEvent {
  /** Increases over all events; what is visible of a lower id is visible before a higher one. `X-Patchbay-Event-Id`. */
  id: number;
  /** Undefined: a status of a dialout. */
  type: CallEvent['type'] | undefined;
  conversationId: string;
  bot: string | undefined;
  /** JSON as it is sent, byte for byte: the signature covers it. */
  body: string;
}

/** A conversation goes on with another speech service than the one that it had. */
export interface CallEvent {
  type: 'speech.failover';
  conversationId: string;
  callId: string;
  bot: string;
  kind: 'stt' | 'tts';
  /** Ids of speech services. */
  from: string;
  to: string;
  /** Why, as a code: what a vendor wrote stands in the call's record alone. */
  reasonCode: string;
  /** ISO 8601, UTC. */
  timestamp: string;
}

/** What is to be stored. */
export interface NewEvent {
  event: DialoutEvent;
  /** Absent: nobody is sent the event; it is stored and streamed all the same. */
  notifyUrl: string | undefined;
}

/** A notification that this node, and no other, may send now: all earlier ones of its dialout are over. */
export interface ClaimedNotification {
  /** Names the claim. */
  claim: string;
  eventId: number;
  conversationId: string;
  /** API client whose secret signs. */
  client: string;
  url: string;
  /** Scheme, host and port of `url`: who shares the limits of a target. */
  origin: string;
  body: string;
  /** Attempts so far. */
  attempts: number;
  /** How long ago the event was stored. */
  ageMs: number;
}

/** One attempt to send a notification, as it is shown in the call's record. */
export interface DeliveryAttempt {
  /** 1, 2, 3, ... */
  attempt: number;
  /** ISO 8601, UTC. */
  at: string;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** Why there was none: names no address. */
  error?: string;
  ms: number;
}

export type DeliveryState =
  | 'none' // nobody asked to be told
  | 'pending'
  | 'delivered'
  | 'given-up';

/** What becomes of a claimed notification. */
export interface Settlement {
  notification: ClaimedNotification;
  /** Absent: nothing was sent; the claim is only given back. */
  attempt: DeliveryAttempt | undefined;
  next: { state: 'delivered' | 'given-up' } | { state: 'pending'; afterMs: number };
}

/** The durable queue of notifications, shared by all nodes on one database. */
export interface NotificationQueue {
  /**
   * Takes up to `limit` notifications that are due, oldest first, and no more of one origin than `perOrigin` at a time,
   * counted over all nodes. None of `ignore`'s origins. A claim that is not settled ends with the life of its node.
   */
  claim(options: { limit: number; perOrigin: number; ignore: readonly string[] }): Promise<ClaimedNotification[]>;
  /** Resolves when it is on disk; a claim that somebody else has taken over since changes nothing. */
  settle(settlement: Settlement): Promise<void>;
  /** Makes due again what nodes hold that are no longer there. Resolves to how many. */
  takeOver(): Promise<number>;
}

/** Reads stored events in the order of their ids. */
export interface EventLog {
  /** The newest id; 0 where there is none. */
  lastId(): Promise<number>;
  /** Events up to this id have been deleted for their age. */
  prunedThrough(): Promise<number>;
  after(id: number, limit: number, filter?: EventFilter): Promise<StoredEvent[]>;
}

export interface EventFilter {
  conversationId?: string | undefined;
  bot?: string | undefined;
}

/** What a dialout's notifications came to, event by event. */
export interface EventDelivery {
  eventId: number;
  status: DialoutStatus;
  /** ISO 8601, UTC. */
  timestamp: string;
  delivery: DeliveryState;
  attempts: DeliveryAttempt[];
}

/** How the outbox stands. */
export interface OutboxFigures {
  pending: number;
  /** 0 where nothing is pending. */
  oldestPendingMs: number;
}

/** Counts what happens, for metrics. Implementations must not throw. */
export interface DeliveryObserver {
  /** One request; `ms` to its end. */
  attempted(result: 'delivered' | 'refused' | 'failed', ms: number): void;
  gaveUp(): void;
}
