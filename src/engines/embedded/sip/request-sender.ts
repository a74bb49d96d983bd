import type { ClientHandlers, ClientTransaction } from './client-transaction.ts';
import type { SipCore } from './core.ts';
import { newBranch, ownVia } from './dialog-ender.ts';
import { header, type SipRequest } from './message.ts';
import { printMessage } from './print.ts';
import type { Hop } from './transport.ts';

export interface SentRequest {
  /** The running transaction; changes when the request falls back to UDP. */
  readonly transaction: ClientTransaction;
  readonly hop: Hop;
  readonly bytes: Buffer;
}

/** Puts our Via on requests and starts their client transactions. */
export class RequestSender {
  readonly #core: SipCore;

  constructor(core: SipCore) {
    this.#core = core;
  }

  /**
   * Sends `request`, which has no Via or an empty one. A large request goes over TCP where the URI names no transport, and back to UDP
   * where the peer does not take TCP (RFC 3261 18.1.1). `replaced` tells of the transaction that takes over then.
   */
  send(
    request: SipRequest,
    hop: Hop,
    explicitTransport: boolean,
    handlers: ClientHandlers,
    replaced?: (transaction: ClientTransaction) => void,
  ): SentRequest {
    const core = this.#core;
    const large =
      hop.transport === 'udp' &&
      !explicitTransport &&
      core.transports.has('tcp') &&
      printMessage(request).length + 100 > core.limits.maxUdpRequestBytes;
    if (!large) return this.#start(request, hop, handlers);
    let fellBack = false;
    return this.#start(
      request,
      { ...hop, transport: 'tcp' },
      {
        response: (response) => handlers.response(response),
        failed: (what) => {
          if (what === 'timeout') {
            handlers.failed(what);
            return;
          }
          fellBack = true;
          const again = this.#start(request, hop, handlers);
          replaced?.(again.transaction);
        },
        terminated: () => {
          if (!fellBack) handlers.terminated?.();
        },
      },
    );
  }

  #start(request: SipRequest, hop: Hop, handlers: ClientHandlers): SentRequest {
    const branch = newBranch(this.#core);
    const via = header('Via', ownVia(this.#core, hop, branch));
    const headers = [via, ...request.headers.filter((field) => field.key !== 'via')];
    const transaction = this.#core.transactions.createClient({ ...request, headers }, branch, hop, handlers);
    return { transaction, hop, bytes: transaction.bytes };
  }
}
