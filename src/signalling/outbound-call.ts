import type { Logger } from 'pino';
import { Call } from '../calls/call.ts';
import { botReasonCode, type EndReason } from '../calls/end-reason.ts';
import type { CallRecord, NewCallRecord } from '../calls/record.ts';
import type { LiveCall } from '../calls/registry.ts';
import type { Clock } from '../clock.ts';
import type { OutboundConversation } from '../conversation/ports.ts';
import { turnOfRecord } from '../conversation/turn-stretches.ts';
import type { MachineDetector } from '../dialout/machine-detection/detector.ts';
import type { DialledCall, DialObserver } from '../dialout/ports.ts';
import type { MachineDetectionMode } from '../dialout/request.ts';
import type { DialoutOutcome, MachineVerdict } from '../dialout/status.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint, MediaEngine } from '../media/port.ts';
import type { CallApplication, LegControl, StartApplication } from './call-application.ts';
import { CallLine } from './call-line.ts';
import { MEDIA_FAILED, mediaEnd, type Session } from './call-media.ts';
import type { ConnectionSettings } from './connection-settings.ts';
import { endOfCallee, endOfFailure } from './dial-end.ts';
import { type DialOptions, dialGateways, type SipCaller, untilSettled } from './dial-gateways.ts';
import { DialLog } from './dial-log.ts';
import type { InboundCallObserver } from './inbound-call.ts';
import { type GreetingEar, MachineWatch, type OpenEar } from './machine-watch.ts';
import { reasonHeader } from './reason-header.ts';
import type { ReferOptions } from './refer.ts';
import type { ReferralEnd } from './referral.ts';
import type { DialogName, SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';
import type { TakeoverDeps } from './takeover.ts';

export interface OutboundCallOptions {
  sip: SipCaller;
  record: NewCallRecord;
  /** Where to call, and as whom. */
  route: Pick<DialOptions, 'routes' | 'headers' | 'auth' | 'failoverMs' | 'answerMs'>;
  machineDetection?: {
    mode: Exclude<MachineDetectionMode, 'disabled'>;
    detector: MachineDetector;
    /** The bot waits until a machine's greeting is over. */
    awaitGreetingEnd: boolean;
    /** The bot's recogniser takes dictation: its words count. */
    wordsExpected: boolean;
    /** Where it takes none: an ear for greetings, until the signal aborts. */
    openEar?: ((heard: Parameters<OpenEar>[0], signal: AbortSignal) => GreetingEar) | undefined;
  };
  media: MediaEngine;
  /** The endpoint that the call will be bridged with. */
  near?: MediaEndpoint | undefined;
  settings?: ConnectionSettings;
  start: StartApplication;
  /** What lets the callee's side put another party in his place. */
  takeover?: TakeoverDeps | undefined;
  /** So often it has got another party, or tried to, before it was placed. */
  takeovers?: number | undefined;
  observer: InboundCallObserver;
  /** Of a dialout: told what becomes of it. */
  dial?: DialObserver;
  clock: Clock;
  log: Logger;
}

/** Stands in the notification where the callee has hung up without saying why (Bot API 7.3). */
const CALLEE_HUNG_UP = 'Client Side';

/**
 * A call that the hub places, from the endpoint to the last release. Its application decides when to dial and when to hang up;
 * this class carries it out and tells the application, the record and the dialer what becomes of it.
 */
export class OutboundCall implements LiveCall, LegControl, DialledCall {
  readonly released: Promise<void>;
  readonly #call: Call;
  readonly #options: OutboundCallOptions;
  readonly #log: Logger;
  readonly #session: Session;
  readonly #dialLog: DialLog;
  /** Aborted when the call is not wanted any more. */
  readonly #unwanted = new AbortController();
  #endpoint: MediaEndpoint | undefined;
  #application: CallApplication | undefined;
  /** Once the call is answered. */
  #line: CallLine | undefined;
  /** The answer in a provisional response, which the final one need not repeat. */
  #earlySdp = '';
  /** Set when the end is decided before an application exists. */
  #earlyEnd: EndReason | undefined;
  /** The BYE, once the end is decided; settles when the transaction is over. */
  #hangup: { headers: Record<string, string>; done: Promise<void> } | undefined;
  /** INVITEs that were given up. */
  #dialling: Promise<void> = Promise.resolve();

  constructor(options: OutboundCallOptions) {
    this.#options = options;
    this.#log = options.log;
    const gateways = options.route.routes.map(({ gateway }) => gateway);
    this.#dialLog = new DialLog(gateways, options.clock);
    this.#call = new Call({ ...options.record, dial: this.#dialLog.record }, options.clock, options.observer);
    this.#session = {
      log: options.log,
      receiveInfo: () => this.#application?.receiveInfo,
      failed: (reason) => this.terminate(reason),
      answerComesWithAck: false,
      clock: options.clock,
      dtmf: options.settings?.dtmf ?? 'rfc4733',
    };
    this.#call.announce();
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

  cancel(reason: EndReason): void {
    this.terminate(reason);
  }

  reportMedia(): void {
    if (this.#endpoint) this.#options.observer.media(this.#endpoint.stats());
  }

  /** CallControl: dials, and resolves when the callee has answered. */
  async answer(): Promise<void> {
    const endpoint = this.#endpoint;
    if (!endpoint || this.#call.ended || this.#hangup) throw new SipError('sip_failed', 'the call has ended');
    if (this.#line) return;
    const { clock, sip, route } = this.#options;
    const onFirstRtp = () => {
      if (!this.#line) this.#dialLog.heardEarly();
    };
    endpoint.once('first-rtp', onFirstRtp);
    const localSdp = await endpoint.offer();
    const result = await dialGateways(
      sip,
      {
        ...route,
        ...{ localSdp, clock, signal: this.#unwanted.signal },
        cancelHeaders: () => this.#hangup?.headers ?? {},
      },
      {
        sent: (attempt, callId) => this.#onSent(attempt, callId),
        provisional: (_, response) => void this.#onProvisional(endpoint, response),
        failed: (attempt, failure, next) => {
          const { text, sipStatus } = endOfFailure(failure);
          this.#dialLog.failed(attempt, text, sipStatus);
          const { gateway } = this.#dialLog.attempt(attempt);
          this.#log.info({ gateway, why: text, next }, 'gateway did not bring the callee');
        },
      },
    );
    endpoint.off('first-rtp', onFirstRtp);
    if (!result.answered) {
      this.#dialling = result.settled;
      this.#application?.callerHungUp(endOfFailure(result.failure));
      throw new SipError('sip_failed', 'the call was not answered');
    }
    await this.#onAnswered(endpoint, result.dialog, result.attempt);
  }

  /** CallControl: BYE, or CANCEL before the answer. The first reason counts. */
  hangup(reason: EndReason, extra: Readonly<Record<string, string>> = {}): void {
    if (this.#hangup) return;
    const headers = { ...extra, Reason: reasonHeader(reason) };
    this.#hangup = { headers, done: this.#line?.hangup(headers, reason) ?? Promise.resolve() };
    this.#unwanted.abort();
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
    this.#options.dial?.ended(outcomeOf(this.#call.record, reason));
    const endpoint = this.#endpoint;
    if (endpoint) {
      this.reportMedia();
      await endpoint.close().catch((error: unknown) => this.#log.error({ err: error }, 'media not closed cleanly'));
    }
    await this.#hangup?.done;
    await untilSettled(this.#dialling, this.#options.clock);
  }

  async #runApplication(): Promise<EndReason> {
    const { media, near, start, observer } = this.#options;
    const endpoint = await media.createEndpoint({
      callId: this.id,
      ...(near === undefined ? {} : { near }),
      ...this.#options.settings?.endpoint,
    });
    this.#endpoint = endpoint;
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
      outbound: this.#watchForMachines(),
      signal: this.#call.signal,
      log: this.#log,
    });
    this.#application = application;
    endpoint.on('timeout', ({ silentMs }) => {
      // a telephone that rings need not be heard
      if (!this.#line) return;
      application.end({
        category: 'media-timeout',
        by: 'hub',
        text: `no RTP from the callee for ${Math.round(silentMs / 1000)} s`,
      });
    });
    endpoint.once('failed', (error) => application.end({ ...MEDIA_FAILED, text: error.message }));
    return await application.ended;
  }

  // ---- dialling ----

  #onSent(attempt: number, callId: string): void {
    if (this.#dialLog.sent(attempt, callId)) this.#options.dial?.initiated();
    this.#call.record.sipCallId = callId;
    this.#call.record.remote = this.#dialLog.attempt(attempt).gateway;
  }

  async #onProvisional(endpoint: MediaEndpoint, { status, sdp }: { status: number; sdp: string }): Promise<void> {
    const ringingMs = status === 180 || status === 183 ? this.#dialLog.rings() : undefined;
    if (ringingMs !== undefined) this.#options.dial?.ringing({ ringingMs, earlyMedia: sdp !== '' });
    if (sdp !== '' && sdp !== this.#earlySdp) {
      this.#earlySdp = sdp;
      try {
        await endpoint.acceptAnswer(sdp);
      } catch (error) {
        this.#log.info({ err: error }, 'early media cannot be received');
        return;
      }
    }
    if (!this.#line) this.#application?.progress?.({ status, media: sdp !== '' });
  }

  async #onAnswered(endpoint: MediaEndpoint, dialog: SipDialog, attempt: number): Promise<void> {
    if (this.#hangup) {
      this.#hangup.done = dialog.hangup(this.#hangup.headers);
      throw new SipError('sip_failed', 'the call ended while it was being answered');
    }
    this.#line = this.#lineOf(dialog, endpoint);
    this.#dialLog.accepted(attempt);
    try {
      await endpoint.acceptAnswer(dialog.remoteSdp === '' ? this.#earlySdp : dialog.remoteSdp);
    } catch (error) {
      const end: EndReason = { category: 'media-failure', by: 'hub', text: `the callee's SDP: ${messageOf(error)}` };
      this.terminate(end);
      throw new SipError('sip_failed', end.text);
    }
    const answeredMs = this.#dialLog.answered();
    this.#call.answered();
    this.#options.observer.answered(answeredMs);
    this.#options.dial?.answered({ answeredMs });
  }

  #lineOf(dialog: SipDialog, endpoint: MediaEndpoint): CallLine {
    const { settings = {}, clock, takeover, takeovers } = this.#options;
    const { sipConnection, calling } = this.#call.record;
    return new CallLine(dialog, {
      ...{ endpoint, session: this.#session, settings, clock, takeover, takeovers, sipConnection },
      ...{ party: 'callee', sessionId: () => this.#call.record.sessionId },
      otherSide: { user: calling.user, displayName: calling.displayName },
      application: () => this.#application,
      gone: (end) => {
        if (!this.#call.ended) this.#application?.callerHungUp(endOfCallee(end));
      },
      tell: (text) => this.#call.transcribe({ speaker: 'hub', kind: 'event', text }),
    });
  }

  // ---- machine detection ----

  #watchForMachines(): OutboundConversation {
    const { machineDetection } = this.#options;
    if (machineDetection === undefined) return { held: false };
    const { mode, detector, awaitGreetingEnd, wordsExpected, openEar } = machineDetection;
    const watch = new MachineWatch(
      detector,
      {
        verdict: (verdict) => this.#onVerdict(verdict, mode),
        over: () => this.#application?.release?.(),
      },
      this.#log,
      openEar && ((heard) => openEar(heard, this.#call.signal)),
    );
    return {
      held: mode === 'detect' && awaitGreetingEnd,
      listens: wordsExpected,
      onAudio: (frame) => watch.onAudio(frame),
      onText: (text, final) => watch.onText(text, final),
    };
  }

  #onVerdict(verdict: MachineVerdict, mode: MachineDetectionMode): void {
    if (this.#call.ended) return;
    this.#dialLog.record.machine = verdict;
    this.#log.info({ machine: verdict }, 'machine detection');
    this.#options.dial?.machine(verdict);
    if (mode === 'disconnect' && (verdict.type === 'answering-machine' || verdict.type === 'fax')) {
      this.terminate({ category: 'machine-detected', by: 'hub', text: 'Machine Detected' });
      return;
    }
    if (mode === 'detect') this.#application?.machineDetected?.(verdict.type);
  }
}

function outcomeOf(record: CallRecord, end: EndReason): DialoutOutcome {
  const status = record.answerTime === undefined ? 'failed' : 'completed';
  const reason =
    end.category === 'callee-hangup'
      ? (/^BYE from the callee, (.*)$/s.exec(end.text)?.[1] ?? CALLEE_HUNG_UP)
      : end.text;
  return { status, reasonCode: reasonCodeOf(status, end), reason, end };
}

/** Before the answer only these may be told (Bot API 5.3). */
function reasonCodeOf(status: DialoutOutcome['status'], end: EndReason): DialoutOutcome['reasonCode'] {
  const code = botReasonCode(end);
  if (status === 'completed' || code === 'no-answer' || code === 'busy' || code === 'declined') return code;
  return 'error';
}
