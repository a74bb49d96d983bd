import { Bridge } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import { messageOf } from '../errors.ts';
import { bridgedOf, connected } from './bridged.ts';
import type { CallLine } from './call-line.ts';
import type { IncomingRefer } from './refer-messages.ts';
import { acceptRefer } from './refer-reports.ts';
import type { DialogEvents } from './sip-dialog.ts';
import type { TakeoverDeps } from './takeover.ts';

/** A REFER with Replaces that names another call of this hub: those whom its sender talks with on both are joined. */
export async function joinOthers(
  line: CallLine,
  other: CallLine,
  refer: IncomingRefer,
  respond: DialogEvents['refer'][1],
  deps: TakeoverDeps,
): Promise<void> {
  const { log, clock, media } = deps.legs;
  const [mine, theirs] = [bridgedOf(line), bridgedOf(other)];
  if (!deps.mayTransfer(line.sipConnection)) {
    log.warn({ sipConnection: line.sipConnection }, 'REFER with Replaces refused: no rule of type transfer');
    respond({ status: 404 });
    return;
  }
  const same = line.sipConnection === other.sipConnection;
  if (mine === undefined || theirs === undefined || mine.partner === theirs.party || !same) {
    // A bot cannot be taken from one call into another.
    log.info('REFER with Replaces refused: the two calls have nobody to connect');
    respond({ status: 603 });
    return;
  }
  const reports = acceptRefer(line.dialog, refer, respond);
  await Promise.all([mine.bridge.close(), theirs.bridge.close()]);
  try {
    await Bridge.join(media, mine.partner, theirs.partner);
  } catch (error) {
    log.warn({ err: error }, 'REFER with Replaces: the others cannot be connected');
    reports.tell(500);
    const failed: EndReason = { category: 'media-failure', by: 'hub', text: messageOf(error) };
    for (const { application, partner } of [mine, theirs]) {
      partner.partnerLeft(failed);
      application.end(failed);
    }
    return;
  }
  reports.tell(200);
  log.info({ a: mine.partner.callId, b: theirs.partner.callId }, 'REFER with Replaces: two calls are joined');
  await reports.told(clock);
  mine.application.end(connected(line));
  theirs.application.end(connected(other));
}
