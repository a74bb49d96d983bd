import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import { type AudioFrame, FRAME_MS, type SampleRate, samplesPerFrame } from './audio.ts';
import { parseDigits } from './dtmf.ts';
import { FakePlayout } from './fake-playout.ts';
import {
  type DtmfDigit,
  type MediaEndpoint,
  type MediaEndpointEvents,
  type MediaEngine,
  MediaError,
  type MediaStats,
  type Playout,
} from './port.ts';
import { answerOffer, createOffer, type LocalAudio, type NegotiatedAudio, readAnswer } from './sdp.ts';

export interface FakeEngineOptions {
  /** Paces everything; a `VirtualClock` makes a call of a minute pass in milliseconds. */
  clock: Clock;
  sampleRate?: SampleRate;
  /** Endpoints at a time; more fail with `no_port`. */
  maxEndpoints?: number;
  timeoutMs?: number;
}

/**
 * A whole media engine without sockets: SDP is negotiated as in the real ones, and from `answer` on one frame per 20 ms
 * of the clock goes each way. A test plays the caller through the endpoint's `caller`.
 */
export class FakeMediaEngine implements MediaEngine {
  /** All that were made, closed ones included. */
  readonly endpoints: FakeEndpoint[] = [];
  private readonly options: FakeEngineOptions;
  private closed = false;

  constructor(options: FakeEngineOptions) {
    this.options = options;
  }

  async createEndpoint({ callId }: { callId: string }): Promise<FakeEndpoint> {
    if (this.closed) throw new MediaError('engine_failed', 'the media engine is closed');
    const open = this.endpoints.filter((endpoint) => !endpoint.closed).length;
    if (open >= (this.options.maxEndpoints ?? Number.POSITIVE_INFINITY)) {
      throw new MediaError('no_port', 'all RTP ports are in use', { retryable: true });
    }
    const endpoint = new FakeEndpoint(callId, 40_000 + 2 * this.endpoints.length, this.options);
    this.endpoints.push(endpoint);
    return endpoint;
  }

  async close(): Promise<void> {
    this.closed = true;
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }
}

/** Queued audio that went out without a pause; `atMs` is the clock's time of its first frame. */
export interface PlayedSpan {
  atMs: number;
  samples: Int16Array;
}

/** The other end of a fake call: what a test says, and what it hears. */
export class FakeCaller {
  /** Frames that will arrive, one per 20 ms. */
  readonly outgoing: Int16Array[] = [];
  /** Everything that was heard since the call was connected, silence included. */
  readonly heardFrames: Int16Array[] = [];
  /** `heardMs`: audio that was heard before the digit. */
  readonly digitsHeard: { digit: DtmfDigit; atMs: number; heardMs: number }[] = [];
  readonly spans: { atMs: number; endMs: number; frames: Int16Array[] }[] = [];
  readonly keys: { digit: DtmfDigit; durationMs: number }[] = [];
  /** Sends packets of silence while it has nothing to say. */
  sendsSilence = false;
  private readonly frameSamples: number;

  constructor(frameSamples: number) {
    this.frameSamples = frameSamples;
  }

  /** Speaks from the next frame on, after what is already under way; the last frame is filled with silence. */
  speak(samples: Int16Array): void {
    for (let from = 0; from < samples.length; from += this.frameSamples) {
      const frame = new Int16Array(this.frameSamples);
      frame.set(samples.subarray(from, from + this.frameSamples));
      this.outgoing.push(frame);
    }
  }

  /**
   * Whether packets of silence go out between sentences, as a phone without silence suppression sends them.
   * Without them a caller who says nothing runs into the timeout.
   */
  sendSilence(on: boolean): void {
    this.sendsSilence = on;
  }

  /** Presses keys with the next frame. */
  press(digits: string, durationMs = 100): void {
    for (const digit of parseDigits(digits)) this.keys.push({ digit, durationMs });
  }

  /** What was heard since the call was connected. */
  heard(): Int16Array {
    return concat(this.heardFrames);
  }

  /** Queued audio that was heard, without the silence between; one span per uninterrupted stretch. */
  played(): PlayedSpan[] {
    return this.spans.map(({ atMs, frames }) => ({ atMs, samples: concat(frames) }));
  }
}

export class FakeEndpoint extends EventEmitter<MediaEndpointEvents> implements MediaEndpoint {
  readonly callId: string;
  readonly sampleRate: SampleRate;
  /** The test's end of the call. */
  readonly caller: FakeCaller;
  closed = false;
  protected readonly queue: FakePlayout;
  private readonly clock: Clock;
  private readonly timeoutMs: number;
  private readonly local: LocalAudio;
  private readonly out: Int16Array;
  private readonly in: Int16Array;
  private lastSdp: string | undefined;
  private audio: NegotiatedAudio | undefined;
  private listener: ((frame: AudioFrame) => void) | undefined;
  private frames = 0;
  private startedMs = 0;
  private lastHeardMs = 0;
  private timedOut = false;
  private received = 0;
  private sent = 0;
  private cancelTick: (() => void) | undefined;

  constructor(callId: string, port: number, options: FakeEngineOptions) {
    super();
    this.callId = callId;
    this.clock = options.clock;
    this.sampleRate = options.sampleRate ?? 8000;
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.local = { address: '127.0.0.1', port, sessionId: port, sessionVersion: 1 };
    const frameSamples = samplesPerFrame(this.sampleRate);
    this.caller = new FakeCaller(frameSamples);
    this.queue = new FakePlayout(this.sampleRate);
    this.out = new Int16Array(frameSamples);
    this.in = new Int16Array(frameSamples);
  }

  get playout(): Playout {
    return this.queue;
  }

  async answer(remoteSdp: string): Promise<string> {
    this.assertOpen();
    const { audio } = answerOffer(remoteSdp, this.local);
    const sdp = this.versioned(() => answerOffer(remoteSdp, this.local).sdp);
    this.connect(audio);
    return sdp;
  }

  async offer(): Promise<string> {
    this.assertOpen();
    return this.versioned(() => createOffer(this.local));
  }

  async acceptAnswer(remoteSdp: string): Promise<void> {
    if (!this.closed) this.connect(readAnswer(remoteSdp));
  }

  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void {
    this.listener = this.closed ? undefined : listener;
  }

  async sendDtmf(digits: string, options: { durationMs?: number; gapMs?: number } = {}): Promise<void> {
    const presses = parseDigits(digits);
    if (this.closed || presses.length === 0) return;
    await new Promise<void>((done) =>
      this.queue.sendDtmf(presses, options.durationMs ?? 100, options.gapMs ?? 100, done),
    );
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

  private shut(): void {
    this.closed = true;
    this.listener = undefined;
    this.cancelTick?.();
    this.queue.close();
  }

  private connect(audio: NegotiatedAudio): void {
    const wasReceiving = this.audio?.direction === 'sendrecv';
    if (!wasReceiving) this.lastHeardMs = this.clock.now();
    const first = this.audio === undefined;
    this.audio = audio;
    if (!first) return;
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
    if (direction === 'sendrecv' || direction === 'sendonly') this.play();
    const timestampMs = this.frames * FRAME_MS;
    this.frames++;
    this.plan();
    this.hear(direction === 'sendrecv', timestampMs);
  }

  private play(): void {
    const atMs = this.clock.now();
    const heardMs = this.caller.heardFrames.length * FRAME_MS;
    const count = this.queue.take(this.out, (digit) => this.caller.digitsHeard.push({ digit, atMs, heardMs }));
    this.sent++;
    this.caller.heardFrames.push(this.out.slice());
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
    for (const key of keys) this.emit('dtmf', key);
    this.listener?.({ samples: this.in, sampleRate: this.sampleRate, timestampMs });
    const silentMs = this.clock.now() - this.lastHeardMs;
    if (this.closed || !receiving || this.timedOut || silentMs < this.timeoutMs) return;
    this.timedOut = true;
    this.emit('timeout', { silentMs });
  }

  private versioned(build: () => string): string {
    let sdp = build();
    if (this.lastSdp !== undefined && sdp !== this.lastSdp) {
      this.local.sessionVersion++;
      sdp = build();
    }
    this.lastSdp = sdp;
    return sdp;
  }

  private assertOpen(): void {
    if (this.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
  }
}

function concat(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
