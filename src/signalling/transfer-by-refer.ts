import type { EndReason } from '../calls/end-reason.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { playWaiting } from '../media/waiting-sound.ts';
import type { LegControl } from './call-application.ts';
import type { ReferralEnd } from './referral.ts';
import type { AttemptOptions, TransferAttempt } from './transfer-attempt.ts';
import { failed, referredByValue } from './transfer-outcome.ts';

/** The last words before it are still in the jitter buffer of the far side, which may take its ear away at once. */
const LAST_WORDS_MS = 200;

/** A transfer by REFER: the far side of the call calls the other party. @throws PatchbayError for a target that cannot be named */
export function transferByRefer(
  options: AttemptOptions & { refer: NonNullable<LegControl['refer']>; media: MediaEndpoint },
): TransferAttempt {
  const { request, deps, events, log, refer, media } = options;
  const referTo = deps.referTo(request.target);
  const referredBy = referredByValue(request.referredBy);
  const abort = new AbortController();
  let gone: EndReason | undefined;
  let sent = false;
  let over = false;
  let stopWaiting = () => {};
  const cancelStart = deps.clock.after(LAST_WORDS_MS, () => void run());
  return {
    partyGone(reason) {
      if (!sent || over) return false;
      gone = reason;
      return true;
    },
    cancel() {
      over = true;
      cancelStart();
      stopWaiting();
      abort.abort();
    },
  };

  async function run(): Promise<void> {
    sent = true;
    stopWaiting = playWaiting(media, deps.waiting);
    const end = await refer({
      referTo,
      headers: { ...request.headers, ...(referredBy === undefined ? {} : { 'Referred-By': referredBy }) },
      timeoutMs: deps.referTimeoutMs,
      onProgress: (status) => log.info({ status }, 'the far side reports on the transfer'),
      signal: abort.signal,
    });
    stopWaiting();
    if (over) return;
    over = true;
    report(end);
  }

  function report(end: ReferralEnd | undefined): void {
    if (end?.type === 'answered') {
      const outcome = { status: 'answered', reason: end.reason, sipStatus: end.status } as const;
      events.taken(outcome, { known: end.known, gone: gone !== undefined });
    } else if (gone !== undefined) events.abandoned(gone);
    else if (end?.type === 'failed') events.failed(failed(end.status, end.reason));
    else events.failed(failed(500, 'the call has no dialog'));
  }
}
