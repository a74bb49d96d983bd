import { createRequire } from 'node:module';

/** Statuses of RFCs that drachtio-srf does not know (IANA, SIP Response Codes). */
const LATER: Readonly<Record<number, string>> = {
  199: 'Early Dialog Terminated',
  204: 'No Notification',
  424: 'Bad Location Information',
  425: 'Bad Alert Message',
  440: 'Max-Breadth Exceeded',
  469: 'Bad Info Package',
  555: 'Push Notification Service Not Supported',
  607: 'Unwanted',
  608: 'Rejected',
};

function tableOfSrf(): Record<number, string> {
  const own = createRequire(import.meta.url);
  return createRequire(own.resolve('drachtio-srf'))('sip-status') as Record<number, string>;
}

/** The words that belong to a status. */
export function phraseOf(status: number): string {
  return LATER[status] ?? tableOfSrf()[status] ?? 'Refused';
}

/**
 * drachtio-srf throws instead of sending a status that is not in its table. Adds those of later RFCs, and the rest of the
 * final failures, which routing rules may name: whoever does not know one takes it as the x00 of its class (RFC 3261
 * 8.1.3.2). Idempotent.
 */
export function knowAllStatuses(): void {
  const table = tableOfSrf();
  for (const [status, reason] of Object.entries(LATER)) table[Number(status)] ??= reason;
  for (let status = 400; status <= 699; status++) table[status] ??= 'Refused';
}
