import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { Call } from '../calls/call.ts';
import type { Clock } from '../clock.ts';
import type { CallBlockList } from '../routing/block-lists.ts';
import type { HostedCallObserver } from './hosted-call.ts';
import type { IncomingInvite } from './incoming-invite.ts';

/** A caller who is refused again within so long is counted, and neither written down nor logged again. */
const QUIET_MS = 3_600_000;
/** Callers that are remembered; the one that was refused first is forgotten first. */
const MAX_CALLERS = 1_000;

export interface BlockedCallsOptions {
  refused(reason: 'blocked'): void;
  observe(): HostedCallObserver;
  clock: Clock;
  log: Logger;
}

/** Refuses callers of block lists: cheaply, for those who are on one call often. */
export function createBlockedCalls(
  options: BlockedCallsOptions,
): (invite: IncomingInvite, sipConnection: string, list: CallBlockList) => void {
  const { clock, log } = options;
  const noted = new Map<string, { at: number; since: number }>();

  return (invite, sipConnection, { id: blockList, reject }) => {
    invite.reject(reject.code, { reason: reject.reason });
    options.refused('blocked');
    const key = `${sipConnection} ${invite.from.user}`;
    const before = noted.get(key);
    if (before !== undefined && clock.now() - before.at < QUIET_MS) {
      before.since += 1;
      return;
    }
    noted.delete(key);
    noted.set(key, { at: clock.now(), since: 0 });
    if (noted.size > MAX_CALLERS) noted.delete(noted.keys().next().value ?? '');
    const text = `the caller is on block list ${blockList}`;
    log.info({ blockList, sipConnection, calling: invite.from.user, quietBefore: before?.since ?? 0 }, text);
    const record = {
      id: randomUUID(),
      sipCallId: invite.callId,
      direction: 'inbound' as const,
      calling: { user: invite.from.user, host: invite.from.host, displayName: invite.from.displayName },
      called: invite.target,
      remote: invite.remote,
      sipConnection,
      routingRule: undefined,
      destination: { reject: reject.code },
      conversationId: undefined,
    };
    new Call(record, clock, options.observe()).end({ category: 'rejected', by: 'hub', text, sipStatus: reject.code });
  };
}
