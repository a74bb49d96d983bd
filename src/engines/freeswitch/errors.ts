import { PatchbayError } from '../../errors.ts';

/** Why a FreeSWITCH cannot be used; `patchbay doctor` knows what to do about each. */
export type FreeSwitchErrorCode =
  /** No connection to its event socket. */
  | 'freeswitch_unreachable'
  /** Its access list (`apply-inbound-acl`) does not let us in. */
  | 'freeswitch_not_admitted'
  /** Our secret is not its password. */
  | 'freeswitch_wrong_secret'
  /** It was connected, and does not answer. */
  | 'freeswitch_silent'
  /** A module or the sofia profile is missing. */
  | 'freeswitch_incomplete'
  /** A command was refused. */
  | 'freeswitch_refused'
  /** The connection, or the channel, has ended. */
  | 'freeswitch_gone';

export class FreeSwitchError extends PatchbayError<FreeSwitchErrorCode> {}
