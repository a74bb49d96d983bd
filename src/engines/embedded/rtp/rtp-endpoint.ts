import { EventEmitter } from 'node:events';
import { assertNever } from '../../../errors.ts';
import { type AudioFrame, FRAME_MS } from '../../../media/audio.ts';
import { parseDigits } from '../../../media/dtmf.ts';
import { KeySender, type SendKey } from '../../../media/key-sender.ts';
import {
  type KeyPress,
  type MediaEndpoint,
  type MediaEndpointEvents,
  MediaError,
  type MediaStats,
  type Playout,
  type TapFrame,
} from '../../../media/port.ts';
import type { NegotiatedAudio } from '../../../media/sdp.ts';
import { type OwnAudio, SdpExchange } from '../../../media/sdp-exchange.ts';
import type { LaneNumber } from './bridge-lane.ts';
import { EndpointTap } from './endpoint-tap.ts';
import type { MediaWorker, WorkerClient } from './media-worker.ts';
import type { MemoryPool } from './memory-pool.ts';
import type { CallNews, ToWorker } from './messages.ts';
import type { BridgeSide, RtpBridge } from './rtp-bridge.ts';
import { RtpPlayout } from './rtp-playout.ts';
import { FRAME_SAMPLES, SAMPLE_RATE, type SharedCall, Word } from './shared-call.ts';

const SAMPLES_PER_MS = SAMPLE_RATE / 1000;
const DEFAULT_DTMF_MS = 100;
const DEFAULT_DTMF_GAP_MS = 100;
/** RFC 4733 section 2.3.5: 16 bits at 8 kHz, less one frame. */
const MAX_DTMF_MS = 8000;

export interface EndpointLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface RtpEndpointOptions {
  id: number;
  callId: string;
  worker: MediaWorker;
  shared: SharedCall;
  /** What our SDP says. */
  local: OwnAudio;
  /** Memory for taps. */
  taps: MemoryPool;
  log: EndpointLog;
  /** Called once, when the socket is closed or lost. */
  released: () => void;
}

/** The main thread's end of one call; its packets live in `worker-call.ts`. */
export class RtpEndpoint extends EventEmitter<MediaEndpointEvents> implements MediaEndpoint, WorkerClient, BridgeSide {
  readonly id: number;
  readonly callId: string;
  readonly sampleRate = SAMPLE_RATE;
  readonly worker: MediaWorker;
  closed = false;
  bridge: RtpBridge | undefined;
  private readonly shared: SharedCall;
  private readonly sdp: SdpExchange;
  private readonly log: EndpointLog;
  private readonly released: () => void;
  private readonly queue: RtpPlayout;
  private readonly keys = new KeySender();
  private readonly samples = new Int16Array(FRAME_SAMPLES);
  private readonly frame: { -readonly [K in keyof AudioFrame]: AudioFrame[K] };
  private listener: ((frame: AudioFrame) => void) | undefined;
  private readonly taps: MemoryPool;
  private tap: EndpointTap | undefined;
  /** Who waits for the worker to have joined or parted a bridge. */
  private readonly bridging: (() => void)[] = [];
  private audio: NegotiatedAudio | undefined;
  private connected = false;
  private remoteAddress: string | undefined;
  private dtmfToken = 0;
  /** Of a call whose memory another one may have. */
  private finalStats: MediaStats | undefined;
  private readonly socketClosed = Promise.withResolvers<void>();

  constructor(options: RtpEndpointOptions) {
    super();
    this.id = options.id;
    this.callId = options.callId;
    this.worker = options.worker;
    this.shared = options.shared;
    this.sdp = new SdpExchange(options.local);
    this.taps = options.taps;
    this.log = options.log;
    this.released = options.released;
    this.frame = { samples: this.samples, sampleRate: SAMPLE_RATE, timestampMs: 0, bufferedMs: 0 };
    this.queue = new RtpPlayout(options.shared, ({ digits, durationMs, gapMs }) => {
      this.worker.post({ type: 'dtmf', id: this.id, token: ++this.dtmfToken, digits, durationMs, gapMs });
    });
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
    if (this.closed) return;
    this.configure(this.sdp.readAnswer(remoteSdp));
  }

  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void {
    this.listener = this.closed ? undefined : listener;
  }

  onTap(listener: ((frame: TapFrame) => void) | undefined): void {
    if (this.closed || (listener === undefined && this.tap === undefined)) return;
    this.tap ??= new EndpointTap(this.taps);
    const tell = (memory: SharedArrayBuffer | undefined) => this.worker.post({ type: 'tap', id: this.id, memory });
    this.tap.listen(listener, tell, () => tell(undefined));
  }

  async sendDtmf(digits: string, options: { durationMs?: number; gapMs?: number } = {}): Promise<void> {
    const presses = parseDigits(digits);
    if (this.closed || presses.length === 0) return;
    const durationMs = Math.min(MAX_DTMF_MS, Math.max(40, options.durationMs ?? DEFAULT_DTMF_MS));
    const gapMs = Math.min(MAX_DTMF_MS, Math.max(0, options.gapMs ?? DEFAULT_DTMF_GAP_MS));
    if (this.keys.active) {
      await this.queue.drained();
      await Promise.all(presses.map((digit) => this.keys.send({ digit, durationMs })));
      return;
    }
    await new Promise<void>((done) => this.queue.sendDtmf({ digits: presses, durationMs, gapMs, done }));
  }

  pressKey(press: KeyPress): void {
    if (this.closed) return;
    if (this.bridge !== undefined) this.worker.post({ type: 'press', id: this.id, ...press });
    this.pressed(press);
  }

  sendKeysBy(send: SendKey | undefined): void {
    if (this.closed) return;
    this.keys.use(send);
    this.worker.post({ type: 'keys-elsewhere', id: this.id, elsewhere: send !== undefined });
  }

  private pressed(press: KeyPress): void {
    this.bridge?.keyPressed(this, press);
    this.emit('dtmf', press);
  }

  stats(): MediaStats {
    return this.finalStats ?? this.currentStats();
  }

  private currentStats(): MediaStats {
    const remoteLoss = this.shared.load(Word.remoteLoss);
    const roundTripUs = this.shared.load(Word.roundTripUs);
    return {
      codec: this.audio?.codec,
      remoteAddress: this.remoteAddress,
      packetsReceived: this.shared.load(Word.packetsReceived),
      packetsSent: this.shared.load(Word.packetsSent),
      packetsLost: this.shared.load(Word.packetsLost),
      packetsLate: this.shared.load(Word.packetsLate),
      packetsFromStrangers: this.shared.load(Word.packetsFromStrangers),
      packetsSkipped: this.shared.load(Word.slotsSkipped),
      concealedMs: this.shared.load(Word.concealed) / SAMPLES_PER_MS,
      trimmedMs: this.shared.load(Word.trimmed) / SAMPLES_PER_MS,
      cutMs: this.shared.load(Word.cut) / SAMPLES_PER_MS,
      jitterMs: this.shared.load(Word.jitterUs) / 1000,
      remoteLossFraction: remoteLoss < 0 ? undefined : remoteLoss / 256,
      roundTripMs: roundTripUs < 0 ? undefined : roundTripUs / 1000,
    };
  }

  close(): Promise<void> {
    if (!this.closed) {
      this.shut();
      this.worker.post({ type: 'close', id: this.id });
    }
    return this.socketClosed.promise;
  }

  // ---- for the bridge ----

  join(bridge: RtpBridge, memory: SharedArrayBuffer, side: LaneNumber): Promise<void> {
    this.bridge = bridge;
    return this.bridgeDone({ type: 'join', id: this.id, memory, side });
  }

  part(): Promise<void> {
    this.bridge = undefined;
    return this.bridgeDone({ type: 'part', id: this.id });
  }

  private bridgeDone(message: ToWorker): Promise<void> {
    if (this.finalStats !== undefined) return Promise.resolve();
    this.worker.post(message);
    return new Promise((resolve) => this.bridging.push(resolve));
  }

  passKey(press: KeyPress): void {
    if (this.keys.active && this.sending) void this.keys.send(press);
  }

  /** False while the party holds us. */
  private get sending(): boolean {
    return this.audio?.direction === 'sendrecv' || this.audio?.direction === 'sendonly';
  }

  // ---- the worker's side ----

  pump(): void {
    if (this.closed) return;
    this.frame.bufferedMs = this.shared.load(Word.bufferDelay) / (SAMPLE_RATE / 1000);
    while (this.listener !== undefined && this.shared.readCaller(this.samples)) {
      try {
        this.listener(this.frame);
      } catch (error) {
        this.listenerFailed(error);
      }
      this.frame.timestampMs += FRAME_MS;
    }
    if (this.closed) return;
    this.frame.timestampMs += FRAME_MS * this.shared.skipCaller();
    this.tap?.pump(this.listenerFailed);
    this.queue.pump();
  }

  private readonly listenerFailed = (error: unknown): void => {
    this.log.error({ callId: this.callId, err: error }, 'listener of caller audio failed');
  };

  news(news: CallNews): void {
    if (news.type === 'closed') {
      this.end();
      return;
    }
    if (news.type === 'bridge-done') {
      this.bridging.shift()?.();
      return;
    }
    if (this.closed) return;
    switch (news.type) {
      case 'first-rtp':
        this.emit('first-rtp');
        return;
      case 'remote':
        this.remoteAddress = formatAddress(news.address, news.port);
        return;
      case 'dtmf':
        this.pressed({ digit: news.digit, durationMs: news.durationMs });
        return;
      case 'dtmf-sent':
        if (news.token === this.dtmfToken) this.queue.dtmfSent();
        return;
      case 'timeout':
        this.emit('timeout', { silentMs: news.silentMs });
        return;
      case 'socket-error':
        this.log.warn({ callId: this.callId, error: news.message }, 'RTP socket error');
        return;
      case 'opened':
      case 'open-failed':
        return;
      default:
        assertNever(news);
    }
  }

  lost(cause: Error): void {
    if (!this.closed) {
      this.shut();
      this.emit('failed', new MediaError('engine_failed', 'the media worker of the call ended', { cause }));
    }
    this.end();
  }

  private shut(): void {
    this.closed = true;
    this.keys.use(undefined);
    this.tap?.end(this.listenerFailed);
    this.listener = undefined;
    void this.bridge?.close();
    this.queue.close();
  }

  private end(): void {
    if (this.finalStats !== undefined) return;
    this.finalStats = this.currentStats();
    this.worker.forget(this.id);
    for (const done of this.bridging.splice(0)) done();
    this.tap?.release();
    this.released();
    this.socketClosed.resolve();
    this.emit('closed');
  }

  private configure(audio: NegotiatedAudio): void {
    this.audio = audio;
    this.connected = true;
    if (audio.remote !== undefined && this.remoteAddress === undefined) {
      this.remoteAddress = formatAddress(audio.remote.address, audio.remote.port);
    }
    this.worker.post({ type: 'configure', id: this.id, audio });
  }

  private assertOpen(): void {
    if (this.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
  }
}

function formatAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
