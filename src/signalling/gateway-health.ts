/** What is known of a gateway from its answers to OPTIONS. */
export interface GatewayHealth {
  /** `unknown`: not asked, or not yet known. */
  state: 'unknown' | 'up' | 'down';
  /** Since when the state is what it is. */
  since: Date | undefined;
  /** When it was asked last. */
  askedAt: Date | undefined;
  /** What it answered then; undefined: nothing in time. */
  lastStatus: number | undefined;
  /** Of its last answer, from the request to the final response. */
  roundTripMs: number | undefined;
  /** How often in a row it did not answer as one that takes calls. */
  failures: number;
}

export const unknownHealth: GatewayHealth = {
  state: 'unknown',
  since: undefined,
  askedAt: undefined,
  lastStatus: undefined,
  roundTripMs: undefined,
  failures: 0,
};

/** One answer that does not come may be a lost packet. */
const FAILURES_TO_DOWN = 2;

/** Not here, or no room (RFC 3261 21.4.9, 21.5.3 to 21.5.5). Any other answer shows somebody who is at work. */
const OUT_OF_SERVICE = new Set([408, 502, 503, 504]);

export interface ProbeResult {
  /** Undefined: there was no final response in time. */
  status: number | undefined;
  roundTripMs: number;
}

/** Down after two probes in a row that failed, up after one that did not. */
export function afterProbe(before: GatewayHealth, { status, roundTripMs }: ProbeResult, at: Date): GatewayHealth {
  const works = status !== undefined && !OUT_OF_SERVICE.has(status);
  const failures = works ? 0 : before.failures + 1;
  const state = works ? 'up' : failures >= FAILURES_TO_DOWN ? 'down' : before.state;
  return {
    state,
    since: state === before.state ? before.since : at,
    askedAt: at,
    lastStatus: status,
    roundTripMs: status === undefined ? before.roundTripMs : roundTripMs,
    failures,
  };
}
