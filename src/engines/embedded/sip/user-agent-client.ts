import { messageOf } from '../../../errors.ts';
import type { Application } from './application-link.ts';
import { type ApplicationMessage, parseApplicationSip } from './application-protocol.ts';
import type { ApplicationResponses } from './application-responses.ts';
import { messageMeta, ownContact, replaceLocalhost, type SipCore, withDefault } from './core.ts';
import { dialogHop } from './dialog-ender.ts';
import { type Dialog, inDialogRequest } from './dialogs.ts';
import { parseAddress, parseCSeq } from './header-values.ts';
import { localFailure } from './local-failure.ts';
import { type HeaderField, header, headerValue, type SipRequest, type SipResponse } from './message.ts';
import type { OutgoingInvites } from './outgoing-invites.ts';
import { printMessage } from './print.ts';
import { requestFromTransaction } from './request.ts';
import { RequestSender } from './request-sender.ts';
import { parseNextHop, resolveNextHop, type SipResolver } from './resolve.ts';
import { endsSubscription } from './subscription.ts';
import type { Hop } from './transport.ts';
import { knownMethods } from './validate.ts';

/** Fields of a request inside a dialog that belong to the dialog. */
const dialogFields = new Set(['via', 'from', 'to', 'call-id', 'cseq', 'route', 'record-route', 'max-forwards']);
const contactMethods = new Set(['INVITE', 'SUBSCRIBE', 'REFER', 'UPDATE']);
const maxFirstCSeq = 2 ** 24;

/** Carries out the `sip` verbs of applications and takes the responses that come for them. */
export class UserAgentClient {
  readonly #core: SipCore;
  readonly #resolver: SipResolver;
  readonly #sender: RequestSender;
  readonly #responses: ApplicationResponses;
  readonly invites: OutgoingInvites;

  constructor(core: SipCore, resolver: SipResolver, responses: ApplicationResponses, invites: OutgoingInvites) {
    this.#core = core;
    this.#resolver = resolver;
    this.#responses = responses;
    this.#sender = new RequestSender(core);
    this.invites = invites;
  }

  command(application: Application, message: ApplicationMessage): void {
    if (message.verb === 'proxy') {
      application.reply(message.id, 'NOK', 'proxy is not implemented by the embedded agent');
      return;
    }
    const [transactionId = '', dialogId = '', routeUrl = ''] = message.args;
    const given = message.payload && parseApplicationSip(message.payload);
    if (given === undefined) {
      application.reply(message.id, 'NO', 'Invalid message format');
      return;
    }
    try {
      if (given.kind === 'response') {
        if (transactionId === '') application.reply(message.id, 'NO', 'transaction id missing');
        else this.#responses.respond(application, message.id, transactionId, given);
      } else if (dialogId !== '') {
        this.#insideDialog(application, message.id, dialogId, given);
      } else if (given.method === 'CANCEL') {
        this.#cancel(application, message.id, transactionId, given);
      } else if (transactionId !== '') {
        application.reply(message.id, 'NOK', `unable to send ${given.method} inside a transaction`);
      } else {
        this.#outsideDialog(application, message.id, given, routeUrl);
      }
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      application.reply(message.id, 'NOK', `Server error: ${error.message}`);
    }
  }

  /** RFC 6665 4.4.1: a NOTIFY before the response to its SUBSCRIBE. */
  dialogForNotify(request: SipRequest, localTag: string, remoteTag: string): Dialog | undefined {
    return this.invites.dialogForNotify(request, localTag, remoteTag);
  }

  #outsideDialog(application: Application, messageId: string, given: SipRequest, routeUrl: string): void {
    const core = this.#core;
    if (!knownMethods.has(given.method) || given.method === 'ACK')
      throw new Error(`invalid or missing method: ${given.method}`);
    const preloaded = headerValue(given, 'route');
    const nextHop = routeUrl || (preloaded && parseAddress(preloaded)?.uri) || given.uri;
    const target = parseNextHop(nextHop);
    if (typeof target === 'string') throw new Error(target);
    const requestUri = parseNextHop(given.uri);
    if (typeof requestUri === 'string' && routeUrl === '' && !preloaded) throw new Error(requestUri);
    const uri = /^[A-Za-z][A-Za-z0-9+.-]*:/.test(given.uri) ? given.uri : `sip:${given.uri}`;
    const transactionId = core.randomId();
    const send = ({ hop, explicitTransport }: { hop: Hop; explicitTransport: boolean }): void => {
      const request = this.#newRequest(given, uri, hop);
      const sent = this.invites.startsDialog(request)
        ? this.invites.start(application, transactionId, request, hop, explicitTransport)
        : this.#sender.send(
            request,
            hop,
            explicitTransport,
            this.#plainHandlers(application, transactionId, '', request, hop),
          );
      application.requestSent(messageId, messageMeta(core, 'application', sent.hop), transactionId, sent.bytes);
      if (given.method === 'INVITE') application.cdr({ event: 'attempt' }, 'application', core.date(), sent.bytes);
    };
    this.#whenResolved(
      application,
      messageId,
      resolveNextHop(target, (transport) => core.transports.has(transport), this.#resolver),
      send,
    );
  }

  /** Fills in what the application left out, as drachtio-server does. The Via is added when the transport is certain. */
  #newRequest(given: SipRequest, uri: string, hop: Hop): SipRequest {
    const core = this.#core;
    const { method } = given;
    const find = (key: string): string | undefined => headerValue(given, key);
    const contact = replaceLocalhost(core, find('contact') ?? ownContact(core, hop.transport));
    const from = replaceLocalhost(core, find('from') ?? ownContact(core, hop.transport));
    const fromAddress = parseAddress(from);
    if (fromAddress === undefined) throw new Error(`invalid from value provided by client: ${from}`);
    const to = replaceLocalhost(core, find('to') ?? `<${uri}>`);
    const cseq = parseCSeq(find('cseq') ?? '');
    const number =
      cseq?.method === method ? cseq.number : 1 + (Number.parseInt(core.randomId().slice(0, 6), 16) % maxFirstCSeq);
    const skip = new Set(['via', 'max-forwards', 'from', 'to', 'call-id', 'cseq', 'contact']);
    const headers: HeaderField[] = [
      header('Max-Forwards', find('max-forwards') ?? '70'),
      header('From', fromAddress.params.has('tag') ? from : `${from};tag=${core.randomId()}`),
      header('To', to),
      header('Call-ID', find('call-id') ?? `${core.randomId()}@${core.advertisedHost}`),
      header('CSeq', `${number} ${method}`),
    ];
    if (contactMethods.has(method) || find('contact') !== undefined) headers.push(header('Contact', contact));
    for (const field of given.headers) {
      if (skip.has(field.key)) continue;
      headers.push(
        field.key === 'p-asserted-identity' ? { ...field, value: replaceLocalhost(core, field.value) } : field,
      );
    }
    this.#describeBody(given, headers);
    withDefault(headers, 'User-Agent', core.product);
    return { kind: 'request', method, uri, version: '2.0', headers, body: given.body };
  }

  #insideDialog(application: Application, messageId: string, dialogId: string, given: SipRequest): void {
    const core = this.#core;
    const { method } = given;
    const dialog = core.dialogs.byId(dialogId);
    if (dialog === undefined) {
      const text =
        method === 'ACK'
          ? 'ACK for non-success final response is automatically generated by server'
          : 'unable to find dialog for dialog id provided';
      throw new Error(text);
    }
    if (!knownMethods.has(method) || method === 'CANCEL') throw new Error(`invalid or missing method: ${method}`);
    if (method === 'BYE' && this.#responses.isUnacknowledged(dialog)) {
      this.#holdBye(application, messageId, dialog, given);
      return;
    }
    this.#sendInside(application, messageId, dialog, given);
  }

  /** RFC 3261 15: no BYE before the ACK of our 2xx came or its time is over. A BYE of the peer makes it pointless. */
  #holdBye(application: Application, messageId: string, dialog: Dialog, given: SipRequest): void {
    if (dialog.heldBye) throw new Error('a BYE is waiting already');
    const ended = (): void =>
      application.reply(messageId, 'NOK', 'Server error: unable to find dialog for dialog id provided');
    dialog.cleanUps.add(ended);
    dialog.heldBye = () => {
      dialog.cleanUps.delete(ended);
      try {
        this.#sendInside(application, messageId, dialog, given);
      } catch (error) {
        application.reply(messageId, 'NOK', `Server error: ${messageOf(error)}`);
      }
    };
  }

  #sendInside(application: Application, messageId: string, dialog: Dialog, given: SipRequest): void {
    const core = this.#core;
    const { method } = given;
    const transactionId = core.randomId();
    const headers = given.headers
      .filter((field) => !dialogFields.has(field.key))
      .map((field) => this.#localized(field));
    this.#describeBody(given, headers);
    const send = (hop: Hop): void => {
      if (method === 'ACK') {
        const sent = this.invites.acknowledge(dialog, headers, given.body, hop);
        application.requestSent(messageId, messageMeta(core, 'application', hop), transactionId, sent);
        return;
      }
      if (dialog.state === 'terminated') throw new Error('unable to find dialog for dialog id provided');
      if (contactMethods.has(method)) withDefault(headers, 'Contact', dialog.localContact);
      withDefault(headers, 'User-Agent', core.product);
      dialog.localSeq++;
      const request = inDialogRequest(dialog, {
        via: '',
        method,
        cseq: dialog.localSeq,
        headers,
        body: given.body,
      });
      const sent =
        method === 'INVITE'
          ? this.invites.startInDialog(application, transactionId, dialog, request, hop)
          : this.#sender.send(
              request,
              hop,
              true,
              this.#plainHandlers(application, transactionId, dialog.id, request, hop, dialog),
            );
      application.requestSent(messageId, messageMeta(core, 'application', sent.hop), transactionId, sent.bytes);
      if (method === 'BYE')
        application.cdr({ event: 'stop', reason: 'normal-release' }, 'application', core.date(), sent.bytes);
    };
    this.#whenResolved(application, messageId, dialogHop(core, dialog, this.#resolver), send);
  }

  #localized(field: HeaderField): HeaderField {
    return field.key === 'contact' ? { ...field, value: replaceLocalhost(this.#core, field.value) } : field;
  }

  #describeBody(given: SipRequest, headers: HeaderField[]): void {
    if (given.body.length === 0 || headers.some((field) => field.key === 'content-type')) return;
    if (!given.body.subarray(0, 3).equals(Buffer.from('v=0'))) throw new Error('missing content-type');
    headers.push(header('Content-Type', 'application/sdp'));
  }

  /** Responses of everything that is neither INVITE nor a first SUBSCRIBE. */
  #plainHandlers(
    application: Application,
    transactionId: string,
    dialogId: string,
    request: SipRequest,
    hop: Hop,
    dialog?: Dialog,
  ): { response(response: SipResponse): void; failed(what: 'timeout' | 'transport-error'): void } {
    const core = this.#core;
    const deliver = (response: SipResponse): void => {
      if (response.status > 100) {
        application.sip(messageMeta(core, 'network', hop), { transactionId, dialogId }, printMessage(response));
      }
      if (dialog && response.status >= 200) this.#finalInside(dialog, request, response.status);
    };
    return {
      response: deliver,
      failed: (what) => deliver(localFailure(request, what)),
    };
  }

  /** A BYE or a last NOTIFY ends its dialog with the final response; a challenged BYE may be repeated (RFC 3261 22). */
  #finalInside(dialog: Dialog, request: SipRequest, status: number): void {
    const core = this.#core;
    const ends =
      request.method === 'BYE' ||
      (dialog.kind === 'subscribe' &&
        ((request.method === 'NOTIFY' && endsSubscription(request)) ||
          (request.method === 'SUBSCRIBE' && status === 481)));
    if (!ends) return;
    if (request.method === 'BYE' && (status === 401 || status === 407)) {
      dialog.expiry?.cancel();
      dialog.expiry = core.timers.schedule(64 * core.timing.t1Ms, () => core.dialogs.remove(dialog));
      return;
    }
    core.dialogs.remove(dialog);
  }

  /** RFC 3261 9.1. */
  #cancel(application: Application, messageId: string, transactionId: string, given: SipRequest): void {
    const core = this.#core;
    const invite = this.invites.byTransaction(transactionId);
    if (invite === undefined) throw new Error(`unable to cancel unknown transaction id: ${transactionId}`);
    const extra = given.headers.filter((field) => !dialogFields.has(field.key) && field.key !== 'contact');
    withDefault(extra, 'User-Agent', core.product);
    const cancel = requestFromTransaction(invite.transaction.request, 'CANCEL', extra);
    this.invites.cancel(invite, cancel);
    application.requestSent(
      messageId,
      messageMeta(core, 'application', invite.transaction.hop),
      core.randomId(),
      printMessage(cancel),
    );
  }

  #whenResolved<T>(application: Application, messageId: string, found: T | Promise<T>, then: (value: T) => void): void {
    if (!(found instanceof Promise)) {
      then(found);
      return;
    }
    found.then(then).catch((error: unknown) => {
      application.reply(messageId, 'NOK', `Server error: ${messageOf(error)}`);
    });
  }
}
