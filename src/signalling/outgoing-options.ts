import type Srf from 'drachtio-srf';
import { unlessLost } from './agent-loss.ts';
import type { ChallengeAnswers } from './challenge-answers.ts';
import { readResponse, type SipResponse, toSipError } from './sip-error.ts';

/**
 * Sends OPTIONS outside a dialog and answers its challenges. Resolves with the final status, 408 where nobody answered.
 * @throws SipError `sip_failed` where it could not be sent
 */
export async function sendOptions(
  srf: Srf,
  uri: string,
  { headers, answers }: { headers: Readonly<Record<string, string>>; answers: ChallengeAnswers },
): Promise<number> {
  const take = answers.begin();
  let repeated: Record<string, string> = {};
  for (;;) {
    const all = { Accept: 'application/sdp', ...headers, ...repeated, ...answers.headers('OPTIONS', uri, '') };
    const { response, callId, from, cseq } = await unlessLost(srf, sendOnce(srf, uri, all));
    if (!take(response)) return response.status;
    // the request that a challenge answered, sent again (RFC 3261 22.2)
    repeated = { 'Call-ID': callId, From: from, CSeq: `${cseq + 1} OPTIONS` };
  }
}

interface Exchange {
  response: SipResponse;
  callId: string;
  from: string;
  cseq: number;
}

function sendOnce(srf: Srf, uri: string, headers: Record<string, string>): Promise<Exchange> {
  return new Promise((resolve, reject) => {
    const options = { method: 'OPTIONS', headers };
    const sent = (error: unknown, request?: Srf.SrfRequest) => {
      if (error || request === undefined) {
        reject(toSipError(error));
        return;
      }
      const cseq = Number.parseInt(request.get('CSeq'), 10);
      const facts = { callId: request.get('Call-ID'), from: request.get('From'), cseq };
      request.on('response', (response) => {
        if (response !== undefined && response.status >= 200) resolve({ response: readResponse(response), ...facts });
      });
    };
    // the typings know another function
    (srf.request as unknown as (uri: string, options: object, sent: unknown) => void).call(srf, uri, options, sent);
  });
}
