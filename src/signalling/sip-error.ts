import { messageOf, PatchbayError } from '../errors.ts';
import { headerFields } from './sip-headers.ts';

export type SipErrorCode = 'sip_agent_unreachable' | 'sip_agent_lost' | 'sip_rejected' | 'sip_cancelled' | 'sip_failed';

/** A final response to a request of ours. */
export interface SipResponse {
  status: number;
  /** The words of its status line. */
  reason: string;
  headers: ReadonlyMap<string, readonly string[]>;
  body: string;
}

/** A request of ours that did not succeed; `status` is the final response where there was one. */
export class SipError extends PatchbayError<SipErrorCode> {
  readonly status: number | undefined;
  readonly response: SipResponse | undefined;

  constructor(
    code: SipErrorCode,
    message: string,
    options: { status?: number | undefined; response?: SipResponse | undefined; cause?: unknown } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.status = options.status ?? options.response?.status;
    this.response = options.response;
  }
}

/** What drachtio-srf rejects with, as ours. */
export function toSipError(error: unknown): SipError {
  if (error instanceof SipError) return error;
  const response = responseOf(error);
  if (response === undefined) return new SipError('sip_failed', messageOf(error), { cause: error });
  const { status } = response;
  if (status === 487) return new SipError('sip_cancelled', 'cancelled before the answer', { response, cause: error });
  return new SipError('sip_rejected', `refused with ${status}`, { response, cause: error });
}

interface DrachtioResponse {
  status: number;
  reason?: unknown;
  body?: unknown;
  msg?: { raw?: unknown };
}

/** A response of drachtio-srf, as ours. */
export function readResponse(response: unknown): SipResponse {
  const { status, reason, body, msg } = response as DrachtioResponse;
  const text = (value: unknown) => (typeof value === 'string' ? value : '');
  return { status, reason: text(reason), headers: headerFields(text(msg?.raw)), body: text(body) };
}

function responseOf(error: unknown): SipResponse | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  const { status, reason, res } = error as { status: unknown; reason?: unknown; res?: { msg?: unknown } };
  return typeof status === 'number' ? readResponse({ status, reason, msg: res?.msg }) : undefined;
}
