import type { Logger } from 'pino';
import type { EndReason } from '../calls/end-reason.ts';
import type {
  CallControl,
  CallFacts,
  ConversationObserver,
  MachineKind,
  OutboundConversation,
} from '../conversation/ports.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { InfoReceiver } from './info.ts';

/** A conversation under way, as the call sees it. */
export interface CallConversation {
  /** The caller is gone: no more sound, tell the bot. */
  callerHungUp(reason: EndReason): void;
  /** Metadata in a SIP INFO. Absent: none is taken. */
  receiveInfo?: InfoReceiver;
  /** Of a call that the hub places: who has answered; and that a bot which was held may begin. */
  machineDetected?(machine: MachineKind): void;
  release?(): void;
  /** Ends at once, without a farewell. */
  end(reason: EndReason): void;
  /** Why it ended; resolves once, when nothing of it is left. */
  readonly ended: Promise<EndReason>;
}

/** Starts the conversation of one call with the bot that the route names. */
export type Converse = (context: {
  botId: string;
  facts: CallFacts;
  media: MediaEndpoint;
  control: CallControl;
  observer: ConversationObserver;
  signal: AbortSignal;
  log: Logger;
  /** The hub places the call. */
  outbound?: OutboundConversation;
}) => CallConversation;
