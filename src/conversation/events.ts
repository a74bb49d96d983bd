import type { BotActivity } from '../bots/port.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { DtmfDigit } from '../media/port.ts';
import type { SttAlternative, SttWord } from '../speech/ports.ts';
import type { CallerMetaData } from './info.ts';
import type { MachineKind, TransferOutcome } from './ports.ts';
import type { Utterance } from './state.ts';
import type { TimerId } from './timers.ts';

/** What can happen to a conversation. Every event is harmless in every state, however late it comes. */
export type ConversationEvent =
  /** The first event, once. */
  | { readonly type: 'begin' }
  // the call
  | { readonly type: 'answered' }
  | { readonly type: 'answerFailed'; readonly message: string }
  | { readonly type: 'callerHungUp'; readonly reason: EndReason }
  /** Shutdown, an operator, the media: end now, say nothing. */
  | { readonly type: 'end'; readonly reason: EndReason }
  /** Of a call that the hub places: who has answered. */
  | { readonly type: 'machineDetected'; readonly machine: MachineKind }
  /** The bot need not wait any longer. */
  | { readonly type: 'released' }
  // the bot
  | { readonly type: 'botOpened' }
  | { readonly type: 'botOpenFailed'; readonly code: string; readonly message: string }
  | { readonly type: 'botSent'; readonly requestId: number }
  | { readonly type: 'botSendFailed'; readonly requestId: number; readonly code: string; readonly message: string }
  | { readonly type: 'botActivities'; readonly activities: readonly BotActivity[] }
  /** A stream of the bot's own audio begins; `stream` is the interpreter's number for it. */
  | {
      readonly type: 'botPlayed';
      readonly stream: number;
      readonly streamId: string;
      readonly altText: string | undefined;
      readonly activityParams: Readonly<Record<string, unknown>>;
    }
  /** What a bot that recognises speech itself has understood; it has the text already. */
  | { readonly type: 'botHeard'; readonly text: string; readonly confidence: number | undefined }
  /** It has taken the turn. */
  | { readonly type: 'botCommitted' }
  | { readonly type: 'botLost'; readonly code: string; readonly message: string }
  // prompts
  | { readonly type: 'promptReady'; readonly promptId: number }
  | { readonly type: 'promptStarted'; readonly promptId: number }
  | { readonly type: 'promptFinished'; readonly promptId: number }
  | { readonly type: 'promptFailed'; readonly promptId: number; readonly code: string; readonly message: string }
  | { readonly type: 'dtmfSent'; readonly id: number }
  // transfers
  /** It is being tried. */
  | { readonly type: 'transferBegun'; readonly id: number }
  | { readonly type: 'transferEnded'; readonly id: number; readonly outcome: TransferOutcome }
  /** The other party has hung up, and the caller is back. */
  | { readonly type: 'transferReturned'; readonly id: number; readonly reason: string }
  // the caller
  /** Enough voice that it may be speech. */
  | { readonly type: 'speechStarted' }
  /** The caller falls silent within the utterance, or goes on after that. */
  | { readonly type: 'speechHushed' }
  | { readonly type: 'speechResumed' }
  /** The utterance is over; a `final` follows. `voicedMs` of it were voiced, where that is known. */
  | { readonly type: 'speechEnded'; readonly voicedMs?: number }
  /** It was noise; no `final` follows. */
  | { readonly type: 'speechDiscarded' }
  /** `tentative`: a guess that decides nothing by itself. */
  | { readonly type: 'interim'; readonly text: string; readonly tentative?: boolean }
  | {
      readonly type: 'final';
      readonly text: string;
      readonly confidence: number | undefined;
      readonly alternatives: readonly SttAlternative[];
      readonly rejected: boolean;
      readonly raw: unknown;
      readonly words?: readonly SttWord[] | undefined;
      /** As the recogniser's port has it. */
      readonly shape?: 'word' | 'interjection' | undefined;
      readonly refused?: string | undefined;
      /** What goes on after it: the caller may have begun to speak again. */
      readonly utterance: Utterance;
    }
  | { readonly type: 'sttFailed'; readonly code: string; readonly message: string; readonly retryable: boolean }
  /** The caller's voice, or silence after it, for as long as the bot wants to be told of. */
  | { readonly type: 'voiceDetected' }
  | { readonly type: 'silenceDetected' }
  | { readonly type: 'dtmf'; readonly digit: DtmfDigit }
  /** Metadata for the bot, in a SIP INFO. */
  | ({ readonly type: 'metaData' } & Readonly<CallerMetaData>)
  // time
  | { readonly type: 'timer'; readonly id: TimerId; readonly generation: number };
