import { EventEmitter } from 'node:events';
import Srf from 'drachtio-srf';
import { messageOf, PatchbayError } from '../errors.ts';
import { type IncomingInfo, responseToInfo } from './info.ts';
import { headerFields, type NameAddr, parseNameAddr, userAndHost } from './sip-headers.ts';

export type SipErrorCode = 'sip_agent_unreachable' | 'sip_rejected' | 'sip_cancelled' | 'sip_failed';

/** A request of ours that did not succeed; `status` is the final response where there was one. */
export class SipError extends PatchbayError<SipErrorCode> {
  readonly status: number | undefined;

  constructor(code: SipErrorCode, message: string, options: { status?: number | undefined; cause?: unknown } = {}) {
    super(code, message, { cause: options.cause });
    this.status = options.status;
  }
}

export interface SipSource {
  transport: string;
  address: string;
  port: number;
}

export interface DialogEvents {
  /** The ACK of our 200 OK; `sdp` is the caller's answer when our 200 carried the offer. */
  ack: [sdp: string];
  /**
   * A re-INVITE or UPDATE with an offer (`sdp` is '' when it carries none and wants ours). `respond` sends the 200 with
   * our description or a refusal; it must be called once.
   */
  offer: [sdp: string, respond: (result: { sdp: string } | { status: number; reason?: string }) => void];
  info: [info: IncomingInfo, respond: (response: ReturnType<typeof responseToInfo>) => void];
  /**
   * BYE came (`byAgent`: the SIP agent gave up, no ACK or no answer), or the dialog was destroyed. Every listener is told
   * once, also one that comes after the end.
   */
  ended: [end: DialogEnd];
}

export interface DialogEnd {
  byAgent: boolean;
  reason: string | undefined;
}

/** An established INVITE dialog. */
export class SipDialog extends EventEmitter<DialogEvents> {
  readonly callId: string;
  readonly #dialog: Srf.Dialog;
  /** No BYE is to be sent any more. */
  #ended = false;
  /** Set when `ended` is emitted. */
  #end: DialogEnd | undefined;

  constructor(dialog: Srf.Dialog) {
    super();
    this.#dialog = dialog;
    this.callId = dialog.sip.callId;
    tellLateListeners(this, () => this.#end);
    dialog.on('destroy', (request) => {
      if (this.#ended) return;
      this.#ended = true;
      this.#over({ byAgent: request.source === 'application', reason: request.get('Reason') });
    });
    dialog.on('ack', (request) => this.emit('ack', bodyOf(request)));
    const offer = (request: Srf.SrfRequest, response: Srf.SrfResponse) => this.#offered(request, response);
    // as drachtio-srf does for ACK, UPDATE and INFO: whoever waits for the dialog gets it before what comes in it
    dialog.on('modify', (request, response) => setImmediate(offer, request, response));
    dialog.on('update', (request, response) => {
      if (bodyOf(request)) offer(request, response);
      else response.send(200);
    });
    dialog.on('info', (request, response) => {
      const respond = once(({ status, headers }: ReturnType<typeof responseToInfo>) =>
        response.send(status, { headers }),
      );
      const header = (name: string) => (request.get(name) as string | undefined) ?? '';
      const info = {
        contentType: header('Content-Type'),
        contentEncoding: header('Content-Encoding'),
        infoPackage: header('Info-Package'),
        body: bodyOf(request),
      };
      if (!this.emit('info', info, respond)) respond(responseToInfo(info));
    });
    dialog.on('refer', (_request, response) => response.send(603));
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The remote description as it stands, the first one or that of the last re-INVITE. */
  get remoteSdp(): string {
    return this.#dialog.remote.sdp;
  }

  /** Sends BYE; resolves when it is answered or given up. Idempotent, never rejects. */
  async hangup(headers: Record<string, string> = {}): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    try {
      await (this.#dialog.destroy({ headers }) as unknown as Promise<unknown>);
    } catch {
      // the agent is gone, and the dialog with it
    }
    this.#over({ byAgent: false, reason: undefined });
  }

  /** Re-INVITE with a new description. Resolves with the remote answer. @throws SipError */
  async modify(sdp: string): Promise<string> {
    try {
      return await this.#dialog.modify(sdp);
    } catch (error) {
      throw toSipError(error);
    }
  }

  /** Sends INFO (RFC 6086); resolves when it is answered with 2xx. @throws SipError */
  async info({ contentType, body }: { contentType: string; body: string }): Promise<void> {
    // the typings ask for a whole request and promise another thing than what comes
    const options = { method: 'INFO', headers: { 'Content-Type': contentType }, body } as unknown as Srf.SrfRequest;
    let status: number;
    try {
      ({ status } = (await this.#dialog.request(options)) as unknown as Srf.SrfResponse);
    } catch (error) {
      throw toSipError(error);
    }
    if (status > 299) throw new SipError('sip_rejected', `INFO was refused with ${status}`, { status });
  }

  #over(end: DialogEnd): void {
    this.#end = end;
    this.emit('ended', end);
  }

  #offered(request: Srf.SrfRequest, response: Srf.SrfResponse): void {
    const respond = once((result: { sdp: string } | { status: number; reason?: string }) => {
      if ('sdp' in result) response.send(200, { body: result.sdp, headers: { 'Content-Type': 'application/sdp' } });
      else response.send(result.status, result.reason ? { reason: result.reason } : {});
    });
    if (!this.emit('offer', bodyOf(request), respond)) respond({ status: 488 });
  }
}

/** An INVITE that waits for its final response. */
export class IncomingInvite {
  readonly callId: string;
  readonly source: SipSource;
  readonly requestUri: string;
  /** User and host of the Request-URI: what was dialled. */
  readonly target: { user: string; host: string };
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** '' when the INVITE carries no offer. */
  readonly sdp: string;
  readonly #request: Srf.SrfRequest;
  readonly #response: Srf.SrfResponse;
  readonly #srf: Srf;
  #final = false;
  #cancelled = false;

  constructor(srf: Srf, request: Srf.SrfRequest, response: Srf.SrfResponse) {
    this.#srf = srf;
    this.#request = request;
    this.#response = response;
    this.callId = request.get('Call-ID');
    this.source = {
      transport: request.protocol,
      address: request.source_address,
      port: Number(request.source_port),
    };
    this.requestUri = request.uri;
    this.target = userAndHost(this.requestUri);
    this.headers = headerFields(request.msg.raw);
    this.from = parseNameAddr(this.headers.get('from')?.[0] ?? '');
    this.to = parseNameAddr(this.headers.get('to')?.[0] ?? '');
    this.sdp = bodyOf(request);
  }

  /** CANCEL before the final response; the agent has answered it and sent 487. */
  onCancel(listener: () => void): void {
    this.#request.on('cancel', () => {
      if (this.#final) return;
      this.#final = true;
      this.#cancelled = true;
      listener();
    });
  }

  ringing(): void {
    if (!this.#final) this.#response.send(180);
  }

  /** Final refusal. Does nothing after a final response or CANCEL. */
  reject(status: number, options: { reason?: string | undefined; headers?: Record<string, string> } = {}): void {
    if (this.#final) return;
    this.#final = true;
    const extra = { headers: options.headers ?? {} };
    if (options.reason) this.#response.send(status, options.reason, extra);
    else this.#response.send(status, extra);
  }

  /** Sends 200 OK with our description. Resolves when it is sent. @throws SipError when CANCEL came first or the agent is gone */
  async accept(localSdp: string, headers: Record<string, string> = {}): Promise<SipDialog> {
    if (this.#cancelled) throw new SipError('sip_cancelled', 'the caller cancelled before the answer', { status: 487 });
    if (this.#final) throw new SipError('sip_failed', 'a final response was sent before');
    this.#final = true;
    return await established((made) => {
      this.#srf.createUAS(this.#request, this.#response, { localSdp, headers }, made);
    });
  }
}

export interface SipClientOptions {
  host: string;
  port: number;
  secret: string;
  /** Connection trouble after `connect`: drachtio-srf reconnects by itself. */
  onError: (error: Error) => void;
}

/**
 * The typed edge of drachtio-srf: one connection to the SIP agent, embedded or drachtio-server. All signalling of the hub
 * passes here; the rest of the code sees no drachtio type.
 */
export class SipClient {
  readonly #srf = new Srf();
  readonly #options: SipClientOptions;
  #connected = false;

  constructor(options: SipClientOptions) {
    this.#options = options;
    this.#srf.on('error', (error) => {
      this.#connected = false;
      options.onError(error);
    });
    this.#srf.on('connect', (error) => {
      this.#connected = !error;
    });
  }

  /** For readiness. @throws SipError `sip_agent_unreachable` */
  assertConnected(): void {
    if (!this.#connected) throw new SipError('sip_agent_unreachable', 'no connection to the SIP agent');
  }

  /** Resolves when the agent has accepted our secret. @throws SipError `sip_agent_unreachable` */
  async connect(): Promise<void> {
    const { host, port, secret } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error) =>
        reject(new SipError('sip_agent_unreachable', messageOf(error), { cause: error }));
      this.#srf.on('error', refuse);
      this.#srf.on('connect', (error) => {
        if (error) refuse(error);
        else resolve();
      });
      // returns the srf application, not the promise that the typings tell of
      void this.#srf.connect({ host, port, secret });
    });
  }

  /** `handler` gets every INVITE outside a dialog and must see to its final response; what it throws becomes a 500. */
  onInvite(handler: (invite: IncomingInvite) => void): void {
    this.#srf.invite((request, response) => {
      let invite: IncomingInvite | undefined;
      try {
        invite = new IncomingInvite(this.#srf, request, response);
        handler(invite);
      } catch (error) {
        this.#options.onError(new SipError('sip_failed', `INVITE handler: ${messageOf(error)}`, { cause: error }));
        if (invite) invite.reject(500);
        else response.send(500);
      }
    });
  }

  /**
   * Places a call: INVITE to `uri`, digest when challenged and `auth` is given. Resolves at the 200 OK (the ACK is sent).
   * Aborting `signal` sends CANCEL, or BYE when the answer was faster.
   * @throws SipError `sip_rejected` with the final status, `sip_cancelled`, `sip_failed`
   */
  async call(uri: string, options: OutgoingCallOptions): Promise<SipDialog> {
    const { signal, onProvisional, onCallId, proxy, auth } = options;
    let cancel: (() => void) | undefined;
    const onAbort = () => cancel?.();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      const invite = {
        localSdp: options.localSdp,
        headers: options.headers ?? {},
        ...(proxy ? { proxy } : {}),
        ...(auth ? { auth } : {}),
      };
      const progress = {
        cbRequest: (...args: unknown[]) => {
          // drachtio-srf calls this with (error, request); its typings lack the first argument
          const request = args[1] as Srf.SrfRequest | undefined;
          if (!request) return;
          onCallId?.(request.get('Call-ID'));
          cancel = () => request.cancel(() => {});
          if (signal?.aborted) cancel();
        },
        cbProvisional: (response: Srf.SrfResponse) =>
          onProvisional?.({ status: response.status, sdp: bodyOf(response) }),
      };
      const dialog = await established((made) => {
        this.#srf.createUAC(uri, invite, progress, made);
      });
      if (signal?.aborted) {
        await dialog.hangup();
        throw new SipError('sip_cancelled', 'cancelled at the moment of the answer');
      }
      return dialog;
    } catch (error) {
      throw toSipError(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /** Idempotent; may come before `connect`. */
  close(): void {
    try {
      this.#srf.disconnect();
    } catch {
      // drachtio-srf throws when it has no connection: then there is none to close
    }
  }
}

export interface OutgoingCallOptions {
  localSdp: string;
  headers?: Record<string, string>;
  /** Next hop, where it is not the URI: `sip:127.0.0.1:5060;transport=tcp`. */
  proxy?: string;
  auth?: { username: string; password: string };
  signal?: AbortSignal;
  onProvisional?: (response: { status: number; sdp: string }) => void;
  onCallId?: (callId: string) => void;
}

/**
 * A dialog of drachtio-srf, made by `make`. It is taken over within the callback: a BYE that the agent hands over in the
 * same read as the answer is handled before a promise of drachtio-srf goes on, and its one event would find no listener.
 */
function established(make: (made: (error: unknown, dialog?: Srf.Dialog) => void) => void): Promise<SipDialog> {
  return new Promise((resolve, reject) => {
    make((error, dialog) => {
      if (dialog) resolve(new SipDialog(dialog));
      else reject(toSipError(error));
    });
  });
}

/** Tells a listener to `ended` that comes after the end, as a promise would. */
function tellLateListeners(dialog: SipDialog, end: () => DialogEnd | undefined): void {
  const emitter = dialog as unknown as EventEmitter;
  emitter.on('newListener', (event: unknown, listener: (end: DialogEnd) => void) => {
    const past = event === 'ended' ? end() : undefined;
    if (past) queueMicrotask(() => listener(past));
  });
}

function bodyOf(message: { body?: string }): string {
  return message.body ?? '';
}

function once<A extends unknown[]>(fn: (...args: A) => void): (...args: A) => void {
  let done = false;
  return (...args) => {
    if (done) return;
    done = true;
    fn(...args);
  };
}

function toSipError(error: unknown): SipError {
  if (error instanceof SipError) return error;
  const status = statusOf(error);
  if (status === 487) return new SipError('sip_cancelled', 'cancelled before the answer', { status, cause: error });
  if (status !== undefined) return new SipError('sip_rejected', `refused with ${status}`, { status, cause: error });
  return new SipError('sip_failed', messageOf(error), { cause: error });
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined;
  return typeof error.status === 'number' ? error.status : undefined;
}
