import { assertNever } from '../../../errors.ts';
import {
  deliver,
  none,
  type Step,
  sendAck,
  sendRequest,
  start,
  stop,
  type TransactionSettings,
  terminate,
} from './transaction.ts';

export type InviteClientState =
  | { readonly name: 'initial' }
  /** `intervalMs` is the running value of timer A. */
  | { readonly name: 'calling'; readonly intervalMs: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'accepted' }
  | { readonly name: 'terminated' };

export type InviteClientEvent =
  | { readonly type: 'start' }
  | { readonly type: 'response'; readonly status: number }
  /** It is to be cancelled, and no response came so far. */
  | { readonly type: 'given-up' }
  /** A CANCEL for this INVITE was sent. */
  | { readonly type: 'cancelled' }
  | { readonly type: 'timer'; readonly timer: 'A' | 'B' | 'D' | 'M' | 'cancel' }
  | { readonly type: 'transport-error' };

export const inviteClientStart: InviteClientState = { name: 'initial' };

const terminated: InviteClientState = { name: 'terminated' };

/** The INVITE client transaction: RFC 3261 17.1.1 as changed by RFC 6026 7.2, with the CANCEL guard of RFC 3261 9.1. */
export function inviteClient(
  state: InviteClientState,
  event: InviteClientEvent,
  settings: TransactionSettings,
): Step<InviteClientState> {
  const { t1Ms } = settings.timing;
  const same: Step<InviteClientState> = { state, effects: none };
  switch (state.name) {
    case 'initial':
      if (event.type !== 'start') return same;
      return {
        state: { name: 'calling', intervalMs: t1Ms },
        effects: settings.reliable
          ? [sendRequest, start('B', 64 * t1Ms)]
          : [sendRequest, start('A', t1Ms), start('B', 64 * t1Ms)],
      };
    case 'calling':
    case 'proceeding': {
      const stopAll = [stop('A'), stop('B'), stop('cancel')];
      if (event.type === 'transport-error') {
        return { state: terminated, effects: [...stopAll, deliver('transport-error'), terminate] };
      }
      if (event.type === 'given-up') return { state, effects: [stop('A')] };
      if (event.type === 'cancelled') return { state, effects: [start('cancel', 64 * t1Ms)] };
      if (event.type === 'timer') {
        if (event.timer === 'A' && state.name === 'calling') {
          const intervalMs = 2 * state.intervalMs;
          return { state: { name: 'calling', intervalMs }, effects: [sendRequest, start('A', intervalMs)] };
        }
        if ((event.timer === 'B' && state.name === 'calling') || event.timer === 'cancel') {
          return { state: terminated, effects: [...stopAll, deliver('timeout'), terminate] };
        }
        return same;
      }
      if (event.type !== 'response') return same;
      if (event.status < 200) {
        return { state: { name: 'proceeding' }, effects: [stop('A'), stop('B'), deliver('response')] };
      }
      if (event.status < 300) {
        return { state: { name: 'accepted' }, effects: [...stopAll, start('M', 64 * t1Ms), deliver('response')] };
      }
      return settings.reliable
        ? { state: terminated, effects: [...stopAll, sendAck, deliver('response'), terminate] }
        : { state: { name: 'completed' }, effects: [...stopAll, sendAck, start('D', 64 * t1Ms), deliver('response')] };
    }
    case 'completed':
      if (event.type === 'response' && event.status >= 300) return { state, effects: [sendAck] };
      if (event.type === 'timer' && event.timer === 'D') return { state: terminated, effects: [terminate] };
      return same;
    case 'accepted':
      if (event.type === 'response' && event.status >= 200 && event.status < 300) {
        return { state, effects: [deliver('response')] };
      }
      if (event.type === 'timer' && event.timer === 'M') return { state: terminated, effects: [terminate] };
      return same;
    case 'terminated':
      return same;
    default:
      return assertNever(state);
  }
}
