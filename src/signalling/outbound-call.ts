import { botReasonCode, type EndReason } from '../calls/end-reason.ts';
import type { CallRecord } from '../calls/record.ts';
import type { OutboundConversation } from '../conversation/ports.ts';
import type { MachineDetector } from '../dialout/machine-detection/detector.ts';
import type { DialledCall, DialObserver } from '../dialout/ports.ts';
import type { MachineDetectionMode } from '../dialout/request.ts';
import type { DialoutOutcome, MachineVerdict } from '../dialout/status.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { CallApplication } from './call-application.ts';
import { endOfCallee, endOfFailure } from './dial-end.ts';
import { type DialOptions, dialGateways, type SipCaller, untilSettled } from './dial-gateways.ts';
import { DialLog } from './dial-log.ts';
import { HostedCall, type HostedCallOptions } from './hosted-call.ts';
import { type GreetingEar, MachineWatch, type OpenEar } from './machine-watch.ts';
import type { SipDialog } from './sip-dialog.ts';
import { SipError } from './sip-error.ts';

export interface OutboundCallOptions extends HostedCallOptions {
  sip: SipCaller;
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
  /** The endpoint that the call will be bridged with. */
  near?: MediaEndpoint | undefined;
  /** So often it has got another party, or tried to, before it was placed. */
  takeovers?: number | undefined;
  /** Of a dialout: told what becomes of it. */
  dial?: DialObserver;
}

/** Stands in the notification where the callee has hung up without saying why (Bot API 7.3). */
const CALLEE_HUNG_UP = 'Client Side';

/**
 * A call that the hub places, from the endpoint to the last release. Its application decides when to dial and when to hang up;
 * this class carries it out and tells the application, the record and the dialer what becomes of it.
 */
export class OutboundCall extends HostedCall implements DialledCall {
  readonly released: Promise<void>;
  readonly #options: OutboundCallOptions;
  readonly #dialLog: DialLog;
  /** Aborted when the call is not wanted any more. */
  readonly #unwanted = new AbortController();
  /** The answer in a provisional response, which the final one need not repeat. */
  #earlySdp = '';
  /** INVITEs that were given up. */
  #dialling: Promise<void> = Promise.resolve();

  constructor(options: OutboundCallOptions) {
    const gateways = options.route.routes.map(({ gateway }) => gateway);
    const dialLog = new DialLog(gateways, options.clock);
    super({ ...options, record: { ...options.record, dial: dialLog.record } }, false);
    this.#options = options;
    this.#dialLog = dialLog;
    this.released = this.run().then(() => untilSettled(this.#dialling, options.clock));
  }

  cancel(reason: EndReason): void {
    this.terminate(reason);
  }

  /** CallControl: dials, and resolves when the callee has answered. */
  async answer(): Promise<void> {
    const { endpoint } = this;
    if (!endpoint || this.call.ended || this.ending) throw new SipError('sip_failed', 'the call has ended');
    if (this.line) return;
    const { clock, sip, route } = this.#options;
    const onFirstRtp = () => {
      if (!this.line) this.#dialLog.heardEarly();
    };
    endpoint.once('first-rtp', onFirstRtp);
    const localSdp = await endpoint.offer();
    const result = await dialGateways(
      sip,
      {
        ...route,
        ...{ localSdp, clock, signal: this.#unwanted.signal },
        cancelHeaders: () => this.ending?.headers ?? {},
      },
      {
        sent: (attempt, callId) => this.#onSent(attempt, callId),
        provisional: (_, response) => void this.#onProvisional(endpoint, response),
        failed: (attempt, failure, next) => {
          const { text, sipStatus } = endOfFailure(failure);
          this.#dialLog.failed(attempt, text, sipStatus);
          const { gateway } = this.#dialLog.attempt(attempt);
          this.session.log.info({ gateway, why: text, next }, 'gateway did not bring the callee');
        },
      },
    );
    endpoint.off('first-rtp', onFirstRtp);
    if (!result.answered) {
      this.#dialling = result.settled;
      this.application?.callerHungUp(endOfFailure(result.failure));
      throw new SipError('sip_failed', 'the call was not answered');
    }
    await this.#onAnswered(endpoint, result.dialog, result.attempt);
  }

  protected async openEndpoint(): Promise<MediaEndpoint> {
    const { media, near, settings } = this.#options;
    this.endpoint = await media.createEndpoint({
      callId: this.id,
      ...(near === undefined ? {} : { near }),
      ...settings?.endpoint,
    });
    return this.endpoint;
  }

  protected onSilence(silentMs: number, application: CallApplication): void {
    // a telephone that rings need not be heard
    if (!this.line) return;
    const text = `no RTP from the callee for ${Math.round(silentMs / 1000)} s`;
    application.end({ category: 'media-timeout', by: 'hub', text });
  }

  protected withdraw(): void {
    this.#unwanted.abort();
  }

  protected over(reason: EndReason): void {
    this.#options.dial?.ended(outcomeOf(this.call.record, reason));
  }

  protected override get outbound(): OutboundConversation {
    return this.#watchForMachines();
  }

  // ---- dialling ----

  #onSent(attempt: number, callId: string): void {
    if (this.#dialLog.sent(attempt, callId)) this.#options.dial?.initiated();
    this.call.record.sipCallId = callId;
    this.call.record.remote = this.#dialLog.attempt(attempt).gateway;
  }

  async #onProvisional(endpoint: MediaEndpoint, { status, sdp }: { status: number; sdp: string }): Promise<void> {
    const ringingMs = status === 180 || status === 183 ? this.#dialLog.rings() : undefined;
    if (ringingMs !== undefined) this.#options.dial?.ringing({ ringingMs, earlyMedia: sdp !== '' });
    if (sdp !== '' && sdp !== this.#earlySdp) {
      this.#earlySdp = sdp;
      try {
        await endpoint.acceptAnswer(sdp);
      } catch (error) {
        this.session.log.info({ err: error }, 'early media cannot be received');
        return;
      }
    }
    if (!this.line) this.application?.progress?.({ status, media: sdp !== '' });
  }

  async #onAnswered(endpoint: MediaEndpoint, dialog: SipDialog, attempt: number): Promise<void> {
    this.connect(dialog, endpoint, {
      party: 'callee',
      otherSide: { user: this.record.calling.user, displayName: this.record.calling.displayName },
      gone: (end) => this.application?.callerHungUp(endOfCallee(end)),
      takeovers: this.#options.takeovers,
    });
    this.#dialLog.accepted(attempt);
    try {
      await endpoint.acceptAnswer(dialog.remoteSdp === '' ? this.#earlySdp : dialog.remoteSdp);
    } catch (error) {
      const end: EndReason = { category: 'media-failure', by: 'hub', text: `the callee's SDP: ${messageOf(error)}` };
      this.terminate(end);
      throw new SipError('sip_failed', end.text);
    }
    const answeredMs = this.#dialLog.answered();
    this.call.answered();
    this.#options.observer.answered(answeredMs);
    this.#options.dial?.answered({ answeredMs });
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
        over: () => this.application?.release?.(),
      },
      this.session.log,
      openEar && ((heard) => openEar(heard, this.call.signal)),
    );
    return {
      held: mode === 'detect' && awaitGreetingEnd,
      listens: wordsExpected,
      onAudio: (frame) => watch.onAudio(frame),
      onText: (text, final) => watch.onText(text, final),
    };
  }

  #onVerdict(verdict: MachineVerdict, mode: MachineDetectionMode): void {
    if (this.call.ended) return;
    this.#dialLog.record.machine = verdict;
    this.session.log.info({ machine: verdict }, 'machine detection');
    this.#options.dial?.machine(verdict);
    if (mode === 'disconnect' && (verdict.type === 'answering-machine' || verdict.type === 'fax')) {
      this.terminate({ category: 'machine-detected', by: 'hub', text: 'Machine Detected' });
      return;
    }
    if (mode === 'detect') this.application?.machineDetected?.(verdict.type);
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
