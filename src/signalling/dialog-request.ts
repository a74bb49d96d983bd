import type Srf from 'drachtio-srf';
import type { ChallengeAnswers } from './challenge-answers.ts';
import { readResponse, type SipResponse, toSipError } from './sip-error.ts';

/** A request of ours within a dialog. */
export interface DialogRequest {
  method: 'BYE' | 'INFO' | 'INVITE' | 'MESSAGE' | 'NOTIFY' | 'OPTIONS' | 'REFER' | 'UPDATE';
  headers?: Readonly<Record<string, string>>;
  /** Needs a Content-Type among the headers, unless it is SDP. */
  body?: string;
}

/** What comes of it on the way. */
export interface DialogRequestProgress {
  /** Each final response, also challenges that are answered. */
  responded?(response: SipResponse): void;
}

/**
 * Sends a request within a dialog and answers its challenges (RFC 3261 22.2). Resolves with the final response, whatever
 * it is; the ACK of an INVITE is sent. @throws SipError where the request could not be sent
 */
export async function requestWithin(
  dialog: Srf.Dialog,
  answers: ChallengeAnswers,
  { method, headers = {}, body = '' }: DialogRequest,
  progress: DialogRequestProgress = {},
): Promise<SipResponse> {
  const take = answers.begin();
  let { uri } = dialog.remote;
  for (;;) {
    const request = { method, headers: { ...headers, ...answers.headers(method, uri, body) }, ...(body && { body }) };
    const response = await sendOnce(dialog, request);
    // the target as it was sent: a re-INVITE of the other side may have changed it
    uri = (response as { req?: { uri?: string } }).req?.uri ?? uri;
    const ours = readResponse(response);
    progress.responded?.(ours);
    if (!take(ours)) return ours;
  }
}

function sendOnce(dialog: Srf.Dialog, request: object): Promise<Srf.SrfResponse> {
  return new Promise((resolve, reject) => {
    // the typings ask for a whole request
    dialog.request(request as Srf.SrfRequest, (error: unknown, response: Srf.SrfResponse) => {
      if (error) reject(toSipError(error));
      // called for each response; a second final one changes nothing
      else if (response.status >= 200) resolve(response);
    });
  });
}
