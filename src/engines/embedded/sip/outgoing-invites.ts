import type { Application } from './application-link.ts';
import type { ClientHandlers, ClientTransaction } from './client-transaction.ts';
import { messageMeta, type SipCore } from './core.ts';
import { type DialogEnder, dialogHop, newBranch, ownVia } from './dialog-ender.ts';
import { type Dialog, inDialogRequest } from './dialogs.ts';
import { parseAddress, parseAddresses, parseCSeq, splitOutside } from './header-values.ts';
import { localFailure } from './local-failure.ts';
import {
  emptyBody,
  type HeaderField,
  header,
  headerValue,
  headerValues,
  type SipRequest,
  type SipResponse,
} from './message.ts';
import { printMessage } from './print.ts';
import { requestFromTransaction } from './request.ts';
import { RequestSender, type SentRequest } from './request-sender.ts';
import type { SipResolver } from './resolve.ts';
import type { Hop } from './transport.ts';
import { parseVia, topVia } from './via.ts';

/** An INVITE or first SUBSCRIBE that an application has sent. */
export interface OutgoingInvite {
  readonly transactionId: string;
  readonly owner: Application;
  readonly request: SipRequest;
  readonly callId: string;
  readonly localTag: string;
  readonly cseq: number;
  transaction: ClientTransaction;
  /** By To tag. A re-INVITE has its one dialog here from the start. */
  readonly dialogs: Map<string, Dialog>;
  readonly reinvite: Dialog | undefined;
  /** The To tag of the 2xx that the application was given. */
  acceptedTag: string | undefined;
  /** By To tag: the ACK that answers every repetition of the 2xx. */
  readonly acks: Map<string, { bytes: Buffer; hop: Hop }>;
  /** By To tag: the last RSeq (RFC 3262 4). */
  readonly rseqs: Map<string, number>;
  cancel: 'none' | 'waiting' | 'sent';
  cancelRequest: SipRequest | undefined;
}

/** The client side of INVITE (RFC 3261 13.2) and of a first SUBSCRIBE: early dialogs, forks, ACK, CANCEL. */
export class OutgoingInvites {
  readonly #core: SipCore;
  readonly #ender: DialogEnder;
  readonly #resolver: SipResolver;
  readonly #sender: RequestSender;
  readonly #byTransaction = new Map<string, OutgoingInvite>();
  /** Dialogs whose 2xx the application has and did not acknowledge yet. */
  readonly #awaitingAck = new Map<Dialog, OutgoingInvite>();
  readonly #subscribes = new Set<OutgoingInvite>();

  constructor(core: SipCore, ender: DialogEnder, resolver: SipResolver) {
    this.#core = core;
    this.#ender = ender;
    this.#resolver = resolver;
    this.#sender = new RequestSender(core);
  }

  startsDialog(request: SipRequest): boolean {
    return request.method === 'INVITE' || request.method === 'SUBSCRIBE';
  }

  byTransaction(transactionId: string): OutgoingInvite | undefined {
    const invite = this.#byTransaction.get(transactionId);
    return invite?.transaction.pending ? invite : undefined;
  }

  start(
    owner: Application,
    transactionId: string,
    request: SipRequest,
    hop: Hop,
    explicitTransport: boolean,
  ): SentRequest {
    return this.#send(owner, transactionId, request, hop, explicitTransport, undefined);
  }

  startInDialog(owner: Application, transactionId: string, dialog: Dialog, request: SipRequest, hop: Hop): SentRequest {
    if (dialog.inviteInProgress !== undefined) throw new Error('another INVITE is in progress in this dialog');
    dialog.inviteInProgress = 'ours';
    return this.#send(owner, transactionId, request, hop, true, dialog);
  }

  /** CANCEL goes out once a provisional response came (RFC 3261 9.1); until then the INVITE is not repeated any more. */
  cancel(invite: OutgoingInvite, cancel: SipRequest): void {
    if (invite.cancel !== 'none') return;
    invite.cancel = 'waiting';
    invite.cancelRequest = cancel;
    invite.transaction.givenUp();
    this.#cancelIfPossible(invite);
  }

  /**
   * Builds and sends the application's ACK and keeps it for repetitions of the 2xx (RFC 3261 13.2.2.4). Throws where no 2xx of the
   * dialog waits for one.
   */
  acknowledge(dialog: Dialog, headers: readonly HeaderField[], body: Buffer, hop: Hop): Buffer {
    const invite = this.#awaitingAck.get(dialog);
    if (invite !== undefined) {
      const bytes = this.#sendAck(invite, dialog, headers, body, hop);
      if (invite.cancel !== 'none') this.#ender.end(dialog, 'ACK-BYE due to cancel race condition', true);
      return bytes;
    }
    throw new Error('no successful INVITE response waits for an ACK in this dialog');
  }

  /** The application has gone: what it has called is cancelled. */
  applicationLeft(application: Application): void {
    for (const invite of [...this.#byTransaction.values()]) {
      if (invite.owner !== application || invite.reinvite || invite.request.method !== 'INVITE') continue;
      if (invite.transaction.pending)
        this.cancel(invite, requestFromTransaction(invite.transaction.request, 'CANCEL', []));
    }
  }

  dialogForNotify(request: SipRequest, localTag: string, remoteTag: string): Dialog | undefined {
    for (const invite of this.#subscribes) {
      if (invite.localTag !== localTag) continue;
      if (invite.callId !== headerValue(request, 'call-id')) continue;
      const contact = parseAddress(headerValue(request, 'contact') ?? '')?.uri;
      return this.#dialog(invite, {
        remoteTag,
        remoteAddress: headerValue(request, 'from') ?? '',
        contact,
        routes: headerValues(request, 'record-route'),
      });
    }
    return undefined;
  }

  #send(
    owner: Application,
    transactionId: string,
    request: SipRequest,
    hop: Hop,
    explicitTransport: boolean,
    reinvite: Dialog | undefined,
  ): SentRequest {
    let invite: OutgoingInvite | undefined;
    const handlers: ClientHandlers = {
      response: (response) => invite && this.#response(invite, response),
      failed: (what) => invite && this.#response(invite, localFailure(request, what)),
      terminated: () => invite && this.#over(invite),
    };
    const sent = this.#sender.send(request, hop, explicitTransport, handlers, (transaction) => {
      if (invite) invite.transaction = transaction;
      if (invite) this.#byTransaction.set(transactionId, invite);
    });
    invite = {
      transactionId,
      owner,
      request,
      callId: headerValue(request, 'call-id') ?? '',
      localTag: parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag') ?? '',
      cseq: parseCSeq(headerValue(request, 'cseq') ?? '')?.number ?? 0,
      transaction: sent.transaction,
      dialogs: new Map(reinvite ? [[reinvite.remoteTag, reinvite]] : []),
      reinvite,
      acceptedTag: undefined,
      acks: new Map(),
      rseqs: new Map(),
      cancel: 'none',
      cancelRequest: undefined,
    };
    this.#byTransaction.set(transactionId, invite);
    if (request.method === 'SUBSCRIBE') this.#subscribes.add(invite);
    return sent;
  }

  #response(invite: OutgoingInvite, response: SipResponse): void {
    const { status } = response;
    if (status < 200) this.#provisional(invite, response);
    else if (status < 300) this.#success(invite, response);
    else this.#failure(invite, response);
  }

  #provisional(invite: OutgoingInvite, response: SipResponse): void {
    this.#cancelIfPossible(invite);
    if (response.status === 100) {
      this.#deliver(invite, response, undefined);
      return;
    }
    const dialog = this.#dialogOf(invite, response);
    const rseq = Number(headerValue(response, 'rseq') ?? Number.NaN);
    if (Number.isInteger(rseq) && dialog) {
      const last = invite.rseqs.get(dialog.remoteTag);
      if (last !== undefined && rseq !== last + 1) return;
      invite.rseqs.set(dialog.remoteTag, rseq);
    }
    this.#deliver(invite, response, dialog);
  }

  #success(invite: OutgoingInvite, response: SipResponse): void {
    const tag = parseAddress(headerValue(response, 'to') ?? '')?.params.get('tag') ?? '';
    const acknowledged = invite.acks.get(tag);
    if (acknowledged) {
      this.#core.transports.send(acknowledged.bytes, acknowledged.hop, () => {});
      return;
    }
    if (invite.acceptedTag === tag) return;
    const dialog = this.#dialogOf(invite, response);
    if (dialog === undefined) return;
    const { method } = invite.request;
    if (invite.acceptedTag !== undefined) {
      if (method === 'INVITE') this.#refuseFork(invite, dialog);
      return;
    }
    invite.acceptedTag = tag;
    dialog.state = 'confirmed';
    const contact = parseAddresses(headerValues(response, 'contact'))?.[0]?.uri;
    if (contact !== undefined) dialog.remoteTarget = contact;
    if (dialog.inviteInProgress === 'ours') dialog.inviteInProgress = undefined;
    for (const [otherTag, other] of invite.dialogs) {
      if (other === dialog) continue;
      invite.dialogs.delete(otherTag);
      this.#core.dialogs.remove(other);
    }
    if (method === 'INVITE') this.#awaitingAck.set(dialog, invite);
    if (method === 'SUBSCRIBE') this.#expireSubscription(invite, dialog, response);
    this.#deliver(invite, contact === undefined ? withContact(response, dialog.remoteTarget) : response, dialog);
    if (method === 'INVITE' && !invite.reinvite) {
      invite.owner.cdr({ event: 'start', role: 'uac' }, 'network', this.#core.date(), printMessage(response));
    }
  }

  #failure(invite: OutgoingInvite, response: SipResponse): void {
    const { reinvite } = invite;
    if (reinvite?.inviteInProgress === 'ours') reinvite.inviteInProgress = undefined;
    const id = reinvite?.id ?? [...invite.dialogs.values()][0]?.id ?? `${invite.callId};from-tag=${invite.localTag}`;
    if (!reinvite) for (const dialog of invite.dialogs.values()) this.#core.dialogs.remove(dialog);
    const raw = printMessage(response);
    const meta = messageMeta(this.#core, 'network', invite.transaction.hop);
    invite.owner.sip(meta, { transactionId: invite.transactionId, dialogId: id }, raw);
    if (!reinvite && invite.request.method === 'INVITE') {
      const reason = response.status === 487 ? 'call-canceled' : 'call-rejected';
      invite.owner.cdr({ event: 'stop', reason }, 'network', this.#core.date(), raw);
    }
  }

  #deliver(invite: OutgoingInvite, response: SipResponse, dialog: Dialog | undefined): void {
    const ids = {
      transactionId: invite.transactionId,
      dialogId: dialog?.id ?? `${invite.callId};from-tag=${invite.localTag}`,
    };
    invite.owner.sip(messageMeta(this.#core, 'network', invite.transaction.hop), ids, printMessage(response));
  }

  /** The client transaction is over. A 2xx that the application never acknowledged is ended here. */
  #over(invite: OutgoingInvite): void {
    if (this.#byTransaction.get(invite.transactionId) === invite) this.#byTransaction.delete(invite.transactionId);
    this.#subscribes.delete(invite);
    const tag = invite.acceptedTag;
    const dialog = tag === undefined ? undefined : invite.dialogs.get(tag);
    if (dialog === undefined || tag === undefined || invite.acks.has(tag)) return;
    if (this.#awaitingAck.get(dialog) === invite) this.#awaitingAck.delete(dialog);
    if (invite.request.method !== 'INVITE' || dialog.state === 'terminated') return;
    this.#withHop(dialog, (hop) => {
      this.#sendAck(invite, dialog, [], emptyBody, hop);
      this.#ender.end(dialog, 'application sent no ACK', true);
    });
  }

  /** RFC 3261 13.2.2.4: a second 2xx, from another fork, is acknowledged and ended. */
  #refuseFork(invite: OutgoingInvite, dialog: Dialog): void {
    this.#withHop(dialog, (hop) => {
      this.#sendAck(invite, dialog, [], emptyBody, hop);
      this.#ender.end(dialog, 'another fork was answered', false);
    });
  }

  #withHop(dialog: Dialog, run: (hop: Hop) => void): void {
    const failed = (error: unknown): void => {
      this.#core.log.warn({ sipCallId: dialog.callId, error: String(error) }, 'sip: cannot reach the peer of a dialog');
      this.#core.dialogs.remove(dialog);
    };
    try {
      const hop = dialogHop(this.#core, dialog, this.#resolver);
      if (hop instanceof Promise) hop.then(run).catch(failed);
      else run(hop);
    } catch (error) {
      failed(error);
    }
  }

  #sendAck(invite: OutgoingInvite, dialog: Dialog, headers: readonly HeaderField[], body: Buffer, hop: Hop): Buffer {
    const credentials = invite.request.headers.filter(
      (field) => field.key === 'authorization' || field.key === 'proxy-authorization',
    );
    const own = headers.filter((field) => field.key !== 'authorization' && field.key !== 'proxy-authorization');
    const request = inDialogRequest(dialog, {
      via: ownVia(this.#core, hop, newBranch(this.#core)),
      method: 'ACK',
      cseq: invite.cseq,
      headers: [...credentials, ...own],
      body,
    });
    const bytes = printMessage(request);
    invite.acks.set(dialog.remoteTag, { bytes, hop });
    if (this.#awaitingAck.get(dialog) === invite) this.#awaitingAck.delete(dialog);
    this.#core.transports.send(bytes, hop, () => {});
    return bytes;
  }

  #cancelIfPossible(invite: OutgoingInvite): void {
    if (invite.cancel !== 'waiting' || !invite.transaction.provisionalSeen) return;
    const via = topVia(invite.transaction.request.headers);
    const branch = via && parseVia(via.text)?.params.get('branch');
    if (branch === undefined || invite.cancelRequest === undefined) return;
    invite.cancel = 'sent';
    invite.transaction.cancelled();
    this.#core.transactions.createClient(invite.cancelRequest, branch, invite.transaction.hop, {
      response() {},
      failed() {},
    });
  }

  #dialogOf(invite: OutgoingInvite, response: SipResponse): Dialog | undefined {
    if (invite.reinvite) return invite.reinvite;
    const to = headerValue(response, 'to') ?? '';
    const remoteTag = parseAddress(to)?.params.get('tag');
    if (remoteTag === undefined) return undefined;
    return this.#dialog(invite, {
      remoteTag,
      remoteAddress: to,
      contact: parseAddresses(headerValues(response, 'contact'))?.[0]?.uri,
      // RFC 3261 12.1.2: in reverse order for the client.
      routes: headerValues(response, 'record-route')
        .flatMap((value) => splitOutside(value, ',') ?? [])
        .reverse(),
    });
  }

  #dialog(
    invite: OutgoingInvite,
    peer: { remoteTag: string; remoteAddress: string; contact: string | undefined; routes: string[] },
  ): Dialog {
    const known = invite.dialogs.get(peer.remoteTag);
    if (known) return known;
    const core = this.#core;
    const { hop } = invite.transaction;
    const dialog = core.dialogs.add(
      {
        id: core.dialogs.freeId(invite.callId, invite.localTag, peer.remoteTag),
        kind: invite.request.method === 'INVITE' ? 'invite' : 'subscribe',
        role: 'uac',
        callId: invite.callId,
        localTag: invite.localTag,
        remoteTag: peer.remoteTag,
        localAddress: headerValue(invite.request, 'from') ?? '',
        remoteAddress: peer.remoteAddress,
        // An early response may lack Contact; the Request-URI is the best known target then.
        remoteTarget: peer.contact ?? invite.request.uri,
        routeSet: peer.routes,
        transport: hop.transport,
        connection: undefined,
        source: core.followsSource(hop.address) ? hop : undefined,
        owner: invite.owner,
        localContact: headerValue(invite.request, 'contact') ?? '',
        localSeq: invite.cseq,
        remoteSeq: undefined,
      },
      'early',
    );
    invite.dialogs.set(peer.remoteTag, dialog);
    return dialog;
  }

  #expireSubscription(invite: OutgoingInvite, dialog: Dialog, response: SipResponse): void {
    const seconds = Number(headerValue(response, 'expires') ?? headerValue(invite.request, 'expires') ?? 3600);
    const ms = (Number.isFinite(seconds) ? seconds : 3600) * 1_000 + 64 * this.#core.timing.t1Ms;
    dialog.expiry?.cancel();
    dialog.expiry = this.#core.timers.schedule(ms, () => this.#core.dialogs.remove(dialog));
  }
}

/** drachtio-srf makes no dialog of a 2xx without Contact; the target that the dialog has without one stands in. */
function withContact(response: SipResponse, target: string): SipResponse {
  return { ...response, headers: [...response.headers, header('Contact', `<${target}>`)] };
}
