import type { WaitingSound } from '../media/waiting-sound.ts';
import type { RingPlan } from '../routing/ring-plan.ts';
import type { CallLine, LineOptions } from './call-line.ts';
import type { Leg, LegDeps, LegOptions, LegPlan } from './leg.ts';
import type { LineDirectory } from './line-directory.ts';
import { callInstead } from './refer-by-call.ts';
import type { IncomingRefer } from './refer-messages.ts';
import { joinOthers } from './refer-replaces.ts';
import type { RingCall } from './ring.ts';
import type { DialogEvents } from './sip-dialog.ts';

/** What it takes to put another party in the place of one. */
export interface TakeoverDeps {
  legs: Omit<LegDeps, 'takeover'>;
  /** Places a call that is to be bridged. */
  place(plan: LegPlan, options: LegOptions): Leg;
  lines: LineDirectory;
  /** Whether parties of that SIP connection may have others take their place at all. */
  mayTransfer(sipConnection: string | undefined): boolean;
  /** Where a REFER of a party may lead. @throws PatchbayError for what the rules or the allow list do not let through */
  route(from: Pick<LineOptions, 'sipConnection' | 'otherSide'>, refer: IncomingRefer): ReferRoute;
  /** What is heard by whoever was left waiting; undefined: nothing. */
  waiting: WaitingSound | undefined;
  ringTimeoutMs: number;
}

/** Whom a REFER calls. */
export interface ReferRoute {
  /** Id of the routing rule. */
  rule: string | undefined;
  plan: RingPlan;
  /** Where one call of the plan goes, and as whom. @throws PatchbayError for what may not be called */
  leg(call: RingCall): LegPlan;
}

/**
 * A party asks that another be called in its place: done where the rules for transfers of its SIP connection let it. Where it
 * names another call of this hub (Replaces), those whom it talks with on both are joined. Never rejects.
 */
export async function honourRefer(
  line: CallLine,
  refer: IncomingRefer,
  respond: DialogEvents['refer'][1],
  deps: TakeoverDeps,
): Promise<void> {
  const other = refer.replaces === undefined ? undefined : deps.lines.find(refer.replaces);
  try {
    if (other === undefined) await callInstead(line, refer, respond, deps);
    else await joinOthers(line, other, refer, respond, deps);
  } catch (error) {
    deps.legs.log.error({ err: error }, 'a REFER could not be carried out');
    respond({ status: 500 });
  }
}
