import { assertNever } from '../errors.ts';
import type { Effect } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { onHush } from './reduce-barge-in.ts';
import {
  onBotActivities,
  onBotFailed,
  onBotOpened,
  onBotPlayed,
  onBotSendFailed,
  onBotSent,
  onMetaData,
} from './reduce-bot.ts';
import {
  onBotCommitted,
  onBotHeard,
  onDtmf,
  onFinal,
  onInterim,
  onSpeechActivity,
  onSpeechDiscarded,
  onSpeechEnded,
  onSpeechStarted,
  onSttFailed,
} from './reduce-caller.ts';
import { onBegin, onCalleeAnswered, onMachineDetected, onReleased } from './reduce-outbound.ts';
import { onPromptFailed, onPromptFinished, onPromptReady, onPromptStarted, passTurn } from './reduce-prompt.ts';
import { onTimer } from './reduce-timer.ts';
import { onTransferBegun, onTransferEnded, onTransferReturned } from './reduce-transfer.ts';
import { settle } from './settle.ts';
import type { ConversationState } from './state.ts';
import { Step } from './step.ts';

/**
 * The rules of a conversation: what an event changes, and what is to be done about it. Pure: no I/O, no clock, no
 * randomness. After `ended` every event changes nothing.
 */
export function reduce(
  state: ConversationState,
  event: ConversationEvent,
): { state: ConversationState; effects: readonly Effect[] } {
  if (state.ended !== undefined) return { state, effects: [] };
  const step = new Step(state);
  handle(step, event);
  settle(step);
  return { state: step.state, effects: step.effects };
}

function handle(step: Step, event: ConversationEvent): void {
  const s = step.state;
  switch (event.type) {
    case 'begin':
      onBegin(step);
      return;
    case 'machineDetected':
      onMachineDetected(step, event.machine);
      return;
    case 'released':
      onReleased(step);
      return;
    case 'answered':
      if (s.call !== 'answering') return;
      s.call = 'answered';
      s.ready = new Set();
      if (s.outbound !== undefined) onCalleeAnswered(step);
      return;
    case 'answerFailed':
      if (s.call !== 'answering') return;
      s.call = 'lost';
      step.log('info', 'The call could not be answered', { error: event.message });
      return;
    case 'callerHungUp':
      step.end(event.reason, { byCaller: true });
      return;
    case 'end':
      step.end(event.reason);
      return;
    case 'botOpened':
      onBotOpened(step);
      return;
    case 'botOpenFailed':
      if (s.bot === 'opening') onBotFailed(step, event);
      return;
    case 'botLost':
      onBotFailed(step, event);
      return;
    case 'botSent':
      onBotSent(step, event);
      return;
    case 'botSendFailed':
      onBotSendFailed(step, event);
      return;
    case 'botActivities':
      onBotActivities(step, event);
      return;
    case 'botPlayed':
      onBotPlayed(step, event);
      return;
    case 'botHeard':
      onBotHeard(step, event);
      return;
    case 'botCommitted':
      onBotCommitted(step);
      return;
    case 'voiceDetected':
    case 'silenceDetected':
      onSpeechActivity(step, event.type);
      return;
    case 'promptReady':
      onPromptReady(step, event.promptId);
      return;
    case 'promptStarted':
      onPromptStarted(step, event.promptId);
      return;
    case 'promptFinished':
      onPromptFinished(step, event.promptId);
      return;
    case 'promptFailed':
      onPromptFailed(step, event);
      return;
    case 'dtmfSent':
      if (s.current?.type === 'sendDtmf' && s.current.id === event.id) {
        s.current = undefined;
        passTurn(step);
      }
      return;
    case 'transferBegun':
      onTransferBegun(step, event.id);
      return;
    case 'transferEnded':
      onTransferEnded(step, event.id, event.outcome);
      return;
    case 'transferReturned':
      onTransferReturned(step, event.id, event.reason);
      return;
    case 'speechStarted':
      onSpeechStarted(step);
      return;
    case 'speechHushed':
    case 'speechResumed':
      onHush(step, event.type === 'speechHushed');
      return;
    case 'speechEnded':
      onSpeechEnded(step, event);
      return;
    case 'speechDiscarded':
      onSpeechDiscarded(step);
      return;
    case 'interim':
      onInterim(step, event);
      return;
    case 'final':
      onFinal(step, event);
      return;
    case 'sttFailed':
      onSttFailed(step, event);
      return;
    case 'dtmf':
      onDtmf(step, event);
      return;
    case 'metaData':
      onMetaData(step, event);
      return;
    case 'timer':
      if (s.timers[event.id] !== event.generation) return;
      step.forgetTimer(event.id);
      onTimer(step, event.id);
      return;
    default:
      assertNever(event);
  }
}
