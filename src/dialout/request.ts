/** Where a dialout goes. */
export type DialTarget =
  /** E.164, with its `+`. */
  | { scheme: 'tel'; number: string }
  /** `sip:user@host`: the user part, percent-decoded; the rest of the URI only counts where the SIP connection allows it. */
  | { scheme: 'sip'; user: string; host: string; uri: string };

export type MachineDetectionMode = 'disabled' | 'detect' | 'disconnect';

/** Statuses that a dialer hears of only when it asks for them. */
export type OptionalStatus = 'initiated' | 'ringing';

/** A dialout as it was accepted (Bot API 5.1): checked, with all defaults filled in, and free of live objects, so that it can be stored. */
export interface DialoutRequest {
  /** UUID: the conversation id that the dialer is told, and the id of the call's record. */
  id: string;
  /** Id of the API client that asked. */
  client: string;
  /** Id of the bot. */
  bot: string;
  target: DialTarget;
  /** User part of the caller id. */
  caller?: string;
  callerHost?: string;
  callerDisplayName?: string;
  /** Where status notifications go. */
  notifyUrl?: string;
  notifyStatuses: readonly OptionalStatus[];
  machineDetection: MachineDetectionMode;
  /** Ringing for so long is `no-answer`. */
  answerTimeoutSec: number;
  /** After a machine was detected: how long to wait for the end of its greeting; 0: not at all. */
  voicemailEndTimeoutSec: number;
  /** `dialoutMetadata` of the start event. */
  metadata?: Readonly<Record<string, unknown>>;
  /** Header fields of the INVITE. */
  sipHeaders: readonly { name: string; value: string }[];
  /** ISO 8601, UTC. */
  acceptedAt: string;
  /** ISO 8601, UTC: a dialout that has not been started by then fails. */
  startBefore: string;
}
