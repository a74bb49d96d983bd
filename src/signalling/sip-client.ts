import type { EventEmitter } from 'node:events';
import Srf from 'drachtio-srf';
import { messageOf } from '../errors.ts';
import { closeSrf } from '../srf-close.ts';
import { agentLost } from './agent-loss.ts';
import type { ChallengeAnswers } from './challenge-answers.ts';
import { IncomingInvite } from './incoming-invite.ts';
import { type OptionsHandlerOptions, optionsHandler } from './options-handler.ts';
import { type OutgoingCallOptions, placeCall } from './outgoing-invite.ts';
import { sendOptions } from './outgoing-options.ts';
import type { SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import { knowAllStatuses } from './sip-statuses.ts';

export interface SipClientOptions {
  host: string;
  port: number;
  secret: string;
  /** Connection trouble after `connect`: drachtio-srf reconnects by itself. The calls of a connection that is lost have ended. */
  onError: (error: Error) => void;
  /** Connected again. */
  onBack?: () => void;
}

/** drachtio-srf would wait ever longer before it tries again. */
const MAX_RECONNECT_DELAY_MS = 2_000;

/**
 * The typed edge of drachtio-srf: one connection to the SIP agent, embedded or drachtio-server. All signalling of the hub
 * passes here; the rest of the code sees no drachtio type.
 */
export class SipClient {
  readonly #srf = new Srf();
  readonly #options: SipClientOptions;
  #connected = false;
  /** It was connected once, and is not any more. */
  #lost = false;

  constructor(options: SipClientOptions) {
    knowAllStatuses();
    this.#options = options;
    this.#srf.on('error', (error) => {
      this.#down();
      options.onError(error);
    });
    this.#srf.on('connect', (error) => {
      this.#connected = !error;
      if (error || !this.#lost) return;
      this.#lost = false;
      options.onBack?.();
    });
    // one listener for each request and dialog that is open
    this.#srf.setMaxListeners(0);
    (this.#srf as EventEmitter).on('close', () => {
      if (this.#down()) options.onError(agentLost());
    });
  }

  /** For readiness. @throws SipError `sip_agent_unreachable` */
  assertConnected(): void {
    if (!this.#connected) throw new SipError('sip_agent_unreachable', 'no connection to the SIP agent');
  }

  /** Resolves when the agent has accepted our secret. @throws SipError `sip_agent_unreachable` */
  async connect(): Promise<void> {
    const { host, port, secret } = this.#options;
    await new Promise<void>((resolve, reject) => {
      const refuse = (error: Error) =>
        reject(new SipError('sip_agent_unreachable', messageOf(error), { cause: error }));
      this.#srf.on('error', refuse);
      this.#srf.on('connect', (error) => {
        if (error) refuse(error);
        else resolve();
      });
      // returns the srf application, not the promise that the typings tell of
      const reconnect = { retryMaxDelay: MAX_RECONNECT_DELAY_MS };
      const connection = { host, port, secret, reconnect };
      void this.#srf.connect(connection);
    });
  }

  /** `handler` gets every INVITE outside a dialog and must see to its final response; what it throws becomes a 500. */
  onInvite(handler: (invite: IncomingInvite) => void): void {
    this.#srf.invite((request, response) => {
      let invite: IncomingInvite | undefined;
      try {
        invite = new IncomingInvite(this.#srf, request, response);
        handler(invite);
      } catch (error) {
        this.#options.onError(new SipError('sip_failed', `INVITE handler: ${messageOf(error)}`, { cause: error }));
        if (invite) invite.reject(500);
        else response.send(500);
      }
    });
  }

  /**
   * Places a call: INVITE to `uri`, digest when challenged and `auth` is given. Resolves at the 200 OK (the ACK is sent).
   * Aborting `signal` sends CANCEL, or BYE when the answer was faster.
   * @throws SipError `sip_rejected` with the final status, `sip_cancelled`, `sip_failed`
   */
  async call(uri: string, options: OutgoingCallOptions): Promise<SipDialog> {
    return await placeCall(this.#srf, uri, options);
  }

  /** How OPTIONS outside a dialog are answered. */
  onOptions(options: OptionsHandlerOptions): void {
    // the typings lack it
    const srf = this.#srf as unknown as { options(handler: ReturnType<typeof optionsHandler>): void };
    srf.options(optionsHandler(options));
  }

  /**
   * Asks by OPTIONS whether somebody is there. Resolves with the final status, 408 where nobody answered.
   * @throws SipError `sip_failed`
   */
  async options(
    uri: string,
    options: { headers: Readonly<Record<string, string>>; answers: ChallengeAnswers },
  ): Promise<number> {
    return await sendOptions(this.#srf, uri, options);
  }

  /** True when it was connected until now. */
  #down(): boolean {
    if (!this.#connected) return false;
    this.#lost = true;
    this.#connected = false;
    return true;
  }

  /** Idempotent; may come before `connect`. */
  close(): void {
    this.#connected = false;
    closeSrf(this.#srf);
  }
}
