import type { SipRequest, SipResponse } from './message.ts';
import { buildResponse, responseHead } from './response.ts';

/** RFC 3261 8.1.3.1: to the application a timeout looks like a 408, a transport error like a 503. */
export function localFailure(request: SipRequest, what: 'timeout' | 'transport-error'): SipResponse {
  return buildResponse(responseHead(request), {
    status: what === 'timeout' ? 408 : 503,
    ...(what === 'timeout' ? {} : { reason: 'Transport Failure' }),
    toTag: 'local-failure',
  });
}
