import { type BotParameterLayer, mergeLayers } from '../bots/parameters.ts';
import type { BotActivity } from '../bots/port.ts';
import type { ConversationEvent } from './events.ts';
import { hangupHeaders } from './hangup-headers.ts';
import { fillPlaceholders } from './placeholders.ts';
import { onOutboundBotOpened } from './reduce-outbound.ts';
import { passTurn } from './reduce-prompt.ts';
import { onTransferActivity } from './reduce-transfer.ts';
import { canonicalEvent, type Step } from './step.ts';

type Event<T extends ConversationEvent['type']> = Extract<ConversationEvent, { type: T }>;

/** Keys that can be sent to the caller's side at once (Bot API 6.2). */
const DTMF_DIGITS = /^[0-9*#]{1,20}$/;
const MAX_REASON_LENGTH = 200;
/** A quarter of an hour of speech. */
const MAX_TEXT_LENGTH = 15_000;
const MAX_METADATA_LENGTH = 100_000;

export function onBotOpened(step: Step): void {
  const s = step.state;
  if (s.bot !== 'opening') return;
  s.bot = 'open';
  if (s.outbound !== undefined) {
    onOutboundBotOpened(step);
    return;
  }
  const early = s.outbox;
  s.outbox = [];
  step.send({ type: 'event', name: 'start', parameters: s.startParameters }, true);
  s.outbox = [...s.outbox, ...early];
}

/** Metadata of the caller's side (Bot API 7.2). What comes before the start event waits behind it. */
export function onMetaData(step: Step, event: Event<'metaData'>): void {
  if (step.state.hangup !== undefined) return;
  const { contentType, value } = event;
  step.send({ type: 'event', name: 'metaData', value, parameters: { contentType } }, false);
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
  // A bot that hears itself and has no greeting wants to hear the caller at once.
  if (!s.started && s.capabilities.botHears === true && s.current === undefined) passTurn(step);
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
  if (Object.keys(session).length > 0) {
    step.setLayers({ session: mergeLayers(s.sessionLayer, session) });
    step.warnConflicts();
  }
  if (activity.type === 'message') {
    onMessage(step, activity);
    return;
  }
  const name = canonicalEvent(activity.name ?? '');
  if (step.permits('event', name)) onEvent(step, name, activity);
}

/** The bot has something to say or to play: what it announced, or its reply. */
function beginReply(step: Step): void {
  const s = step.state;
  s.expectAnother = false;
  if (s.inFlight !== undefined) s.inFlight = { ...s.inFlight, replied: true };
}

function onMessage(step: Step, activity: BotActivity): void {
  const s = step.state;
  const overlay = step.parse(activity.activityParams, 'activity');
  beginReply(step);
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

/** A stream of the bot's own audio: a message whose audio is there already. */
export function onBotPlayed(step: Step, event: Event<'botPlayed'>): void {
  const s = step.state;
  if (s.hangup !== undefined) {
    step.emit({ type: 'refuseStream', stream: event.stream });
    return;
  }
  const overlay = step.parse(event.activityParams, 'activity');
  beginReply(step);
  const text = (event.altText ?? '').slice(0, MAX_TEXT_LENGTH);
  const source = { type: 'stream', stream: event.stream } as const;
  if (step.play('message', source, text, { overlay, activityId: event.streamId })) return;
  step.emit({ type: 'refuseStream', stream: event.stream });
}

/** `playUrl`: audio from a URL in the place of a message. Without a URL there is nothing to wait for. */
function onPlayUrl(step: Step, activity: BotActivity, overlay: BotParameterLayer): void {
  const s = step.state;
  beginReply(step);
  const params = step.paramsWith(overlay);
  if (params.playUrlUrl === '') {
    step.log('warn', 'playUrl ignored: it has no playUrlUrl', { activityId: activity.id });
    step.setLayers({ overlay });
    if (s.current === undefined) passTurn(step);
    return;
  }
  const { playUrlUrl: _, playUrlAltText: __, ...rest } = overlay;
  step.play('message', step.urlSource(params.playUrlUrl, params), params.playUrlAltText, {
    overlay: rest,
    activityId: activity.id,
  });
}

function onEvent(step: Step, name: string, activity: BotActivity): void {
  const s = step.state;
  if (name === 'sendmetadata') {
    sendMetaData(step, activity);
    return;
  }
  if (name === 'startrecognition' || name === 'stoprecognition') {
    forceRecognition(step, name === 'startrecognition' ? 'on' : 'off', activity);
    return;
  }
  const params = step.parse(activity.activityParams, 'activity');
  switch (name) {
    case 'playurl':
      onPlayUrl(step, activity, params);
      return;
    case 'config':
      step.setLayers({ overlay: mergeLayers(s.overlay, params) });
      return;
    case 'hangup': {
      const { headers, refused } = hangupHeaders(params.hangupSipHeaders ?? s.params.hangupSipHeaders);
      if (refused.length > 0) step.log('warn', 'Header fields of hangup were left out', { names: refused });
      s.hangupHeaders = headers;
      const text = (params.hangupReason ?? s.params.hangupReason).slice(0, MAX_REASON_LENGTH);
      step.hangUpAfterPrompts({
        category: 'bot-hangup',
        by: 'bot',
        text: text === '' ? 'The bot ended the call' : text,
      });
      return;
    }
    case 'transfer':
      onTransferActivity(step, activity, params);
      return;
    case 'startcallrecording':
    case 'stopcallrecording':
    case 'pausecallrecording':
    case 'resumecallrecording': {
      const recordingName = params.callRecordingId ?? s.params.callRecordingId;
      step.emit({ type: 'record', action: recordingActions[name], name: recordingName.slice(0, MAX_RECORDING_NAME) });
      return;
    }
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
      const written = step.permits('parameter', 'dtmfDigits') ? activity.activityParams.dtmf : undefined;
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
      step.log('warn', 'Activity ignored: this version does not know it', {
        name: activity.name,
        activityId: activity.id,
      });
  }
}

const MAX_RECORDING_NAME = 128;
const recordingActions = {
  startcallrecording: 'start',
  stopcallrecording: 'stop',
  pausecallrecording: 'pause',
  resumecallrecording: 'resume',
} as const;

/** Recognition on or off whatever the turn, until the bot says otherwise. There is one participant: the caller. */
function forceRecognition(step: Step, wanted: 'on' | 'off', activity: BotActivity): void {
  const target = activity.activityParams.targetParticipant;
  if (target !== undefined && target !== 'caller') {
    step.log('warn', 'Recognition unchanged: the call has no such participant', { activityId: activity.id });
    return;
  }
  step.state.forcedRecognition = wanted;
  // What the caller was saying is not heard to its end: nothing waits for it.
  if (wanted === 'off') step.state.utterance = 'none';
}

/** The metadata stands in `value`, or in the activity's parameters, or in both. */
function sendMetaData(step: Step, activity: BotActivity): void {
  const { value, activityParams } = activity;
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const metadata = isObject || value === undefined ? { ...activityParams, ...(value ?? {}) } : value;
  if (JSON.stringify(metadata).length > MAX_METADATA_LENGTH) {
    step.log('warn', 'sendMetaData ignored: the metadata is too long', { activityId: activity.id });
    return;
  }
  const p = step.state.params;
  const target =
    p.sendMetaDataUrl === '' || p.sendMetadataAsSipInfo
      ? undefined
      : {
          url: fillPlaceholders(p.sendMetaDataUrl, metadata),
          timeoutMs: p.sendMetaDataTimeoutMs,
          username: p.sendMetaDataUsername,
          password: p.sendMetaDataPassword,
        };
  step.emit({ type: 'sendMetaData', metadata, target });
}
