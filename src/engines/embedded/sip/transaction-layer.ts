import { type ClientHandlers, ClientTransaction } from './client-transaction.ts';
import { parseAddress, parseCSeq } from './header-values.ts';
import { headerValue, type SipRequest, type SipResponse } from './message.ts';
import { responseHead } from './response.ts';
import { ServerTransaction } from './server-transaction.ts';
import type { TimerQueue } from './timer-queue.ts';
import type { SipTiming } from './timing.ts';
import type { Hop } from './transport.ts';
import { hasUniqueBranch, parseVia, topVia, type Via } from './via.ts';

export interface TransactionEnvironment {
  readonly timers: TimerQueue;
  readonly timing: SipTiming;
  readonly send: (bytes: Buffer, hop: Hop, failed: (error: Error) => void) => void;
  /** Random and unguessable, for tags, branches and transaction ids. */
  readonly randomId: () => string;
}

/** The transaction tables: matching of requests (RFC 3261 17.2.3) and responses (17.1.3), and their bounds. */
export class TransactionLayer {
  readonly #environment: TransactionEnvironment;
  readonly #servers = new Map<string, ServerTransaction>();
  readonly #clients = new Map<string, ClientTransaction>();
  /** For merged requests (RFC 3261 8.2.2.2): Call-ID, From tag and CSeq. */
  readonly #merged = new Map<string, ServerTransaction>();
  readonly #unfinishedPerSource = new Map<string, number>();
  #unfinished = 0;

  constructor(environment: TransactionEnvironment) {
    this.#environment = environment;
  }

  get serverCount(): number {
    return this.#servers.size;
  }

  get clientCount(): number {
    return this.#clients.size;
  }

  /** Server transactions without a final response. */
  get unfinished(): number {
    return this.#unfinished;
  }

  unfinishedFrom(address: string): number {
    return this.#unfinishedPerSource.get(address) ?? 0;
  }

  /** The transaction that a received request belongs to: its own on retransmission, the INVITE's for an ACK. */
  findServer(request: SipRequest, via: Via): ServerTransaction | undefined {
    return this.#servers.get(serverKey(request, via, request.method === 'ACK' ? 'INVITE' : request.method));
  }

  /** The INVITE that a CANCEL is for (RFC 3261 9.2). */
  findCancelled(cancel: SipRequest, via: Via): ServerTransaction | undefined {
    return this.#servers.get(serverKey(cancel, via, 'INVITE'));
  }

  /** True where the request took another path than one that is being processed (RFC 3261 8.2.2.2). */
  isMerged(request: SipRequest): boolean {
    const key = mergedKey(request);
    return key !== undefined && this.#merged.has(key);
  }

  createServer(request: SipRequest, via: Via, hop: Hop): ServerTransaction {
    const key = serverKey(request, via, request.method);
    const merged = mergedKey(request);
    const source = hop.address;
    const transaction = new ServerTransaction({
      id: this.#environment.randomId(),
      method: request.method,
      head: responseHead(request),
      hop,
      localTag: this.#environment.randomId(),
      environment: this.#environment,
      finished: () => {
        this.#unfinished--;
        const left = (this.#unfinishedPerSource.get(source) ?? 1) - 1;
        if (left === 0) this.#unfinishedPerSource.delete(source);
        else this.#unfinishedPerSource.set(source, left);
      },
      terminated: () => {
        if (this.#servers.get(key) === transaction) this.#servers.delete(key);
        if (merged !== undefined && this.#merged.get(merged) === transaction) this.#merged.delete(merged);
      },
    });
    this.#servers.set(key, transaction);
    if (merged !== undefined) this.#merged.set(merged, transaction);
    this.#unfinished++;
    this.#unfinishedPerSource.set(source, (this.#unfinishedPerSource.get(source) ?? 0) + 1);
    return transaction;
  }

  /** Starts a client transaction; the request's topmost Via carries the branch. */
  createClient(request: SipRequest, branch: string, hop: Hop, handlers: ClientHandlers): ClientTransaction {
    const key = `${branch}|${request.method}`;
    const transaction = new ClientTransaction({
      request,
      hop,
      handlers,
      environment: this.#environment,
      terminated: () => this.#clients.delete(key),
    });
    this.#clients.set(key, transaction);
    transaction.start();
    return transaction;
  }

  /** Gives a response to its client transaction; false where there is none. */
  receiveResponse(response: SipResponse): boolean {
    const top = topVia(response.headers);
    const via = top && parseVia(top.text);
    const cseq = parseCSeq(headerValue(response, 'cseq') ?? '');
    if (!via || !cseq) return false;
    const transaction = this.#clients.get(`${via.params.get('branch') ?? ''}|${cseq.method}`);
    if (transaction === undefined) return false;
    transaction.receive(response);
    return true;
  }

  close(): void {
    this.#servers.clear();
    this.#clients.clear();
    this.#merged.clear();
  }
}

function serverKey(request: SipRequest, via: Via, method: string): string {
  const sentBy = `${via.host}:${via.port ?? ''}`;
  const branch = via.params.get('branch') ?? '';
  if (hasUniqueBranch(via)) return `${branch}|${sentBy}|${method}`;
  const cseq = parseCSeq(headerValue(request, 'cseq') ?? '');
  const fromTag = parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag') ?? '';
  const callId = headerValue(request, 'call-id') ?? '';
  return `2543|${request.uri}|${callId}|${fromTag}|${cseq?.number ?? ''}|${branch}|${sentBy}|${method}`;
}

function mergedKey(request: SipRequest): string | undefined {
  const to = parseAddress(headerValue(request, 'to') ?? '');
  if (to === undefined || to.params.has('tag')) return undefined;
  const fromTag = parseAddress(headerValue(request, 'from') ?? '')?.params.get('tag');
  if (fromTag === undefined) return undefined;
  return `${headerValue(request, 'call-id') ?? ''}|${fromTag}|${headerValue(request, 'cseq') ?? ''}`;
}
