import type { SipTiming } from './timing.ts';

/**
 * A response that the user agent core repeats until the other side confirms it: a 2xx to INVITE until its ACK (RFC 3261 13.3.1.4)
 * or a reliable provisional response until its PRACK (RFC 3262 3). It runs beside the transaction and outlives its timer L, so
 * that the give-up after 64*T1 always comes.
 */
export type RepeatedResponseState =
  | { readonly name: 'waiting'; readonly intervalMs: number; readonly capMs: number }
  | { readonly name: 'done' };

export type RepeatedResponseEvent = { readonly type: 'confirmed' | 'interval-over' | 'time-over' };

export type RepeatedResponseEffect =
  | { readonly do: 'resend' }
  | { readonly do: 'wait-interval'; readonly ms: number }
  | { readonly do: 'wait-limit'; readonly ms: number }
  | { readonly do: 'stop-waiting' }
  | { readonly do: 'give-up' };

export interface RepeatedResponseStep {
  readonly state: RepeatedResponseState;
  readonly effects: readonly RepeatedResponseEffect[];
}

const done: RepeatedResponseState = { name: 'done' };

/** The response was sent the first time. A 2xx is repeated at most every T2; a provisional response doubles without bound. */
export function startRepeating(kind: 'final' | 'provisional', timing: SipTiming): RepeatedResponseStep {
  return {
    state: {
      name: 'waiting',
      intervalMs: timing.t1Ms,
      capMs: kind === 'final' ? timing.t2Ms : Number.POSITIVE_INFINITY,
    },
    effects: [
      { do: 'wait-interval', ms: timing.t1Ms },
      { do: 'wait-limit', ms: 64 * timing.t1Ms },
    ],
  };
}

export function repeatedResponse(state: RepeatedResponseState, event: RepeatedResponseEvent): RepeatedResponseStep {
  if (state.name === 'done') return { state, effects: [] };
  if (event.type === 'confirmed') return { state: done, effects: [{ do: 'stop-waiting' }] };
  if (event.type === 'time-over') return { state: done, effects: [{ do: 'stop-waiting' }, { do: 'give-up' }] };
  const intervalMs = Math.min(2 * state.intervalMs, state.capMs);
  return { state: { ...state, intervalMs }, effects: [{ do: 'resend' }, { do: 'wait-interval', ms: intervalMs }] };
}
