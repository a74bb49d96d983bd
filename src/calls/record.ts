import type { CallQuery, CallSummary } from './call-query.ts';
import type { EndReason } from './end-reason.ts';

export interface TranscriptEntry {
  /** Milliseconds since the answer (since setup before it). */
  atMs: number;
  speaker: 'caller' | 'bot' | 'hub';
  kind: 'speech' | 'dtmf' | 'event';
  text: string;
  /** Speech of bot and hub: what the caller heard of it, when it was cut short. */
  playedMs?: number;
  interrupted?: boolean;
  confidence?: number;
}

/**
 * Where the time of one turn went, in milliseconds: from the caller's last word to the first packet of the bot's answer.
 * Stretches whose beginning or end was not reached are absent; the greeting has no caller's part.
 */
export interface CallTurn {
  /** Of the first mark: milliseconds since the answer (since setup before it). */
  atMs: number;
  /** Last voiced packet to the first packet of the answer. */
  total?: number;
  /** Last voiced packet to the decision that the caller has finished. */
  endpointing?: number;
  /** To the final text. */
  recognition?: number;
  /** Final text to the request. */
  toBot?: number;
  /** Request to the bot's reply. */
  bot?: number;
  /** Reply to the first audio of its prompt. */
  synthesis?: number;
  /** First audio to the first packet. */
  playout?: number;
}

/** How a call that the hub placed came about. Times in milliseconds from the first INVITE. */
export interface DialRecord {
  /** One per gateway that was tried, in order. */
  attempts: {
    gateway: string;
    sipCallId: string | undefined;
    atMs: number;
    /** For a person: `answered`, `SIP ;cause=503 ;text="..."`. */
    outcome: string | undefined;
    sipStatus: number | undefined;
  }[];
  /** Another gateway than the first has taken the call. */
  alternativeRoute: boolean;
  /** First 180 or 183. */
  ringingMs: number | undefined;
  /** First RTP before the answer. */
  earlyMediaMs: number | undefined;
  answeredMs: number | undefined;
  /** What machine detection found, from the answer on. */
  machine:
    | { type: string; decidedAfterMs: number; evidence: Readonly<Record<string, string | number | boolean>> }
    | undefined;
}

/** Where routing has sent a call. */
export type CallDestination =
  | { bot: string }
  | { sipConnection: string }
  | { phoneNumber: string }
  | { routingGroup: string }
  | { reject: number };

/** One transfer of a call to somebody else. */
export interface TransferRecord {
  /** By a call of the hub's, by REFER, or by both (REFER with Replaces). */
  method: 'invite' | 'refer' | 'attended';
  /** Where to: the URI or number that was asked for. */
  target: string;
  /** Why the bot has asked for it. */
  handoverReason?: string;
  /** Milliseconds since the answer of the call. */
  atMs: number;
  /** Undefined while it is under way. */
  outcome?: 'answered' | 'failed' | 'unknown';
  sipStatus?: number;
  /** For a person. */
  reason?: string;
  durationMs?: number;
  /** Of the call that was placed for it. */
  callId?: string;
}

export interface CallRecord {
  /** UUID, also `callId` in logs. */
  id: string;
  /** The SIP Call-ID. */
  sipCallId: string;
  direction: 'inbound' | 'outbound';
  state: 'setup' | 'answered' | 'ended';
  /** User parts and display name as received; hosts as received. */
  calling: { user: string; host: string; displayName: string | undefined };
  called: { user: string; host: string };
  /** Source of the INVITE, `udp/127.0.0.1:5070`. */
  remote: string;
  sipConnection: string | undefined;
  routingRule: string | undefined;
  destination: CallDestination | undefined;
  conversationId: string | undefined;
  /** Id of the first call of those that belong together: the caller's, and all that were placed for it. */
  sessionId: string;
  /** Id of the call that this one is, or was last, bridged with. */
  bridgedWith?: string;
  /** What became of each transfer, in order. */
  transfers?: TransferRecord[];
  /** ISO 8601, UTC. */
  setupTime: string;
  answerTime: string | undefined;
  endTime: string | undefined;
  /** From answer to end; 0 when it was not answered. */
  durationMs: number;
  end: EndReason | undefined;
  transcript: TranscriptEntry[];
  /** The latency ledger, in order; of a very long call the first turns. */
  turns: CallTurn[];
  /** Only of calls that the hub placed. */
  dial?: DialRecord;
  /** Ids of the call's recordings, in order; read only. Absent: it has none. */
  recordings?: readonly string[];
}

/** What is known of a call before anything has happened to it. */
export type NewCallRecord = Omit<
  CallRecord,
  'state' | 'setupTime' | 'answerTime' | 'endTime' | 'durationMs' | 'end' | 'transcript' | 'turns' | 'sessionId'
> & {
  /** Absent: the call is the first of its session. */
  sessionId?: string | undefined;
};

/** What applications write into the record of their call. */
export type RecordChanges = Partial<
  Pick<CallRecord, 'destination' | 'conversationId' | 'sessionId' | 'bridgedWith' | 'transfers'>
>;

/** Where records are kept. A record is written at setup, at answer and at the end. */
export interface CallRecordStore {
  /** Inserts or replaces by id. Resolves when it is committed. */
  save(record: CallRecord): Promise<void>;
  get(id: string): Promise<CallRecord | undefined>;
  list(query: CallQuery): Promise<CallSummary[]>;
  /**
   * Marks calls that a hub which is no longer there left unfinished as ended (`shutdown`), so that no zombie stays in
   * the list.
   * Returns how many.
   */
  closeOrphans(end: EndReason, endTime: string): Promise<number>;
  close(): Promise<void>;
}
