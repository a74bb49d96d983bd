import type { Application } from './application-link.ts';
import { ApplicationResponses, acceptedResponseKey } from './application-responses.ts';
import { allowedMethods, messageMeta, type SipCore } from './core.ts';
import type { DialogEnder } from './dialog-ender.ts';
import type { Dialog } from './dialogs.ts';
import { parseAddress, parseCSeq, parseTokens } from './header-values.ts';
import { type HeaderField, header, headerValue, headerValues, type SipRequest, toUtf8 } from './message.ts';
import type { PendingRequest, UasSeed } from './pending-requests.ts';
import { printMessage } from './print.ts';
import { buildResponse, responseHead } from './response.ts';
import type { ServerTransaction } from './server-transaction.ts';
import { isReadableBySrf } from './srf-parser.ts';
import { statelessTag } from './stateless-tag.ts';
import { endsSubscription } from './subscription.ts';
import type { Hop } from './transport.ts';
import { responseHop, uasSeed, withContact } from './uas-seed.ts';
import {
  acceptedTypes,
  checkBody,
  checkRequire,
  checkScheme,
  checkSyntax,
  knownMethods,
  type Rejection,
} from './validate.ts';
import { parseVia, stampTopVia, topVia, type Via } from './via.ts';

/** What the client side knows about dialogs that a received request may be the first of. */
export interface SubscriptionDialogs {
  /** RFC 6665 4.4.1: a NOTIFY may come before the response to its SUBSCRIBE and sets up the dialog. */
  dialogForNotify(request: SipRequest, localTag: string, remoteTag: string): Dialog | undefined;
}

const dialogForming = new Set(['INVITE', 'SUBSCRIBE']);

/** Takes requests from the network: answers what the agent answers itself and hands the rest to an application. */
export class UserAgentServer {
  readonly #core: SipCore;
  readonly #subscriptions: SubscriptionDialogs;
  readonly #tagKey: Buffer;
  readonly #pending = new Map<string, PendingRequest>();
  readonly responses: ApplicationResponses;

  constructor(core: SipCore, ender: DialogEnder, subscriptions: SubscriptionDialogs, tagKey: Buffer) {
    this.#core = core;
    this.#subscriptions = subscriptions;
    this.#tagKey = tagKey;
    this.responses = new ApplicationResponses(core, ender, this.#pending);
  }

  /** A request as it was received; `problem` is what the parser or the framing found, with the status that it deserves. */
  receive(received: SipRequest, hop: Hop, problem: Rejection | undefined): void {
    const core = this.#core;
    const top = topVia(received.headers);
    const via = top && parseVia(top.text);
    if (via === undefined) {
      core.counters.malformed++;
      if (top !== undefined && received.method !== 'ACK')
        this.#reject(received, hop, { status: 400, reason: 'Malformed Via' });
      return;
    }
    const request = { ...received, headers: stampTopVia(received.headers, via, hop.address, hop.port) };
    const replyHop = responseHop(via, hop, core.followsSource(hop.address));
    const refusal = problem ?? checkSyntax(request);
    if (refusal !== undefined) {
      core.counters.malformed++;
      if (request.method !== 'ACK') this.#reject(request, replyHop, refusal);
      return;
    }
    if (request.method === 'ACK') {
      this.#acknowledge(request, via, replyHop);
      return;
    }
    const known = core.transactions.findServer(request, via);
    if (known !== undefined) {
      known.retransmitted();
      return;
    }
    if (request.method === 'CANCEL') {
      this.#cancel(request, via, replyHop);
      return;
    }
    const rejection = this.#process(request, via, replyHop);
    if (rejection !== undefined) this.#reject(request, replyHop, rejection);
  }

  /** The application has gone: its open requests are answered with 503. */
  applicationLeft(application: Application): void {
    for (const pending of [...this.#pending.values()]) {
      if (pending.owner === application) this.responses.answerFor(pending, 503);
    }
  }

  #process(request: SipRequest, via: Via, hop: Hop): Rejection | undefined {
    const core = this.#core;
    if (!knownMethods.has(request.method)) {
      return { status: 501, headers: [header('Allow', allowedMethods(core))] };
    }
    const toTag = parseAddress(headerValue(request, 'to') ?? '')?.params.get('tag');
    if (toTag !== undefined) return this.#inDialog(request, via, hop, toTag);
    if (core.transactions.isMerged(request)) return { status: 482, reason: 'Merged Request' };
    return this.#outOfDialog(request, via, hop);
  }

  #outOfDialog(request: SipRequest, via: Via, hop: Hop): Rejection | undefined {
    const core = this.#core;
    const { method } = request;
    const scheme = checkScheme(request);
    if (scheme !== undefined) return scheme;
    if (!core.link.hasApplication) return this.#unavailable();
    if (method === 'BYE' || method === 'PRACK' || method === 'UPDATE') return { status: 481 };
    const application = core.link.choose(method);
    if (application === undefined && method !== 'OPTIONS') {
      return { status: 405, headers: [header('Allow', allowedMethods(core))] };
    }
    const refusal = checkRequire(request, core.supported) ?? checkBody(request);
    if (refusal !== undefined) return refusal;
    if (application === undefined) return this.#options();
    if (this.#overloaded(hop.address)) {
      core.counters.limited++;
      return this.#unavailable();
    }

    const seed = dialogForming.has(method) ? uasSeed(request, hop, core.followsSource(hop.address)) : undefined;
    const forwarded = seed ? withContact(request, seed) : request;
    const raw = printMessage(forwarded);
    if (!isReadableBySrf(raw)) {
      core.counters.malformed++;
      return { status: 400, reason: 'Unreadable Header Field' };
    }
    const transaction = core.transactions.createServer(request, via, hop);
    const pending = this.#track(request, transaction, application, seed, undefined);
    if (method === 'INVITE') {
      this.#trying(transaction);
      application.cdr({ event: 'attempt' }, 'network', core.date(), raw);
    }
    this.#hand(pending, raw, '');
    return undefined;
  }

  #inDialog(request: SipRequest, via: Via, hop: Hop, toTag: string): Rejection | undefined {
    const core = this.#core;
    const callId = headerValue(request, 'call-id') ?? '';
    const fromTag = parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag') ?? '';
    const dialog =
      core.dialogs.byTags(callId, toTag, fromTag) ??
      (request.method === 'NOTIFY' ? this.#subscriptions.dialogForNotify(request, toTag, fromTag) : undefined);
    if (dialog === undefined) return { status: 481 };
    const cseq = parseCSeq(headerValue(request, 'cseq') ?? '')?.number ?? 0;
    if (dialog.remoteSeq !== undefined && cseq < dialog.remoteSeq) return { status: 500, reason: 'CSeq Out Of Order' };
    const refusal = checkRequire(request, core.supported) ?? checkBody(request);
    if (refusal !== undefined) return refusal;
    // RFC 3261 14.2 and RFC 3311 5.2: one offer at a time.
    const offers = request.method === 'INVITE' || (request.method === 'UPDATE' && request.body.length > 0);
    if (offers && dialog.inviteInProgress === 'ours') return { status: 491 };
    const early = request.method === 'INVITE' && dialog.state === 'early';
    if (early || (offers && dialog.inviteInProgress === 'theirs')) {
      return { status: 500, reason: 'Another INVITE In Progress', headers: [header('Retry-After', '1')] };
    }
    const raw = printMessage(request);
    if (!isReadableBySrf(raw)) {
      core.counters.malformed++;
      return { status: 400, reason: 'Unreadable Header Field' };
    }
    if (core.transactions.serverCount >= 2 * core.limits.maxServerTransactions) {
      core.counters.limited++;
      return this.#unavailable();
    }

    dialog.remoteSeq = cseq;
    if (hop.connection) dialog.connection = hop.connection;
    if (dialog.source) dialog.source = hop;
    const transaction = core.transactions.createServer(request, via, hop);
    if (request.method === 'INVITE' || request.method === 'UPDATE') {
      const target = parseAddress(headerValue(request, 'contact') ?? '')?.uri;
      if (target !== undefined) dialog.remoteTarget = target;
    }
    switch (request.method) {
      case 'OPTIONS':
        this.#answer(transaction, 200, this.#options().headers);
        return undefined;
      case 'PRACK':
        this.#prack(request, transaction, dialog, raw);
        return undefined;
      case 'BYE':
        this.#bye(request, transaction, dialog, raw);
        return undefined;
      default: {
        const last = request.method === 'NOTIFY' && dialog.kind === 'subscribe' && endsSubscription(request);
        const pending = this.#track(request, transaction, dialog.owner, undefined, last ? undefined : dialog);
        if (request.method === 'INVITE') {
          this.#trying(transaction);
          dialog.inviteInProgress = 'theirs';
        }
        this.#hand(pending, raw, dialog.id);
        if (last) core.dialogs.remove(dialog);
        return undefined;
      }
    }
  }

  /** RFC 3261 15.1.2. A BYE for an early dialog ends the INVITE like a CANCEL; the agent answers it itself. */
  #bye(request: SipRequest, transaction: ServerTransaction, dialog: Dialog, raw: Buffer): void {
    const core = this.#core;
    if (dialog.state === 'early') {
      this.#answer(transaction, 200);
      const invite = [...this.#pending.values()].find(
        (pending) => pending.dialog === dialog && pending.seed !== undefined,
      );
      if (invite) this.#terminateInvite(invite);
      else core.dialogs.remove(dialog);
      return;
    }
    const pending = this.#track(request, transaction, dialog.owner, undefined, undefined);
    // The BYE goes first: what the end of the dialog tells the application must not overtake it.
    this.#hand(pending, raw, dialog.id);
    core.dialogs.remove(dialog);
    dialog.owner.cdr({ event: 'stop', reason: 'normal-release' }, 'network', core.date(), raw);
  }

  /**
   * RFC 3262 3 and 5. The agent answers 200 itself, because drachtio-srf's dialogs have no PRACK; an application with a route for PRACK
   * answers it. A PRACK with a new offer cannot be answered without the application and gets 488.
   */
  #prack(request: SipRequest, transaction: ServerTransaction, dialog: Dialog, raw: Buffer): void {
    const [rseq, cseq, method] = (headerValue(request, 'rack') ?? '').split(/[ \t]+/);
    const invite = [...this.#pending.values()].find(
      (pending) =>
        pending.dialog === dialog &&
        pending.method === 'INVITE' &&
        pending.awaitingPrack !== undefined &&
        String(pending.rseq) === rseq &&
        method === 'INVITE' &&
        pending.transaction.cseq === Number(cseq),
    );
    const awaited = invite?.awaitingPrack;
    if (invite === undefined || awaited === undefined) {
      this.#answer(transaction, 481);
      return;
    }
    awaited.confirm();
    invite.awaitingPrack = undefined;
    if (dialog.owner.routes.has('prack')) {
      this.#hand(this.#track(request, transaction, dialog.owner, undefined, dialog), raw, dialog.id);
      return;
    }
    this.#answer(transaction, request.body.length > 0 && awaited.hasSession ? 488 : 200);
    const meta = messageMeta(this.#core, 'network', transaction.hop);
    dialog.owner.sip(meta, { transactionId: transaction.id, dialogId: dialog.id }, raw);
  }

  /** RFC 3261 9.2. */
  #cancel(request: SipRequest, via: Via, hop: Hop): void {
    const core = this.#core;
    const invite = core.transactions.findCancelled(request, via);
    if (invite === undefined) {
      this.#reject(request, hop, { status: 481 });
      return;
    }
    const transaction = core.transactions.createServer(request, via, hop);
    transaction.localTag = invite.localTag;
    this.#answer(transaction, 200);
    const pending = this.#pending.get(invite.id);
    if (pending !== undefined && !invite.answered) {
      this.#terminateInvite(pending, printMessage(request));
    }
  }

  /** Sends 487 and tells the application by a CANCEL. */
  #terminateInvite(pending: PendingRequest, cancel?: Buffer): void {
    this.responses.tellCancelled(pending, cancel);
    this.responses.answerFor(pending, 487);
  }

  #acknowledge(request: SipRequest, via: Via, hop: Hop): void {
    const core = this.#core;
    const transaction = core.transactions.findServer(request, via);
    if (transaction !== undefined && transaction.status >= 300) {
      transaction.acknowledged();
      return;
    }
    const toTag = parseAddress(headerValue(request, 'to') ?? '')?.params.get('tag') ?? '';
    const fromTag = parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag') ?? '';
    const dialog = core.dialogs.byTags(headerValue(request, 'call-id') ?? '', toTag, fromTag);
    const cseq = parseCSeq(headerValue(request, 'cseq') ?? '')?.number ?? 0;
    const awaited = dialog && this.responses.takeAccepted(acceptedResponseKey(dialog, cseq));
    if (dialog === undefined || awaited === undefined) {
      core.counters.strayAcks++;
      return;
    }
    awaited.confirm();
    const raw = printMessage(request);
    if (isReadableBySrf(raw)) {
      const ids = { transactionId: awaited.transactionId, dialogId: dialog.id };
      dialog.owner.sip(messageMeta(core, 'network', hop), ids, raw);
    }
    const held = dialog.heldBye;
    dialog.heldBye = undefined;
    held?.();
  }

  #track(
    request: SipRequest,
    transaction: ServerTransaction,
    owner: Application,
    seed: UasSeed | undefined,
    dialog: Dialog | undefined,
  ): PendingRequest {
    const tags = (name: string): boolean =>
      parseTokens(headerValues(request, name)).some((tag) => tag.toLowerCase() === '100rel');
    const pending: PendingRequest = {
      transaction,
      owner,
      method: request.method,
      seed,
      dialog,
      reliable: tags('require') ? 'required' : tags('supported') ? 'supported' : 'unsupported',
      rseq: 0,
      awaitingPrack: undefined,
      guard: undefined,
      dialogEnded: () => this.responses.answerFor(pending, 487),
    };
    // RFC 3261 15.1.2: what is open when the dialog ends is answered with 487.
    if (seed === undefined) dialog?.cleanUps.add(pending.dialogEnded);
    this.#pending.set(transaction.id, pending);
    this.responses.guard(pending);
    return pending;
  }

  #hand(pending: PendingRequest, raw: Buffer, dialogId: string): void {
    const core = this.#core;
    const { transaction } = pending;
    const ids = { transactionId: transaction.id, dialogId };
    const receivedOn = dialogId === '' ? { host: core.advertisedHost, port: core.transports.port } : undefined;
    pending.owner.sip(messageMeta(core, 'network', transaction.hop), ids, raw, receivedOn);
  }

  #trying(transaction: ServerTransaction): void {
    this.#answer(transaction, 100);
  }

  #answer(transaction: ServerTransaction, status: number, headers: readonly HeaderField[] = []): void {
    this.responses.answer(transaction, status, headers);
  }

  /** Answers without a transaction, as RFC 3261 8.2.7 allows: a repeated request gets the same answer again. */
  #reject(request: SipRequest, hop: Hop, rejection: Rejection): void {
    const core = this.#core;
    core.counters.answeredByAgent++;
    core.log.debug(
      { method: toUtf8(request.method), from: hop.address, status: rejection.status, reason: rejection.reason },
      'sip: agent refuses a request',
    );
    const response = buildResponse(responseHead(request), {
      ...rejection,
      toTag: statelessTag(this.#tagKey, request),
      headers: [...(rejection.headers ?? []), header('Server', core.product)],
    });
    core.transports.send(printMessage(response), hop, () => {});
  }

  #options(): { status: number; headers: HeaderField[] } {
    return {
      status: 200,
      headers: [
        header('Allow', allowedMethods(this.#core)),
        header('Accept', acceptedTypes),
        header('Accept-Encoding', 'identity'),
        header('Accept-Language', 'en'),
        header('Supported', this.#core.supported.join(', ')),
      ],
    };
  }

  #unavailable(): Rejection {
    return { status: 503, headers: [header('Retry-After', String(this.#core.limits.retryAfterSeconds))] };
  }

  #overloaded(address: string): boolean {
    const { limits, transactions } = this.#core;
    return (
      transactions.unfinished >= limits.maxUnfinishedRequests ||
      transactions.unfinishedFrom(address) >= limits.maxUnfinishedRequestsPerSource ||
      transactions.serverCount >= limits.maxServerTransactions
    );
  }
}
