import { EventEmitter } from 'node:events';
import type Srf from 'drachtio-srf';
import { agentLost, onAgentLost, unlessLost } from './agent-loss.ts';
import { ChallengeAnswers } from './challenge-answers.ts';
import { type DialogRequest, type DialogRequestProgress, requestWithin } from './dialog-request.ts';
import { type IncomingInfo, responseToInfo } from './info.ts';
import { type IncomingRefer, type ReferReport, readRefer, readReferReport } from './refer-messages.ts';
import { SipError, type SipResponse, toSipError } from './sip-error.ts';

export interface DialogEvents {
  /** The ACK of our 200 OK; `sdp` is the caller's answer when our 200 carried the offer. */
  ack: [sdp: string];
  /**
   * A re-INVITE or UPDATE with an offer (`sdp` is '' when it carries none and wants ours). `respond` sends the 200 with
   * our description or a refusal; it must be called once.
   */
  offer: [sdp: string, respond: (result: { sdp: string } | { status: number; reason?: string }) => void];
  info: [info: IncomingInfo, respond: (response: ReturnType<typeof responseToInfo>) => void];
  /** How a REFER of ours goes on; the NOTIFY is answered. */
  referReport: [report: ReferReport];
  /** The far side asks us to call somebody else in its place. Without a listener it is refused with 603. */
  refer: [refer: IncomingRefer, respond: (response: { status: number; headers?: Record<string, string> }) => void];
  /**
   * BYE came (`byAgent`: the SIP agent gave up, no ACK or no answer; `lost`: nobody can reach the dialog any more), or the dialog was
   * destroyed. Every listener is told once, also one that comes after the end.
   */
  ended: [end: DialogEnd];
}

/** What names a dialog (RFC 3261 12), and where the far side of it is. */
export interface DialogName {
  callId: string;
  localTag: string;
  remoteTag: string;
  /** Contact of the far side. */
  remoteTarget: string;
}

export interface DialogEnd {
  byAgent: boolean;
  /** The connection to the SIP agent was lost, and the dialog with it. */
  lost?: boolean;
  reason: string | undefined;
}

/** An established INVITE dialog. */
export class SipDialog extends EventEmitter<DialogEvents> {
  readonly callId: string;
  readonly #dialog: Srf.Dialog;
  readonly #answers: ChallengeAnswers;
  /** No BYE is to be sent any more. */
  #ended = false;
  /** Set when `ended` is emitted. */
  #end: DialogEnd | undefined;
  /** CSeq of the REFERs that are over or under way, the latest last. */
  readonly #referred: number[] = [];
  /** Re-INVITEs go out one after the other (RFC 3261 14.1). */
  #modifying: Promise<unknown> = Promise.resolve();
  readonly #forgetLoss: () => void;

  /** @param answers credentials for our requests, where the peer asks for some */
  constructor(dialog: Srf.Dialog, answers = new ChallengeAnswers(undefined)) {
    super();
    this.#dialog = dialog;
    this.#answers = answers;
    this.callId = dialog.sip.callId;
    tellLateListeners(this, () => this.#end);
    const { srf } = dialog as unknown as { srf?: Srf };
    this.#forgetLoss = srf === undefined ? () => {} : onAgentLost(srf, () => this.#lost());
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
      const header = fieldOf(request);
      const info = {
        contentType: header('Content-Type'),
        contentEncoding: header('Content-Encoding'),
        infoPackage: header('Info-Package'),
        body: bodyOf(request),
      };
      if (!this.emit('info', info, respond)) respond(responseToInfo(info));
    });
    dialog.on('notify', (request, response) => {
      const report = readReferReport(fieldOf(request), bodyOf(request));
      response.send(report === undefined ? 489 : 200);
      if (report !== undefined && this.#isCurrent(report)) this.emit('referReport', report);
    });
    dialog.on('refer', (request, response) => {
      const respond = once((answer: { status: number; reason?: string; headers?: Record<string, string> }) => {
        if (answer.reason === undefined) response.send(answer.status, { headers: answer.headers ?? {} });
        else response.send(answer.status, answer.reason, { headers: answer.headers ?? {} });
      });
      const read = readRefer(fieldOf(request));
      if ('refused' in read) respond(read.refused);
      else if (!this.emit('refer', read.refer, respond)) respond({ status: 603 });
    });
  }

  get ended(): boolean {
    return this.#ended;
  }

  get named(): DialogName {
    const { callId, localTag, remoteTag } = this.#dialog.sip;
    return { callId, localTag, remoteTag, remoteTarget: this.#dialog.remote.uri };
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
      await this.#send({ method: 'BYE', headers });
    } catch {
      // the agent is gone, and the dialog with it
    }
    forget(this.#dialog);
    this.#over({ byAgent: false, reason: undefined });
  }

  /** Re-INVITE with a new description. Resolves with the remote answer. @throws SipError */
  modify(sdp: string): Promise<string> {
    const modified = this.#modifying.then(() => this.#modify(sdp));
    this.#modifying = modified.catch(() => {});
    return modified;
  }

  /** Sends INFO (RFC 6086); resolves when it is answered with 2xx. @throws SipError */
  async info({ contentType, body }: { contentType: string; body: string }): Promise<void> {
    await this.request({ method: 'INFO', headers: { 'Content-Type': contentType }, body });
  }

  /** Sends a request, with credentials where they are asked for; resolves with its 2xx. @throws SipError */
  async request(request: DialogRequest): Promise<SipResponse> {
    if (this.#ended) throw new SipError('sip_failed', 'the dialog has ended');
    const response = await this.#send(request);
    const { status } = response;
    if (status > 299) throw new SipError('sip_rejected', `${request.method} was refused with ${status}`, { response });
    return response;
  }

  /**
   * Sends REFER (RFC 3515), and again with credentials when it is challenged. Resolves with the final response, whatever it is;
   * `referReport` tells how it goes on. @throws SipError when it could not be sent
   */
  async refer(headers: Readonly<Record<string, string>>): Promise<SipResponse> {
    const responded = ({ headers: fields }: SipResponse) => {
      const cseq = Number.parseInt(fields.get('cseq')?.[0] ?? '', 10);
      if (cseq > 0) this.#referred.push(cseq);
    };
    return await this.#send({ method: 'REFER', headers }, { responded });
  }

  /** Tells the far side how its REFER goes on (RFC 3515 2.4.4); `last` ends that. Never rejects. */
  async notifyReferrer(refer: IncomingRefer, statusLine: string, last: boolean): Promise<void> {
    const headers = {
      Event: `refer;id=${refer.cseq}`,
      'Subscription-State': last ? 'terminated;reason=noresource' : 'active;expires=600',
      'Content-Type': 'message/sipfrag;version=2.0',
    };
    await this.request({ method: 'NOTIFY', headers, body: `${statusLine}\r\n` }).catch(() => {});
  }

  async #modify(sdp: string): Promise<string> {
    const { local } = this.#dialog as unknown as { local: { contact?: string } };
    const headers = local.contact === undefined ? {} : { Contact: local.contact };
    const { body } = await this.request({ method: 'INVITE', headers, body: sdp });
    this.#dialog.local.sdp = sdp;
    this.#dialog.remote.sdp = body;
    return body;
  }

  /** A report on an earlier REFER comes too late. */
  #isCurrent({ id }: ReferReport): boolean {
    return id === undefined || !this.#referred.slice(0, -1).includes(id);
  }

  #send(request: DialogRequest, progress: DialogRequestProgress = {}): Promise<SipResponse> {
    const answer = requestWithin(this.#dialog, this.#answers, request, progress);
    const { srf } = this.#dialog as unknown as { srf?: Srf };
    return srf === undefined ? answer : unlessLost(srf, answer);
  }

  #lost(): void {
    if (this.#ended) return;
    this.#ended = true;
    forget(this.#dialog);
    this.#over({ byAgent: true, lost: true, reason: undefined });
  }

  #over(end: DialogEnd): void {
    this.#forgetLoss();
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

/**
 * A dialog of drachtio-srf, made by `make`. It is taken over within the callback: a BYE that the agent hands over in the
 * same read as the answer is handled before a promise of drachtio-srf goes on, and its one event would find no listener.
 * @throws SipError
 */
export function established(
  srf: Srf,
  make: (made: (error: unknown, dialog?: Srf.Dialog) => void) => void,
  answers?: ChallengeAnswers,
): Promise<SipDialog> {
  return new Promise((resolve, reject) => {
    const forgetLoss = onAgentLost(srf, () => reject(agentLost()));
    make((error, dialog) => {
      forgetLoss();
      if (dialog) resolve(new SipDialog(dialog, answers));
      else reject(toSipError(error));
    });
  });
}

/** As drachtio-srf does after a BYE that it has made itself. */
function forget(dialog: Srf.Dialog): void {
  const { srf } = dialog as unknown as { srf?: { removeDialog(dialog: unknown): void } };
  srf?.removeDialog(dialog);
  dialog.removeAllListeners();
}

/** Tells a listener to `ended` that comes after the end, as a promise would. */
function tellLateListeners(dialog: SipDialog, end: () => DialogEnd | undefined): void {
  const emitter = dialog as unknown as EventEmitter;
  emitter.on('newListener', (event: unknown, listener: (end: DialogEnd) => void) => {
    const past = event === 'ended' ? end() : undefined;
    if (past) queueMicrotask(() => listener(past));
  });
}

function fieldOf(request: Srf.SrfRequest): (name: string) => string {
  return (name) => (request.get(name) as string | undefined) ?? '';
}

export function bodyOf(message: { body?: string }): string {
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
