import { EventEmitter } from 'node:events';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import type { AudioFrame } from '../../media/audio.ts';
import { parseDigits } from '../../media/dtmf.ts';
import { KeySender, type SendKey } from '../../media/key-sender.ts';
import {
  type EndpointOptions,
  type KeyPress,
  type MediaEndpoint,
  type MediaEndpointEvents,
  MediaError,
  type MediaStats,
  type Playout,
  type TapFrame,
} from '../../media/port.ts';
import type { NegotiatedAudio } from '../../media/sdp.ts';
import { SdpExchange } from '../../media/sdp-exchange.ts';
import type { AudioServer } from './audio-server.ts';
import { type BridgeSide, type ChannelBridge, ceilingBeside } from './bridge.ts';
import { CallAudio } from './call-audio.ts';
import type { Channel } from './channel.ts';
import type { FreeSwitchError } from './errors.ts';
import { ForkPlayout, SAMPLE_RATE } from './fork-playout.ts';
import type { LoopWatch } from './loop-watch.ts';
import { mediaAddress, partySdp, unknownPartySdp, withoutRtcpMux } from './party-sdp.ts';
import { RtpWatch } from './rtp-watch.ts';
import type { EngineLog, FreeSwitchServer, ServerClient } from './server.ts';

export interface EndpointDeps {
  audio: AudioServer;
  /** The server to be tried next for a call whose first choice has failed; undefined: none is left. */
  another(failed: readonly FreeSwitchServer[]): FreeSwitchServer | undefined;
  timeoutMs: number;
  loop: LoopWatch;
  clock: Clock;
  log: EngineLog;
}

const DEFAULT_DTMF_MS = 100;
/** Of a shorter one FreeSWITCH makes 250 ms. */
const MIN_DTMF_MS = 60;
const MAX_DTMF_MS = 8_000;

/**
 * The media of one call on a FreeSWITCH. The channel is made when the party's SDP is known, or when ours is asked for; until then the call
 * only has its place.
 */
export class FreeSwitchEndpoint
  extends EventEmitter<MediaEndpointEvents>
  implements MediaEndpoint, ServerClient, BridgeSide
{
  readonly callId: string;
  readonly sampleRate = SAMPLE_RATE;
  closed = false;
  readonly #deps: EndpointDeps;
  #server: FreeSwitchServer;
  readonly #queue: ForkPlayout;
  readonly #watch: RtpWatch;
  readonly #callAudio: CallAudio;
  readonly #keys = new KeySender();
  readonly #advertisedAddress: string | undefined;
  readonly #sdp: SdpExchange;
  #audio: NegotiatedAudio | undefined;
  #connected = false;
  #channel: Channel | undefined;
  /** What FreeSWITCH was told last of the party, without the version, and the version. */
  #party = { text: '', version: 0 };
  #bridge: ChannelBridge | undefined;
  /** Exchanges of SDP, one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #ended: Promise<void> | undefined;

  constructor(options: EndpointOptions, server: FreeSwitchServer, deps: EndpointDeps) {
    super();
    const { callId, codecs, telephoneEvents = true } = options;
    this.callId = callId;
    this.#server = server;
    this.#deps = deps;
    this.#advertisedAddress = options.advertisedAddress;
    const local = {
      ...{ address: options.advertisedAddress ?? '0.0.0.0', port: 9 },
      ...{ sessionId: sessionId(), telephoneEvents },
    };
    this.#sdp = new SdpExchange({ ...local, ...(codecs && { codecs }) });
    this.#queue = new ForkPlayout({
      now: () => deps.clock.now(),
      heldUpMs: () => deps.loop.heldUpMs,
      pressKey: (digit, durationMs) => {
        this.#channel?.pressKey(digit, durationMs).catch((error: unknown) => this.#warn(error, 'a key was not sent'));
      },
    });
    this.#watch = new RtpWatch({
      clock: deps.clock,
      timeoutMs: deps.timeoutMs,
      counters: async () => await this.#channel?.counters(),
      onFirst: () => this.emit('first-rtp'),
      onTimeout: (silentMs) => this.emit('timeout', { silentMs }),
    });
    this.#callAudio = new CallAudio({
      callId,
      queue: this.#queue,
      audio: deps.audio,
      clock: deps.clock,
      log: deps.log,
      onSound: () => this.#watch.sound(),
      onLost: (message, cause) => this.#fail(message, cause),
    });
    server.enter(this);
  }

  get server(): FreeSwitchServer {
    return this.#server;
  }

  get playout(): Playout {
    return this.#queue;
  }

  async answer(remoteSdp: string, { connect = true }: { connect?: boolean } = {}): Promise<string> {
    this.#assertOpen();
    return await this.#inTurn(async () => {
      this.#assertOpen();
      const offer = withoutRtcpMux(remoteSdp);
      const audio = this.#sdp.read(offer);
      const flows = connect || this.#connected;
      await this.#tell(flows ? audio : { ...audio, direction: 'inactive' });
      const { sdp } = this.#sdp.answer(offer);
      if (flows) await this.#configure(audio);
      else this.#audio = audio;
      return sdp;
    });
  }

  connect(): void {
    void this.#inTurn(async () => {
      const audio = this.#audio;
      if (this.closed || this.#connected || audio === undefined) return;
      await this.#tell(audio);
      await this.#configure(audio);
    }).catch((error: unknown) => this.#fail('FreeSWITCH does not begin to send', error));
  }

  async offer(): Promise<string> {
    this.#assertOpen();
    return await this.#inTurn(async () => {
      this.#assertOpen();
      if (this.#channel === undefined) await this.#tell(undefined);
      return this.#sdp.offer();
    });
  }

  async acceptAnswer(remoteSdp: string): Promise<void> {
    if (this.closed) return;
    await this.#inTurn(async () => {
      if (this.closed) return;
      const audio = this.#sdp.readAnswer(remoteSdp);
      await this.#tell(audio);
      await this.#configure(audio);
    });
  }

  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void {
    this.#callAudio.onAudio(listener);
  }

  onTap(listener: ((frame: TapFrame) => void) | undefined): void {
    this.#callAudio.onTap(listener);
  }

  get bridged(): boolean {
    return this.#bridge !== undefined;
  }

  /** BridgeSide */
  get bridgeable(): Channel | undefined {
    return this.#sending && !this.closed ? this.#channel : undefined;
  }

  /** BridgeSide */
  get peak(): number {
    return this.#callAudio.peak;
  }

  /** Undefined: it is in no bridge any more. */
  enterBridge(bridge: ChannelBridge | undefined, other?: BridgeSide): void {
    this.#bridge = bridge;
    this.#queue.limit(other && (() => ceilingBeside(other)));
  }

  async sendDtmf(digits: string, options: { durationMs?: number; gapMs?: number } = {}): Promise<void> {
    const presses = parseDigits(digits);
    if (this.closed || presses.length === 0) return;
    const durationMs = Math.min(MAX_DTMF_MS, Math.max(MIN_DTMF_MS, options.durationMs ?? DEFAULT_DTMF_MS));
    const gapMs = Math.min(MAX_DTMF_MS, Math.max(0, options.gapMs ?? DEFAULT_DTMF_MS));
    if (this.#keys.active) {
      await this.#queue.drained();
      await Promise.all(presses.map((digit) => this.#keys.send({ digit, durationMs })));
      return;
    }
    await new Promise<void>((done) => this.#queue.sendKeys({ digits: presses, durationMs, gapMs, done }));
  }

  pressKey(press: KeyPress): void {
    if (!this.closed) this.#pressed(press, false);
  }

  sendKeysBy(send: SendKey | undefined): void {
    this.#keys.use(this.closed ? undefined : send);
  }

  /** BridgeSide */
  passKey(press: KeyPress, wasInMedia: boolean): void {
    if (!this.#sending) return;
    if (this.#keys.active) void this.#keys.send(press);
    else if (!wasInMedia) {
      const durationMs = Math.min(MAX_DTMF_MS, Math.max(MIN_DTMF_MS, press.durationMs));
      this.#channel
        ?.pressKey(press.digit, durationMs)
        .catch((error: unknown) => this.#warn(error, 'a key was not sent'));
    }
  }

  #pressed(press: KeyPress, inMedia: boolean): void {
    this.#bridge?.keyPressed(this, press, inMedia);
    this.emit('dtmf', press);
  }

  stats(): MediaStats {
    const counters = this.#watch.counters;
    const remote = this.#audio?.remote;
    return {
      codec: this.#audio?.codec,
      remoteAddress: remote === undefined ? undefined : formatAddress(remote.address, remote.port),
      packetsReceived: counters?.packetsReceived ?? 0,
      packetsSent: counters?.packetsSent ?? 0,
      packetsLost: counters?.packetsLost ?? 0,
      packetsLate: 0,
      packetsFromStrangers: 0,
      packetsSkipped: 0,
      concealedMs: 0,
      trimmedMs: 0,
      cutMs: 0,
      jitterMs: counters?.jitterMs ?? 0,
      remoteLossFraction: undefined,
      roundTripMs: undefined,
    };
  }

  close(): Promise<void> {
    this.#ended ??= this.#end();
    return this.#ended;
  }

  /** Its FreeSWITCH is gone. */
  serverLost(error: FreeSwitchError): void {
    this.#fail(`FreeSWITCH at ${this.#server.name} is lost`, error);
  }

  // ---- the end ----

  #fail(message: string, cause: unknown): void {
    if (this.closed) return;
    this.#shut();
    this.emit('failed', new MediaError('engine_failed', message, { cause }));
    this.#ended ??= this.#end();
  }

  #shut(): void {
    this.closed = true;
    this.#keys.use(undefined);
    this.#watch.stop();
    void this.#bridge?.close();
    this.#queue.close();
  }

  async #end(): Promise<void> {
    this.#shut();
    await this.#turn.catch(() => {});
    await this.#channel?.end();
    this.#callAudio.close();
    this.#server.leave(this);
    this.emit('closed');
  }

  // ---- SDP ----

  /** One exchange after the other: FreeSWITCH refuses a re-INVITE while another one is under way. */
  #inTurn<T>(exchange: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(exchange, exchange);
    this.#turn = result.catch(() => {});
    return result;
  }

  /** Tells FreeSWITCH of the party, and learns where it awaits the party's audio. @throws MediaError `engine_failed` */
  async #tell(audio: NegotiatedAudio | undefined): Promise<void> {
    const describe = (version: number) => (audio === undefined ? unknownPartySdp(version) : partySdp(audio, version));
    const text = describe(0);
    if (this.#channel !== undefined && text === this.#party.text) return;
    const sdp = describe(++this.#party.version);
    try {
      if (this.#channel === undefined) await this.#openChannel(sdp);
      else await this.#channel.modify(sdp);
      const { address, port } = mediaAddress(this.#channel?.sdp ?? '');
      this.#sdp.move({ address: this.#advertisedAddress ?? address, port });
    } catch (error) {
      if (error instanceof MediaError) throw error;
      throw new MediaError('engine_failed', messageOf(error), { cause: error });
    }
    if (this.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
    this.#party.text = text;
  }

  /** On the chosen server, or on the next one that can. */
  async #openChannel(sdp: string): Promise<void> {
    const failed: FreeSwitchServer[] = [];
    for (;;) {
      const server = this.#server;
      try {
        await this.#openChannelOn(server, sdp);
        return;
      } catch (error) {
        failed.push(server);
        const next = this.closed ? undefined : this.#deps.another(failed);
        if (next === undefined) throw error;
        this.#warn(error, 'another FreeSWITCH is tried');
        server.leave(this);
        this.#server = next;
        next.enter(this);
      }
    }
  }

  async #openChannelOn(server: FreeSwitchServer, sdp: string): Promise<void> {
    const channel = await server.openChannel(sdp);
    this.#channel = channel;
    channel.listen({
      key: (digit, durationMs) => {
        if (!this.closed && this.#connected) this.#pressed({ digit, durationMs }, true);
      },
      forkRefused: (reason) => this.#callAudio.refused(reason),
      overrun: () => this.#deps.log.warn({ callId: this.callId }, 'FreeSWITCH lost audio of the call'),
    });
    try {
      await this.#callAudio.open(channel, server);
    } catch (error) {
      this.#channel = undefined;
      await channel.end();
      throw error;
    }
    void channel.gone.then(() => this.#fail('FreeSWITCH has ended the channel of the call', undefined));
  }

  async #configure(audio: NegotiatedAudio): Promise<void> {
    this.#audio = audio;
    this.#connected = true;
    const receiving = audio.direction === 'sendrecv';
    this.#watch.configure(receiving);
    this.#callAudio.configure({ receiving, sending: this.#sending });
    this.#queue.configure({ sending: this.#sending, keysAsTones: audio.telephoneEventPayloadType === undefined });
    await this.#bridge?.update();
  }

  /** The party takes audio. */
  get #sending(): boolean {
    const audio = this.#connected ? this.#audio : undefined;
    return audio?.remote !== undefined && (audio.direction === 'sendrecv' || audio.direction === 'sendonly');
  }

  #assertOpen(): void {
    if (this.closed) throw new MediaError('endpoint_closed', 'the media endpoint is closed');
  }

  #warn(error: unknown, message: string): void {
    const reason = error === undefined ? undefined : messageOf(error);
    this.#deps.log.warn({ callId: this.callId, freeswitch: this.#server.name, reason }, message);
  }
}

/** `o=` line: RFC 8866 section 5.2 asks for a number that is most likely unique. */
function sessionId(): number {
  return Math.floor(Math.random() * 2 ** 47);
}

function formatAddress(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
