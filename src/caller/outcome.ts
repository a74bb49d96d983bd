import type { CallTurn } from '../calls/record.ts';
import { PatchbayError } from '../errors.ts';

/** One of the caller's spoken steps and how the hub took it. Milliseconds, measured on the audio that went over RTP. */
export interface CallerTurn {
  /** What the caller did, in words. */
  said: string;
  /** Position on the call's time line of the first and last voiced moment. */
  fromMs: number;
  toMs: number;
  /** From the caller's last voiced moment to the hub's first; undefined: the hub stayed silent. */
  replyAfterMs: number | undefined;
  /** Spoken over a prompt: from the caller's first voiced moment to the prompt's last. */
  promptStoppedAfterMs: number | undefined;
}

export interface CallOutcome {
  ok: boolean;
  sipCallId: string | undefined;
  /** Final status of the INVITE; undefined: there was no answer at all. */
  sipStatus: number | undefined;
  /** A sentence: why it failed, or how it ended. */
  text: string;
  /** What a person can do about a failed call. */
  advice: string | undefined;
  answeredAfterMs: number | undefined;
  /** From the answer to the end. */
  durationMs: number;
  endedBy: 'hub' | 'caller' | undefined;
  /** The Reason header of the hub's BYE (RFC 3326), as received. */
  hangupReason: string | undefined;
  turns: CallerTurn[];
  /** The hub's own ledger of the call, where its API tells. */
  hubTurns: CallTurn[];
  recording: string | undefined;
  packetsReceived: number;
  packetsLost: number;
}

export type CallFailureCode = 'call_refused' | 'call_unanswered' | 'user_agent_failed';

/** The INVITE came to nothing. */
export class CallFailure extends PatchbayError<CallFailureCode> {
  /** Final status; undefined when there was none. */
  readonly sipStatus: number | undefined;

  constructor(code: CallFailureCode, message: string, options: { sipStatus?: number; cause?: unknown } = {}) {
    super(code, message, options.cause === undefined ? {} : { cause: options.cause });
    this.sipStatus = options.sipStatus;
  }
}

/** What to try when a call failed with this status. */
export function adviceFor(sipStatus: number | undefined, to: string): string {
  switch (sipStatus) {
    case undefined:
    case 408:
      return `nothing answers at ${to}: is the hub running? Start it with \`npm start\``;
    case 403:
      return "the hub takes no calls from this address: add it to `allowFrom` of one of the configuration's sipConnections";
    case 404:
      return `no routing rule matches ${to}: see \`npm run patchbay -- route --help\``;
    case 400:
      return "the hub could not read the call's offer: its log has the cause";
    case 488:
      return 'the hub and the caller share no codec';
    case 503:
      return "the hub's bot cannot be reached, or the hub is shutting down: see its log and `GET /api/v1/calls`";
    default:
      return sipStatus >= 500 ? "the hub's log has the cause" : 'the hub refused the call: its log has the cause';
  }
}
