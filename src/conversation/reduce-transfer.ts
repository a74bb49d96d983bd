import { type BotParameterLayer, mergeLayers } from '../bots/parameters.ts';
import type { BotActivity } from '../bots/port.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { OutgoingActivity } from './effects.ts';
import { hangupHeaders } from './hangup-headers.ts';
import type { TransferOutcome } from './ports.ts';
import type { QueuedTransfer } from './state.ts';
import type { Step } from './step.ts';

const MAX_REASON_LENGTH = 200;

/**
 * `transfer` and `handover` (Bot API 6.3): queued behind the prompts that precede it. One at a time: what the bot asks for
 * while one waits or runs is not done.
 */
export function onTransferActivity(step: Step, activity: BotActivity, given: BotParameterLayer): void {
  const s = step.state;
  if (s.current?.type === 'transfer' || s.queue.some(({ type }) => type === 'transfer')) {
    step.log('warn', 'Transfer ignored: another one is under way', { activityId: activity.id });
    return;
  }
  const p = step.paramsWith(mergeLayers(s.overlay, given));
  const { headers, refused } = hangupHeaders(p.transferSipHeaders);
  if (refused.length > 0) step.log('warn', 'Header fields of a transfer were left out', { names: refused });
  step.enqueue({
    type: 'transfer',
    id: s.nextPromptId,
    request: {
      target: p.transferTarget.trim(),
      reason: p.handoverReason.slice(0, MAX_REASON_LENGTH),
      referredBy: p.transferReferredByURL.trim(),
      headers,
      returns: p.transferReturnToBot,
    },
    notify: p.transferNotifications || p.transferReturnToBot,
  });
  s.nextPromptId += 1;
}

/** It is its turn: from here on the caller is not heard, and nothing that he said or keyed before waits. */
export function beginTransfer(step: Step, { id, request, notify }: QueuedTransfer): void {
  const s = step.state;
  s.current = { type: 'transfer', id, state: 'asked', notify, returns: request.returns };
  s.utterance = 'none';
  s.joined = [];
  s.digits = '';
  s.dropped = [];
  s.interrupted = undefined;
  const why = request.reason === '' ? '' : ` (${request.reason})`;
  note(step, `Transfer to ${request.target === '' ? 'nobody' : request.target}${why}`);
  step.emit({ type: 'transfer', id, request });
}

/** It can be done. A bot that is not to be told of the outcome has nothing left to do. */
export function onTransferBegun(step: Step, id: number): void {
  const { current } = step.state;
  if (current?.type !== 'transfer' || current.id !== id || current.state !== 'asked') return;
  if (current.notify) step.state.current = { ...current, state: 'ringing' };
  else step.end(transferred('The bot has transferred the call'), { leavesCall: true });
}

export function onTransferEnded(step: Step, id: number, outcome: TransferOutcome): void {
  const { current } = step.state;
  if (current?.type !== 'transfer' || current.id !== id || current.state === 'talking') return;
  if (outcome.status === 'failed') {
    step.log('info', 'The transfer failed', { ...outcome });
    backToBot(step, `Transfer failed: ${outcome.reason}`, statusEvent(outcome));
    return;
  }
  if (!current.returns) {
    step.end(transferred(outcome.reason), { leavesCall: true, farewell: [statusEvent(outcome)] });
    return;
  }
  step.state.current = { ...current, state: 'talking' };
  step.send(statusEvent(outcome), false);
}

/** The other party has hung up, and the caller is back. */
export function onTransferReturned(step: Step, id: number, reason: string): void {
  const { current } = step.state;
  if (current?.type !== 'transfer' || current.id !== id || current.state !== 'talking') return;
  const value = { status: 'ended', reason };
  backToBot(step, `Back from the transfer: ${reason}`, { type: 'event', name: 'transferStatus', value });
}

/** Nothing has been heard of it for longer than it can take. */
export function onTransferOverdue(step: Step): void {
  const { current } = step.state;
  if (current?.type !== 'transfer') return;
  step.emit({ type: 'cancelTransfer', id: current.id });
  const reason = 'the transfer came to no end';
  onTransferEnded(step, current.id, { status: 'failed', reasonCode: 'error', reason, sipStatus: 408 });
}

/** The bot has the caller again, and its turn; where the call is being ended anyway, it is only told. */
function backToBot(step: Step, text: string, event: Omit<OutgoingActivity, 'language'>): void {
  const s = step.state;
  s.current = undefined;
  note(step, text);
  step.send(event, s.hangup === undefined);
}

function statusEvent(outcome: TransferOutcome): Omit<OutgoingActivity, 'language'> {
  return { type: 'event', name: 'transferStatus', value: { ...outcome } };
}

function transferred(text: string): EndReason {
  return { category: 'transferred', by: 'bot', text };
}

function note(step: Step, text: string): void {
  step.emit({ type: 'transcript', entry: { speaker: 'hub', kind: 'event', text } });
}
