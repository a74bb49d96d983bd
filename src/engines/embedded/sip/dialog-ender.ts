import { messageMeta, type SipCore, sentBy } from './core.ts';
import { type Dialog, inDialogRequest, routing } from './dialogs.ts';
import { emptyBody, header } from './message.ts';
import { parseNextHop, resolveNextHop, type SipResolver } from './resolve.ts';
import type { Hop } from './transport.ts';
import { magicCookie } from './via.ts';

export function newBranch(core: SipCore): string {
  return `${magicCookie}${core.randomId()}`;
}

/** Our Via, asking for the source port to be used (RFC 3581 3). */
export function ownVia(core: SipCore, hop: Hop, branch: string): string {
  return `SIP/2.0/${hop.transport.toUpperCase()} ${sentBy(core)};rport;branch=${branch}`;
}

/** Where a request inside the dialog goes, where no proxy is in between: over the peer's own stream while that is open. */
export function dialogHop(core: SipCore, dialog: Dialog, resolver: SipResolver): Hop | Promise<Hop> {
  const { connection, source } = dialog;
  if (connection?.open && dialog.routeSet.length === 0) {
    return { transport: 'tcp', address: connection.remoteAddress, port: connection.remotePort, connection };
  }
  if (source?.transport === 'udp' && dialog.routeSet.length === 0) return source;
  const uri = parseNextHop(routing(dialog).nextHop);
  if (typeof uri === 'string') throw new Error(uri);
  const next = resolveNextHop(uri, (transport) => core.transports.has(transport), resolver);
  return next instanceof Promise ? next.then(({ hop }) => hop) : next.hop;
}

/** Ends dialogs that nobody else will end: the agent's own BYE, told to the application as drachtio-server does. */
export class DialogEnder {
  readonly #core: SipCore;
  readonly #resolver: SipResolver;

  constructor(core: SipCore, resolver: SipResolver) {
    this.#core = core;
    this.#resolver = resolver;
  }

  /**
   * Sends BYE with a Reason (RFC 3326), forgets the dialog and, if `tell`, shows the BYE to its application as an unsolicited
   * request, which drachtio-srf turns into the dialog's destroy event.
   */
  end(dialog: Dialog, reason: string, tell: boolean): void {
    if (dialog.state === 'terminated') return;
    const core = this.#core;
    dialog.localSeq++;
    const cseq = dialog.localSeq;
    core.dialogs.remove(dialog);
    core.log.info({ sipCallId: dialog.callId, reason }, 'sip: agent ends dialog');
    if (dialog.kind !== 'invite') return;
    const send = (hop: Hop): void => {
      const branch = newBranch(core);
      const request = inDialogRequest(dialog, {
        via: ownVia(core, hop, branch),
        method: 'BYE',
        cseq,
        headers: [header('Reason', `SIP ;cause=200 ;text="${reason}"`), header('User-Agent', core.product)],
        body: emptyBody,
      });
      const transaction = core.transactions.createClient(request, branch, hop, { response() {}, failed() {} });
      if (tell) {
        const ids = { transactionId: 'unsolicited', dialogId: dialog.id };
        dialog.owner.sip(messageMeta(core, 'application', hop), ids, transaction.bytes);
        dialog.owner.cdr(
          { event: 'stop', reason: 'system-initiated-termination' },
          'application',
          core.date(),
          transaction.bytes,
        );
      }
    };
    try {
      const hop = dialogHop(core, dialog, this.#resolver);
      if (hop instanceof Promise) hop.then(send).catch((error: unknown) => this.#lost(dialog, error));
      else send(hop);
    } catch (error) {
      this.#lost(dialog, error);
    }
  }

  #lost(dialog: Dialog, error: unknown): void {
    this.#core.log.warn({ sipCallId: dialog.callId, error: String(error) }, 'sip: cannot send BYE');
  }
}
