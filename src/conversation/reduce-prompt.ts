import type { ConversationEvent } from './events.ts';
import { owesReply, type Prompt, wantsEvent } from './state.ts';
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

/**
 * Speech could not be synthesised: the failure path; of the last words, the hang-up comes without them. Audio from a
 * URL is left out instead: one missing file is no reason to lose the call.
 */
export function onPromptFailed(step: Step, event: Extract<ConversationEvent, { type: 'promptFailed' }>): void {
  const s = step.state;
  const isCurrent = s.current?.type === 'prompt' && s.current.prompt.id === event.promptId;
  const prompts = [s.current, ...s.queue].flatMap((item) => (item?.type === 'prompt' ? [item.prompt] : []));
  const prompt = prompts.find(({ id }) => id === event.promptId);
  if (prompt === undefined) return;
  if (isCurrent) s.current = undefined;
  s.queue = s.queue.filter((item) => item.type !== 'prompt' || item.prompt.id !== event.promptId);
  step.log('warn', 'A prompt could not be spoken', {
    promptId: event.promptId,
    code: event.code,
    error: event.message,
  });
  if (prompt.source.type === 'url') {
    onUrlFailed(step, prompt, event);
    return;
  }
  step.fail('speech-failure', `${event.code}: ${event.message}`);
}

/** The bot may know of it by playFinished; the turn passes as if the audio had been played. */
function onUrlFailed(step: Step, prompt: Prompt, event: { code: string; message: string }): void {
  const s = step.state;
  step.emit({
    type: 'transcript',
    entry: { speaker: 'hub', kind: 'event', text: `Audio from a URL was not played: ${event.message}` },
  });
  if (prompt.kind !== 'message') return;
  if (wantsEvent(s, 'playFinished')) {
    step.send({ type: 'event', name: 'playFinished', value: { id: prompt.activityId, error: event.code } }, false);
  }
  if (s.current === undefined) passTurn(step);
}
