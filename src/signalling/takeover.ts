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
import type { DialogEvents, SipDialog } from './sip-dialog.ts';
import { refusal } from './transfer-outcome.ts';

/** What it takes to put another party in the place of one. */
export interface TakeoverDeps {
  sip: SipCaller;
  engine: Pick<MediaEngine, 'bridge'>;
  lines: LineDirectory;
  /** Where a REFER of a party may lead. @throws PatchbayError for what the rules or the allow list do not let through */
  plan(from: Pick<LineOptions, 'sipConnection' | 'otherSide'>, refer: IncomingRefer): LegPlan;
  /** What is heard by whoever was left waiting; undefined: nothing. */
  waiting: WaitingSound | undefined;
  ringTimeoutMs: number;
  clock: Clock;
  log: Logger;
}

type Respond = DialogEvents['refer'][1];

/** Tells whoever has sent the REFER how it goes on, in order. */
class Reports {
  readonly #dialog: SipDialog;
  readonly #refer: IncomingRefer;
  #last: Promise<void> = Promise.resolve();

  constructor(dialog: SipDialog, refer: IncomingRefer) {
    this.#dialog = dialog;
    this.#refer = refer;
  }

  tell(status: number, words: string): void {
    if (!this.#refer.wantsReports) return;
    const send = () => this.#dialog.notifyReferrer(this.#refer, `SIP/2.0 ${status} ${words}`, status >= 200);
    this.#last = this.#last.then(send);
  }

  /** Resolves when all has been told, or after a while: a dialog must not end before. */
  async told(clock: Clock): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const cancel = clock.after(REPORT_LIMIT_MS, limit.resolve);
    await Promise.race([this.#last, limit.promise]);
    cancel();
  }
}

/** A far side that does not take its reports holds nobody up. */
const REPORT_LIMIT_MS = 1_000;

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
  const { endpoint, clock } = line.options;
  let plan: LegPlan;
  try {
    plan = deps.plan(line.options, refer);
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
  if (!result.answered) {
    const { status, words } = wordsOf(result.failure);
    deps.log.info({ target: refer.target, status }, 'REFER: the other party has not answered');
    reports.tell(status, words);
    line.replacingFailed();
    return;
  }
  const { dialog } = result;
  try {
    await endpoint.acceptAnswer(dialog.remoteSdp || earlySdp);
  } catch (error) {
    void dialog.hangup();
    reports.tell(488, 'Not Acceptable Here');
    deps.log.info({ err: error }, 'REFER: the description of the other party cannot be used');
    line.replacingFailed();
    return;
  }
  if (line.over) {
    void dialog.hangup();
    return;
  }
  reports.tell(200, 'OK');
  line.replace(dialog, `The call goes on with ${refer.target} (REFER)`);
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
  const same = line.options.sipConnection === other.options.sipConnection;
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
 * of that call: nobody takes over calls of others.
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
  const line = deps.lines.find(replaces);
  if (line === undefined || line.options.sipConnection !== sipConnection) {
    deps.log.info(
      { remote: invite.remote, found: line !== undefined },
      'INVITE with Replaces for no call of its connection',
    );
    invite.reject(481);
  } else if (replaces.earlyOnly) invite.reject(486);
  else if (line.over) invite.reject(603);
  else void replaceParty(line, invite, deps);
  return true;
}

async function replaceParty(line: CallLine, invite: IncomingInvite, deps: TakeoverDeps): Promise<void> {
  const { endpoint, session, settings } = line.options;
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
    line.replace(dialog, `The call goes on with ${invite.from.uri} (Replaces)`, 0);
  } catch (error) {
    deps.log.info({ err: error }, 'INVITE with Replaces was given up');
    // The media goes on with the party that is still there.
    await endpoint.answer(line.dialog.remoteSdp).catch(() => {});
    line.replacingFailed();
  }
}
