import { emptyBody, type SipMessage } from './message.ts';
import { parseMessage } from './parse.ts';
import type { TransportName } from './transport.ts';

/**
 * The application protocol of drachtio-server, as drachtio-srf 5.0.29 reads and writes it (lib/wire-protocol.js and
 * lib/drachtio-agent.js): frames `LENGTH#uuid|verb|argument|...`, a SIP message behind the first CRLF. LENGTH counts octets.
 */
export interface ApplicationMessage {
  readonly id: string;
  readonly verb: string;
  readonly args: readonly string[];
  /** The octets behind the first CRLF, undefined where there is none. */
  readonly payload: Buffer | undefined;
}

/** Cuts the application's stream into messages; `undefined` from {@link push} means that it is not this protocol. */
export class ApplicationFramer {
  #buffer: Buffer = Buffer.alloc(0);
  maxMessageBytes: number;

  constructor(maxMessageBytes: number) {
    this.maxMessageBytes = maxMessageBytes;
  }

  push(chunk: Buffer): Buffer[] | undefined {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
    const messages: Buffer[] = [];
    for (;;) {
      const hash = this.#buffer.subarray(0, 12).indexOf(35);
      if (hash === -1) return this.#buffer.length > 10 ? undefined : messages;
      const digits = this.#buffer.toString('latin1', 0, hash);
      if (!/^[1-9]\d{0,8}$/.test(digits) || Number(digits) > this.maxMessageBytes) return undefined;
      const end = hash + 1 + Number(digits);
      if (this.#buffer.length < end) return messages;
      messages.push(this.#buffer.subarray(hash + 1, end));
      this.#buffer = this.#buffer.subarray(end);
    }
  }
}

export function parseApplicationMessage(bytes: Buffer): ApplicationMessage {
  const end = bytes.indexOf('\r\n', 0, 'latin1');
  const [id = '', verb = '', ...args] = bytes.toString('utf8', 0, end === -1 ? bytes.length : end).split('|');
  return { id, verb, args, payload: end === -1 ? undefined : bytes.subarray(end + 2) };
}

/**
 * The SIP message of a `sip` verb. drachtio-srf counts characters in its Content-Length, so the body is everything behind the empty
 * line. Undefined where there is no start line.
 */
export function parseApplicationSip(payload: Buffer): SipMessage | undefined {
  const end = payload.indexOf('\r\n\r\n', 0, 'latin1');
  const head = end === -1 ? payload : payload.subarray(0, end + 4);
  const body = end === -1 ? emptyBody : Buffer.from(payload.subarray(end + 4));
  const parsed = parseMessage(head, 'datagram');
  if (parsed.kind !== 'message') return undefined;
  return { ...parsed.message, headers: parsed.message.headers.filter((field) => field.key !== 'content-length'), body };
}

export type MessageSource = 'network' | 'application';

export interface MessageMeta {
  readonly source: MessageSource;
  readonly transport: TransportName;
  readonly address: string;
  readonly port: number;
  readonly time: Date;
}

/** `HH:MM:SS.ffffff` in UTC. */
export function formatTime(time: Date): string {
  return `${time.toISOString().slice(11, 23)}000`;
}

function formatMeta(meta: MessageMeta, bytes: number): string {
  return `${meta.source}|${bytes}|${meta.transport}|${meta.address}|${meta.port}|${formatTime(meta.time)}`;
}

function frame(text: string, raw?: Buffer): Buffer {
  const leader = Buffer.from(raw ? `${text}\r\n` : text, 'utf8');
  const length = leader.length + (raw?.length ?? 0);
  return Buffer.concat(raw ? [Buffer.from(`${length}#`), leader, raw] : [Buffer.from(`${length}#`), leader]);
}

/** `OK` or, as drachtio-server says for a refused command, `NO` or `NOK` with its reason. */
export function formatReply(id: string, requestId: string, result: 'OK' | 'NO' | 'NOK', text?: string): Buffer {
  return frame(`${id}|response|${requestId}|${result}${text === undefined ? '' : `|${text}`}`);
}

/** The reply to a `sip` verb with a request: the request as it was sent. */
export function formatRequestSent(
  id: string,
  requestId: string,
  meta: MessageMeta,
  transactionId: string,
  raw: Buffer,
): Buffer {
  return frame(`${id}|response|${requestId}|OK|${formatMeta(meta, raw.length)}|${transactionId}|Msg sent:|`, raw);
}

/** The reply to a `sip` verb with a response: the response as it was sent. */
export function formatResponseSent(
  id: string,
  requestId: string,
  meta: MessageMeta,
  ids: { transactionId: string; dialogId: string },
  raw: Buffer,
): Buffer {
  const where = `${ids.transactionId}|${ids.dialogId}||Msg sent:|`;
  return frame(`${id}|response|${requestId}|OK|${formatMeta(meta, raw.length)}|${where}`, raw);
}

/** A message from the network, or with the source `application` one that the agent sent by itself. */
export function formatSip(
  id: string,
  meta: MessageMeta,
  ids: { transactionId: string; dialogId: string },
  receivedOn: { host: string; port: number } | undefined,
  raw: Buffer,
): Buffer {
  const local = receivedOn ? `${receivedOn.host}|${receivedOn.port}|` : '';
  return frame(`${id}|sip|${formatMeta(meta, raw.length)}|${ids.transactionId}|${ids.dialogId}|${local}`, raw);
}

export type CdrEvent =
  | { readonly event: 'attempt' }
  | { readonly event: 'start'; readonly role: 'uac' | 'uas' }
  | {
      readonly event: 'stop';
      readonly reason: 'call-rejected' | 'call-canceled' | 'normal-release' | 'system-initiated-termination';
    };

export function formatCdr(id: string, cdr: CdrEvent, source: MessageSource, time: Date, raw: Buffer): Buffer {
  const last = cdr.event === 'start' ? `|${cdr.role}` : cdr.event === 'stop' ? `|${cdr.reason}` : '';
  return frame(`${id}|cdr:${cdr.event}|${source}|${formatTime(time)}${last}`, raw);
}
