import { PatchbayError } from '../errors.ts';
import type { AudioFrame, SampleRate } from '../media/audio.ts';
import type { BotParameterLayer } from './parameters.ts';

export type BotErrorCode =
  | 'bot_unreachable' // no connection, or no answer in time, after the retries
  | 'bot_rejected' // 4xx: credentials, unknown bot
  | 'bot_failed' // 5xx or an answer that is not of the protocol, after the retries
  | 'bot_conversation_lost'; // the bot no longer knows the conversation (HTTP 404)

export class BotError extends PatchbayError<BotErrorCode> {}

/** What the bot asks for, whatever its framework: the AudioCodes Bot API's activity (specs 1.4) is our own model. */
export interface BotActivity {
  id: string;
  type: 'message' | 'event';
  /** Events only; as the bot wrote it, compared without regard to case. */
  name: string | undefined;
  text: string | undefined;
  value: unknown;
  /** Valid for this activity only. */
  activityParams: Record<string, unknown>;
  /** Valid for the rest of the call. */
  sessionParams: Record<string, unknown>;
}

/** What the hub tells the bot. `id` and `timestamp` are given once, so that a retry repeats them. */
export interface HubActivity {
  id: string;
  /** ISO 8601, UTC. */
  timestamp: string;
  /** BCP 47. */
  language: string;
  type: 'message' | 'event';
  name?: string;
  text?: string;
  value?: unknown;
  parameters?: Record<string, unknown>;
}

/** Section 7.3 of the Bot API: the end of a conversation as bots and dialers are told. */
export type BotReasonCode =
  | 'error'
  | 'bot-disconnected'
  | 'client-disconnected'
  | 'transferred'
  | 'machine-detected'
  | 'no-answer'
  | 'busy'
  | 'declined';

/** What a bot with speech recognition of its own tells about the caller's audio (Bot API 3.4). */
export type BotSpeechEvent =
  | { type: 'started' }
  | { type: 'stopped' }
  | { type: 'hypothesis'; text: string }
  /** The final text; for the transcript only, the bot has it already. */
  | { type: 'recognition'; text: string; confidence: number | undefined }
  /** The bot has taken the turn. */
  | { type: 'committed' };

/** Audio that a bot speaks itself (Bot API 3.4, `playStream`). One stream at a time; chunks may come faster than real time. */
export type BotPlayEvent =
  | { type: 'start'; streamId: string; altText: string | undefined; activityParams: Record<string, unknown> }
  /** Linear PCM, mono, at the rate that `BotConversationContext.sampleRate` names; owned by the receiver. */
  | { type: 'audio'; streamId: string; samples: Int16Array }
  /** To be reported by `markReached` when the audio before it has been heard. */
  | { type: 'mark'; streamId: string; markId: string }
  /** No more audio; what is queued is played out. */
  | { type: 'stop'; streamId: string };

/** The caller's audio on its way to a bot that recognises speech itself. */
export interface BotUserAudio {
  /** Recognition is wanted from now on. */
  start(): void;
  /** One 20 ms frame; copied or sent before the call returns. Dropped while stopped or while the bot is not ready. */
  write(frame: AudioFrame): void;
  stop(): void;
}

export interface BotSessionHandlers {
  /** Activities of one reply, in order; also those that the bot sends unasked. */
  onActivities(activities: readonly BotActivity[]): void;
  /** The session is lost; nothing more will come and nothing can be sent. Called at most once. */
  onLost(error: BotError): void;
  /** Only from connections whose `audio.directStt` is true. */
  onSpeech?(event: BotSpeechEvent): void;
  /** Only from connections whose `audio.directTts` is true. */
  onPlay?(event: BotPlayEvent): void;
}

/** One conversation with one bot. */
export interface BotSession {
  /** Present where the connection's `audio.directStt` is true. */
  readonly userAudio?: BotUserAudio;
  /** Present where the connection's `audio.directTts` is true. */
  markReached?(markId: string): void;
  /**
   * Delivers activities in order; resolves when the bot has taken them. Its replies arrive through `onActivities`
   * before the promise resolves where the transport answers in the response (HTTP).
   * `failOnErrors` (botFailOnErrors): an error after which it would be tried again ends the session instead.
   * @throws BotError; `bot_conversation_lost` and others that are not retryable also mean the end of the session
   */
  send(activities: readonly HubActivity[], options?: { failOnErrors?: boolean }): Promise<void>;
  /** Tells the bot that the conversation is over; never rejects, at most a few seconds. Idempotent. */
  end(reason: { reasonCode: BotReasonCode; reason: string }): Promise<void>;
}

export interface BotConversationContext {
  callId: string;
  /** UUID; `conversation`, `conversationId`, `vaigConversationId` on the wire. */
  conversationId: string;
  botName: string;
  /** Number or user part of the caller. */
  caller: string;
  /** Rate of the call's audio, both ways; needed by bots that take or send audio. */
  sampleRate?: SampleRate;
  /** Aborted when the call ends: requests under way are dropped (except `end`). */
  signal: AbortSignal;
}

/** One step of the check of a bot connection, with a message that the bot's author can act on. */
export interface BotCheckStep {
  /** What was tried, e.g. `http-get`. */
  step: string;
  ok: boolean;
  /** It went well, but not all could be checked. */
  warning?: true;
  message: string;
  /** How long the step took. */
  ms: number;
}

export interface BotCheckReport {
  /** The bot can be talked to; a step that failed may have been made good by a later one. */
  ok: boolean;
  steps: readonly BotCheckStep[];
}

/** A configured bot connection. Built once from the configuration; sessions are independent of one another. */
export interface BotConnection {
  readonly id: string;
  readonly name: string;
  /** Which audio the bot handles itself; absent: none, the hub recognises and synthesises. */
  readonly audio?: { readonly directStt: boolean; readonly directTts: boolean };
  /** Parameters that this kind of bot has another default for (`sendDTMFAsText`). */
  readonly defaults?: BotParameterLayer;
  /** Parameters that it acts on itself, of those that depend on the connector (`botFailOnErrors`); absent: none. */
  readonly honours?: readonly string[];
  /** Opens a conversation. @throws BotError */
  open(context: BotConversationContext, handlers: BotSessionHandlers): Promise<BotSession>;
  /** Asks the bot whether it is one, without a conversation. What goes wrong is in the report. Absent: cannot be asked. */
  validate?(signal: AbortSignal): Promise<BotCheckReport>;
  close(): Promise<void>;
}
