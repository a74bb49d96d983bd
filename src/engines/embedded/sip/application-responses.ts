import type { Application } from './application-link.ts';
import { allowedMethods, messageMeta, ownContact, replaceLocalhost, type SipCore, withDefault } from './core.ts';
import type { DialogEnder } from './dialog-ender.ts';
import type { Dialog } from './dialogs.ts';
import { parseAddress, parseTokens, splitOutside } from './header-values.ts';
import { emptyBody, type HeaderField, header, headerValue, type SipRequest, type SipResponse } from './message.ts';
import type { AwaitedConfirmation, PendingRequest } from './pending-requests.ts';
import { printMessage } from './print.ts';
import { repeatUntilConfirmed } from './repeater.ts';
import { buildResponse } from './response.ts';
import type { ServerTransaction } from './server-transaction.ts';

/** Fields that come from the request or the agent, whatever the application says. */
const agentFields = new Set([
  'via',
  'from',
  'to',
  'call-id',
  'cseq',
  'record-route',
  'content-length',
  'max-forwards',
  'rseq',
]);

const maxRseqStart = 2 ** 16;

export function acceptedResponseKey(dialog: Dialog, cseq: number): string {
  return `${dialog.callId}\n${dialog.localTag}\n${dialog.remoteTag}\n${cseq}`;
}

/** Sends the application's responses, sets up dialogs from them, and repeats what must be confirmed. */
export class ApplicationResponses {
  readonly #core: SipCore;
  readonly #ender: DialogEnder;
  readonly #pending: Map<string, PendingRequest>;
  /** 2xx responses to INVITE that have no ACK yet. */
  readonly #accepted = new Map<string, AwaitedConfirmation>();

  constructor(core: SipCore, ender: DialogEnder, pending: Map<string, PendingRequest>) {
    this.#core = core;
    this.#ender = ender;
    this.#pending = pending;
  }

  /** The unconfirmed 2xx of that key, which is forgotten. */
  takeAccepted(key: string): AwaitedConfirmation | undefined {
    const awaited = this.#accepted.get(key);
    this.#accepted.delete(key);
    return awaited;
  }

  /** True while a 2xx of ours in the dialog has no ACK: no BYE may be sent (RFC 3261 15). */
  isUnacknowledged(dialog: Dialog): boolean {
    return dialog.unacknowledged > 0;
  }

  /** Limits how long the application may take: Timer F's length less a little, or `inviteAnswerMs` for an INVITE. */
  guard(pending: PendingRequest): void {
    const { timers, timing, limits } = this.#core;
    const invite = pending.method === 'INVITE';
    // The client of a non-INVITE gives up after 64*T1, and RFC 4320 4.2 forbids 408 for it.
    const ms = invite ? limits.inviteAnswerMs : 56 * timing.t1Ms;
    pending.guard = timers.schedule(ms, () => {
      const status = invite ? 408 : pending.method === 'BYE' ? 200 : 500;
      this.#core.log.warn({ method: pending.method, status }, 'sip: application did not answer');
      if (invite) this.tellCancelled(pending);
      this.answerFor(pending, status, invite ? undefined : 'Application Did Not Answer');
    });
  }

  /**
   * Shows the application a CANCEL for an INVITE that ends without its doing: what drachtio-srf needs to forget it. `received` is the
   * CANCEL that came; without one it is made up from the INVITE.
   */
  tellCancelled(pending: PendingRequest, received?: Buffer): void {
    const core = this.#core;
    const { transaction, dialog, owner } = pending;
    const cancel = received ?? printMessage(cancelFor(transaction));
    const ids = { transactionId: transaction.id, dialogId: dialog?.id ?? '' };
    owner.sip(messageMeta(core, 'network', transaction.hop), ids, cancel);
    if (pending.seed) owner.cdr({ event: 'stop', reason: 'call-canceled' }, 'network', core.date(), cancel);
  }

  /** The agent's own final response to a request that the application has or should have answered. */
  answerFor(pending: PendingRequest, status: number, reason?: string): void {
    this.#finish(pending);
    if (pending.dialog?.state === 'early' && pending.seed) this.#core.dialogs.remove(pending.dialog);
    this.answer(pending.transaction, status, [], reason);
  }

  answer(transaction: ServerTransaction, status: number, headers: readonly HeaderField[] = [], reason?: string): void {
    const own = status === 100 ? [] : [header('Server', this.#core.product)];
    transaction.respond(
      buildResponse(transaction.head, {
        status,
        ...(reason === undefined || status < 300 ? {} : { reason }),
        toTag: transaction.localTag,
        headers: [...headers, ...own],
      }),
    );
  }

  /** A response of the application to the request that it knows as `transactionId`. */
  respond(application: Application, messageId: string, transactionId: string, given: SipResponse): void {
    const core = this.#core;
    const pending = this.#pending.get(transactionId);
    if (pending === undefined) {
      application.reply(messageId, 'NOK', 'Response not sent due to unknown transaction');
      return;
    }
    const { transaction } = pending;
    const { status } = given;
    if (!(status >= 100 && status <= 699)) {
      application.reply(messageId, 'NOK', `invalid status ${status}`);
      return;
    }
    const headers = given.headers
      .filter((field) => !agentFields.has(field.key))
      .map((field) => this.#localized(field))
      .flatMap(separated);
    const invite = pending.method === 'INVITE';
    const formsDialog = pending.seed !== undefined && status > 100 && status < 300;
    if (given.body.length > 0 && !headers.some((field) => field.key === 'content-type')) {
      if (!given.body.subarray(0, 3).equals(Buffer.from('v=0'))) {
        application.reply(messageId, 'NOK', 'missing content-type');
        return;
      }
      headers.push(header('Content-Type', 'application/sdp'));
    }
    const reliable = this.#reliability(pending, status, headers);
    if (typeof reliable === 'string') {
      application.reply(messageId, 'NOK', reliable);
      return;
    }
    this.#adoptTag(transaction, given);
    if ((formsDialog || (invite && pending.dialog !== undefined)) && status > 100 && status < 300) {
      withDefault(headers, 'Contact', pending.dialog?.localContact ?? ownContact(core, transaction.hop.transport));
    }
    if (invite && status >= 200 && status < 300) {
      withDefault(headers, 'Allow', allowedMethods(core));
      withDefault(headers, 'Supported', core.supported.join(', '));
    }
    if (status > 100) withDefault(headers, 'Server', core.product);
    if (formsDialog) this.#setUpDialog(pending, status, headers);

    const response = buildResponse(transaction.head, {
      status,
      reason: given.reason,
      toTag: transaction.localTag,
      headers,
      body: given.body,
      withRecordRoutes: formsDialog,
    });
    if (status >= 200) this.#finish(pending);
    const bytes = transaction.respond(response);
    if (bytes === undefined) {
      application.reply(messageId, 'NOK', 'Response not sent: a final response was sent before');
      return;
    }
    const { dialog } = pending;
    const ids = { transactionId, dialogId: dialog?.id ?? '' };
    application.responseSent(messageId, messageMeta(core, 'application', transaction.hop), ids, bytes);
    if (reliable) this.#awaitPrack(pending, bytes, given.body.length > 0);
    if (invite && status >= 200 && status < 300 && dialog) this.#awaitAck(pending, dialog, bytes);
    if (status >= 300 && pending.seed && dialog) core.dialogs.remove(dialog);
    if (invite && pending.seed) {
      if (status >= 300) application.cdr({ event: 'stop', reason: 'call-rejected' }, 'application', core.date(), bytes);
      else if (status >= 200) application.cdr({ event: 'start', role: 'uas' }, 'application', core.date(), bytes);
    }
  }

  #localized(field: HeaderField): HeaderField {
    return field.key === 'contact' ? { ...field, value: replaceLocalhost(this.#core, field.value) } : field;
  }

  /** The application may choose the tag of a To that has none, until one was sent. */
  #adoptTag(transaction: ServerTransaction, given: SipResponse): void {
    if (transaction.status > 100) return;
    const tag = parseAddress(headerValue(given, 'to') ?? '')?.params.get('tag');
    if (tag && /^[A-Za-z0-9\-.!%*_+`'~]+$/.test(tag)) transaction.localTag = tag;
  }

  /** RFC 3262 3: true for a reliable provisional response, whose fields are added; a text where it cannot be sent. */
  #reliability(pending: PendingRequest, status: number, headers: HeaderField[]): boolean | string {
    if (pending.method !== 'INVITE' || status <= 100 || status >= 200) return false;
    const required = headers.filter((field) => field.key === 'require').map((field) => field.value);
    const asked = parseTokens(required).some((tag) => tag.toLowerCase() === '100rel');
    if (!asked && pending.reliable !== 'required') return false;
    if (pending.reliable === 'unsupported') return 'Remote endpoint does not support 100rel';
    if (pending.awaitingPrack) return 'previous reliable provisional response is not acknowledged yet';
    if (!asked) headers.push(header('Require', '100rel'));
    pending.rseq =
      pending.rseq === 0
        ? 1 + (Number.parseInt(this.#core.randomId().slice(0, 4), 16) % maxRseqStart)
        : pending.rseq + 1;
    headers.push(header('RSeq', String(pending.rseq)));
    return true;
  }

  #setUpDialog(pending: PendingRequest, status: number, headers: readonly HeaderField[]): void {
    const { seed, transaction } = pending;
    if (seed === undefined) return;
    const core = this.#core;
    const contact =
      headers.find((field) => field.key === 'contact')?.value ?? ownContact(core, transaction.hop.transport);
    const state = status >= 200 ? 'confirmed' : 'early';
    if (pending.dialog === undefined) {
      pending.dialog = core.dialogs.add(
        {
          id: core.dialogs.freeId(seed.callId, seed.remoteTag, transaction.localTag),
          kind: pending.method === 'INVITE' ? 'invite' : 'subscribe',
          role: 'uas',
          callId: seed.callId,
          localTag: transaction.localTag,
          remoteTag: seed.remoteTag,
          localAddress: `${seed.localAddress};tag=${transaction.localTag}`,
          remoteAddress: seed.remoteAddress,
          remoteTarget: seed.remoteTarget,
          routeSet: seed.routeSet.flatMap((value) => splitOutside(value, ',') ?? []),
          transport: transaction.hop.transport,
          connection: seed.connection,
          source: seed.source,
          owner: pending.owner,
          localContact: contact,
          localSeq: 0,
          remoteSeq: seed.cseq,
        },
        state,
      );
    }
    const { dialog } = pending;
    dialog.state = state;
    dialog.localContact = contact;
    if (dialog.kind === 'subscribe' && state === 'confirmed') {
      const seconds = Number(headers.find((field) => field.key === 'expires')?.value ?? seed.expires);
      const ms = (Number.isFinite(seconds) ? seconds : seed.expires) * 1_000 + 64 * core.timing.t1Ms;
      dialog.expiry?.cancel();
      dialog.expiry = core.timers.schedule(ms, () => core.dialogs.remove(dialog));
    }
  }

  /** The request has its final response: nothing about it is pending any more. */
  #finish(pending: PendingRequest): void {
    this.#pending.delete(pending.transaction.id);
    pending.guard?.cancel();
    pending.dialog?.cleanUps.delete(pending.dialogEnded);
    pending.awaitingPrack?.confirm();
    pending.awaitingPrack = undefined;
    if (pending.method === 'INVITE' && pending.dialog?.inviteInProgress === 'theirs') {
      pending.dialog.inviteInProgress = undefined;
    }
  }

  /** RFC 3261 13.3.1.4: without an ACK within 64*T1 the session is ended by BYE. */
  #awaitAck(pending: PendingRequest, dialog: Dialog, bytes: Buffer): void {
    const { transaction } = pending;
    const key = acceptedResponseKey(dialog, transaction.cseq);
    const repetition = repeatUntilConfirmed(this.#core, 'final', {
      resend: () => transaction.resend(bytes),
      giveUp: () => {
        this.#accepted.delete(key);
        settle();
        const held = dialog.heldBye;
        dialog.heldBye = undefined;
        if (held) held();
        else this.#ender.end(dialog, 'ACK timeout', true);
      },
    });
    const forget = (): void => {
      this.#accepted.delete(key);
      repetition.confirm();
    };
    const settle = (): void => {
      if (dialog.cleanUps.delete(forget)) dialog.unacknowledged--;
    };
    dialog.cleanUps.add(forget);
    dialog.unacknowledged++;
    this.#accepted.set(key, {
      transactionId: transaction.id,
      hasSession: bytes.length > 0,
      confirm: () => {
        settle();
        repetition.confirm();
      },
    });
  }

  /** RFC 3262 3: without a PRACK within 64*T1 the INVITE is refused. */
  #awaitPrack(pending: PendingRequest, bytes: Buffer, hasSession: boolean): void {
    const { transaction } = pending;
    const repetition = repeatUntilConfirmed(this.#core, 'provisional', {
      resend: () => transaction.resend(bytes),
      giveUp: () => {
        pending.awaitingPrack = undefined;
        this.tellCancelled(pending);
        this.answerFor(pending, 504, 'PRACK Timeout');
      },
    });
    pending.awaitingPrack = { transactionId: transaction.id, hasSession, confirm: () => repetition.confirm() };
  }
}

/** drachtio-srf joins fields of one name by commas, and those of a challenge must not be (RFC 3261 7.3.1). */
function separated(field: HeaderField): HeaderField[] {
  if (field.key !== 'www-authenticate' && field.key !== 'proxy-authenticate') return [field];
  return field.value.split(/,\s*(?=Digest\s)/i).map((value) => ({ ...field, value }));
}

function cancelFor({ head, cseq }: ServerTransaction): SipRequest {
  return {
    kind: 'request',
    method: 'CANCEL',
    uri: parseAddress(head.to ?? '')?.uri ?? 'sip:unknown',
    version: '2.0',
    headers: [
      ...head.vias,
      header('From', head.from ?? ''),
      header('To', head.to ?? ''),
      header('Call-ID', head.callId ?? ''),
      header('CSeq', `${cseq} CANCEL`),
    ],
    body: emptyBody,
  };
}
