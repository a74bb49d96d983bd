import type { Logger } from 'pino';
import { Call, type CallObserver } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord, NewCallRecord } from '../calls/record.ts';
import type { LiveCall } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { ConversationObserver } from '../conversation/ports.ts';
import { turnOfRecord } from '../conversation/turn-stretches.ts';
import type { MediaEndpoint, MediaEngine, MediaStats } from '../media/port.ts';
import type { CallApplication, LegControl, StartApplication } from './call-application.ts';
import { CallLine } from './call-line.ts';
import { AGENT_LOST, MEDIA_FAILED, mediaEnd, type Session } from './call-media.ts';
import { type ConnectionSettings, contactOf } from './connection-settings.ts';
import type { IncomingInvite } from './incoming-invite.ts';
import { reasonHeader, sipReasonOf } from './reason-header.ts';
import type { ReferOptions } from './refer.ts';
import type { ReferralEnd } from './referral.ts';
import type { DialogEnd, DialogName, SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import type { TakeoverDeps } from './takeover.ts';

export interface InboundCallObserver extends CallObserver, Pick<ConversationObserver, 'turn'> {
  /** The 200 OK has gone out. */
  answered(setupMs: number): void;
  /** Counters of the endpoint since it was made: now and then, and once at the end. */
  media(stats: MediaStats): void;
}

export interface InboundCallOptions {
  invite: IncomingInvite;
  record: NewCallRecord;
  settings: ConnectionSettings;
  media: MediaEngine;
  start: StartApplication;
  /** What lets the caller's side put another party in his place. */
  takeover?: TakeoverDeps | undefined;
  observer: InboundCallObserver;
  clock: Clock;
  log: Logger;
}

/**
 * An inbound call, from the INVITE to the last release. Its application decides when to answer and when to hang up; this class
 * carries it out on the dialog and tells the application what the caller does.
 */
export class InboundCall implements LiveCall, LegControl {
  readonly released: Promise<void>;
  readonly #call: Call;
  readonly #options: InboundCallOptions;
  readonly #log: Logger;
  #endpoint: MediaEndpoint | undefined;
  #application: CallApplication | undefined;
  /** Once the call is answered. */
  #line: CallLine | undefined;
  #localSdp = '';
  /** The endpoint's one `timeout` came before the answer, after so long. */
  #silentBeforeAnswerMs: number | undefined;
  readonly #session: Session;
  /** Set when the end is decided before an application exists. */
  #earlyEnd: EndReason | undefined;
  /** The BYE or refusal, once it is decided; settles when the transaction is over. */
  #hangup: { headers: Record<string, string>; done: Promise<void> } | undefined;

  constructor(options: InboundCallOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#call = new Call(options.record, options.clock, options.observer);
    this.#session = {
      log: options.log,
      receiveInfo: () => this.#application?.receiveInfo,
      failed: (reason) => this.terminate(reason),
      answerComesWithAck: options.invite.sdp === '',
      clock: options.clock,
      dtmf: options.settings.dtmf ?? 'rfc4733',
    };
    this.#call.announce();
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
    this.released = this.#run();
  }

  get id(): string {
    return this.#call.id;
  }

  get record(): CallRecord {
    return this.#call.record;
  }

  terminate(reason: EndReason): void {
    if (this.#application) this.#application.end(reason);
    else this.#earlyEnd ??= reason;
  }

  reportMedia(): void {
    if (this.#endpoint) this.#options.observer.media(this.#endpoint.stats());
  }

  /** CallControl: 180, or 183 with our description where the caller has sent an offer. */
  progress(kind: 'ringing' | 'early-media'): void {
    const { invite, settings } = this.#options;
    const contact = contactOf(settings, invite.source.transport);
    if (kind === 'ringing' || this.#session.answerComesWithAck) {
      invite.ringing(contact);
      return;
    }
    this.#endpoint?.connect();
    invite.earlyMedia(this.#localSdp, contact);
  }

  /** CallControl: 200 OK; resolves at the ACK, or at the first RTP packet where the ACK is late or lost. */
  async answer(): Promise<void> {
    const endpoint = this.#endpoint;
    if (!endpoint || this.#call.ended) throw new SipError('sip_failed', 'the call has ended');
    if (this.#line) return;
    const { invite, settings } = this.#options;
    const dialog = await invite.accept(this.#localSdp, contactOf(settings, invite.source.transport), settings.auth);
    if (this.#hangup) {
      this.#hangup.done = dialog.hangup(this.#hangup.headers);
      throw new SipError('sip_failed', 'the call ended while it was being answered');
    }
    endpoint.connect();
    this.#watchSilence(endpoint);
    this.#line = this.#lineOf(dialog, endpoint);
    this.#call.answered();
    this.#options.observer.answered(this.#call.setupMs ?? 0);
    await new Promise<void>((resolve, reject) => {
      dialog.once('ack', () => resolve());
      dialog.once('ended', () => reject(new SipError('sip_failed', 'the call ended before the ACK')));
      if (!this.#session.answerComesWithAck) endpoint.once('first-rtp', resolve);
    });
  }

  /** CallControl: BYE, or the final refusal before the answer. The first reason counts. */
  hangup(reason: EndReason, extra: Readonly<Record<string, string>> = {}): void {
    if (this.#hangup) return;
    const headers = { ...extra, Reason: reasonHeader(reason) };
    this.#hangup = { headers, done: this.#line?.hangup(headers, reason) ?? Promise.resolve() };
    if (!this.#line) this.#options.invite.reject(reason.sipStatus ?? 480, { headers: refusalHeaders(reason, headers) });
  }

  /** CallControl: INFO in the dialog. */
  async sendInfo(info: { contentType: string; body: string }): Promise<void> {
    if (!this.#line) throw new SipError('sip_failed', 'the call is not answered');
    await this.#line.dialog.info(info);
  }

  /** LegControl. */
  get dialogName(): DialogName | undefined {
    return this.#line?.dialogName;
  }

  /** LegControl: REFER in the dialog. */
  async refer(options: Omit<ReferOptions, 'clock'>): Promise<ReferralEnd | undefined> {
    return await this.#line?.refer(options);
  }

  async #run(): Promise<void> {
    let reason: EndReason;
    try {
      reason = await this.#runApplication();
    } catch (error) {
      reason = mediaEnd(error);
      this.#log.warn({ err: error }, 'call failed');
    }
    this.hangup(reason);
    this.#call.end(reason);
    this.#log.info(
      { end: reason.category, by: reason.by, why: reason.text, durationMs: this.#call.record.durationMs },
      'call ended',
    );
    const endpoint = this.#endpoint;
    if (endpoint) {
      this.reportMedia();
      await endpoint.close().catch((error: unknown) => this.#log.error({ err: error }, 'media not closed cleanly'));
    }
    await this.#hangup?.done;
  }

  async #runApplication(): Promise<EndReason> {
    const { invite, media, start, observer } = this.#options;
    const endpoint = await media.createEndpoint({ callId: this.id, ...this.#options.settings.endpoint });
    this.#endpoint = endpoint;
    this.#localSdp = invite.sdp === '' ? await endpoint.offer() : await endpoint.answer(invite.sdp, { connect: false });
    if (this.#earlyEnd) return this.#earlyEnd;
    const application = start({
      callId: this.id,
      media: endpoint,
      control: this,
      observer: {
        transcript: (entry) => this.#call.transcribe(entry),
        turn: (ledger) => {
          const { at, turn } = turnOfRecord(ledger);
          this.#call.addTurn(at, turn);
          observer.turn(ledger);
        },
      },
      note: (changes) => this.#call.note(changes),
      signal: this.#call.signal,
      log: this.#log,
    });
    this.#application = application;
    endpoint.on('timeout', ({ silentMs }) => {
      // a caller who hears early media need not send anything yet
      if (this.#line) application.end(mediaTimeout(silentMs));
      else this.#silentBeforeAnswerMs = silentMs;
    });
    endpoint.once('failed', (error) => application.end({ ...MEDIA_FAILED, text: error.message }));
    return await application.ended;
  }

  #lineOf(dialog: SipDialog, endpoint: MediaEndpoint): CallLine {
    const { settings, clock, takeover } = this.#options;
    const { sipConnection, called } = this.#call.record;
    return new CallLine(dialog, {
      ...{ endpoint, session: this.#session, settings, clock, takeover, sipConnection },
      ...{ party: 'caller', sessionId: () => this.#call.record.sessionId },
      otherSide: { user: called.user, displayName: undefined },
      application: () => this.#application,
      gone: (end) => {
        if (!this.#call.ended) this.#callerGone(endOfDialog(end));
      },
      tell: (text) => this.#call.transcribe({ speaker: 'hub', kind: 'event', text }),
    });
  }

  /** The endpoint tells of silence once, and may have done so already: a caller who never sends anything is still found. */
  #watchSilence(endpoint: MediaEndpoint): void {
    const limitMs = this.#silentBeforeAnswerMs;
    if (limitMs === undefined) return;
    const cancel = this.#options.clock.after(limitMs, () => {
      if (endpoint.stats().packetsReceived === 0) this.terminate(mediaTimeout(limitMs));
    });
    this.#call.signal.addEventListener('abort', cancel, { once: true });
  }

  #callerGone(reason: EndReason): void {
    if (this.#application) this.#application.callerHungUp(reason);
    else this.#earlyEnd ??= reason;
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
