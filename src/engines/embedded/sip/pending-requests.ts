import type { Application } from './application-link.ts';
import type { Dialog } from './dialogs.ts';
import type { ServerTransaction } from './server-transaction.ts';
import type { TimerHandle } from './timer-queue.ts';
import type { Connection, Hop } from './transport.ts';

/** A request that was handed to an application and has no final response yet. */
export interface PendingRequest {
  readonly transaction: ServerTransaction;
  readonly owner: Application;
  readonly method: string;
  /** What a dialog is made of when the response sets one up; undefined for every other request. */
  readonly seed: UasSeed | undefined;
  /** The dialog that the request came in, or that a response to it has set up. */
  dialog: Dialog | undefined;
  /** The caller understands reliable provisional responses, or insists on them (RFC 3262 3). */
  readonly reliable: 'unsupported' | 'supported' | 'required';
  /** The number of the last reliable provisional response and whether its PRACK came. */
  rseq: number;
  awaitingPrack: AwaitedConfirmation | undefined;
  /** Answers in place of an application that does not. */
  guard: TimerHandle | undefined;
  /** Registered with the dialog that the request came in. */
  readonly dialogEnded: () => void;
}

/** What RFC 3261 12.1.1 takes from the request. */
export interface UasSeed {
  readonly callId: string;
  readonly cseq: number;
  readonly remoteTag: string;
  readonly remoteAddress: string;
  readonly localAddress: string;
  readonly remoteTarget: string;
  readonly routeSet: readonly string[];
  readonly connection: Connection | undefined;
  /** See `Dialog.source`. */
  readonly source: Hop | undefined;
  /** Seconds that a SUBSCRIBE asks for. */
  readonly expires: number;
}

/** A response that is repeated until its ACK or PRACK comes. */
export interface AwaitedConfirmation {
  readonly transactionId: string;
  readonly hasSession: boolean;
  confirm(): void;
}
