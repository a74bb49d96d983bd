import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import { type AudioFrame, FRAME_MS, type SampleRate, samplesPerFrame } from './audio.ts';
import { parseDigits } from './dtmf.ts';
import { FakeCaller } from './fake-caller.ts';
import { FakePlayout } from './fake-playout.ts';
import { KeySender, type SendKey } from './key-sender.ts';
import { mixInto } from './mix.ts';
import {
  type EndpointOptions,
  type KeyPress,
  type MediaEndpoint,
  type MediaEndpointEvents,
  MediaError,
  type MediaStats,
  type Playout,
  type TapFrame,
} from './port.ts';
import type { NegotiatedAudio } from './sdp.ts';
import { SdpExchange } from './sdp-exchange.ts';

export interface FakeEndpointOptions {
  /** Paces everything; a `VirtualClock` makes a call of a minute pass in milliseconds. */
  clock: Clock;
  sampleRate?: SampleRate;
  timeoutMs?: number;
}

/** The media of one call without sockets; a test plays the party through `caller`. */
export class FakeEndpoint extends EventEmitter<MediaEndpointEvents> implements MediaEndpoint {
  readonly callId: string;
  readonly sampleRate: SampleRate;
  /** The test's end of the call. */
  readonly caller: FakeCaller;
  closed = false;
  protected readonly queue: FakePlayout;
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly sdp: SdpExchange;
  private readonly out: Int16Array;
  private readonly in: Int16Array;
  private readonly keys = new KeySender();
  private audio: NegotiatedAudio | undefined;
  private connected = false;
  private listener: ((frame: AudioFrame) => void) | undefined;
  private frames = 0;
  private startedMs = 0;
  private lastHeardMs = 0;
  private timedOut = false;
  private received = 0;
  private sent = 0;
  private cancelTick: (() => void) | undefined;
  private tapListener: ((frame: TapFrame) => void) | undefined;
  private partner: FakeEndpoint | undefined;
  private onEnd: (() => void) | undefined;
  /** What the other party of the bridge said and this one has not heard. */
  private fromPartner: Int16Array[] = [];

  constructor(request: EndpointOptions, port: number, options: FakeEndpointOptions) {
    super();
    const { callId, codecs, advertisedAddress = '127.0.0.1', telephoneEvents = true } = request;
    this.callId = callId;
    this.clock = options.clock;
    this.sampleRate = options.sampleRate ?? 8000;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    const local = { address: advertisedAddress, port, sessionId: port, telephoneEvents };
    this.sdp = new SdpExchange({ ...local, ...(codecs && { codecs }) });
    const frameSamples = samplesPerFrame(this.sampleRate);
    this.caller = new FakeCaller(frameSamples);
    this.queue = new FakePlayout(this.sampleRate);
    this.out = new Int16Array(frameSamples);
    this.in = new Int16Array(frameSamples);
  }

  get playout(): Playout {
    return this.queue;
  }

  async answer(remoteSdp: string, { connect = true }: { connect?: boolean } = {}): Promise<string> {
    this.assertOpen();
    const { sdp, audio } = this.sdp.answer(remoteSdp);
    if (connect || this.connected) this.configure(audio);
    else this.audio = audio;
    return sdp;
  }

  connect(): void {
    if (!this.closed && !this.connected && this.audio !== undefined) this.configure(this.audio);
  }

  async offer(): Promise<string> {
    this.assertOpen();
    return this.sdp.offer();
  }

  async acceptAnswer(remoteSdp: string): Promise<void> {
    if (!this.closed) this.configure(this.sdp.readAnswer(remoteSdp));
  }

  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void {
    this.listener = this.closed ? undefined : listener;
  }

  onTap(listener: ((frame: TapFrame) => void) | undefined): void {
    this.tapListener = this.closed ? undefined : listener;
  }

  async sendDtmf(digits: string, options: { durationMs?: number; gapMs?: number } = {}): Promise<void> {
    const presses = parseDigits(digits);
    if (this.closed || presses.length === 0) return;
    const { durationMs = 100, gapMs = 100 } = options;
    if (this.keys.active) {
      await this.queue.drained();
      await Promise.all(presses.map((digit) => this.keys.send({ digit, durationMs })));
      return;
    }
    await new Promise<void>((done) => this.queue.sendDtmf(presses, durationMs, gapMs, done));
  }

  pressKey(press: KeyPress): void {
    if (this.closed) return;
    this.partner?.passKey(press);
    this.emit('dtmf', press);
  }

  sendKeysBy(send: SendKey | undefined): void {
    this.keys.use(this.closed ? undefined : send);
  }

  stats(): MediaStats {
    const remote = this.audio?.remote;
    return {
      codec: this.audio?.codec,
      remoteAddress: remote === undefined ? undefined : `${remote.address}:${remote.port}`,
      packetsReceived: this.received,
      packetsSent: this.sent,
      packetsLost: 0,
      packetsLate: 0,
      packetsFromStrangers: 0,
      packetsSkipped: 0,
      concealedMs: 0,
      trimmedMs: 0,
      cutMs: 0,
      jitterMs: 0,
      remoteLossFraction: undefined,
      roundTripMs: undefined,
    };
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.shut();
    this.emit('closed');
  }

  /** The engine loses the call, as when a media thread dies. */
  fail(error = new MediaError('engine_failed', 'the fake engine failed on request')): void {
    if (this.closed) return;
    this.shut();
    this.emit('failed', error);
    this.emit('closed');
  }

  get bridged(): boolean {
    return this.partner !== undefined;
  }

  /** Lets this party hear the partner, until `part`; `onEnd` is called when this endpoint ends before. */
  join(partner: FakeEndpoint, onEnd: () => void): void {
    this.partner = partner;
    this.onEnd = onEnd;
  }

  part(): void {
    this.partner = undefined;
    this.onEnd = undefined;
    this.fromPartner = [];
  }

  private shut(): void {
    this.closed = true;
    this.keys.use(undefined);
    this.listener = undefined;
    this.tapListener = undefined;
    this.onEnd?.();
    this.cancelTick?.();
    this.queue.close();
  }

  private configure(audio: NegotiatedAudio): void {
    const wasReceiving = this.connected && this.audio?.direction === 'sendrecv';
    if (!wasReceiving) this.lastHeardMs = this.clock.now();
    this.audio = audio;
    if (this.connected) return;
    this.connected = true;
    this.startedMs = this.clock.now();
    this.plan();
  }

  /** On the absolute grid, so that no rounding adds up. */
  private plan(): void {
    const dueMs = this.startedMs + (this.frames + 1) * FRAME_MS;
    this.cancelTick = this.clock.after(dueMs - this.clock.now(), () => this.tick());
  }

  private tick(): void {
    const direction = this.audio?.direction ?? 'inactive';
    const timestampMs = this.frames * FRAME_MS;
    this.frames++;
    this.out.fill(0);
    const sending = direction === 'sendrecv' || direction === 'sendonly';
    const fromPartner = this.fromPartner.shift();
    if (sending) this.play(fromPartner);
    this.plan();
    this.hear(direction === 'sendrecv', timestampMs);
  }

  private play(fromPartner: Int16Array | undefined): void {
    const atMs = this.clock.now();
    const heardMs = this.caller.heardFrames.length * FRAME_MS;
    const count = this.queue.take(this.out, (digit, durationMs) => {
      this.caller.digitsHeard.push({ digit, atMs, heardMs, durationMs });
    });
    this.note(count, atMs);
    if (fromPartner !== undefined && !this.queue.frameIsKey) mixInto(this.out, fromPartner);
    this.sent++;
    this.caller.heardFrames.push(this.out.slice());
  }

  private note(count: number, atMs: number): void {
    if (count === 0) return;
    const span = this.caller.spans.at(-1);
    if (span !== undefined && atMs - span.endMs < 1) {
      span.frames.push(this.out.slice(0, count));
      span.endMs += FRAME_MS;
    } else {
      this.caller.spans.push({ atMs, endMs: atMs + FRAME_MS, frames: [this.out.slice(0, count)] });
    }
  }

  private hear(receiving: boolean, timestampMs: number): void {
    const incoming = this.caller.outgoing.shift();
    const keys = this.caller.keys.splice(0);
    this.in.fill(0);
    if (incoming !== undefined || keys.length > 0 || this.caller.sendsSilence) {
      if (this.received++ === 0) this.emit('first-rtp');
      this.lastHeardMs = this.clock.now();
    }
    if (incoming !== undefined && receiving) this.in.set(incoming);
    this.partner?.hearPartner(this.in, keys);
    for (const key of keys) this.emit('dtmf', key);
    const { sampleRate } = this;
    this.listener?.({ samples: this.in, sampleRate, timestampMs });
    this.tapListener?.({ said: this.in, heard: this.out, sampleRate, timestampMs, saidAtMs: timestampMs });
    const silentMs = this.clock.now() - this.lastHeardMs;
    if (this.closed || !receiving || this.timedOut || silentMs < this.timeoutMs) return;
    this.timedOut = true;
    this.emit('timeout', { silentMs });
  }

  private hearPartner(samples: Int16Array, keys: readonly KeyPress[]): void {
    this.fromPartner.push(samples.slice());
    if (this.fromPartner.length > 2) this.fromPartner.shift();
    for (const press of keys) this.passKey(press);
  }

  private passKey({ digit, durationMs }: KeyPress): void {
    const direction = this.audio?.direction;
    // Nobody wants the keys of a hold all at once at its end.
    if (direction !== 'sendrecv' && direction !== 'sendonly') return;
    if (this.keys.active) void this.keys.send({ digit, durationMs });
    else this.queue.passKey(digit, durationMs);
  }

  private assertOpen(): void {
    if (this.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
  }
}
