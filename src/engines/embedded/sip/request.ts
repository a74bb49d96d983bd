import { parseCSeq } from './header-values.ts';
import { emptyBody, type HeaderField, header, headerValue, type SipRequest } from './message.ts';
import { topVia } from './via.ts';

/**
 * A request that belongs to an INVITE's client transaction: its CANCEL (RFC 3261 9.1) or the ACK of a failure (17.1.1.3). It has the same
 * topmost Via, Request-URI, Route, From, Call-ID and CSeq number.
 */
export function requestFromTransaction(
  invite: SipRequest,
  method: 'ACK' | 'CANCEL',
  extra: readonly HeaderField[],
  to: HeaderField = header('To', headerValue(invite, 'to') ?? ''),
): SipRequest {
  const number = parseCSeq(headerValue(invite, 'cseq') ?? '')?.number ?? 0;
  return {
    kind: 'request',
    method,
    uri: invite.uri,
    version: '2.0',
    headers: [
      header('Via', topVia(invite.headers)?.text ?? ''),
      header('Max-Forwards', '70'),
      header('From', headerValue(invite, 'from') ?? ''),
      to,
      header('Call-ID', headerValue(invite, 'call-id') ?? ''),
      header('CSeq', `${number} ${method}`),
      ...invite.headers.filter((field) => field.key === 'route'),
      ...extra,
    ],
    body: emptyBody,
  };
}
