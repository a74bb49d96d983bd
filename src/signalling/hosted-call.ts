import type { Logger } from 'pino';
import { Call, type CallObserver } from '../calls/call.ts';
import type { EndReason } from '../calls/end-reason.ts';
import type { CallRecord, NewCallRecord } from '../calls/record.ts';
import type { LiveCall } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { ConversationObserver, OutboundConversation } from '../conversation/ports.ts';
import { turnOfRecord } from '../conversation/turn-stretches.ts';
import type { MediaEndpoint, MediaEngine, MediaStats } from '../media/port.ts';
import type { CallApplication, LegControl, StartApplication } from './call-application.ts';
import { CallLine, type LineOptions } from './call-line.ts';
import { MEDIA_FAILED, mediaEnd, type Session } from './call-media.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { reasonHeader } from './reason-header.ts';
import type { ReferOptions } from './refer.ts';
import type { ReferralEnd } from './referral.ts';
import type { DialogName, SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import type { TakeoverDeps } from './takeover.ts';

export interface HostedCallObserver extends CallObserver, Pick<ConversationObserver, 'turn'> {
  /** The call is answered. */
  answered(setupMs: number): void;
  /** Counters of the endpoint since it was made: now and then, and once at the end. */
  media(stats: MediaStats): void;
}

export interface HostedCallOptions {
  record: NewCallRecord;
  settings?: ConnectionSettings;
  media: MediaEngine;
  start: StartApplication;
  /** What lets the party put another one in its place. */
  takeover?: TakeoverDeps | undefined;
  observer: HostedCallObserver;
  clock: Clock;
  log: Logger;
}

/**
 * What a call has whichever side placed it: a record, an endpoint, an application that decides over it, a line to its party once it is
 * answered, and one end. A subclass sets it up, and assigns `released` when it is made.
 */
export abstract class HostedCall implements LiveCall, LegControl {
  abstract readonly released: Promise<void>;
  protected readonly call: Call;
  protected readonly session: Session;
  protected endpoint: MediaEndpoint | undefined;
  protected application: CallApplication | undefined;
  /** Once the call is answered. */
  protected line: CallLine | undefined;
  /** Set when the end is decided before an application exists. */
  protected earlyEnd: EndReason | undefined;
  /** The BYE or refusal, once it is decided; settles when the transaction is over. */
  protected ending: { headers: Record<string, string>; done: Promise<void> } | undefined;
  readonly #options: HostedCallOptions;

  protected constructor(options: HostedCallOptions, answerComesWithAck: boolean) {
    this.#options = options;
    const { clock, log } = options;
    this.call = new Call(options.record, clock, options.observer);
    this.session = {
      log,
      receiveInfo: () => this.application?.receiveInfo,
      failed: (reason) => this.terminate(reason),
      answerComesWithAck,
      clock,
      dtmf: options.settings?.dtmf ?? 'rfc4733',
    };
    this.call.announce();
  }

  get id(): string {
    return this.call.id;
  }

  get record(): CallRecord {
    return this.call.record;
  }

  terminate(reason: EndReason): void {
    if (this.application) this.application.end(reason);
    else this.earlyEnd ??= reason;
  }

  reportMedia(): void {
    if (this.endpoint) this.#options.observer.media(this.endpoint.stats());
  }

  abstract answer(): Promise<void>;

  /** CallControl: BYE, or what ends the call before the answer. The first reason counts. */
  hangup(reason: EndReason, extra: Readonly<Record<string, string>> = {}): void {
    if (this.ending) return;
    const headers = { ...extra, Reason: reasonHeader(reason) };
    this.ending = { headers, done: this.line?.hangup(headers, reason) ?? Promise.resolve() };
    this.withdraw(reason, headers);
  }

  /** CallControl: INFO in the dialog. */
  async sendInfo(info: { contentType: string; body: string }): Promise<void> {
    if (!this.line) throw new SipError('sip_failed', 'the call is not answered');
    await this.line.dialog.info(info);
  }

  /** LegControl. */
  get dialogName(): DialogName | undefined {
    return this.line?.dialogName;
  }

  /** LegControl: REFER in the dialog. */
  async refer(options: Omit<ReferOptions, 'clock'>): Promise<ReferralEnd | undefined> {
    return await this.line?.refer(options);
  }

  // ---- for subclasses ----

  /** Makes the endpoint, and what is to be known of it before the application begins. @throws MediaError */
  protected abstract openEndpoint(): Promise<MediaEndpoint>;

  /** The endpoint has heard nothing for so long. Told once. */
  protected abstract onSilence(silentMs: number, application: CallApplication): void;

  /** The end is decided: what is not answered yet is refused or given up. */
  protected abstract withdraw(reason: EndReason, headers: Record<string, string>): void;

  /** The record is complete; media and transactions are still being released. */
  protected abstract over(reason: EndReason): void;

  /** What the application is told of a call that the hub places. */
  protected get outbound(): OutboundConversation | undefined {
    return undefined;
  }

  /** From the endpoint to the last release; never rejects. */
  protected async run(): Promise<void> {
    const { log } = this.#options;
    let reason: EndReason;
    try {
      reason = await this.#runApplication();
    } catch (error) {
      reason = mediaEnd(error);
      log.warn({ err: error }, 'call failed');
    }
    this.hangup(reason);
    this.call.end(reason);
    const { durationMs } = this.call.record;
    log.info({ end: reason.category, by: reason.by, why: reason.text, durationMs }, 'call ended');
    this.over(reason);
    if (this.endpoint) {
      this.reportMedia();
      await this.endpoint.close().catch((error: unknown) => log.error({ err: error }, 'media not closed cleanly'));
    }
    await this.ending?.done;
  }

  /** The dialog that has come about; one that nobody wants any more is ended. @throws SipError */
  protected connect(
    dialog: SipDialog,
    endpoint: MediaEndpoint,
    party: Pick<LineOptions, 'party' | 'otherSide' | 'gone' | 'takeovers'>,
  ): void {
    if (this.ending) {
      this.ending.done = dialog.hangup(this.ending.headers);
      throw new SipError('sip_failed', 'the call ended while it was being answered');
    }
    const { settings = {}, clock, takeover } = this.#options;
    this.line = new CallLine(dialog, {
      ...{ endpoint, session: this.session, settings, clock, takeover, ...party },
      sipConnection: this.call.record.sipConnection,
      sessionId: () => this.call.record.sessionId,
      application: () => this.application,
      gone: (end) => {
        if (!this.call.ended) party.gone(end);
      },
      tell: (text) => this.call.transcribe({ speaker: 'hub', kind: 'event', text }),
    });
  }

  async #runApplication(): Promise<EndReason> {
    const { start, observer, log } = this.#options;
    const endpoint = await this.openEndpoint();
    if (this.earlyEnd) return this.earlyEnd;
    const { outbound } = this;
    const application = start({
      callId: this.id,
      media: endpoint,
      control: this,
      observer: {
        transcript: (entry) => this.call.transcribe(entry),
        turn: (ledger) => {
          const { at, turn } = turnOfRecord(ledger);
          this.call.addTurn(at, turn);
          observer.turn(ledger);
        },
      },
      note: (changes) => this.call.note(changes),
      signal: this.call.signal,
      log,
      ...(outbound && { outbound }),
    });
    this.application = application;
    endpoint.on('timeout', ({ silentMs }) => this.onSilence(silentMs, application));
    endpoint.once('failed', (error) => application.end({ ...MEDIA_FAILED, text: error.message }));
    return await application.ended;
  }
}
