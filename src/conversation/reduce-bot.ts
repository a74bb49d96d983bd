import { mergeLayers } from '../bots/parameters.ts';
import type { BotActivity } from '../bots/port.ts';
import type { ConversationEvent } from './events.ts';
import type { Step } from './step.ts';

type Event<T extends ConversationEvent['type']> = Extract<ConversationEvent, { type: T }>;

/** Keys that can be sent to the caller's side at once (Bot API 6.2). */
const DTMF_DIGITS = /^[0-9*#]{1,20}$/;
const MAX_REASON_LENGTH = 200;
/** A quarter of an hour of speech. */
const MAX_TEXT_LENGTH = 15_000;

export function onBotOpened(step: Step): void {
  const s = step.state;
  if (s.bot !== 'opening') return;
  s.bot = 'open';
  step.send({ type: 'event', name: 'start', parameters: s.startParameters }, true);
}

export function onBotFailed(step: Step, event: { code: string; message: string }): void {
  if (step.state.bot === 'lost') return;
  step.state.bot = 'lost';
  step.state.outbox = [];
  step.state.inFlight = undefined;
  step.fail('bot-failure', `${event.code}: ${event.message}`);
}

export function onBotSent(step: Step, event: Event<'botSent'>): void {
  const s = step.state;
  if (s.inFlight?.requestId !== event.requestId) return;
  s.inFlight = undefined;
  s.started = true;
}

export function onBotSendFailed(step: Step, event: Event<'botSendFailed'>): void {
  if (step.state.inFlight?.requestId !== event.requestId) return;
  onBotFailed(step, event);
}

export function onBotActivities(step: Step, event: Event<'botActivities'>): void {
  for (const activity of event.activities) {
    if (step.state.ended !== undefined) return;
    if (step.state.hangup !== undefined) {
      step.log('info', 'Activity ignored: the call is being ended', { name: activity.name, activityId: activity.id });
      return;
    }
    onActivity(step, activity);
  }
}

function onActivity(step: Step, activity: BotActivity): void {
  const s = step.state;
  const session = step.parse(activity.sessionParams, 'session');
  if (Object.keys(session).length > 0) step.setLayers({ session: mergeLayers(s.sessionLayer, session) });
  if (activity.type === 'message') {
    onMessage(step, activity);
    return;
  }
  onEvent(step, activity);
}

function onMessage(step: Step, activity: BotActivity): void {
  const s = step.state;
  const overlay = step.parse(activity.activityParams, 'activity');
  s.expectAnother = false;
  if (s.inFlight !== undefined) s.inFlight = { ...s.inFlight, replied: true };
  const text = activity.text ?? '';
  if (text.trim() === '') {
    // Nothing to say: what it sets holds for the turn that follows, as if it had been said.
    step.setLayers({ overlay });
    if (!s.params.expectAnotherBotMessage && s.queue.length === 0 && s.current === undefined) s.turn = 'caller';
    return;
  }
  if (!s.capabilities.tts) {
    step.fail('speech-failure', 'The bot sent a message, but no text-to-speech service is configured');
    return;
  }
  if (text.length > MAX_TEXT_LENGTH) {
    step.log('warn', 'A message of the bot was cut', { activityId: activity.id, length: text.length });
  }
  step.say('message', text.slice(0, MAX_TEXT_LENGTH), { overlay, activityId: activity.id });
}

function onEvent(step: Step, activity: BotActivity): void {
  const s = step.state;
  const name = activity.name ?? '';
  const params = step.parse(activity.activityParams, 'activity');
  switch (name.toLowerCase()) {
    case 'config':
      step.setLayers({ overlay: mergeLayers(s.overlay, params) });
      return;
    case 'hangup': {
      const text = (params.hangupReason ?? s.params.hangupReason).slice(0, MAX_REASON_LENGTH);
      step.hangUpAfterPrompts({
        category: 'bot-hangup',
        by: 'bot',
        text: text === '' ? 'The bot ended the call' : text,
      });
      return;
    }
    case 'transfer':
    case 'handover':
      step.enqueue({ type: 'transfer', name });
      return;
    case 'abortprompts':
      step.stopPrompts('aborted');
      if (s.turn === 'bot' && s.inFlight?.input !== true) s.turn = 'caller';
      return;
    case 'expectanotherbotmessage':
      s.expectAnother = true;
      s.turn = 'bot';
      return;
    case 'senddtmf': {
      // Some bots call the argument `dtmf`.
      const written = activity.activityParams.dtmf;
      const digits =
        params.dtmfDigits ?? (typeof written === 'string' || typeof written === 'number' ? `${written}` : '');
      if (!DTMF_DIGITS.test(digits)) {
        step.log('warn', 'sendDtmf ignored: dtmfDigits must be 1 to 20 of 0-9, * and #', { activityId: activity.id });
        return;
      }
      step.enqueue({ type: 'sendDtmf', id: s.nextPromptId, digits });
      s.nextPromptId += 1;
      return;
    }
    default:
      step.log('warn', 'Activity ignored: this version does not know it', { name, activityId: activity.id });
  }
}

/** Transfers are answered with the event that the bot would get for one that failed. */
export function answerTransfer(step: Step): void {
  step.log('warn', 'Transfer refused: not configured');
  step.send(
    {
      type: 'event',
      name: 'transferStatus',
      value: { status: 'failed', reasonCode: 'error', reason: 'not configured' },
    },
    true,
  );
}
