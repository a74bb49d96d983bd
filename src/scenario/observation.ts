import type { SeenInvite } from '../caller/second-phone.ts';
import type { SpeechSegment } from '../caller/voice-activity.ts';
import type { CallRecord } from '../calls/record.ts';
import type { SampleRate } from '../media/audio.ts';
import type { BotEnd, ReceivedActivity } from './scripted-bot.ts';

/** All times are milliseconds since the answer, as the caller saw it; what came before it is negative. */

/** One step of the caller and when it happened. */
export interface ObservedStep {
  /** In words, for a person. */
  said: string;
  fromMs: number;
  toMs: number;
  /** The voiced part of what sounded; undefined for steps without sound. */
  speech: SpeechSegment | undefined;
}

/** What the caller saw and heard of the call. */
export interface CallObservation {
  sipCallId: string | undefined;
  /** Final status of the INVITE; undefined: none came. */
  status: number | undefined;
  provisional: { status: number; atMs: number }[];
  /** Of the INVITE; 0 or less. Without an answer it is 0. */
  inviteMs: number;
  answered: boolean;
  endMs: number;
  endedBy: 'hub' | 'caller' | undefined;
  /** The Reason header of the hub's BYE. */
  reason: string | undefined;
  /** By the step's index. */
  steps: ReadonlyMap<number, ObservedStep>;
  /** Pieces of the hub's speech, split at pauses of 200 ms. */
  pieces: readonly SpeechSegment[];
  keys: { digit: string; atMs: number }[];
  /** SIP INFO of the hub; `value` is its JSON, or its text. */
  infos: { contentType: string; value: unknown; atMs: number }[];
  /** Equally long; their first sample lies at `audioFromMs`. */
  audio: { caller: Int16Array; hub: Int16Array };
  audioFromMs: number;
  sampleRate: SampleRate;
  /** Why the script could not be carried out as written. */
  problems: string[];
}

export interface Observation extends CallObservation {
  received: ReceivedActivity[];
  botEnds: BotEnd[];
  /** At the telephone of `agent`. */
  agentInvites: readonly SeenInvite[];
  /** The clock's reading that is 0 here. */
  zeroAt: number;
  record: CallRecord | undefined;
  /** Texts as the hub's voice speaks them. */
  prompts: ReadonlyMap<string, Int16Array>;
}
