import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { ReferReport } from './refer-messages.ts';
import { REFERRAL_BEGUN, type ReferralEnd, type ReferralEvent, reduceReferral } from './referral.ts';
import type { DialogEnd, SipDialog } from './sip-dialog.ts';

/** How long a BYE is waited for where nothing else can come; and a response that the BYE may have overtaken. */
const GRACE_MS = { bye: 2_000, response: 500 } as const;

export interface ReferOptions {
  /** Value of Refer-To, in angle brackets. */
  referTo: string;
  headers: Readonly<Record<string, string>>;
  /** From the REFER to the final status. */
  timeoutMs: number;
  clock: Clock;
  /** 101 to 199 of the call that the far side places. */
  onProgress?: (status: number) => void;
  /** Aborted: nobody waits for it any more. */
  signal: AbortSignal;
}

/**
 * Asks the far side to call somebody else in our place (RFC 3515), and follows it to its end. Never rejects; undefined when
 * `signal` was aborted before.
 */
export async function refer(dialog: SipDialog, options: ReferOptions): Promise<ReferralEnd | undefined> {
  const { clock, signal, timeoutMs } = options;
  const { promise, resolve } = Promise.withResolvers<ReferralEnd | undefined>();
  let state = REFERRAL_BEGUN;
  let cancelGrace: (() => void) | undefined;
  const onEvent = (event: ReferralEvent) => {
    state = reduceReferral(state, event);
    if (state.waits !== undefined) {
      cancelGrace ??= clock.after(GRACE_MS[state.waits.for], () => onEvent({ type: 'graceOver' }));
    }
    if (state.end !== undefined) resolve(state.end);
  };
  const onReport = (report: ReferReport) => {
    if (report.status !== undefined && report.status > 100 && report.status < 200) options.onProgress?.(report.status);
    onEvent({ type: 'report', report });
  };
  const onEnded = (end: DialogEnd) => onEvent({ type: 'bye', reason: end.reason });
  const onAbort = () => resolve(undefined);
  const cancelTimeout = clock.after(timeoutMs, () => onEvent({ type: 'overdue' }));
  dialog.on('referReport', onReport);
  dialog.once('ended', onEnded);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    if (signal.aborted) return undefined;
    dialog.refer({ 'Refer-To': options.referTo, ...options.headers }).then(
      ({ status, reason, headers }) => {
        const silent = headers.get('refer-sub')?.some((value) => /^\s*false/i.test(value)) === true;
        onEvent({ type: 'response', status, reason, silent });
      },
      (error: unknown) => onEvent({ type: 'unsent', message: messageOf(error) }),
    );
    return await promise;
  } finally {
    cancelTimeout();
    cancelGrace?.();
    dialog.off('referReport', onReport);
    dialog.off('ended', onEnded);
    signal.removeEventListener('abort', onAbort);
  }
}
