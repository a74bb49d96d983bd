import { Bridge } from '../calls/bridge.ts';
import { messageOf } from '../errors.ts';
import { playWaiting } from '../media/waiting-sound.ts';
import type { LegOutcome } from './leg.ts';
import type { Party } from './party.ts';
import type { AttemptOptions, TransferAttempt } from './transfer-attempt.ts';
import { ANSWERED, failed, outcomeOfLeg, referredByValue } from './transfer-outcome.ts';

export interface ByCallOptions extends AttemptOptions {
  /** Who is transferred. */
  party: Party;
  sessionId: string;
  /** They hear each other. */
  joined?(other: Party): void;
}

/**
 * A transfer by a new call: the party waits, hears the other side as soon as there is something to hear, and is joined with it at
 * the answer. @throws PatchbayError where the call cannot be placed
 */
export function transferByCall(options: ByCallOptions): TransferAttempt {
  const { request, deps, events, log, party, sessionId } = options;
  const referredBy = referredByValue(request.referredBy);
  const named = Object.entries(request.headers).map(([name, value]) => ({ name, value }));
  let over = false;
  let bridge: Promise<Bridge> | undefined;
  let stopWaiting = () => {};

  const join = (other: Party): Promise<Bridge> => {
    bridge ??= Bridge.join(deps.engine, party, other).finally(() => stopWaiting());
    return bridge;
  };
  /** Silence in early media is no reason to take the ringing away. */
  const joinWhenHeard = (other: Party) => {
    other.media.once('first-rtp', () => {
      if (over || other.over) return;
      join(other).catch((error: unknown) => log.info({ err: error }, 'early media cannot be heard'));
    });
  };

  let early = false;
  const leg = deps.place(request.target, {
    sessionId,
    near: party.media,
    answerMs: deps.ringTimeoutMs,
    headers: referredBy === undefined ? named : [...named, { name: 'Referred-By', value: referredBy }],
    progress: ({ media }, other) => {
      if (!media || early) return;
      early = true;
      joinWhenHeard(other);
    },
  });
  if (leg.callId !== '') events.note({ callId: leg.callId });
  stopWaiting = playWaiting(party.media, deps.waiting);
  void leg.outcome.then(onOutcome);
  return {
    partyGone: () => false,
    cancel(reason) {
      over = true;
      stopWaiting();
      leg.end(reason);
    },
  };

  async function onOutcome(outcome: LegOutcome): Promise<void> {
    if (!outcome.answered) {
      stopWaiting();
      // Its bridge, if it had one, closes with it: the party must be alone again before anybody talks to it.
      await bridge?.then((made) => made.close()).catch(() => {});
      if (!over) events.failed(outcomeOfLeg(outcome.end));
      over = true;
      return;
    }
    if (over) return;
    try {
      await join(outcome.party);
      if (over) return;
      over = true;
      events.note({ callId: outcome.party.callId });
      options.joined?.(outcome.party);
      events.answered(ANSWERED);
    } catch (error) {
      leg.end({ category: 'media-failure', by: 'hub', text: messageOf(error) });
      if (!over) events.failed(failed(500, `the calls could not be joined: ${messageOf(error)}`));
      over = true;
    }
  }
}
