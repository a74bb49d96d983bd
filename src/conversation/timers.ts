import type { ConversationState, Phase } from './state.ts';

/** Every timer of a conversation. */
export type TimerId = (typeof TIMER_IDS)[number];

export const TIMER_IDS = [
  'connect',
  'firstPrompt',
  'openBot',
  'answer',
  'answerLost',
  'bargeIn',
  'utterance',
  'final',
  'joined',
  'digits',
  'collection',
  'replay',
  'userNoInput',
  'userGiveUp',
  'botNoInput',
  'botGiveUp',
  'resume',
  'sttRetry',
  'sttStable',
  'transfer',
  'hangup',
  'watchdog',
] as const;

/** A bot that sends its greeting apart from the reply to `start` gets this long before the call is answered without one. */
export const FIRST_PROMPT_GRACE_MS = 500;
/** Beyond the retries of every connector. */
export const OPEN_BOT_LIMIT_MS = 60_000;
/** 200 is repeated for 64*T1 = 32 s while the ACK is missing (RFC 3261 13.3.1.4). */
export const ANSWER_LIMIT_MS = 40_000;
/** A call that ends while it is answered reports its end by itself, with the right reason. */
export const ANSWER_LOST_GRACE_MS = 1000;
/** No utterance lasts longer where the bot sets no limit. */
export const UTTERANCE_LIMIT_MS = 60_000;
/** Longest wait of a paused prompt, when the time to decide is up, for the text of what the caller has said. */
export const BARGE_IN_TEXT_LIMIT_MS = 1000;
/** Longest wait for the text of an utterance that is over. */
export const FINAL_LIMIT_MS = 10_000;
/** First pause before recognition is opened again; doubles each time. */
export const STT_RETRY_MS = 250;
/** A recogniser that has run this long has recovered. */
export const STT_STABLE_MS = 5000;
/** Beyond the longest times of the configuration: whoever carries out a transfer ends it before. */
export const TRANSFER_LIMIT_MS = 660_000;
/** Lets the caller's jitter buffer play the last words before BYE. */
export const HANGUP_GRACE_MS = 200;

interface TimerRule {
  /** The timer runs as long as this holds; it starts when it begins to hold, and again after it has fired. */
  wanted(state: ConversationState, phase: Phase): boolean;
  ms(state: ConversationState): number;
}

/** The caller does nothing, though he could be heard. */
function callerSilent(state: ConversationState): boolean {
  const heard = state.forcedRecognition !== 'off';
  return heard && state.utterance === 'none' && state.joined.length === 0 && state.digits === '';
}

/** How long the caller may be silent; 0: as long as he likes. */
function noInputMs({ params }: ConversationState): number {
  const collects = params.sendDTMF && params.dtmfCollect;
  return (collects && params.dtmfCollectFirstDigitTimeoutMS) || params.userNoInputTimeoutMS;
}

function currentKind(state: ConversationState): string | undefined {
  if (state.current?.type === 'prompt') return state.current.prompt.kind;
  const next = state.queue[0];
  return next?.type === 'prompt' ? next.prompt.kind : undefined;
}

/**
 * When each timer runs. Timers follow from the state, so that none can be forgotten when a state is left; what
 * restarts one while its state goes on is `restartTimer`.
 */
export const TIMER_RULES: Readonly<Record<Exclude<TimerId, 'watchdog'>, TimerRule>> = {
  connect: {
    wanted: (s) => s.call === 'ringing' && !s.answerNow,
    ms: (s) => s.params.connectTimeoutMS,
  },
  firstPrompt: {
    wanted: (s) => s.call === 'ringing' && s.started && s.queue.length === 0 && s.hangup === undefined,
    ms: () => FIRST_PROMPT_GRACE_MS,
  },
  openBot: { wanted: (s) => s.bot === 'opening', ms: () => OPEN_BOT_LIMIT_MS },
  answer: { wanted: (s) => s.call === 'answering' && s.outbound === undefined, ms: () => ANSWER_LIMIT_MS },
  answerLost: { wanted: (s) => s.call === 'lost', ms: () => ANSWER_LOST_GRACE_MS },
  bargeIn: {
    wanted: (s) => s.current?.type === 'prompt' && s.current.state === 'paused',
    ms: (s) =>
      s.current?.type === 'prompt' && s.current.overdue === true
        ? BARGE_IN_TEXT_LIMIT_MS
        : s.params.bargeInDecisionTimeoutMS,
  },
  utterance: {
    wanted: (s) => s.utterance === 'speaking',
    ms: (s) => s.params.userMaxSpeechDurationMS || UTTERANCE_LIMIT_MS,
  },
  final: { wanted: (s) => s.utterance === 'recognising', ms: () => FINAL_LIMIT_MS },
  joined: {
    wanted: (s) => s.joined.length > 0 && s.utterance === 'none',
    ms: (s) => s.params.continuousASRTimeoutInMS,
  },
  digits: { wanted: (s) => s.digits !== '', ms: (s) => s.params.dtmfCollectInterDigitTimeoutMS },
  collection: {
    wanted: (s) => s.digits !== '' && s.params.dtmfCollectTimeoutMS > 0,
    ms: (s) => s.params.dtmfCollectTimeoutMS,
  },
  replay: {
    wanted: (s, phase) =>
      phase === 'listening' && s.dropped.length > 0 && callerSilent(s) && s.params.bargeInReplayTimeoutMS > 0,
    ms: (s) => s.params.bargeInReplayTimeoutMS,
  },
  userNoInput: {
    wanted: (s, phase) => phase === 'listening' && callerSilent(s) && noInputMs(s) > 0,
    ms: noInputMs,
  },
  userGiveUp: {
    wanted: (s, phase) =>
      s.params.userNoInputGiveUpTimeoutMS > 0 &&
      callerSilent(s) &&
      (phase === 'listening' || (phase === 'speaking' && s.turn === 'caller' && currentKind(s) === 'no-input')),
    ms: (s) => s.params.userNoInputGiveUpTimeoutMS,
  },
  botNoInput: {
    wanted: (s, phase) =>
      phase === 'thinking' &&
      callerSilent(s) &&
      s.params.botNoInputTimeoutMS > 0 &&
      (s.params.botNoInputSpeech !== '' || s.params.botNoInputUrl !== '') &&
      s.botDelayCount <= s.params.botNoInputRetries,
    ms: (s) => s.params.botNoInputTimeoutMS,
  },
  botGiveUp: {
    wanted: (s, phase) =>
      s.params.botNoInputGiveUpTimeoutMS > 0 &&
      s.turn === 'bot' &&
      (phase === 'thinking' || (phase === 'speaking' && currentKind(s) === 'bot-delay')),
    ms: (s) => s.params.botNoInputGiveUpTimeoutMS,
  },
  resume: {
    wanted: (s, phase) => phase === 'thinking' && s.params.resumeRecognitionTimeoutMS > 0,
    ms: (s) => s.params.resumeRecognitionTimeoutMS,
  },
  sttRetry: {
    wanted: (s) => s.recognition?.status === 'failed',
    ms: (s) => STT_RETRY_MS * 2 ** Math.max(0, s.sttFailures - 1),
  },
  sttStable: {
    wanted: (s) => s.recognition?.status === 'on' && s.sttFailures > 0,
    ms: () => STT_STABLE_MS,
  },
  transfer: {
    wanted: (s) => s.current?.type === 'transfer' && s.current.state !== 'talking',
    ms: () => TRANSFER_LIMIT_MS,
  },
  hangup: {
    wanted: (s, phase) =>
      phase === 'ending' && s.call === 'answered' && s.current === undefined && s.queue.length === 0,
    ms: (s) => (s.spoke ? HANGUP_GRACE_MS : 0),
  },
};

/** No timer runs and no step of the playout reports its end: silence that only the watchdog ends. */
export function isStalled(state: ConversationState): boolean {
  if (state.ended !== undefined || state.current !== undefined) return false;
  // A call that rings, and a bot that has to wait, are no silence: whoever dials sees to their end.
  if (state.outbound !== undefined && (state.call !== 'answered' || state.outbound.held)) return false;
  return TIMER_IDS.every((id) => id === 'watchdog' || state.timers[id] === undefined);
}
