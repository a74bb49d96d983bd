import fc from 'fast-check';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { ConversationEvent } from './events.ts';
import type { TransferOutcome } from './ports.ts';
import type { Capabilities } from './state.ts';
import { botEvent, botMessage } from './testing.ts';
import { TIMER_IDS } from './timers.ts';

/**
 * A step of the model: an event as the interpreter could report it (its numbers are picked from those that the
 * effects have named, or are stale), or the firing of a timer that is armed.
 */
export type Move =
  | { kind: 'event'; event: ConversationEvent }
  | { kind: 'prompt'; what: 'promptReady' | 'promptStarted' | 'promptFinished' | 'promptFailed'; pick: number }
  | { kind: 'request'; ok: boolean; stale: boolean }
  | { kind: 'dtmfSent'; pick: number }
  | {
      kind: 'transfer';
      what: 'transferBegun' | 'transferEnded' | 'transferReturned';
      outcome: TransferOutcome;
      stale: boolean;
    }
  /** What the interpreter owes is done: the call is answered, the bot has taken the request, the prompt is over. */
  | { kind: 'cooperate' }
  /** `mild`: one that does not end the conversation by itself, if there is one. */
  | { kind: 'timer'; pick: number; mild: boolean }
  | { kind: 'staleTimer'; id: (typeof TIMER_IDS)[number]; generation: number };

const text = fc.constantFrom('', 'yes', 'I want to go home');
const utterance = fc.constantFrom('none' as const, 'speaking' as const, 'recognising' as const);
const layer: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    bargeIn: fc.boolean(),
    sendDTMF: fc.boolean(),
    dtmfCollect: fc.boolean(),
    continuousASR: fc.boolean(),
    expectAnotherBotMessage: fc.boolean(),
    userNoInputTimeoutMS: fc.constantFrom(0, 5000),
    resumeRecognitionTimeoutMS: fc.constantFrom(0, 10_000),
    language: fc.constantFrom('en-US', 'fr-FR'),
    transferNotifications: fc.boolean(),
    transferReturnToBot: fc.boolean(),
    nonsense: fc.anything(),
  },
  { requiredKeys: [] },
);

/** What events cannot do without. */
const ARGUMENTS: Readonly<Record<string, Record<string, unknown>>> = {
  sendDtmf: { dtmfDigits: '12#' },
  playUrl: { playUrlUrl: 'https://media.example/a.wav', playUrlAltText: 'A tune' },
  transfer: { transferTarget: 'tel:+4930123456', handoverReason: 'wants a person', transferNotifications: true },
  handover: { transferTarget: 'sip:desk@pbx.example', transferReturnToBot: true },
};

const activity = fc.oneof(
  fc
    .record({ text, params: layer, session: layer })
    .map(({ text, params, session }) => botMessage(text, params, session)),
  fc
    .record({
      name: fc.constantFrom(
        'hangup',
        'transfer',
        'config',
        'abortPrompts',
        'expectAnotherBotMessage',
        'sendDtmf',
        'playUrl',
        'startRecognition',
        'stopRecognition',
        'sendMetaData',
        'nonsense',
      ),
      params: layer,
    })
    .map(({ name, params }) => botEvent(name, { ...ARGUMENTS[name], ...params })),
);

export const failure = { code: 'x', message: 'y' };
const plainEvent: fc.Arbitrary<ConversationEvent> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .array(activity, { minLength: 1, maxLength: 3 })
      .map((activities) => ({ type: 'botActivities' as const, activities })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<ConversationEvent>(
      { type: 'speechStarted' },
      { type: 'speechEnded' },
      { type: 'speechHushed' },
      { type: 'speechResumed' },
      { type: 'speechDiscarded' },
    ),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(text, fc.boolean())
      .map(([value, tentative]) => ({ type: 'interim' as const, text: value, tentative })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ text, rejected: fc.boolean(), utterance }).map((value) => ({
      type: 'final' as const,
      confidence: undefined,
      alternatives: [],
      raw: undefined,
      ...value,
    })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom('1' as const, '#' as const).map((digit) => ({ type: 'dtmf' as const, digit })),
  },
  {
    weight: 2,
    arbitrary: fc
      .record({ stream: fc.nat(1000), altText: fc.constantFrom(undefined, 'Hello'), activityParams: layer })
      .map((value) => ({
        type: 'botPlayed' as const,
        streamId: `s${value.stream}`,
        ...value,
      })),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom<ConversationEvent>(
      { type: 'botHeard', text: 'yes', confidence: undefined },
      { type: 'botHeard', text: 'I want to go home', confidence: 0.5 },
      { type: 'botCommitted' },
      { type: 'voiceDetected' },
      { type: 'silenceDetected' },
      { type: 'metaData', contentType: 'application/json', value: { order: 7 } },
      { type: 'machineDetected', machine: 'human' },
      { type: 'machineDetected', machine: 'answering-machine' },
      { type: 'released' },
    ),
  },
  { weight: 1, arbitrary: fc.boolean().map((retryable) => ({ type: 'sttFailed' as const, retryable, ...failure })) },
  {
    weight: 3,
    arbitrary: fc.constantFrom<ConversationEvent>({ type: 'answered' }, { type: 'botOpened' }),
  },
);
const rareEvent: fc.Arbitrary<ConversationEvent> = fc.constantFrom<ConversationEvent>(
  { type: 'answerFailed', message: 'z' },
  { type: 'botOpenFailed', ...failure },
  { type: 'botLost', ...failure },
  { type: 'callerHungUp', reason: { category: 'caller-hangup', by: 'caller', text: 'BYE' } },
  { type: 'end', reason: { category: 'shutdown', by: 'hub', text: 'stop' } },
);

const outcome = fc.constantFrom<TransferOutcome>(
  { status: 'answered', reason: 'OK', sipStatus: 200 },
  { status: 'failed', reasonCode: 'busy', reason: 'SIP ;cause=486', sipStatus: 486 },
);
const transferMove = fc.record({
  kind: fc.constant('transfer' as const),
  what: fc.constantFrom('transferBegun' as const, 'transferEnded' as const, 'transferReturned' as const),
  outcome,
  stale: fc.constantFrom(false, false, false, true),
});

/** Anything at any moment: most sequences end early. */
const wildMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 10, arbitrary: plainEvent.map((event) => ({ kind: 'event' as const, event })) },
  { weight: 1, arbitrary: rareEvent.map((event) => ({ kind: 'event' as const, event })) },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('prompt' as const),
      what: fc.constantFrom(
        'promptReady' as const,
        'promptStarted' as const,
        'promptFinished' as const,
        'promptFinished' as const,
      ),
      pick: fc.nat(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('prompt' as const),
      what: fc.constant('promptFailed' as const),
      pick: fc.nat(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('request' as const), ok: fc.constant(true), stale: fc.boolean() }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('request' as const), ok: fc.constant(false), stale: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('dtmfSent' as const), pick: fc.nat() }) },
  { weight: 2, arbitrary: transferMove },
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('timer' as const), pick: fc.nat(), mild: fc.constant(false) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('staleTimer' as const),
      id: fc.constantFrom(...TIMER_IDS),
      generation: fc.nat(5),
    }),
  },
);

const speech = fc.constantFrom<ConversationEvent>(
  { type: 'speechStarted' },
  { type: 'speechStarted' },
  { type: 'speechEnded' },
  { type: 'speechDiscarded' },
  { type: 'interim', text: 'I want to go home' },
);

/** Long calls: the outside mostly does what it should, and the caller and the bot talk. */
const livelyMove: fc.Arbitrary<Move> = fc.oneof(
  { weight: 30, arbitrary: fc.constant({ kind: 'cooperate' as const }) },
  { weight: 15, arbitrary: speech.map((event) => ({ kind: 'event' as const, event })) },
  {
    weight: 12,
    arbitrary: fc.record({ text, params: layer }).map(({ text, params }) => ({
      kind: 'event' as const,
      event: { type: 'botActivities' as const, activities: [botMessage(text, params)] },
    })),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('timer' as const), pick: fc.nat(), mild: fc.constant(true) }),
  },
  {
    weight: 6,
    arbitrary: plainEvent
      .filter(({ type }) => ['final', 'dtmf', 'botHeard', 'botCommitted', 'botPlayed'].includes(type))
      .map((event) => ({ kind: 'event' as const, event })),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('transfer' as const),
      what: transferMove.map(({ what }) => what),
      outcome,
      stale: fc.constant(false),
    }),
  },
  {
    weight: 3,
    arbitrary: fc
      .constantFrom('sendDtmf', 'transfer', 'handover', 'expectAnotherBotMessage', 'playUrl')
      .map((name) => ({
        kind: 'event' as const,
        event: { type: 'botActivities' as const, activities: [botEvent(name, ARGUMENTS[name])] },
      })),
  },
  { weight: 2, arbitrary: wildMove },
);

export const moves: fc.Arbitrary<readonly Move[]> = fc.oneof(
  { weight: 1, arbitrary: fc.array(wildMove, { minLength: 1, maxLength: 60, size: 'max' }) },
  { weight: 2, arbitrary: fc.array(livelyMove, { minLength: 1, maxLength: 100, size: 'max' }) },
);

export const parameters: fc.Arbitrary<BotParameterLayer> = fc.record(
  {
    bargeIn: fc.boolean(),
    bargeInMinWordCount: fc.nat(3),
    bargeInOnDTMF: fc.boolean(),
    sendDTMF: fc.boolean(),
    dtmfCollect: fc.boolean(),
    dtmfCollectFirstDigitTimeoutMS: fc.constantFrom(0, 3000),
    dtmfCollectTimeoutMS: fc.constantFrom(0, 4000),
    continuousASR: fc.boolean(),
    connectOnPrompt: fc.boolean(),
    userNoInputTimeoutMS: fc.constantFrom(0, 5000),
    userNoInputRetries: fc.nat(2),
    userNoInputSpeech: fc.constantFrom('', 'Are you there?'),
    userNoInputSendEvent: fc.boolean(),
    userNoInputGiveUpTimeoutMS: fc.constantFrom(0, 20_000),
    botNoInputTimeoutMS: fc.constantFrom(0, 2000),
    botNoInputSpeech: fc.constantFrom('', 'One moment'),
    botNoInputRetries: fc.nat(2),
    botNoInputGiveUpTimeoutMS: fc.constantFrom(0, 20_000),
    resumeRecognitionTimeoutMS: fc.constantFrom(0, 10_000),
    notUnderstoodSendToBot: fc.boolean(),
    speechDetection: fc.constantFrom('disabled', 'enabled', 'auto'),
    userNoInputUrl: fc.constantFrom('', 'https://media.example/silence.wav'),
    botNoInputUrl: fc.constantFrom('', 'https://media.example/wait.wav'),
    enableSpeechDetectionEvent: fc.boolean(),
    sendEventsToBot: fc.subarray([
      'playFinished',
      'speechHypothesis',
      'noUserInput',
      'voiceDetected',
      'silenceDetected',
      'conversationEnd',
      'dialoutInitiated',
    ] as const),
  },
  { requiredKeys: [] },
);

export const capabilities: fc.Arbitrary<Capabilities> = fc.constantFrom<Capabilities>(
  { stt: true, tts: true },
  { stt: true, tts: true },
  { stt: false, tts: true },
  { stt: true, tts: false },
  { stt: true, tts: true, botHears: true },
  { stt: true, tts: false, botHears: true },
);
