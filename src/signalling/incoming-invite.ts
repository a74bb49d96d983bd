import type Srf from 'drachtio-srf';
import { agentLost, onAgentLost } from './agent-loss.ts';
import { ChallengeAnswers } from './challenge-answers.ts';
import type { Credentials } from './digest.ts';
import { bodyOf, established, type SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import { headerFields, type NameAddr, parseNameAddr, userAndHost } from './sip-headers.ts';

export interface SipSource {
  transport: string;
  address: string;
  port: number;
}

/** An INVITE that waits for its final response. */
export class IncomingInvite {
  readonly callId: string;
  readonly source: SipSource;
  readonly requestUri: string;
  /** User and host of the Request-URI: what was dialled. */
  readonly target: { user: string; host: string };
  readonly from: NameAddr;
  readonly to: NameAddr;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  /** '' when the INVITE carries no offer. */
  readonly sdp: string;
  readonly #request: Srf.SrfRequest;
  readonly #response: Srf.SrfResponse;
  readonly #srf: Srf;
  #final = false;
  #cancelled = false;
  #tellCancel: ((reason: string | undefined, lost: boolean) => void) | undefined;
  readonly #forgetLoss: () => void;

  constructor(srf: Srf, request: Srf.SrfRequest, response: Srf.SrfResponse) {
    this.#srf = srf;
    this.#request = request;
    this.#response = response;
    this.callId = request.get('Call-ID');
    this.source = {
      transport: request.protocol,
      address: request.source_address,
      port: Number(request.source_port),
    };
    this.requestUri = request.uri;
    this.target = userAndHost(this.requestUri);
    this.headers = headerFields(request.msg.raw);
    this.from = parseNameAddr(this.headers.get('from')?.[0] ?? '');
    this.to = parseNameAddr(this.headers.get('to')?.[0] ?? '');
    this.sdp = bodyOf(request);
    this.#forgetLoss = onAgentLost(srf, () => {
      if (!this.#final) this.#ended(true);
    });
  }

  /** Where it came from, for records and logs: `udp/127.0.0.1:5070`. */
  get remote(): string {
    const { transport, address, port } = this.source;
    return `${transport}/${address.includes(':') ? `[${address}]` : address}:${port}`;
  }

  /**
   * CANCEL before the final response, with its Reason header; the agent has answered it and sent 487. Or the connection to the
   * agent was `lost`. One listener, told once.
   */
  onCancel(listener: (reason: string | undefined, lost: boolean) => void): void {
    this.#tellCancel = listener;
    this.#request.on('cancel', (cancel?: { get?(name: string): string | undefined }) => {
      if (!this.#final) this.#ended(false, cancel?.get?.('Reason'));
    });
  }

  ringing(headers: Record<string, string> = {}): void {
    if (!this.#final) this.#response.send(180, { headers });
  }

  /** 183 with the answer to the caller's offer: audio may flow before the call is answered. */
  earlyMedia(localSdp: string, headers: Record<string, string> = {}): void {
    if (this.#final) return;
    this.#response.send(183, { body: localSdp, headers: { ...headers, 'Content-Type': 'application/sdp' } });
  }

  /** Final refusal. Does nothing after a final response or CANCEL. */
  reject(status: number, options: { reason?: string | undefined; headers?: Record<string, string> } = {}): void {
    if (this.#final) return;
    this.#settle();
    const extra = { headers: options.headers ?? {} };
    if (options.reason) this.#response.send(status, options.reason, extra);
    else this.#response.send(status, extra);
  }

  /**
   * Sends 200 OK with our description. Resolves when it is sent.
   * @param auth credentials for what we send in the dialog, where the caller's side asks for some
   * @throws SipError when CANCEL came first or the agent is gone
   */
  async accept(localSdp: string, headers: Record<string, string> = {}, auth?: Credentials): Promise<SipDialog> {
    if (this.#cancelled) throw cancelled();
    if (this.#final) throw new SipError('sip_failed', 'a final response was sent before');
    this.#settle();
    const make = (made: (error: unknown, dialog?: Srf.Dialog) => void) =>
      this.#srf.createUAS(this.#request, this.#response, { localSdp, headers }, made);
    try {
      return await established(this.#srf, make, new ChallengeAnswers(auth));
    } catch (error) {
      const lost = error instanceof SipError && error.code === 'sip_agent_lost';
      if (!lost && !hadEnded(error)) throw error;
      this.#ended(lost);
      throw lost ? agentLost() : cancelled();
    }
  }

  #settle(): void {
    this.#final = true;
    this.#forgetLoss();
  }

  #ended(lost: boolean, reason?: string): void {
    if (this.#cancelled) return;
    this.#settle();
    this.#cancelled = true;
    this.#tellCancel?.(reason, lost);
  }
}

function cancelled(): SipError {
  return new SipError('sip_cancelled', 'the caller cancelled before the answer', { status: 487 });
}

/**
 * True for the refusal of an answer that came too late: our 200 OK and the agent's CANCEL crossed on their connection. The
 * agent knows the transaction no longer, and drachtio-srf tells nobody of a CANCEL once it has sent a final response.
 */
function hadEnded(error: unknown): boolean {
  return error instanceof SipError && (error.code === 'sip_cancelled' || error.message.includes('unknown transaction'));
}
