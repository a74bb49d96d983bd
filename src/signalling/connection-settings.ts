import type { Credentials } from './digest.ts';

/** What the configuration of a SIP connection says of the calls over it. */
export interface ConnectionSettings {
  /** For challenges to what we send within a call. */
  auth?: Credentials | undefined;
}
