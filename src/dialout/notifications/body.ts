import type { DialoutEvent } from '../status.ts';

/** A reason from a SIP header may be as long as the header; nobody needs more of it. */
const maxReason = 1000;

/**
 * The body of a notification (Bot API 5.3): `conversationId`, `status`, and where they are known `reasonCode` and
 * `reason`; beside them `timestamp`, `bot`, `ringingMs`, `earlyMediaMs`, `answeredMs` and `machine`.
 */
export function notificationBody(event: DialoutEvent): string {
  const { conversationId, status, reasonCode, reason, timestamp, bot, ringingMs, earlyMediaMs, answeredMs } = event;
  return JSON.stringify({
    conversationId,
    status,
    reasonCode,
    reason: reason?.slice(0, maxReason),
    timestamp,
    bot,
    ringingMs,
    earlyMediaMs,
    answeredMs,
    machine: event.machine,
  });
}
