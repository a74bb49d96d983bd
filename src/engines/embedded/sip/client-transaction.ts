import { assertNever } from '../../../errors.ts';
import {
  type InviteClientEvent,
  type InviteClientState,
  inviteClient,
  inviteClientStart,
} from './invite-client-transaction.ts';
import { emptyBody, header, headerValue, type SipRequest, type SipResponse } from './message.ts';
import {
  type NonInviteClientEvent,
  type NonInviteClientState,
  nonInviteClient,
  nonInviteClientStart,
} from './non-invite-client-transaction.ts';
import { printMessage } from './print.ts';
import { requestFromTransaction } from './request.ts';
import type { TimerHandle } from './timer-queue.ts';
import type { Effect, TimerId, TransactionSettings } from './transaction.ts';
import type { TransactionEnvironment } from './transaction-layer.ts';
import type { Hop } from './transport.ts';

export interface ClientHandlers {
  /** Every response that is not a retransmission; every 2xx to INVITE, also a repeated one (RFC 6026 7.2). */
  response(response: SipResponse): void;
  /** No final response came in time, or the request could not be sent; the last thing that is called. */
  failed(what: 'timeout' | 'transport-error'): void;
  /** The transaction is over, whatever the reason. */
  terminated?(): void;
}

export interface ClientTransactionOptions {
  readonly request: SipRequest;
  readonly hop: Hop;
  readonly handlers: ClientHandlers;
  readonly environment: TransactionEnvironment;
  readonly terminated: () => void;
}

/** Runs a client state machine: sends and repeats the request and acknowledges failures. */
export class ClientTransaction {
  /** Without its body once there is a final response. */
  request: SipRequest;
  readonly hop: Hop;

  readonly #options: ClientTransactionOptions;
  readonly #timers = new Map<TimerId, TimerHandle>();
  #bytes: Buffer;
  #settings: TransactionSettings;
  #invite: InviteClientState = inviteClientStart;
  #other: NonInviteClientState = nonInviteClientStart;
  #response: SipResponse | undefined;
  #ack: Buffer | undefined;
  #over = false;

  constructor(options: ClientTransactionOptions) {
    this.request = options.request;
    this.hop = options.hop;
    this.#options = options;
    this.#bytes = printMessage(options.request);
    this.#settings = { timing: options.environment.timing, reliable: options.hop.transport !== 'udp' };
  }

  /** The request as it went out; empty once there is a final response. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /** True once any response came: a CANCEL may be sent (RFC 3261 9.1). */
  get provisionalSeen(): boolean {
    return this.#invite.name === 'proceeding';
  }

  /** True until a final response came. */
  get pending(): boolean {
    const name = this.request.method === 'INVITE' ? this.#invite.name : this.#other.name;
    return name === 'initial' || name === 'calling' || name === 'trying' || name === 'proceeding';
  }

  start(): void {
    this.#run({ type: 'start' });
  }

  receive(response: SipResponse): void {
    this.#response = response;
    this.#run({ type: 'response', status: response.status });
    this.#response = undefined;
    if (response.status >= 200 && this.#bytes.length > 0) {
      this.#bytes = emptyBody;
      this.request = { ...this.request, body: emptyBody };
    }
  }

  /** Nobody wants the answer any more: an INVITE that nobody has taken is not sent again. */
  givenUp(): void {
    if (this.request.method === 'INVITE') this.#run({ type: 'given-up' });
  }

  cancelled(): void {
    if (this.request.method === 'INVITE') this.#run({ type: 'cancelled' });
  }

  #run(event: InviteClientEvent | NonInviteClientEvent): void {
    if (this.#over) return;
    let effects: readonly Effect[];
    if (this.request.method === 'INVITE') {
      const step = inviteClient(this.#invite, event as InviteClientEvent, this.#settings);
      this.#invite = step.state;
      effects = step.effects;
    } else {
      const step = nonInviteClient(this.#other, event as NonInviteClientEvent, this.#settings);
      this.#other = step.state;
      effects = step.effects;
    }
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: Effect): void {
    const { environment, handlers } = this.#options;
    switch (effect.do) {
      case 'send-request':
        environment.send(this.#bytes, this.hop, () => this.#run({ type: 'transport-error' }));
        return;
      case 'send-ack':
        if (this.#response) this.#ack ??= this.#buildAck(this.#response);
        if (this.#ack) environment.send(this.#ack, this.hop, () => {});
        return;
      case 'start': {
        const { timer } = effect;
        this.#timers.get(timer)?.cancel();
        this.#timers.set(
          timer,
          environment.timers.schedule(effect.ms, () => {
            this.#timers.delete(timer);
            this.#run({ type: 'timer', timer } as InviteClientEvent | NonInviteClientEvent);
          }),
        );
        return;
      }
      case 'stop':
        this.#timers.get(effect.timer)?.cancel();
        this.#timers.delete(effect.timer);
        return;
      case 'deliver':
        if (effect.what === 'response') {
          if (this.#response) handlers.response(this.#response);
        } else if (effect.what !== 'ack') {
          handlers.failed(effect.what);
        }
        return;
      case 'terminate':
        this.#over = true;
        for (const timer of this.#timers.values()) timer.cancel();
        this.#timers.clear();
        this.#options.terminated();
        handlers.terminated?.();
        return;
      case 'send-response':
      case 'resend-response':
        return;
      default:
        assertNever(effect);
    }
  }

  /** RFC 3261 17.1.1.3: the INVITE's top Via, Route and Request-URI, and the response's To. */
  #buildAck(response: SipResponse): Buffer {
    const to = headerValue(response, 'to') ?? headerValue(this.request, 'to') ?? '';
    return printMessage(requestFromTransaction(this.request, 'ACK', [], header('To', to)));
  }
}
