import { assertNever } from '../../../errors.ts';
import {
  deliver,
  none,
  type Step,
  sendRequest,
  start,
  stop,
  type TransactionSettings,
  terminate,
} from './transaction.ts';

export type NonInviteClientState =
  | { readonly name: 'initial' }
  /** `intervalMs` is the running value of timer E. */
  | { readonly name: 'trying'; readonly intervalMs: number }
  | { readonly name: 'proceeding' }
  | { readonly name: 'completed' }
  | { readonly name: 'terminated' };

export type NonInviteClientEvent =
  | { readonly type: 'start' }
  | { readonly type: 'response'; readonly status: number }
  | { readonly type: 'timer'; readonly timer: 'E' | 'F' | 'K' }
  | { readonly type: 'transport-error' };

export const nonInviteClientStart: NonInviteClientState = { name: 'initial' };

const terminated: NonInviteClientState = { name: 'terminated' };

/** The non-INVITE client transaction (RFC 3261 17.1.2); a 1xx slows timer E down to T2 and never stops E or F. */
export function nonInviteClient(
  state: NonInviteClientState,
  event: NonInviteClientEvent,
  settings: TransactionSettings,
): Step<NonInviteClientState> {
  const { t1Ms, t2Ms, t4Ms } = settings.timing;
  const same: Step<NonInviteClientState> = { state, effects: none };
  switch (state.name) {
    case 'initial':
      if (event.type !== 'start') return same;
      return {
        state: { name: 'trying', intervalMs: t1Ms },
        effects: settings.reliable
          ? [sendRequest, start('F', 64 * t1Ms)]
          : [sendRequest, start('E', t1Ms), start('F', 64 * t1Ms)],
      };
    case 'trying':
    case 'proceeding':
      if (event.type === 'transport-error') {
        return { state: terminated, effects: [stop('E'), stop('F'), deliver('transport-error'), terminate] };
      }
      if (event.type === 'timer') {
        if (event.timer === 'F') {
          return { state: terminated, effects: [stop('E'), deliver('timeout'), terminate] };
        }
        if (event.timer === 'K') return same;
        if (state.name === 'proceeding') return { state, effects: [sendRequest, start('E', t2Ms)] };
        const intervalMs = Math.min(2 * state.intervalMs, t2Ms);
        return { state: { name: 'trying', intervalMs }, effects: [sendRequest, start('E', intervalMs)] };
      }
      if (event.type !== 'response') return same;
      if (event.status < 200) return { state: { name: 'proceeding' }, effects: [deliver('response')] };
      return settings.reliable
        ? { state: terminated, effects: [stop('E'), stop('F'), deliver('response'), terminate] }
        : { state: { name: 'completed' }, effects: [stop('E'), stop('F'), start('K', t4Ms), deliver('response')] };
    case 'completed':
      if (event.type === 'timer' && event.timer === 'K') return { state: terminated, effects: [terminate] };
      return same;
    case 'terminated':
      return same;
    default:
      return assertNever(state);
  }
}
