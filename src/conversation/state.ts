import type { ConnectionFacts } from '../bots/connection-rules.ts';
import type { BotEventName } from '../bots/parameter-table.ts';
import {
  type BotParameterLayer,
  type BotParameters,
  DEFAULT_BOT_PARAMETERS,
  mergeLayers,
  resolveParameters,
} from '../bots/parameters.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { TtsParameters } from '../speech/parameters.ts';
import type { SttWord } from '../speech/ports.ts';
import type { OutgoingActivity, RecognitionOptions } from './effects.ts';
import type { MachineKind, TransferRequest } from './ports.ts';
import type { SpeechActivityOptions } from './speech-activity.ts';
import type { TimerId } from './timers.ts';

/**
 * What the conversation is doing; follows from the rest of the state (`phaseOf`).
 *
 * - `connecting`: the call is not answered, or the bot session is not open, or the bot must wait
 * - `speaking`: a prompt plays, or waits for its turn
 * - `listening`: the caller's turn
 * - `thinking`: the bot's turn, nothing to play
 * - `transferring`: the caller waits for somebody else, or talks to him, and is not heard
 * - `ending`: a hang-up is queued behind what is still to be played
 * - `ended`: nothing happens any more
 */
export type Phase = 'connecting' | 'speaking' | 'listening' | 'thinking' | 'transferring' | 'ending' | 'ended';

/** Why a prompt is spoken: the bot's message, or one of the hub's own. */
export type PromptKind = 'message' | 'no-input' | 'not-understood' | 'bot-delay' | 'resume' | 'failure';

/** Where the audio of a prompt comes from. */
export type PromptSource =
  /** The prompt's text is synthesised. */
  | {
      readonly type: 'text';
      readonly language: string;
      readonly voice: string | undefined;
      readonly cache: boolean;
      /** What else is set for the vendor. */
      readonly parameters?: TtsParameters;
    }
  | { readonly type: 'url'; readonly url: string; readonly mediaFormat: string; readonly caching: boolean }
  /** The bot speaks itself; `stream` is the number under which the interpreter keeps its audio. */
  | { readonly type: 'stream'; readonly stream: number };

export interface Prompt {
  /** Unique within the conversation, growing. */
  readonly id: number;
  readonly kind: PromptKind;
  /** What it says, as far as that is known: '' for audio without alternative text. */
  readonly text: string;
  readonly source: PromptSource;
  /** Id of the bot's activity or stream; '' for the hub's own prompts. */
  readonly activityId: string;
  /** Parameters that hold from the start of this prompt until the next one (Bot API 6.1). */
  readonly overlay: BotParameterLayer;
}

/** What is to be done in order; each step waits until the one before is over. */
export type QueueItem =
  | { readonly type: 'prompt'; readonly prompt: Prompt }
  | { readonly type: 'sendDtmf'; readonly id: number; readonly digits: string }
  | QueuedTransfer;

export interface QueuedTransfer {
  readonly type: 'transfer';
  readonly id: number;
  readonly request: TransferRequest;
  /** The bot is told of the outcome. */
  readonly notify: boolean;
}

/**
 * The queue item under way. `paused`: it is being decided whether the caller interrupts; `overdue`: the time for that is up,
 * and only what he has just said is waited for. A transfer is `asked` for until it is known whether it can be tried at all;
 * `talking`: the caller talks to the other party and is going to come back.
 */
export type Current =
  | {
      readonly type: 'prompt';
      readonly prompt: Prompt;
      readonly state: 'starting' | 'playing' | 'paused';
      readonly overdue?: true;
    }
  | { readonly type: 'sendDtmf'; readonly id: number }
  | {
      readonly type: 'transfer';
      readonly id: number;
      readonly state: 'asked' | 'ringing' | 'talking';
      readonly notify: boolean;
      readonly returns: boolean;
    };

/** The caller's utterance: none, under way, or over with its text still to come. */
export type Utterance = 'none' | 'speaking' | 'recognising';

export interface OutboxItem {
  readonly activity: OutgoingActivity;
  /** True when it hands the turn to the bot. */
  readonly input: boolean;
}

/** One recognised text with its alternatives, as it goes into a message's `parameters`. */
export interface Recognition {
  readonly text: string;
  readonly confidence: number | undefined;
  readonly raw: unknown;
  readonly words?: readonly SttWord[] | undefined;
}

/** What the call can do. */
export interface Capabilities {
  /** The caller can be heard: a recogniser is configured, or the bot hears itself. */
  readonly stt: boolean;
  /** Text can be spoken. */
  readonly tts: boolean;
  /** The bot recognises speech itself (directSTT): what it has heard is not sent to it. */
  readonly botHears?: boolean;
  /** What parameters depend on; absent: not known. */
  readonly connection?: ConnectionFacts;
}

export interface ConversationState {
  // Parameters, by layer, and what they resolve to
  /** Defaults of the bot's connector, where they differ from the table's. */
  readonly connectorLayer: BotParameterLayer;
  readonly botLayer: BotParameterLayer;
  readonly sessionLayer: BotParameterLayer;
  readonly overlay: BotParameterLayer;
  readonly params: BotParameters;

  // The two sides
  readonly call: 'ringing' | 'answering' | 'answered' | 'lost';
  readonly bot: 'unopened' | 'opening' | 'open' | 'lost';
  /**
   * Of a call that the hub places. `held`: the bot must wait; `listens`: recognition begins at the answer; `begun`: the bot was
   * told of the answer.
   */
  readonly outbound:
    | {
        readonly held: boolean;
        readonly listens: boolean;
        readonly begun: boolean;
        readonly machine: MachineKind | undefined;
      }
    | undefined;
  readonly capabilities: Capabilities;
  /** `parameters` of the start event. */
  readonly startParameters: Readonly<Record<string, unknown>>;
  /** The bot has taken the start event. */
  readonly started: boolean;
  /** The call is to be answered whether or not there is something to say. */
  readonly answerNow: boolean;

  // Requests to the bot, one at a time
  readonly outbox: readonly OutboxItem[];
  /** `replied`: a message has come since it was sent. */
  readonly inFlight: { readonly requestId: number; readonly input: boolean; readonly replied: boolean } | undefined;
  readonly nextRequestId: number;

  // Playout
  readonly queue: readonly QueueItem[];
  readonly current: Current | undefined;
  /** Prompts whose first audio exists; kept only until the call is answered. */
  readonly ready: ReadonlySet<number>;
  readonly nextPromptId: number;
  /** The bot's messages that an interruption took away; said again when no input follows it. */
  readonly dropped: readonly Prompt[];
  /** The bot's prompt that the caller cut short; told to the bot with the next input. */
  readonly interrupted: { readonly promptId: number; readonly activityId: string; readonly text: string } | undefined;

  // Turns
  readonly turn: 'caller' | 'bot';
  /** The bot announced another message by an event. */
  readonly expectAnother: boolean;
  readonly recognition:
    | { readonly status: 'on'; readonly options: RecognitionOptions }
    | { readonly status: 'failed' }
    | undefined;
  /** What the bot wants of recognition, whatever the turn: the latest of startRecognition and stopRecognition. */
  readonly forcedRecognition: 'on' | 'off' | undefined;
  /** A bot that hears itself tells when the caller begins to speak: without that its texts alone interrupt prompts. */
  readonly botTellsSpeech: boolean;
  /** Set while voice and silence of the caller are watched for the bot. */
  readonly speechActivity: SpeechActivityOptions | undefined;
  readonly sttFailures: number;
  readonly utterance: Utterance;
  /** The caller is silent within the utterance; he may go on. */
  readonly hushed: boolean;
  /** What was last understood of the utterance under way; '' when nothing was. */
  readonly hypothesis: string;
  /** Voiced time of the utterance that ended last; 0 where that is not known. */
  readonly voicedMs: number;
  /** Recognitions that wait to be joined into one message (continuousASR). */
  readonly joined: readonly Recognition[];
  /** Key presses that wait to be sent together (dtmfCollect). */
  readonly digits: string;

  // Counters of what happened in a row
  readonly noInputCount: number;
  readonly notUnderstoodCount: number;
  readonly botDelayCount: number;

  // Timers: the generation of each one that is armed
  readonly timers: Readonly<Partial<Record<TimerId, number>>>;
  readonly nextGeneration: number;

  /** Set: the call ends when the queue is empty; nothing more is taken from the bot or the caller. */
  readonly hangup: EndReason | undefined;
  /** Header fields that the bot wants in the BYE. */
  readonly hangupHeaders: Readonly<Record<string, string>>;
  /** Something was played, so the caller's phone may still hold the last words in its jitter buffer. */
  readonly spoke: boolean;
  readonly ended: EndReason | undefined;
  /** Warnings already given, so that each is given once. */
  readonly warned: ReadonlySet<string>;
}

export interface ConversationOptions {
  /** What the configuration sets. */
  parameters: BotParameterLayer;
  /** Defaults of the bot's connector. */
  defaults?: BotParameterLayer | undefined;
  capabilities: Capabilities;
  startParameters: Readonly<Record<string, unknown>>;
  /** The hub places the call. */
  outbound?: { held: boolean; listens?: boolean } | undefined;
}

/** The state before anything has happened; the first event is `begin`. */
export function initialState(options: ConversationOptions): ConversationState {
  const { defaults = {}, parameters } = options;
  return {
    connectorLayer: defaults,
    botLayer: parameters,
    sessionLayer: {},
    overlay: {},
    params: resolveParameters(DEFAULT_BOT_PARAMETERS, mergeLayers(defaults, parameters), {}, {}),
    call: 'ringing',
    bot: options.outbound === undefined ? 'opening' : 'unopened',
    outbound: options.outbound && {
      held: options.outbound.held,
      listens: options.outbound.listens ?? false,
      begun: false,
      machine: undefined,
    },
    capabilities: options.capabilities,
    startParameters: options.startParameters,
    started: false,
    answerNow: false,
    outbox: [],
    inFlight: undefined,
    nextRequestId: 1,
    queue: [],
    current: undefined,
    ready: new Set(),
    nextPromptId: 1,
    dropped: [],
    interrupted: undefined,
    turn: 'bot',
    expectAnother: false,
    recognition: undefined,
    forcedRecognition: undefined,
    botTellsSpeech: false,
    speechActivity: undefined,
    sttFailures: 0,
    utterance: 'none',
    hushed: false,
    hypothesis: '',
    voicedMs: 0,
    joined: [],
    digits: '',
    noInputCount: 0,
    notUnderstoodCount: 0,
    botDelayCount: 0,
    timers: {},
    nextGeneration: 1,
    hangup: undefined,
    hangupHeaders: {},
    spoke: false,
    ended: undefined,
    warned: new Set(),
  };
}

export function phaseOf(state: ConversationState): Phase {
  if (state.ended !== undefined) return 'ended';
  if (state.hangup !== undefined) return 'ending';
  if (state.current?.type === 'transfer') return 'transferring';
  if (state.call !== 'answered' || state.bot === 'opening' || state.bot === 'unopened') return 'connecting';
  if (state.outbound?.held === true) return 'connecting';
  if (state.current !== undefined || state.queue.length > 0) return 'speaking';
  return state.turn === 'bot' ? 'thinking' : 'listening';
}

/** The caller may stop what is playing: allowed, and not the last words before a hang-up. */
export function mayBargeIn(state: ConversationState): boolean {
  return state.params.bargeIn && state.hangup === undefined && state.ended === undefined;
}

/** The bot has input whose answer is still to come. */
export function owesReply(state: ConversationState): boolean {
  return (state.inFlight?.input === true && !state.inFlight.replied) || state.outbox.some((item) => item.input);
}

/** The bot asked to get `event`. */
export function wantsEvent(state: ConversationState, event: BotEventName): boolean {
  if (event === 'noUserInput' && state.params.userNoInputSendEvent) return true;
  return state.params.sendEventsToBot.includes(event);
}
