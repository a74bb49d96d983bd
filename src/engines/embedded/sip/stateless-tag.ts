import { createHmac } from 'node:crypto';
import { parseAddress } from './header-values.ts';
import { headerValue, type SipRequest } from './message.ts';
import { topVia } from './via.ts';

/** A To tag that is the same for every repetition of a request and cannot be guessed (RFC 3261 8.2.7 and 19.3). */
export function statelessTag(key: Buffer, request: SipRequest): string {
  const fromTag = parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag') ?? '';
  return createHmac('sha256', key)
    .update(`${headerValue(request, 'call-id') ?? ''}\n${fromTag}\n${topVia(request.headers)?.text ?? ''}`, 'latin1')
    .digest('hex')
    .slice(0, 16);
}
