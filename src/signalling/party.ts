import type { Logger } from 'pino';
import { type Bridge, type BridgeParty, endOfPartner } from '../calls/bridge.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { InfoAnswer, ReceivedInfo } from '../conversation/info.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { CallApplication, CallContext } from './call-application.ts';
import type { DialogName } from './sip-dialog.ts';

export interface PartyOptions {
  /** The other party of the bridge has left. Absent: this call ends, too. */
  partnerLeft?(reason: EndReason): void;
  /** The call is over, by whatever; comes once. */
  left?(reason: EndReason): void;
  progress?(progress: { status: number; media: boolean }, party: Party): void;
}

/** Longer bodies are not passed on. */
const MAX_INFO_LENGTH = 100_000;

/** The application of a call that is there to be bridged with another: it decides nothing, and passes everything on. */
export class Party implements CallApplication, BridgeParty {
  readonly callId: string;
  readonly media: MediaEndpoint;
  readonly ended: Promise<EndReason>;
  readonly #call: CallContext;
  readonly #options: PartyOptions;
  readonly #log: Logger;
  readonly #resolve: (reason: EndReason) => void;
  #bridge: Bridge | undefined;
  #over = false;

  constructor(call: CallContext, options: PartyOptions = {}) {
    this.callId = call.callId;
    this.media = call.media;
    this.#call = call;
    this.#options = options;
    this.#log = call.log;
    const { promise, resolve } = Promise.withResolvers<EndReason>();
    this.ended = promise;
    this.#resolve = resolve;
  }

  get dialogName(): DialogName | undefined {
    return this.#call.control.dialogName;
  }

  get answered(): boolean {
    return this.dialogName !== undefined;
  }

  /** As an application it is its own party. */
  get party(): Party {
    return this;
  }

  /** Undefined: it is in none. */
  get bridge(): Bridge | undefined {
    return this.#bridge;
  }

  /** Who is in the bridge with it. */
  get partner(): BridgeParty | undefined {
    return this.#bridge?.partnerOf(this);
  }

  /** The call has ended or is about to. */
  get over(): boolean {
    return this.#over;
  }

  callerHungUp(reason: EndReason): void {
    this.end(reason);
  }

  end(reason: EndReason): void {
    if (this.#over) return;
    this.#over = true;
    this.#bridge?.leave(this, reason);
    this.#options.left?.(reason);
    this.#resolve(reason);
  }

  progress(progress: { status: number; media: boolean }): void {
    this.#options.progress?.(progress, this);
  }

  bridged(bridge: Bridge | undefined): void {
    this.#bridge = bridge;
    if (bridge !== undefined) this.#call.note({ bridgedWith: bridge.partnerOf(this).callId });
  }

  partnerLeft(reason: EndReason): void {
    if (this.#options.partnerLeft) this.#options.partnerLeft(reason);
    else this.end(endOfPartner(reason));
  }

  async sendInfo(info: { contentType: string; body: string }): Promise<void> {
    await this.#call.control.sendInfo?.(info);
  }

  /** Goes to the other party as it is; its answer is not waited for. */
  readonly receiveInfo = ({ contentType, contentEncoding, body }: ReceivedInfo): InfoAnswer => {
    if (body === '') return { status: 200 };
    const partner = this.#bridge?.partnerOf(this);
    if (partner?.sendInfo === undefined || contentEncoding !== '') return { status: 415, accept: [] };
    if (body.length > MAX_INFO_LENGTH) return { status: 413 };
    partner.sendInfo({ contentType, body }).catch((error: unknown) => {
      this.#log.info({ reason: messageOf(error), contentType }, 'INFO was not taken by the other party');
    });
    return { status: 200 };
  };
}
