import type Srf from 'drachtio-srf';
import { ChallengeAnswers } from './challenge-answers.ts';
import type { Credentials } from './digest.ts';
import { bodyOf, established, type SipDialog } from './sip-dialog.ts';
import { SipError, toSipError } from './sip-error.ts';

export interface OutgoingCallOptions {
  localSdp: string;
  headers?: Readonly<Record<string, string>>;
  /** Next hop, where it is not the URI: `sip:127.0.0.1:5060;transport=tcp`. */
  proxy?: string;
  /** For challenges of the callee's side (401) and of proxies on the way (407). */
  auth?: Credentials;
  signal?: AbortSignal;
  /** Asked when `signal` is aborted: header fields of the CANCEL, or of the BYE when the answer was faster. */
  cancelHeaders?: () => Readonly<Record<string, string>>;
  /** 100: whoever got the INVITE is at work. */
  onTrying?: () => void;
  /** 101 to 199. */
  onProvisional?: (response: { status: number; sdp: string }) => void;
  /** The INVITE has gone out; again for each one that answers a challenge. */
  onCallId?: (callId: string) => void;
}

/** The INVITE that a challenge answered; the next one takes its place in the same call (RFC 3261 22.2). */
interface Sent {
  callId: string;
  from: string;
  cseq: number;
}

/** See `SipClient.call`. */
export async function placeCall(srf: Srf, uri: string, options: OutgoingCallOptions): Promise<SipDialog> {
  const answers = new ChallengeAnswers(options.auth);
  const take = answers.begin();
  let headers = options.headers ?? {};
  for (;;) {
    let sent: Sent | undefined;
    try {
      const onSent = (invite: Sent) => {
        sent = invite;
      };
      return await invite(srf, uri, { ...options, headers }, onSent, answers);
    } catch (error) {
      const challenged = toSipError(error);
      if (sent === undefined || !take(challenged.response)) throw challenged;
      if (options.signal?.aborted) throw new SipError('sip_cancelled', 'cancelled before the answer', { cause: error });
      const { callId, from, cseq } = sent;
      headers = {
        ...without(headers, ['call-id', 'from', 'cseq', 'authorization', 'proxy-authorization']),
        ...{ 'Call-ID': callId, From: from, CSeq: `${cseq + 1} INVITE` },
        ...answers.headers('INVITE', uri, options.localSdp),
      };
    }
  }
}

/** One INVITE and its final response. */
async function invite(
  srf: Srf,
  uri: string,
  options: OutgoingCallOptions,
  onSent: (sent: Sent) => void,
  answers: ChallengeAnswers,
): Promise<SipDialog> {
  const { signal, onTrying, onProvisional, onCallId, proxy, cancelHeaders = () => ({}) } = options;
  let cancel: (() => void) | undefined;
  const onAbort = () => cancel?.();
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const request = { localSdp: options.localSdp, headers: { ...options.headers }, ...(proxy ? { proxy } : {}) };
    const progress = {
      cbRequest: (...args: unknown[]) => {
        // drachtio-srf calls this with (error, request); its typings lack the first argument
        const request = args[1] as Srf.SrfRequest | undefined;
        if (!request) return;
        const callId = request.get('Call-ID');
        onSent({ callId, from: request.get('From'), cseq: Number.parseInt(request.get('CSeq'), 10) });
        onCallId?.(callId);
        cancel = () => {
          // the typings lack the first argument
          const cancelRequest = request.cancel.bind(request) as (options: object, sent: () => void) => void;
          cancelRequest({ headers: cancelHeaders() }, () => {});
        };
        if (signal?.aborted) cancel();
      },
      cbProvisional: (response: Srf.SrfResponse) => {
        if (response.status === 100) onTrying?.();
        else onProvisional?.({ status: response.status, sdp: bodyOf(response) });
      },
    };
    const dialog = await established(srf, (made) => srf.createUAC(uri, request, progress, made), answers);
    if (signal?.aborted) {
      await dialog.hangup({ ...cancelHeaders() });
      throw new SipError('sip_cancelled', 'cancelled at the moment of the answer');
    }
    return dialog;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

function without(headers: Readonly<Record<string, string>>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !names.includes(name.toLowerCase())));
}
