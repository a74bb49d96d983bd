import type { EndReason } from '../calls/end-reason.ts';
import { goesOn, type RingPlan } from '../routing/ring-plan.ts';
import { endOfForward } from './forward-refusal.ts';
import type { Leg } from './leg.ts';
import type { Party } from './party.ts';

export type RingCall = Extract<RingPlan, { kind: 'call' }>;
export type RingBot = Extract<RingPlan, { kind: 'bot' }>;

/** Places one call of a plan; `alone`: no other call of the plan rings meanwhile. Never throws. */
export type PlaceCall<P = Party> = (call: RingCall, alone: boolean) => Leg<P>;

export type RingResult<P = Party> =
  | { kind: 'answered'; leg: Leg<P>; party: P }
  | { kind: 'bot'; bot: RingBot }
  /** Nobody has answered; in the order in which they failed. */
  | { kind: 'failed'; failures: readonly EndReason[] };

/** What the phones that rang in vain are told, so that they show no missed call (RFC 3326 3.1). */
const ELSEWHERE: EndReason = {
  category: 'bridge-ended',
  by: 'hub',
  text: 'another phone has answered',
  sipReason: 'SIP;cause=200;text="Call completed elsewhere"',
};
const GROUP_ENDED: EndReason = { category: 'bridge-ended', by: 'hub', text: 'the group has failed by another phone' };

/**
 * Offers a call as the plan says, until somebody answers: of those that ring at once the first has the call, the others are
 * cancelled, and one that answers all the same is hung up. Never rejects.
 * @param signal aborted with an EndReason: the call is not wanted any more; what rings is given up
 */
export async function ring<P = Party>(
  plan: RingPlan,
  place: PlaceCall<P>,
  signal: AbortSignal,
): Promise<RingResult<P>> {
  return await ringOne(plan, place, signal, true);
}

/** A plan as if it were one call: whoever answers is its party. */
export function ringLeg(plan: RingPlan, place: PlaceCall): Leg {
  const unwanted = new AbortController();
  let answered: Leg | undefined;
  const outcome = ring(plan, place, unwanted.signal).then((result): Awaited<Leg['outcome']> => {
    if (result.kind === 'answered') {
      answered = result.leg;
      return { answered: true, party: result.party };
    }
    if (unwanted.signal.aborted) return { answered: false, end: unwanted.signal.reason as EndReason };
    return { answered: false, end: endOfForward(result.kind === 'failed' ? result.failures : []) };
  });
  return {
    get callId() {
      return answered?.callId ?? '';
    },
    outcome,
    end(reason) {
      if (answered === undefined) unwanted.abort(reason);
      else answered.end(reason);
    },
  };
}

async function ringOne<P>(
  plan: RingPlan,
  place: PlaceCall<P>,
  signal: AbortSignal,
  alone: boolean,
): Promise<RingResult<P>> {
  if (signal.aborted) return { kind: 'failed', failures: [] };
  switch (plan.kind) {
    case 'bot':
      return { kind: 'bot', bot: plan };
    case 'call':
      return await ringCall(place(plan, alone), signal);
    case 'group':
      return await ringGroup(plan, place, signal, alone);
  }
}

async function ringCall<P>(leg: Leg<P>, signal: AbortSignal): Promise<RingResult<P>> {
  const giveUp = () => leg.end(signal.reason as EndReason);
  signal.addEventListener('abort', giveUp, { once: true });
  const outcome = await leg.outcome;
  signal.removeEventListener('abort', giveUp);
  if (!outcome.answered) return { kind: 'failed', failures: signal.aborted ? [] : [outcome.end] };
  if (!signal.aborted) return { kind: 'answered', leg, party: outcome.party };
  giveUp();
  return { kind: 'failed', failures: [] };
}

async function ringGroup<P>(
  { stages, failOn }: Extract<RingPlan, { kind: 'group' }>,
  place: PlaceCall<P>,
  signal: AbortSignal,
  alone: boolean,
): Promise<RingResult<P>> {
  const failures: EndReason[] = [];
  const final = (failed: readonly EndReason[]) => !failed.every((end) => goesOn(failOn, statusOf(end)));
  for (const stage of stages) {
    const [first] = stage;
    const result =
      stage.length === 1 && first !== undefined
        ? await ringOne(first, place, signal, alone)
        : await ringAtOnce(stage, place, signal, final);
    if (result.kind !== 'failed') return result;
    failures.push(...result.failures);
    if (signal.aborted || final(result.failures)) break;
  }
  return { kind: 'failed', failures };
}

/** What the hub itself does not let through is no word of a callee. */
function statusOf({ by, category, sipStatus }: EndReason): number | undefined {
  return by === 'hub' && category === 'rejected' ? undefined : sipStatus;
}

async function ringAtOnce<P>(
  stage: readonly RingPlan[],
  place: PlaceCall<P>,
  outer: AbortSignal,
  final: (failed: readonly EndReason[]) => boolean,
): Promise<RingResult<P>> {
  const { promise, resolve } = Promise.withResolvers<RingResult<P>>();
  const over = new AbortController();
  const signal = AbortSignal.any([outer, over.signal]);
  const failures: EndReason[] = [];
  let won = false;
  const all = stage.map(async (plan) => {
    const result = await ringOne(plan, place, signal, false);
    if (result.kind === 'failed') {
      failures.push(...result.failures);
      if (final(result.failures)) over.abort(GROUP_ENDED);
    } else if (!won && !signal.aborted) {
      won = true;
      resolve(result);
      over.abort(ELSEWHERE);
    } else if (result.kind === 'answered') {
      result.leg.end((signal.reason as EndReason | undefined) ?? ELSEWHERE);
    }
  });
  void Promise.all(all).then(() => resolve({ kind: 'failed', failures }));
  return await promise;
}
