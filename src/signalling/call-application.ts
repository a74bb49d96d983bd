import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type { RecordChanges } from '../calls/record.ts';
import type {
  CallControl,
  CallFacts,
  ConversationObserver,
  MachineKind,
  OutboundConversation,
} from '../conversation/ports.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { InfoReceiver } from './info.ts';
import type { Party } from './party.ts';
import type { ReferOptions } from './refer.ts';
import type { ReferralEnd } from './referral.ts';
import type { DialogName } from './sip-dialog.ts';

/**
 * What decides over a call: a bot's conversation, the bridge to another call, or one after the other. The call tells it what its
 * party does, carries out what it asks of its `CallControl`, and ends when it has ended.
 */
export interface CallApplication {
  /** The party is gone, or was never reached: nothing can be said any more. */
  callerHungUp(reason: EndReason): void;
  /** What can be bridged with another call, where anything can. */
  readonly party?: Party | undefined;
  /** Bodies of SIP INFO. Absent: none is taken. */
  receiveInfo?: InfoReceiver;
  /** Of a call that the hub places: it rings, or its early media is heard (`media`). May come several times. */
  progress?(progress: { status: number; media: boolean }): void;
  /** Of a call that the hub places for a bot: who has answered; and that a bot which was held may begin. */
  machineDetected?(machine: MachineKind): void;
  release?(): void;
  /** Ends at once, without a farewell. */
  end(reason: EndReason): void;
  /** Why it ended; resolves once, when nothing of it is left. */
  readonly ended: Promise<EndReason>;
}

/** What an application may do to its call. */
export interface LegControl extends CallControl {
  /** Asks the far side to call somebody else in our place; undefined: given up, or there is no dialog. Absent: cannot be done. */
  refer?(options: Omit<ReferOptions, 'clock'>): Promise<ReferralEnd | undefined>;
  /** The dialog of the call, once it is answered. */
  readonly dialogName?: DialogName | undefined;
}

/** A call, as its application has it in hand. */
export interface CallContext {
  callId: string;
  media: MediaEndpoint;
  control: LegControl;
  observer: ConversationObserver;
  /** Writes to the call's record. */
  note(changes: RecordChanges): void;
  /** Aborted when the call has ended. */
  signal: AbortSignal;
  log: Logger;
  /** The hub places the call, and a bot is to talk on it. */
  outbound?: OutboundConversation;
}

export type StartApplication = (call: CallContext) => CallApplication;

/** A call that the route leads to a bot. */
export interface BotCall {
  botId: string;
  facts: CallFacts;
  /** Where it came in or goes out. */
  sipConnection: string | undefined;
}

/** Conversations with the bot that the route names. */
export type Converse = (call: BotCall) => StartApplication;
