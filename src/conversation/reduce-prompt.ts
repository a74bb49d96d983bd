import type { ConversationEvent } from './events.ts';
import { owesReply, wantsEvent } from './state.ts';
import type { Step } from './step.ts';

export function onPromptReady(step: Step, promptId: number): void {
  const s = step.state;
  if (s.call !== 'ringing') return;
  if (s.queue.some((item) => item.type === 'prompt' && item.prompt.id === promptId)) {
    s.ready = new Set(s.ready).add(promptId);
  }
}

export function onPromptStarted(step: Step, promptId: number): void {
  const { current } = step.state;
  if (current?.type !== 'prompt' || current.prompt.id !== promptId || current.state !== 'starting') return;
  step.state.current = { ...current, state: 'playing' };
}

export function onPromptFinished(step: Step, promptId: number): void {
  const s = step.state;
  const current = s.current;
  if (current?.type !== 'prompt' || current.prompt.id !== promptId) return;
  s.current = undefined;
  if (current.prompt.kind !== 'message') return;
  if (wantsEvent(s, 'playFinished')) {
    step.send({ type: 'event', name: 'playFinished', value: { id: current.prompt.activityId } }, false);
  }
  passTurn(step);
}

/** The bot has said or done what it had to: whose turn is it when nothing else is queued? */
export function passTurn(step: Step): void {
  const s = step.state;
  if (s.queue.length > 0) return;
  const keeps = s.expectAnother || s.params.expectAnotherBotMessage || owesReply(s);
  s.turn = keeps ? 'bot' : 'caller';
}

/** Speech could not be synthesised: the failure path; of the last words, the hang-up comes without them. */
export function onPromptFailed(step: Step, event: Extract<ConversationEvent, { type: 'promptFailed' }>): void {
  const s = step.state;
  const isCurrent = s.current?.type === 'prompt' && s.current.prompt.id === event.promptId;
  const isQueued = s.queue.some((item) => item.type === 'prompt' && item.prompt.id === event.promptId);
  if (!isCurrent && !isQueued) return;
  if (isCurrent) s.current = undefined;
  s.queue = s.queue.filter((item) => item.type !== 'prompt' || item.prompt.id !== event.promptId);
  step.log('warn', 'A prompt could not be spoken', {
    promptId: event.promptId,
    code: event.code,
    error: event.message,
  });
  step.fail('speech-failure', `${event.code}: ${event.message}`);
}
