import { assertNever } from '../../../errors.ts';
import type { SipCore } from './core.ts';
import {
  type RepeatedResponseEvent,
  type RepeatedResponseState,
  type RepeatedResponseStep,
  repeatedResponse,
  startRepeating,
} from './repeated-response.ts';
import type { TimerHandle } from './timer-queue.ts';

/** Runs {@link repeatedResponse} for one response that was just sent. */
export function repeatUntilConfirmed(
  core: SipCore,
  kind: 'final' | 'provisional',
  actions: { resend(): void; giveUp(): void },
): { confirm(): void } {
  let state: RepeatedResponseState;
  let interval: TimerHandle | undefined;
  let limit: TimerHandle | undefined;
  const perform = (step: RepeatedResponseStep): void => {
    state = step.state;
    for (const effect of step.effects) {
      switch (effect.do) {
        case 'resend':
          actions.resend();
          break;
        case 'wait-interval':
          interval = core.timers.schedule(effect.ms, () => tell({ type: 'interval-over' }));
          break;
        case 'wait-limit':
          limit = core.timers.schedule(effect.ms, () => tell({ type: 'time-over' }));
          break;
        case 'stop-waiting':
          interval?.cancel();
          limit?.cancel();
          break;
        case 'give-up':
          actions.giveUp();
          break;
        default:
          assertNever(effect);
      }
    }
  };
  const tell = (event: RepeatedResponseEvent): void => perform(repeatedResponse(state, event));
  perform(startRepeating(kind, core.timing));
  return { confirm: () => tell({ type: 'confirmed' }) };
}
