import type { Logger } from 'pino';
import { Bridge, type BridgeParty } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEngine } from '../media/port.ts';
import type { WaitingSound } from '../media/waiting-sound.ts';
import type { CallApplication } from './call-application.ts';
import type { CallLine, LineOptions } from './call-line.ts';
import { mediaEnd } from './call-media.ts';
import { contactOf } from './connection-settings.ts';
import { endOfFailure } from './dial-end.ts';
import { type DialFailure, dialGateways, type SipCaller } from './dial-gateways.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import type { LegPlan } from './legs.ts';
import type { LineDirectory } from './line-directory.ts';
import { inviteHeaders } from './outbound-route.ts';
import { type IncomingRefer, parseReplaces, type ReplacedDialog } from './refer-messages.ts';
import { Reports } from './refer-reports.ts';
import type { DialogEvents } from './sip-dialog.ts';
import { refusal } from './transfer-outcome.ts';

/** What it takes to put another party in the place of one. */
export interface TakeoverDeps {
  sip: SipCaller;
  engine: Pick<MediaEngine, 'bridge'>;
  lines: LineDirectory;
  /** Whether parties of that SIP connection may have others take their place at all. */
  mayTransfer(sipConnection: string | undefined): boolean;
  /** Where a REFER of a party may lead. @throws PatchbayError for what the rules or the allow list do not let through */
  plan(from: Pick<LineOptions, 'sipConnection' | 'otherSide'>, refer: IncomingRefer): LegPlan;
  /** What is heard by whoever was left waiting; undefined: nothing. */
  waiting: WaitingSound | undefined;
  ringTimeoutMs: number;
  clock: Clock;
  log: Logger;
}

type Respond = DialogEvents['refer'][1];

/**
 * A party asks that another be called in its place: done where the rules for transfers of its SIP connection let it. Where it
 * names another call of this hub (Replaces), those whom it talks with on both are joined. Never rejects.
 */
export async function honourRefer(
  line: CallLine,
  refer: IncomingRefer,
  respond: Respond,
  deps: TakeoverDeps,
): Promise<void> {
  const other = refer.replaces === undefined ? undefined : deps.lines.find(refer.replaces);
  try {
    if (other === undefined) await callInstead(line, refer, respond, deps);
    else await joinOthers(line, other, refer, respond, deps);
  } catch (error) {
    deps.log.error({ err: error }, 'a REFER could not be carried out');
    respond({ status: 500 });
  }
}

function accept(line: CallLine, refer: IncomingRefer, respond: Respond): Reports {
  respond({ status: 202, headers: refer.wantsReports ? {} : { 'Refer-Sub': 'false' } });
  const reports = new Reports(line.dialog, refer);
  reports.tell(100, 'Trying');
  return reports;
}

async function callInstead(line: CallLine, refer: IncomingRefer, respond: Respond, deps: TakeoverDeps): Promise<void> {
  let plan: LegPlan;
  try {
    plan = deps.plan({ sipConnection: line.sipConnection, otherSide: line.options.otherSide }, refer);
  } catch (error) {
    deps.log.warn({ err: error, target: refer.target }, 'REFER refused');
    respond({ status: refusal(error).sipStatus });
    return;
  }
  const signal = line.beginReplacing();
  if (signal === undefined) {
    respond({ status: 491 });
    return;
  }
  const reports = accept(line, refer, respond);
  deps.log.info({ target: refer.target, rule: plan.rule }, 'REFER: calling another party');
  let why: { status: number; words: string } | undefined;
  try {
    why = await bringOther(line, refer, { plan, reports, signal }, deps);
  } catch (error) {
    deps.log.error({ err: error }, 'a REFER could not be carried out');
    why = { status: 500, words: 'Server Internal Error' };
  }
  if (why === undefined) return;
  const { status, words } = why;
  deps.log.info({ target: refer.target, status }, 'REFER: the other party has not come');
  reports.tell(status, words);
  if (!line.over) line.options.tell(`${refer.target} has not come: ${status} ${words} (REFER)`);
  line.replacingFailed();
}

/** @returns why the other party is not there */
async function bringOther(
  line: CallLine,
  refer: IncomingRefer,
  { plan, reports, signal }: { plan: LegPlan; reports: Reports; signal: AbortSignal },
  deps: TakeoverDeps,
): Promise<{ status: number; words: string } | undefined> {
  const { endpoint, clock } = line.options;
  let earlySdp = '';
  const result = await dialGateways(
    deps.sip,
    {
      ...{ routes: plan.routes, headers: headersOf(plan, refer), auth: plan.auth, failoverMs: plan.failoverMs },
      ...{ localSdp: await endpoint.offer(), answerMs: deps.ringTimeoutMs, clock, signal },
    },
    {
      sent: () => {},
      provisional: (_, { status, sdp }) => {
        earlySdp = sdp || earlySdp;
        if (status === 180) reports.tell(180, 'Ringing');
      },
      failed: () => {},
    },
  );
  if (!result.answered) return wordsOf(result.failure);
  const { dialog } = result;
  try {
    await endpoint.acceptAnswer(dialog.remoteSdp || earlySdp);
  } catch (error) {
    void dialog.hangup();
    deps.log.info({ err: error }, 'REFER: the description of the other party cannot be used');
    return { status: 488, words: 'Not Acceptable Here' };
  }
  if (line.over) {
    void dialog.hangup();
    return undefined;
  }
  reports.tell(200, 'OK');
  const { sipConnection, settings } = plan;
  line.replace({ dialog, sipConnection, settings, text: `The call goes on with ${refer.target} (REFER)` });
  return undefined;
}

function headersOf(plan: LegPlan, { referredBy, replaces }: IncomingRefer): Record<string, string> {
  const { headers } = inviteHeaders({
    caller: plan.caller,
    to: plan.routes[0].uri,
    asserted: plan.asserted,
    extra: [],
  });
  return {
    ...headers,
    ...(referredBy === '' ? {} : { 'Referred-By': referredBy }),
    ...(replaces === undefined ? {} : { Require: 'replaces', Replaces: replacesValue(replaces) }),
  };
}

function replacesValue({ callId, toTag, fromTag, earlyOnly }: ReplacedDialog): string {
  return `${callId};to-tag=${toTag};from-tag=${fromTag}${earlyOnly ? ';early-only' : ''}`;
}

function wordsOf(failure: DialFailure): { status: number; words: string } {
  const { sipStatus = 480 } = endOfFailure(failure);
  const words =
    failure.kind === 'refused' ? failure.reason : failure.kind === 'unanswered' ? 'No Answer' : 'Unavailable';
  return { status: sipStatus, words: words || 'No' };
}

/** Why a call ends whose party has connected those whom it talked with. */
const CONNECTED: EndReason = { category: 'transferred', by: 'callee', text: 'its party has connected the others' };

async function joinOthers(
  line: CallLine,
  other: CallLine,
  refer: IncomingRefer,
  respond: Respond,
  deps: TakeoverDeps,
): Promise<void> {
  const [mine, theirs] = [bridgedOf(line), bridgedOf(other)];
  if (!deps.mayTransfer(line.sipConnection)) {
    deps.log.warn({ sipConnection: line.sipConnection }, 'REFER with Replaces refused: no rule of type transfer');
    respond({ status: 404 });
    return;
  }
  const same = line.sipConnection === other.sipConnection;
  if (mine === undefined || theirs === undefined || mine.partner === theirs.party || !same) {
    // A bot cannot be taken from one call into another.
    deps.log.info('REFER with Replaces refused: the two calls have nobody to connect');
    respond({ status: 603 });
    return;
  }
  const reports = accept(line, refer, respond);
  await Promise.all([mine.bridge.close(), theirs.bridge.close()]);
  try {
    await Bridge.join(deps.engine, mine.partner, theirs.partner);
  } catch (error) {
    deps.log.warn({ err: error }, 'REFER with Replaces: the others cannot be connected');
    reports.tell(500, 'Server Internal Error');
    const failed: EndReason = { category: 'media-failure', by: 'hub', text: messageOf(error) };
    for (const { application, partner } of [mine, theirs]) {
      partner.partnerLeft(failed);
      application.end(failed);
    }
    return;
  }
  reports.tell(200, 'OK');
  deps.log.info({ a: mine.partner.callId, b: theirs.partner.callId }, 'REFER with Replaces: two calls are joined');
  await reports.told(deps.clock);
  mine.application.end(CONNECTED);
  theirs.application.end(CONNECTED);
}

interface Bridged {
  application: CallApplication;
  party: BridgeParty;
  bridge: Bridge;
  partner: BridgeParty;
}

function bridgedOf(line: CallLine): Bridged | undefined {
  const application = line.options.application();
  const party = application?.party;
  const { bridge, partner } = party ?? {};
  if (application === undefined || party === undefined || bridge === undefined || partner === undefined)
    return undefined;
  return { application, party, bridge, partner };
}

/**
 * An INVITE with Replaces takes the place of the party of a call (RFC 3891 section 3). Only where it comes from the SIP connection
 * of that party, and a rule lets it: nobody takes over calls of others.
 * @returns false: the INVITE has no Replaces
 */
export function takeOver(invite: IncomingInvite, sipConnection: string, deps: TakeoverDeps): boolean {
  const values = invite.headers.get('replaces') ?? [];
  const [value, ...more] = values;
  if (value === undefined) return false;
  const replaces = parseReplaces(value);
  if (replaces === undefined || more.length > 0) {
    invite.reject(400, { reason: 'Bad Replaces' });
    return true;
  }
  if (!deps.mayTransfer(sipConnection)) {
    deps.log.warn({ remote: invite.remote, sipConnection }, 'INVITE with Replaces refused: no rule of type transfer');
    invite.reject(403);
    return true;
  }
  const line = deps.lines.find(replaces);
  if (line === undefined || line.sipConnection !== sipConnection) {
    deps.log.info(
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
    deps.log.info({ err: error }, 'INVITE with Replaces was given up');
    // The media goes on with the party that is still there.
    await endpoint.answer(line.dialog.remoteSdp).catch(() => {});
    line.replacingFailed();
  }
}
