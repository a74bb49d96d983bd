import type { EndReason } from '../calls/end-reason.ts';
import type { TranscriptEntry } from '../calls/record.ts';
import type { SttParameters } from '../speech/parameters.ts';
import type { TransferRequest } from './ports.ts';
import type { SpeechActivityOptions } from './speech-activity.ts';
import type { Prompt } from './state.ts';
import type { TimerId } from './timers.ts';

/** How the playing of a prompt that was started ended: exactly one for each. */
export type PromptOutcome = 'finished' | 'interrupted' | 'aborted';

/** An activity for the bot before the interpreter gives it an id and a time. */
export interface OutgoingActivity {
  readonly type: 'message' | 'event';
  readonly name?: string;
  readonly text?: string;
  readonly value?: unknown;
  readonly parameters?: Readonly<Record<string, unknown>>;
  readonly language: string;
  /**
   * The prompt that the caller cut short; the interpreter adds the milliseconds that were heard and sends it as
   * `parameters.interruptedPrompt`.
   */
  readonly interrupted?: { readonly promptId: number; readonly activityId: string; readonly text: string };
}

export interface RecognitionOptions {
  readonly language: string;
  readonly contextPhrases: readonly string[];
  readonly contextBoost: number;
  readonly vendorOptions: unknown;
  readonly parameters: SttParameters;
  /** The recogniser is opened when a voice is heard for the first time. */
  readonly openOnSpeech: boolean;
  /** It is open only while somebody speaks, and for so long afterwards; undefined: while recognition is wanted. */
  readonly closeAfterMs: number | undefined;
  readonly endpointing: {
    readonly profile: 'default' | 'digits' | 'yesNo' | 'address';
    /** 0: the profile's. */
    readonly silenceMs: number;
    /** 0: the profile's. */
    readonly minSpeechMs: number;
    /** Longest utterance; 0: the profile's. */
    readonly maxSpeechMs: number;
  };
}

/** Where metadata goes by HTTP; the URL is complete. */
export interface MetaDataTarget {
  readonly url: string;
  readonly timeoutMs: number;
  /** '' where none is needed. */
  readonly username: string;
  readonly password: string;
}

/** What the interpreter does for the reducer. Every effect may come at any time and is idempotent. */
export type Effect =
  /** Open the bot session; reported by `botOpened` or `botOpenFailed`. */
  | { readonly type: 'openBot' }
  /** Answer the call; reported by `answered` or `answerFailed`. */
  | { readonly type: 'answer' }
  /** Reported by `botSent` or `botSendFailed`. Never two at a time. `input`: the bot gets the turn. */
  | {
      readonly type: 'sendToBot';
      readonly requestId: number;
      readonly activities: readonly OutgoingActivity[];
      readonly input: boolean;
      /** `botFailOnErrors`. */
      readonly failOnErrors?: true;
    }
  /** `farewell`: activities for the bot before the session is closed. */
  | { readonly type: 'endBot'; readonly reason: EndReason; readonly farewell?: readonly OutgoingActivity[] }
  /** A bot that hears itself has taken the turn: what `sendToBot` with input is to others. */
  | { readonly type: 'botTookTurn' }
  /** A stream of the bot's audio is not going to be played. */
  | { readonly type: 'refuseStream'; readonly stream: number }
  /** By HTTP POST where there is a target, otherwise in a SIP INFO to the caller's side. Failures are only logged. */
  | { readonly type: 'sendMetaData'; readonly metadata: unknown; readonly target: MetaDataTarget | undefined }
  /** Watch for voice and silence of the caller; undefined: no longer. */
  | { readonly type: 'watchSpeech'; readonly options: SpeechActivityOptions | undefined }
  /** Begin to synthesise or to fetch; reported by `promptReady`, or `promptFailed`. */
  | { readonly type: 'preparePrompt'; readonly prompt: Prompt }
  /** Play a prepared prompt; reported by `promptStarted` and `promptFinished`, or `promptFailed`. */
  | { readonly type: 'playPrompt'; readonly promptId: number }
  | { readonly type: 'pausePlayout' }
  | { readonly type: 'resumePlayout' }
  /** Stop or forget these prompts; drop what has not left. Nothing more is reported about them. */
  | {
      readonly type: 'stopPrompts';
      readonly promptIds: readonly number[];
      readonly outcome: 'interrupted' | 'aborted';
    }
  /** Hear the caller from here on, or go on with other options. */
  | { readonly type: 'startRecognition'; readonly options: RecognitionOptions }
  /** Hear nothing; results of what was heard before are dropped. */
  | { readonly type: 'stopRecognition' }
  /** Treat the utterance under way as finished. */
  | { readonly type: 'endUtterance' }
  /** Reported by `dtmfSent`, also when it failed. */
  | { readonly type: 'sendDtmf'; readonly id: number; readonly digits: string }
  /** Recordings of the call; nothing is reported. `name`: '' for none. */
  | { readonly type: 'record'; readonly action: 'start' | 'stop' | 'pause' | 'resume'; readonly name: string }
  /** Reported by `transferBegun` and `transferEnded`, or by `transferEnded` alone. */
  | { readonly type: 'transfer'; readonly id: number; readonly request: TransferRequest }
  /** It is not wanted any more; nothing more is reported about it. */
  | { readonly type: 'cancelTransfer'; readonly id: number }
  | { readonly type: 'startTimer'; readonly id: TimerId; readonly generation: number; readonly ms: number }
  | { readonly type: 'cancelTimer'; readonly id: TimerId; readonly generation: number }
  /** BYE, or a refusal where the call is not answered. At most once, and never when the caller has hung up. */
  | { readonly type: 'hangup'; readonly reason: EndReason; readonly headers?: Readonly<Record<string, string>> }
  | { readonly type: 'transcript'; readonly entry: Omit<TranscriptEntry, 'atMs'> }
  | {
      readonly type: 'log';
      readonly level: 'debug' | 'info' | 'warn';
      readonly message: string;
      readonly details?: Readonly<Record<string, unknown>>;
    }
  /** The last effect of a conversation. */
  | { readonly type: 'ended'; readonly reason: EndReason };
