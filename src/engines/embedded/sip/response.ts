import { parseAddress } from './header-values.ts';
import { emptyBody, type HeaderField, header, headerValue, type SipRequest, type SipResponse } from './message.ts';

/** The reason phrases that the agent uses itself (RFC 3261 21 and extensions). */
const phrases: Readonly<Record<number, string>> = {
  100: 'Trying',
  180: 'Ringing',
  200: 'OK',
  400: 'Bad Request',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  416: 'Unsupported URI Scheme',
  420: 'Bad Extension',
  480: 'Temporarily Unavailable',
  481: 'Call/Transaction Does Not Exist',
  482: 'Loop Detected',
  487: 'Request Terminated',
  488: 'Not Acceptable Here',
  491: 'Request Pending',
  500: 'Server Internal Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  504: 'Server Time-out',
  505: 'Version Not Supported',
  513: 'Message Too Large',
};

export function reasonPhrase(status: number): string {
  return phrases[status] ?? 'Unknown';
}

/** What a response takes over from its request (RFC 3261 8.2.6.2); kept by a transaction in the place of the request. */
export interface ResponseHead {
  readonly vias: readonly HeaderField[];
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly callId: string | undefined;
  readonly cseq: string | undefined;
  readonly timestamp: string | undefined;
  /** For responses that set up a dialog (RFC 3261 12.1.1). */
  readonly recordRoutes: readonly HeaderField[];
}

export function responseHead(request: SipRequest): ResponseHead {
  return {
    vias: request.headers.filter((field) => field.key === 'via'),
    from: headerValue(request, 'from'),
    to: headerValue(request, 'to'),
    callId: headerValue(request, 'call-id'),
    cseq: headerValue(request, 'cseq'),
    timestamp: headerValue(request, 'timestamp'),
    recordRoutes: request.headers.filter((field) => field.key === 'record-route'),
  };
}

export interface ResponseParts {
  readonly status: number;
  readonly reason?: string;
  /** Added to a To header that has no tag; none for 100. */
  readonly toTag: string;
  readonly headers?: readonly HeaderField[];
  readonly body?: Buffer;
  readonly withRecordRoutes?: boolean;
}

/** A response of the agent; header fields come in the order of RFC 3261's examples. */
export function buildResponse(head: ResponseHead, parts: ResponseParts): SipResponse {
  const headers: HeaderField[] = [...head.vias];
  if (parts.withRecordRoutes) headers.push(...head.recordRoutes);
  if (head.from !== undefined) headers.push(header('From', head.from));
  if (head.to !== undefined) {
    const tagged = parts.status === 100 || hasTag(head.to);
    headers.push(header('To', tagged ? head.to : `${head.to};tag=${parts.toTag}`));
  }
  if (head.callId !== undefined) headers.push(header('Call-ID', head.callId));
  if (head.cseq !== undefined) headers.push(header('CSeq', head.cseq));
  if (parts.status === 100 && head.timestamp !== undefined) headers.push(header('Timestamp', head.timestamp));
  if (parts.headers) headers.push(...parts.headers);
  return {
    kind: 'response',
    status: parts.status,
    reason: parts.reason ?? reasonPhrase(parts.status),
    version: '2.0',
    headers,
    body: parts.body ?? emptyBody,
  };
}

function hasTag(value: string): boolean {
  return parseAddress(value)?.params.has('tag') ?? /;[ \t]*tag[ \t]*=/i.test(value);
}
