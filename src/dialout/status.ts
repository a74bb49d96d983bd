import type { BotReasonCode } from '../bots/port.ts';
import type { EndReason } from '../calls/end-reason.ts';

/** What a dialer is told of a dialout (Bot API 5.3); `failed` and `completed` are final, and exactly one of them comes. */
export type DialoutStatus = 'initiated' | 'ringing' | 'answered' | 'failed' | 'completed';

/** What machine detection found, and why it thinks so. */
export interface MachineVerdict {
  type: 'human' | 'answering-machine' | 'fax' | 'unknown';
  /** From the answer to the decision. */
  decidedAfterMs: number;
  /** Sentences for a person, and figures by name. */
  evidence: Readonly<Record<string, string | number | boolean>>;
}

/** How a dialout ended. */
export interface DialoutOutcome {
  status: 'failed' | 'completed';
  /** `failed`: no-answer, busy, declined, error; `completed`: the others. */
  reasonCode: BotReasonCode;
  /** Free text, or a value of the SIP Reason header (RFC 3326). */
  reason: string;
  end: EndReason;
}

/** One status of one dialout: what is stored, streamed as an event, and sent to the dialer. */
export interface DialoutEvent {
  /** Id of the dialout. */
  conversationId: string;
  /** API client that asked for the dialout: its secret signs the notification. */
  client: string;
  /** Id of the bot. */
  bot?: string;
  status: DialoutStatus;
  /** ISO 8601, UTC. */
  timestamp: string;
  reasonCode?: BotReasonCode;
  reason?: string;
  machine?: MachineVerdict;
  /** Milliseconds from the INVITE, where they are known. */
  ringingMs?: number;
  earlyMediaMs?: number;
  answeredMs?: number;
}
