import type { Bridge, BridgeParty } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallApplication } from './call-application.ts';
import type { CallLine } from './call-line.ts';

/** A call that is in a bridge. */
export interface Bridged {
  application: CallApplication;
  party: BridgeParty;
  bridge: Bridge;
  partner: BridgeParty;
}

/** Undefined: it is in none, or in one with a call that still rings. */
export function bridgedOf(line: CallLine): Bridged | undefined {
  const application = line.options.application();
  const party = application?.party;
  const { bridge, partner } = party ?? {};
  if (application === undefined || party === undefined || bridge === undefined) return undefined;
  if (partner?.answered !== true) return undefined;
  return { application, party, bridge, partner };
}

/** Why a call ends whose party has connected those whom it talked with. */
export function connected({ options }: CallLine): EndReason {
  return { category: 'transferred', by: options.party, text: 'its party has connected the others' };
}
