import { parseAddress, parseCSeq } from './header-values.ts';
import { header, headerValue, headerValues, type SipRequest } from './message.ts';
import type { UasSeed } from './pending-requests.ts';
import type { Hop } from './transport.ts';
import type { Via } from './via.ts';

/**
 * RFC 3261 18.2.2 and RFC 3581 4: to the source address; to the source port where the client asked for it, else to the
 * port of its Via. `maddr` is not followed: it would let a stranger aim our responses at others.
 */
export function responseHop(via: Via, hop: Hop, followsSource: boolean): Hop {
  if (hop.transport === 'udp' && (followsSource || via.params.has('rport'))) return hop;
  return { ...hop, port: via.port || 5060 };
}

export function uasSeed(request: SipRequest, hop: Hop, followsSource: boolean): UasSeed {
  const from = headerValue(request, 'from') ?? '';
  const fromAddress = parseAddress(from);
  const contact = parseAddress(headerValue(request, 'contact') ?? '');
  const expires = Number(headerValue(request, 'expires') ?? '3600');
  return {
    callId: headerValue(request, 'call-id') ?? '',
    cseq: parseCSeq(headerValue(request, 'cseq') ?? '')?.number ?? 0,
    remoteTag: fromAddress?.params.get('tag') ?? '',
    remoteAddress: from,
    localAddress: headerValue(request, 'to') ?? '',
    // RFC 2543 callers may leave Contact out; their From is where they can be reached.
    remoteTarget: contact?.uri ?? fromAddress?.uri ?? '',
    routeSet: headerValues(request, 'record-route'),
    connection: hop.connection,
    source: followsSource ? hop : undefined,
    expires: Number.isFinite(expires) ? Math.min(Math.max(expires, 0), 86_400) : 3600,
  };
}

/** drachtio-srf needs a Contact to make a dialog. */
export function withContact(request: SipRequest, seed: UasSeed): SipRequest {
  if (headerValue(request, 'contact') !== undefined) return request;
  return { ...request, headers: [...request.headers, header('Contact', `<${seed.remoteTarget}>`)] };
}
