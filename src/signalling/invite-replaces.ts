import type { CallLine } from './call-line.ts';
import { mediaEnd } from './call-media.ts';
import { contactOf } from './connection-settings.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { parseReplaces } from './refer-messages.ts';
import type { TakeoverDeps } from './takeover.ts';

/**
 * An INVITE with Replaces takes the place of the party of a call (RFC 3891 section 3). Only where it comes from the SIP connection
 * of that party, and a rule lets it: nobody takes over calls of others.
 * @returns false: the INVITE has no Replaces
 */
export function takeOver(invite: IncomingInvite, sipConnection: string, deps: TakeoverDeps): boolean {
  const { log } = deps.legs;
  const values = invite.headers.get('replaces') ?? [];
  const [value, ...more] = values;
  if (value === undefined) return false;
  const replaces = parseReplaces(value);
  if (replaces === undefined || more.length > 0) {
    invite.reject(400, { reason: 'Bad Replaces' });
    return true;
  }
  if (!deps.mayTransfer(sipConnection)) {
    log.warn({ remote: invite.remote, sipConnection }, 'INVITE with Replaces refused: no rule of type transfer');
    invite.reject(403);
    return true;
  }
  const line = deps.lines.find(replaces);
  if (line === undefined || line.sipConnection !== sipConnection) {
    log.info(
      { remote: invite.remote, found: line !== undefined },
      'INVITE with Replaces for no call of its connection',
    );
    invite.reject(481);
  } else if (replaces.earlyOnly) invite.reject(486);
  else if (line.over) invite.reject(603);
  else void replaceParty(line, invite, sipConnection, deps);
  return true;
}

async function replaceParty(
  line: CallLine,
  invite: IncomingInvite,
  sipConnection: string,
  deps: TakeoverDeps,
): Promise<void> {
  const { settings } = line;
  const { log } = deps.legs;
  const { endpoint, session } = line.options;
  if (line.beginReplacing() === undefined) {
    invite.reject(491);
    return;
  }
  let localSdp: string;
  try {
    localSdp = invite.sdp === '' ? await endpoint.offer() : await endpoint.answer(invite.sdp);
  } catch (error) {
    invite.reject(mediaEnd(error).sipStatus ?? 500);
    line.replacingFailed();
    return;
  }
  try {
    const dialog = await invite.accept(localSdp, contactOf(settings, invite.source.transport), settings.auth);
    if (line.over) {
      void dialog.hangup();
      return;
    }
    session.answerComesWithAck = invite.sdp === '';
    line.replace({ dialog, sipConnection, settings, text: `The call goes on with ${invite.from.uri} (Replaces)` }, 0);
  } catch (error) {
    log.info({ err: error }, 'INVITE with Replaces was given up');
    // The media goes on with the party that is still there.
    await endpoint.answer(line.dialog.remoteSdp).catch(() => {});
    line.replacingFailed();
  }
}
