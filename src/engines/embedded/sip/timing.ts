/** The base values that every SIP timer derives from (RFC 3261, table 4), in milliseconds. */
export interface SipTiming {
  /** Estimated round trip: 500 ms. */
  readonly t1Ms: number;
  /** Longest interval between retransmissions: 4 s. */
  readonly t2Ms: number;
  /** Longest time that a message stays in the network: 5 s. */
  readonly t4Ms: number;
}

export const defaultTiming: SipTiming = { t1Ms: 500, t2Ms: 4_000, t4Ms: 5_000 };
