import { headerValue, type SipRequest } from './message.ts';

/** True for the NOTIFY that ends its subscription (RFC 6665 4.1.3). */
export function endsSubscription(request: SipRequest): boolean {
  return /^[ \t]*terminated/i.test(headerValue(request, 'subscription-state') ?? '');
}
