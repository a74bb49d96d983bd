import type { EndReason } from '../calls/end-reason.ts';
import type { TranscriptEntry } from '../calls/record.ts';
import type { AudioFrame } from '../media/audio.ts';

/** What a conversation may do to its call. Idempotent, and harmless after the call has ended. */
export interface CallControl {
  /**
   * Sends 200 OK. Resolves when the caller's ACK is in; rejects when the call ended first. Of a call that the hub places:
   * sends the INVITE, and resolves when the callee has answered.
   */
  answer(): Promise<void>;
  /** Of a call that came in and is not answered yet: it rings, or the caller is to hear what is sent (183). */
  progress?(kind: 'ringing' | 'early-media'): void;
  /** BYE (or a final refusal before the answer), with the reason in a SIP Reason header, and `headers` besides. */
  hangup(reason: EndReason, headers?: Readonly<Record<string, string>>): void;
  /** A SIP INFO in the dialog (RFC 6086); rejects when it was refused or there is no dialog. Absent: cannot be sent. */
  sendInfo?(info: { contentType: string; body: string }): Promise<void>;
  /** Hands the party of the call to somebody else. Absent: cannot be done. */
  transfer?(request: TransferRequest, progress: TransferProgress): TransferStart;
}

/** What the bot asks for by `transfer` (Bot API 6.3). */
export interface TransferRequest {
  /** As it was written: `tel:...`, `sip:...`, a number with its country code; '' where nothing was. */
  target: string;
  /** `handoverReason`. */
  reason: string;
  /** `transferReferredByURL`: a URI, or '' for none. */
  referredBy: string;
  /** Header fields for the INVITE or the REFER. */
  headers: Readonly<Record<string, string>>;
  /** The party of the call is to come back when the other one hangs up. */
  returns: boolean;
}

/** `transferStatus` (Bot API 7.2). */
export interface TransferOutcome {
  status: 'answered' | 'failed';
  /** Of a failure. */
  reasonCode?: 'no-answer' | 'busy' | 'declined' | 'error';
  /** A sentence, or a value of the Reason header (RFC 3326). */
  reason: string;
  /** The final SIP status; where there was none, the one that says the same. */
  sipStatus: number;
}

/** How a transfer goes on. Told after `transfer` has returned, and not after `cancel`. */
export interface TransferProgress {
  /** Exactly once. After a failure the call is as it was before. */
  ended(outcome: TransferOutcome): void;
  /** Of an answered transfer that `returns`: the other party has hung up, and the call is as it was before. */
  returned(reason: string): void;
}

/** A transfer under way, or why it cannot be tried. `cancel`: the call ends, or must not be taken away any more. Idempotent. */
export type TransferStart = { begun: true; cancel(): void } | { begun: false; outcome: TransferOutcome };

/** Who has answered a call that the hub placed (Bot API 5.4). */
export type MachineKind = 'human' | 'answering-machine' | 'fax' | 'unknown';

/** What is special about the conversation of a call that the hub places. */
export interface OutboundConversation {
  /** The bot hears of the answer, and of what the callee says, only after `release`. */
  held: boolean;
  /** Recognition begins at the answer, whatever the bot has asked for: the words tell who has answered. */
  listens?: boolean;
  /** The callee's audio from the answer on; `frame.samples` is only valid during the call. */
  onAudio?(frame: AudioFrame): void;
  /** What the recogniser understands: the utterance so far, and at its end. */
  onText?(text: string, final: boolean): void;
}

/** What is known about a call when it arrives: SIP parts as received, percent-decoded. Feeds `start` (Bot API 4.1). */
export interface CallFacts {
  callId: string;
  conversationId: string;
  caller: string;
  callerHost: string;
  callerDisplayName: string | undefined;
  callee: string;
  calleeHost: string;
  /** Header fields of the INVITE by lower-case name, in order of appearance, for `sipHeadersToBot`. */
  headers: ReadonlyMap<string, readonly string[]>;
  /** Of a call that the hub places: what the dialer asked for. */
  dialout?: { target: string; metadata: Readonly<Record<string, unknown>> | undefined };
}

/** What the conversation tells the outside while it runs; implementations must not throw. */
export interface ConversationObserver {
  /** `atMs`: now, where it is left out. */
  transcript(entry: Omit<TranscriptEntry, 'atMs'> & { atMs?: number }): void;
  /** One finished turn: milliseconds between the marks of architecture.md section 5, rule 12; absent where a mark was not reached. */
  turn(ledger: TurnLedger): void;
}

/** Clock readings (ms, the conversation's clock) of one turn, from the caller's last word to the hub's first. */
export interface TurnLedger {
  lastVoicedAt?: number;
  endOfSpeechAt?: number;
  finalTextAt?: number;
  botRequestAt?: number;
  botReplyAt?: number;
  ttsFirstByteAt?: number;
  firstRtpAt?: number;
}
