import { assertNever } from '../../../errors.ts';
import {
  deliver,
  none,
  resendResponse,
  type Step,
  sendResponse,
  start,
  stop,
  type TransactionSettings,
  terminate,
} from './transaction.ts';

export type InviteServerState =
  | { readonly name: 'proceeding'; readonly answered: boolean }
  /** `intervalMs` is the running value of timer G. */
  | { readonly name: 'completed'; readonly intervalMs: number }
  | { readonly name: 'accepted' }
  | { readonly name: 'confirmed' }
  | { readonly name: 'terminated' };

export type InviteServerEvent =
  /** The INVITE was received again. */
  | { readonly type: 'request' }
  | { readonly type: 'respond'; readonly status: number }
  | { readonly type: 'ack' }
  | { readonly type: 'timer'; readonly timer: 'G' | 'H' | 'I' | 'L' }
  | { readonly type: 'transport-error' };

export const inviteServerStart: InviteServerState = { name: 'proceeding', answered: false };

const terminated: InviteServerState = { name: 'terminated' };

/** The INVITE server transaction: RFC 3261 17.2.1 as changed by RFC 6026 7.1 and 8.7. */
export function inviteServer(
  state: InviteServerState,
  event: InviteServerEvent,
  settings: TransactionSettings,
): Step<InviteServerState> {
  const { t1Ms, t2Ms, t4Ms } = settings.timing;
  const same: Step<InviteServerState> = { state, effects: none };
  if (event.type === 'transport-error') {
    return state.name === 'terminated' ? same : { state, effects: [deliver('transport-error')] };
  }
  switch (state.name) {
    case 'proceeding':
      if (event.type === 'request') return state.answered ? { state, effects: [resendResponse] } : same;
      if (event.type !== 'respond') return same;
      if (event.status < 200) return { state: { name: 'proceeding', answered: true }, effects: [sendResponse] };
      if (event.status < 300) return { state: { name: 'accepted' }, effects: [sendResponse, start('L', 64 * t1Ms)] };
      return {
        state: { name: 'completed', intervalMs: t1Ms },
        effects: settings.reliable
          ? [sendResponse, start('H', 64 * t1Ms)]
          : [sendResponse, start('G', t1Ms), start('H', 64 * t1Ms)],
      };
    case 'completed':
      if (event.type === 'request') return { state, effects: [resendResponse] };
      if (event.type === 'ack') {
        return settings.reliable
          ? { state: terminated, effects: [stop('G'), stop('H'), terminate] }
          : { state: { name: 'confirmed' }, effects: [stop('G'), stop('H'), start('I', t4Ms)] };
      }
      if (event.type !== 'timer') return same;
      if (event.timer === 'G') {
        const intervalMs = Math.min(2 * state.intervalMs, t2Ms);
        return { state: { name: 'completed', intervalMs }, effects: [resendResponse, start('G', intervalMs)] };
      }
      if (event.timer === 'H') return { state: terminated, effects: [stop('G'), deliver('timeout'), terminate] };
      return same;
    case 'accepted':
      // Retransmitted INVITEs are absorbed; 2xx responses are repeated by the user agent core, not here.
      if (event.type === 'respond' && event.status >= 200 && event.status < 300)
        return { state, effects: [sendResponse] };
      if (event.type === 'ack') return { state, effects: [deliver('ack')] };
      if (event.type === 'timer' && event.timer === 'L') return { state: terminated, effects: [terminate] };
      return same;
    case 'confirmed':
      if (event.type === 'timer' && event.timer === 'I') return { state: terminated, effects: [terminate] };
      return same;
    case 'terminated':
      return same;
    default:
      return assertNever(state);
  }
}
