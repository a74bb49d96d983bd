import { assertNever } from '../../../errors.ts';
import {
  type InviteServerEvent,
  type InviteServerState,
  inviteServer,
  inviteServerStart,
} from './invite-server-transaction.ts';
import type { SipResponse } from './message.ts';
import {
  type NonInviteServerEvent,
  type NonInviteServerState,
  nonInviteServer,
  nonInviteServerStart,
} from './non-invite-server-transaction.ts';
import { printMessage } from './print.ts';
import type { ResponseHead } from './response.ts';
import type { TimerHandle } from './timer-queue.ts';
import type { Effect, TimerId, TransactionSettings } from './transaction.ts';
import type { TransactionEnvironment } from './transaction-layer.ts';
import type { Hop } from './transport.ts';

export interface ServerTransactionOptions {
  readonly id: string;
  readonly method: string;
  readonly head: ResponseHead;
  readonly hop: Hop;
  readonly localTag: string;
  readonly environment: TransactionEnvironment;
  /** Called once, when the final response is sent. */
  readonly finished: () => void;
  /** Called once, when the transaction is over. */
  readonly terminated: () => void;
}

const noHead: ResponseHead = {
  vias: [],
  from: undefined,
  to: undefined,
  callId: undefined,
  cseq: undefined,
  timestamp: undefined,
  recordRoutes: [],
};

/** Runs a server state machine: holds its timers and the octets of the last response, and no request. */
export class ServerTransaction {
  /** What the application calls it. */
  readonly id: string;
  readonly method: string;
  readonly hop: Hop;
  /** Emptied with the final response, so that nothing of the request is kept for repetitions. */
  head: ResponseHead;
  /** The number of the request's CSeq. */
  readonly cseq: number;
  /** The tag of every response that has one (RFC 3261 8.2.6.2). */
  localTag: string;
  /** The status of the last response; 0 before the first. */
  status = 0;

  readonly #environment: TransactionEnvironment;
  readonly #finished: () => void;
  readonly #terminated: () => void;
  readonly #settings: TransactionSettings;
  readonly #timers = new Map<TimerId, TimerHandle>();
  #invite: InviteServerState = inviteServerStart;
  #other: NonInviteServerState = nonInviteServerStart;
  /** The last response as a binary string: a small Buffer would keep the whole slab that it was cut from. */
  #last: string | undefined;
  #over = false;

  constructor(options: ServerTransactionOptions) {
    this.id = options.id;
    this.method = options.method;
    this.hop = options.hop;
    this.head = options.head;
    this.cseq = Number.parseInt(options.head.cseq ?? '', 10);
    this.localTag = options.localTag;
    this.#environment = options.environment;
    this.#finished = options.finished;
    this.#terminated = options.terminated;
    this.#settings = { timing: options.environment.timing, reliable: options.hop.transport !== 'udp' };
  }

  get answered(): boolean {
    return this.status >= 200;
  }

  retransmitted(): void {
    this.#run({ type: 'request' });
  }

  acknowledged(): void {
    if (this.method === 'INVITE') this.#run({ type: 'ack' });
  }

  /** Sends a response and returns its octets; undefined where a final response was sent before. */
  respond(response: SipResponse): Buffer | undefined {
    if (this.answered || this.#over) return undefined;
    const bytes = printMessage(response);
    this.#last = bytes.toString('latin1');
    this.status = response.status;
    this.#run({ type: 'respond', status: response.status });
    if (this.answered) {
      this.head = noHead;
      this.#finished();
    }
    return bytes;
  }

  /** Sends octets of an earlier response again: the user agent core's repetition of 2xx and reliable 1xx. */
  resend(bytes: Buffer): void {
    this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    this.#environment.send(bytes, this.hop, () => this.#run({ type: 'transport-error' }));
  }

  #run(event: InviteServerEvent | NonInviteServerEvent): void {
    if (this.#over) return;
    let effects: readonly Effect[];
    if (this.method === 'INVITE') {
      const step = inviteServer(this.#invite, event as InviteServerEvent, this.#settings);
      this.#invite = step.state;
      effects = step.effects;
    } else {
      const step = nonInviteServer(this.#other, event as NonInviteServerEvent, this.#settings);
      this.#other = step.state;
      effects = step.effects;
    }
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    switch (effect.do) {
      case 'send-response':
      case 'resend-response':
        if (this.#last !== undefined) this.#send(Buffer.from(this.#last, 'latin1'));
        return;
      case 'start': {
        const { timer } = effect;
        this.#timers.get(timer)?.cancel();
        this.#timers.set(
          timer,
          this.#environment.timers.schedule(effect.ms, () => {
            this.#timers.delete(timer);
            this.#run({ type: 'timer', timer } as InviteServerEvent | NonInviteServerEvent);
          }),
        );
        return;
      }
      case 'stop':
        this.#timers.get(effect.timer)?.cancel();
        this.#timers.delete(effect.timer);
        return;
      case 'terminate':
        this.#over = true;
        for (const timer of this.#timers.values()) timer.cancel();
        this.#timers.clear();
        this.#terminated();
        return;
      // Nobody waits for an ACK that did not come or a response that could not be sent: the timers end the transaction.
      case 'deliver':
      case 'send-request':
      case 'send-ack':
        return;
      default:
        assertNever(effect);
    }
  }
}
