import { assertNever } from '../../../errors.ts';
import {
  deliver,
  none,
  resendResponse,
  type Step,
  sendResponse,
  start,
  type TransactionSettings,
  terminate,
} from './transaction.ts';

export type NonInviteServerState =
  | { readonly name: 'trying' }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

export type NonInviteServerEvent =
  | { readonly type: 'request' }
  | { readonly type: 'respond'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: 'J' }
  | { readonly type: 'transport-error' };

export const nonInviteServerStart: NonInviteServerState = { name: 'trying' };

const terminated: NonInviteServerState = { name: 'terminated' };

/** The non-INVITE server transaction (RFC 3261 17.2.2). */
export function nonInviteServer(
  state: NonInviteServerState,
  event: NonInviteServerEvent,
  settings: TransactionSettings,
): Step<NonInviteServerState> {
  const same: Step<NonInviteServerState> = { state, effects: none };
  switch (state.name) {
    case 'trying':
    case 'proceeding':
      if (event.type === 'transport-error') return { state, effects: [deliver('transport-error')] };
      if (event.type === 'request') return state.name === 'proceeding' ? { state, effects: [resendResponse] } : same;
      if (event.type !== 'respond') return same;
      if (event.status < 200) return { state: { name: 'proceeding' }, effects: [sendResponse] };
      return settings.reliable
        ? { state: terminated, effects: [sendResponse, terminate] }
        : { state: { name: 'completed' }, effects: [sendResponse, start('J', 64 * settings.timing.t1Ms)] };
    case 'completed':
      if (event.type === 'transport-error') return { state, effects: [deliver('transport-error')] };
      if (event.type === 'request') return { state, effects: [resendResponse] };
      if (event.type === 'timer') return { state: terminated, effects: [terminate] };
      return same;
    case 'terminated':
      return same;
    default:
      return assertNever(state);
  }
}
