import { emptyBody, type HeaderField, header, type SipMessage } from './message.ts';
import { trimBlanks } from './text.ts';

export interface ParseLimits {
  readonly maxHeaders: number;
  /** Octets of one header line, unfolded. */
  readonly maxLineBytes: number;
}

export const defaultParseLimits: ParseLimits = { maxHeaders: 256, maxLineBytes: 16_384 };

/**
 * `problem` is what is wrong with a message that could still be read well enough to be answered: the text for the reason phrase
 * of a 400. `unreadable` has no start line that could be either request or response.
 */
export type ParseResult =
  | { readonly kind: 'message'; readonly message: SipMessage; readonly problem: string | undefined }
  | { readonly kind: 'unreadable'; readonly problem: string };

const tokenPattern = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const requestLine = /^([A-Za-z0-9\-.!%*_+`'~]+) ([^ \t<>]+) SIP\/(\d+\.\d+)$/i;
const methodAtStart = /^([A-Za-z0-9\-.!%*_+`'~]+)[ \t]/;
const versionAtEnd = /[ \t]SIP\/(\d+\.\d+)$/i;
const statusLine = /^SIP\/(\d+\.\d+) (\d+)(?: (.*))?$/i;

/**
 * Reads one message (RFC 3261 7 and 25). Never throws; takes time linear in the length.
 *
 * `framing` says where the body ends: in a datagram Content-Length may be absent and octets behind the body are ignored (18.3); on a
 * stream the caller has already cut the message out.
 */
export function parseMessage(
  bytes: Buffer,
  framing: 'datagram' | 'stream',
  limits: ParseLimits = defaultParseLimits,
): ParseResult {
  let start = 0;
  while (bytes[start] === 13 && bytes[start + 1] === 10) start += 2;
  const end = bytes.indexOf('\r\n\r\n', start, 'latin1');
  const head = bytes.toString('latin1', start, end === -1 ? bytes.length : end);
  const bodyStart = end === -1 ? bytes.length : end + 4;

  const lines = unfold(head);
  const first = readStartLine(lines[0] ?? '');
  if (first === undefined) return { kind: 'unreadable', problem: 'no SIP start line' };
  let problem = first.problem;
  const complain = (text: string): void => {
    problem ??= text;
  };
  if (end === -1) complain('No Empty Line After Headers');

  const headers: HeaderField[] = [];
  for (let i = 1; i < lines.length; i++) {
    const line = lines[i] ?? '';
    if (headers.length >= limits.maxHeaders) {
      complain('Too Many Header Fields');
      break;
    }
    if (line.length > limits.maxLineBytes) {
      complain('Header Line Too Long');
      continue;
    }
    const colon = line.indexOf(':');
    const name = colon === -1 ? '' : trimBlanks(line.slice(0, colon));
    if (!tokenPattern.test(name)) {
      complain('Malformed Header Line');
      continue;
    }
    const value = trimBlanks(line.slice(colon + 1));
    if (value.includes('\r') || value.includes('\n')) {
      complain('Line Break Inside Header Field');
      continue;
    }
    headers.push(header(name, value));
  }

  let body = bodyStart < bytes.length ? bytes.subarray(bodyStart) : emptyBody;
  const lengths = headers.filter((field) => field.key === 'content-length');
  const length = lengths[0]?.value;
  if (lengths.length > 1) complain('Multiple Content-Length Fields');
  if (length === undefined) {
    if (framing === 'stream') complain('Missing Content-Length');
  } else if (!/^\d{1,10}$/.test(length)) {
    complain('Malformed Content-Length');
  } else if (Number(length) > body.length) {
    complain('Content-Length Larger Than Message');
  } else {
    body = body.subarray(0, Number(length));
  }

  return { kind: 'message', problem, message: { ...first.line, headers, body } as SipMessage };
}

type StartLine =
  | { kind: 'request'; method: string; uri: string; version: string }
  | { kind: 'response'; status: number; reason: string; version: string };

function readStartLine(line: string): { line: StartLine; problem: string | undefined } | undefined {
  const status = statusLine.exec(line);
  if (status) {
    const code = Number(status[2]);
    const valid = /^[1-6]\d\d$/.test(status[2] ?? '');
    return {
      line: { kind: 'response', status: code, reason: status[3] ?? '', version: status[1] ?? '' },
      problem: valid ? undefined : 'Status Code Out Of Range',
    };
  }
  const strict = requestLine.exec(line);
  if (strict) {
    return {
      line: { kind: 'request', method: strict[1] ?? '', uri: strict[2] ?? '', version: strict[3] ?? '' },
      problem: undefined,
    };
  }
  const trimmed = trimBlanks(line);
  const method = methodAtStart.exec(trimmed)?.[1];
  const version = versionAtEnd.exec(trimmed.slice(-24))?.[1];
  if (method === undefined || version === undefined) return undefined;
  const uri = trimBlanks(trimmed.slice(method.length, -(version.length + 4)));
  return { line: { kind: 'request', method, uri, version }, problem: 'Malformed Request-Line' };
}

/** Splits at CRLF and joins continuation lines with one space (RFC 3261 7.3.1). */
function unfold(head: string): string[] {
  const lines: string[] = [];
  let parts: string[] | undefined;
  for (const line of head.split('\r\n')) {
    const c = line.charCodeAt(0);
    if (lines.length > 1 && (c === 32 || c === 9)) {
      parts ??= [lines[lines.length - 1] ?? ''];
      parts.push(trimBlanks(line));
      continue;
    }
    if (parts) {
      lines[lines.length - 1] = parts.join(' ');
      parts = undefined;
    }
    lines.push(line);
  }
  if (parts) lines[lines.length - 1] = parts.join(' ');
  return lines;
}
