import type { EndReason } from '../calls/end-reason.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { CallApplication } from './call-application.ts';
import { AGENT_LOST } from './call-media.ts';
import { type ConnectionSettings, contactOf } from './connection-settings.ts';
import { HostedCall, type HostedCallOptions } from './hosted-call.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { sipReasonOf } from './reason-header.ts';
import type { DialogEnd } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';

export interface InboundCallOptions extends HostedCallOptions {
  invite: IncomingInvite;
  settings: ConnectionSettings;
}

/**
 * An inbound call, from the INVITE to the last release. Its application decides when to answer and when to hang up; this class
 * carries it out on the dialog and tells the application what the caller does.
 */
export class InboundCall extends HostedCall {
  readonly released: Promise<void>;
  readonly #options: InboundCallOptions;
  #localSdp = '';
  /** The endpoint's one `timeout` came before the answer, after so long. */
  #silentBeforeAnswerMs: number | undefined;

  constructor(options: InboundCallOptions) {
    super(options, options.invite.sdp === '');
    this.#options = options;
    options.invite.onCancel((reason, lost) => {
      if (lost) {
        this.#callerGone(AGENT_LOST);
        return;
      }
      this.#callerGone({
        category: 'caller-cancelled',
        by: 'caller',
        text: 'the caller hung up before the answer',
        ...sipReasonOf(reason),
      });
    });
    this.released = this.run();
  }

  /** CallControl: 180, or 183 with our description where the caller has sent an offer. */
  progress(kind: 'ringing' | 'early-media'): void {
    const { invite, settings } = this.#options;
    const contact = contactOf(settings, invite.source.transport);
    if (kind === 'ringing' || this.session.answerComesWithAck) {
      invite.ringing(contact);
      return;
    }
    this.endpoint?.connect();
    invite.earlyMedia(this.#localSdp, contact);
  }

  /** CallControl: 200 OK; resolves at the ACK, or at the first RTP packet where the ACK is late or lost. */
  async answer(): Promise<void> {
    const { endpoint } = this;
    if (!endpoint || this.call.ended) throw new SipError('sip_failed', 'the call has ended');
    if (this.line) return;
    const { invite, settings } = this.#options;
    const dialog = await invite.accept(this.#localSdp, contactOf(settings, invite.source.transport), settings.auth);
    this.connect(dialog, endpoint, {
      party: 'caller',
      otherSide: { user: this.record.called.user, displayName: undefined },
      gone: (end) => this.#callerGone(endOfDialog(end)),
    });
    endpoint.connect();
    this.#watchSilence(endpoint);
    this.call.answered();
    this.#options.observer.answered(this.call.setupMs ?? 0);
    await new Promise<void>((resolve, reject) => {
      dialog.once('ack', () => resolve());
      dialog.once('ended', () => reject(new SipError('sip_failed', 'the call ended before the ACK')));
      if (!this.session.answerComesWithAck) endpoint.once('first-rtp', resolve);
    });
  }

  protected async openEndpoint(): Promise<MediaEndpoint> {
    const { invite, media, settings } = this.#options;
    const endpoint = await media.createEndpoint({ callId: this.id, ...settings.endpoint });
    this.endpoint = endpoint;
    this.#localSdp = invite.sdp === '' ? await endpoint.offer() : await endpoint.answer(invite.sdp, { connect: false });
    return endpoint;
  }

  protected onSilence(silentMs: number, application: CallApplication): void {
    // a caller who hears early media need not send anything yet
    if (this.line) application.end(mediaTimeout(silentMs));
    else this.#silentBeforeAnswerMs = silentMs;
  }

  protected withdraw(reason: EndReason, headers: Record<string, string>): void {
    if (!this.line) this.#options.invite.reject(reason.sipStatus ?? 480, { headers: refusalHeaders(reason, headers) });
  }

  protected over(): void {}

  /** The endpoint tells of silence once, and may have done so already: a caller who never sends anything is still found. */
  #watchSilence(endpoint: MediaEndpoint): void {
    const limitMs = this.#silentBeforeAnswerMs;
    if (limitMs === undefined) return;
    const cancel = this.#options.clock.after(limitMs, () => {
      if (endpoint.stats().packetsReceived === 0) this.terminate(mediaTimeout(limitMs));
    });
    this.call.signal.addEventListener('abort', cancel, { once: true });
  }

  #callerGone(reason: EndReason): void {
    if (this.application) this.application.callerHungUp(reason);
    else this.earlyEnd ??= reason;
  }
}

function endOfDialog({ byAgent, lost, reason }: DialogEnd): EndReason {
  if (lost) return AGENT_LOST;
  if (byAgent) {
    return { category: 'signalling-failure', by: 'hub', text: 'the caller never acknowledged the answer (no ACK)' };
  }
  const text = reason ? `BYE from the caller, ${reason}` : 'BYE from the caller';
  return { category: 'caller-hangup', by: 'caller', text, ...sipReasonOf(reason) };
}

function mediaTimeout(silentMs: number): EndReason {
  const text = `no RTP from the caller for ${Math.round(silentMs / 1000)} s`;
  return { category: 'media-timeout', by: 'hub', text, sipStatus: 408 };
}

function refusalHeaders(reason: EndReason, headers: Record<string, string>): Record<string, string> {
  if (reason.sipStatus === 503) return { ...headers, 'Retry-After': '10' };
  if (reason.sipStatus === 488) return { ...headers, Warning: '305 patchbay "Incompatible media format"' };
  return headers;
}
