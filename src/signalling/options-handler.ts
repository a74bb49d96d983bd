import type Srf from 'drachtio-srf';

/** What the hub understands, as other sides are told (RFC 3261 20.5). */
export const ALLOW = 'INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, PRACK, UPDATE, REFER, NOTIFY';

export interface OptionsHandlerOptions {
  /** The SIP connection that allows calls from this address, undefined: none does. */
  connectionOf(address: string): string | undefined;
  /** The hub is being stopped: new calls should go elsewhere. */
  draining(): boolean;
}

/** The answer to an OPTIONS outside a dialog, and its header fields. */
export interface OptionsAnswer {
  status: 200 | 403 | 503;
  headers: Record<string, string>;
}

/** What an INVITE from there would meet with (RFC 3261 11.2): strangers learn nothing. */
export function answerOptions(address: string, { connectionOf, draining }: OptionsHandlerOptions): OptionsAnswer {
  if (connectionOf(address) === undefined) return { status: 403, headers: {} };
  if (draining()) return { status: 503, headers: { 'Retry-After': '30' } };
  const headers = {
    Allow: ALLOW,
    Accept: 'application/sdp',
    'Accept-Encoding': 'identity',
    'Accept-Language': 'en',
    Supported: '100rel',
  };
  return { status: 200, headers };
}

/** For `srf.options`. */
export function optionsHandler(
  options: OptionsHandlerOptions,
): (request: Srf.SrfRequest, response: Srf.SrfResponse) => void {
  return (request, response) => {
    const { status, headers } = answerOptions(request.source_address, options);
    response.send(status, { headers });
  };
}
