import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Credentials } from './digest.ts';
import type { OutgoingCallOptions } from './outgoing-invite.ts';
import type { SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';

/** Places calls; `SipClient` is one. */
export interface SipCaller {
  call(uri: string, options: OutgoingCallOptions): Promise<SipDialog>;
}

/** One way to the callee. */
export interface GatewayRoute {
  /** For records and logs, as configured. */
  gateway: string;
  /** Request-URI. */
  uri: string;
  /** Next hop. */
  proxy: string;
  /** Header fields beside those that INVITEs have at all gateways. */
  headers?: Readonly<Record<string, string>>;
}

export interface DialOptions {
  routes: readonly GatewayRoute[];
  headers: Readonly<Record<string, string>>;
  localSdp: string;
  auth?: Credentials | undefined;
  /** A gateway that says nothing at all for so long is passed over. */
  failoverMs: number;
  /** Ringing for so long, all gateways together, is no answer. */
  answerMs: number;
  clock: Clock;
  /** Aborted: the call is not wanted any more. */
  signal: AbortSignal;
  /** Header fields of the CANCEL or BYE that follows. */
  cancelHeaders?: () => Readonly<Record<string, string>>;
}

/** What becomes of the attempts, as it happens. */
export interface DialProgress {
  /** An INVITE has gone out; again for the same attempt when it was challenged. */
  sent(attempt: number, callId: string): void;
  provisional(attempt: number, response: { status: number; sdp: string }): void;
  /** The attempt led nowhere; `next`: another gateway is tried. */
  failed(attempt: number, failure: DialFailure, next: boolean): void;
}

/** Why a gateway did not bring the callee. */
export type DialFailure =
  /** A final response, which decides, or after which the next gateway is tried. */
  | { kind: 'refused'; status: number; reason: string; reasonHeader: string | undefined }
  /** It rang, and nobody answered in time. */
  | { kind: 'unanswered' }
  /** Nothing came from it in time. */
  | { kind: 'silent' }
  /** The INVITE could not be sent. */
  | { kind: 'unsent'; message: string }
  /** Given up from our side. */
  | { kind: 'cancelled' };

export type DialResult =
  | { answered: true; dialog: SipDialog; attempt: number }
  | { answered: false; failure: DialFailure; settled: Promise<void> };

/**
 * Calls by one gateway after the other until one of them decides: an answer does, and every refusal but 408 and 5xx
 * (RFC 3263 4.3); nor is a callee whose telephone has rung called again. Never rejects. `settled` resolves when the INVITEs that
 * were given up have their final responses, which nobody need wait for.
 */
export async function dialGateways(sip: SipCaller, options: DialOptions, progress: DialProgress): Promise<DialResult> {
  const { clock, routes } = options;
  const open: Promise<unknown>[] = [];
  const settled = () => Promise.allSettled(open).then(() => {});
  const deadline = new AbortController();
  let cancelDeadline: (() => void) | undefined;
  const startDeadline = () => {
    cancelDeadline ??= clock.after(options.answerMs, () => deadline.abort());
  };
  try {
    let failure: DialFailure = { kind: 'unsent', message: 'there is no gateway' };
    for (const [attempt, route] of routes.entries()) {
      const one = await dialOne(sip, route, options, deadline.signal, {
        sent: (callId) => {
          startDeadline();
          progress.sent(attempt, callId);
        },
        provisional: (response) => progress.provisional(attempt, response),
        leftOpen: (call) => open.push(call),
      });
      if ('dialog' in one) return { answered: true, dialog: one.dialog, attempt };
      failure = one.failure;
      const next = attempt + 1 < routes.length && !one.rang && mayTryAnother(failure);
      progress.failed(attempt, failure, next);
      if (!next) break;
    }
    return { answered: false, failure, settled: settled() };
  } finally {
    cancelDeadline?.();
  }
}

/** INVITEs that were given up get so long to end: a far side may be slow to confirm a CANCEL. */
const SETTLE_LIMIT_MS = 5_000;

/** Resolves when `settled` has, or after a while. */
export async function untilSettled(settled: Promise<void>, clock: Clock): Promise<void> {
  const limit = Promise.withResolvers<void>();
  const cancel = clock.after(SETTLE_LIMIT_MS, limit.resolve);
  await Promise.race([settled, limit.promise]);
  cancel();
}

function mayTryAnother(failure: DialFailure): boolean {
  switch (failure.kind) {
    case 'refused':
      return failure.status === 408 || (failure.status >= 500 && failure.status < 600);
    case 'silent':
    case 'unsent':
      return true;
    case 'unanswered':
    case 'cancelled':
      return false;
  }
}

interface AttemptProgress {
  sent(callId: string): void;
  provisional(response: { status: number; sdp: string }): void;
  /** The attempt is given up; its INVITE may still be answered, which `call` sees to. */
  leftOpen(call: Promise<void>): void;
}

type AttemptResult = { dialog: SipDialog } | { failure: DialFailure; rang: boolean };

/** One INVITE, until its final response or until it is given up. */
async function dialOne(
  sip: SipCaller,
  { uri, proxy, headers: own }: GatewayRoute,
  { headers, localSdp, auth, failoverMs, clock, signal, cancelHeaders = () => ({}) }: DialOptions,
  deadline: AbortSignal,
  progress: AttemptProgress,
): Promise<AttemptResult> {
  if (signal.aborted) return { failure: { kind: 'cancelled' }, rang: false };
  const { promise, resolve } = Promise.withResolvers<AttemptResult>();
  const giveUp = new AbortController();
  let over = false;
  let heard = false;
  let sent = false;
  let rang = false;
  const cancelFailover = clock.after(failoverMs, () => abandon('silent'));
  const onCancel = () => abandon('cancelled');
  const onDeadline = () => abandon(heard ? 'unanswered' : 'silent');
  signal.addEventListener('abort', onCancel, { once: true });
  deadline.addEventListener('abort', onDeadline, { once: true });
  const calling = sip.call(uri, {
    proxy,
    headers: own === undefined ? headers : { ...headers, ...own },
    localSdp,
    ...(auth === undefined ? {} : { auth }),
    signal: giveUp.signal,
    cancelHeaders,
    onTrying,
    onProvisional(response) {
      onTrying();
      if (over) return;
      rang ||= response.status === 180;
      progress.provisional(response);
    },
    onCallId(callId) {
      // sent again: the gateway has answered with a challenge
      if (sent) onTrying();
      sent = true;
      if (!over) progress.sent(callId);
    },
  });
  const settled = calling.then(
    async (dialog) => {
      if (over) await dialog.hangup({ ...cancelHeaders() });
      else finish({ dialog });
    },
    (error: unknown) => finish({ failure: failureOf(error), rang }),
  );
  return await promise;

  function onTrying(): void {
    heard = true;
    cancelFailover();
  }

  function abandon(kind: 'unanswered' | 'silent' | 'cancelled'): void {
    if (over) return;
    progress.leftOpen(settled);
    finish({ failure: { kind }, rang });
    giveUp.abort();
  }

  function finish(result: AttemptResult): void {
    over = true;
    cancelFailover();
    signal.removeEventListener('abort', onCancel);
    deadline.removeEventListener('abort', onDeadline);
    resolve(result);
  }
}

function failureOf(error: unknown): DialFailure {
  const response = error instanceof SipError ? error.response : undefined;
  if (response === undefined) return { kind: 'unsent', message: messageOf(error) };
  const { status, reason, headers } = response;
  return { kind: 'refused', status, reason, reasonHeader: headers.get('reason')?.join(', ') };
}
