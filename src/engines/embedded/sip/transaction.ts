import type { SipTiming } from './timing.ts';

/** Names of RFC 3261 17 and RFC 6026 7; `cancel` guards an INVITE that was cancelled and never answered (RFC 3261 9.1). */
export type TimerId = 'A' | 'B' | 'D' | 'E' | 'F' | 'G' | 'H' | 'I' | 'J' | 'K' | 'L' | 'M' | 'cancel';

/** What a transaction state machine is told about its surroundings. */
export interface TransactionSettings {
  readonly timing: SipTiming;
  /** True over a stream: nothing is retransmitted and the wait states are left at once. */
  readonly reliable: boolean;
}

/** What the interpreter of a state machine has to do, in order. */
export type Effect =
  /** Sends the request of a client transaction, first or again. */
  | { readonly do: 'send-request' }
  /** Sends the ACK of a non-2xx final response, first or again (RFC 3261 17.1.1.3). */
  | { readonly do: 'send-ack' }
  /** Sends the response of the event and keeps its octets. */
  | { readonly do: 'send-response' }
  /** Sends the kept octets again. */
  | { readonly do: 'resend-response' }
  | { readonly do: 'start'; readonly timer: TimerId; readonly ms: number }
  | { readonly do: 'stop'; readonly timer: TimerId }
  /** Hands the event to the transaction user. */
  | { readonly do: 'deliver'; readonly what: 'response' | 'ack' | 'timeout' | 'transport-error' }
  /** The transaction is over: forget it. Its timers are stopped already. */
  | { readonly do: 'terminate' };

export interface Step<State> {
  readonly state: State;
  readonly effects: readonly Effect[];
}

export const none: readonly Effect[] = [];

export function start(timer: TimerId, ms: number): Effect {
  return { do: 'start', timer, ms };
}

export function stop(timer: TimerId): Effect {
  return { do: 'stop', timer };
}

export function deliver(what: 'response' | 'ack' | 'timeout' | 'transport-error'): Effect {
  return { do: 'deliver', what };
}

export const sendRequest: Effect = { do: 'send-request' };
export const sendAck: Effect = { do: 'send-ack' };
export const sendResponse: Effect = { do: 'send-response' };
export const resendResponse: Effect = { do: 'resend-response' };
export const terminate: Effect = { do: 'terminate' };
