import type { WebSocket } from 'ws';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import { type AudioFrame, FRAME_MS } from '../../media/audio.ts';
import type { TapFrame } from '../../media/port.ts';
import type { AudioServer } from './audio-server.ts';
import type { Channel } from './channel.ts';
import { FrameReader, openFork } from './fork.ts';
import { type ForkPlayout, SAMPLE_RATE } from './fork-playout.ts';
import type { EngineLog, FreeSwitchServer } from './server.ts';

export interface CallAudioOptions {
  callId: string;
  queue: ForkPlayout;
  audio: AudioServer;
  clock: Clock;
  log: EngineLog;
  /** The party has sent sound. */
  onSound(): void;
  /** There will be no audio any more. */
  onLost(message: string, cause: unknown): void;
}

export const FRAME_SAMPLES = (SAMPLE_RATE * FRAME_MS) / 1000;
/** Also the name that the module's `stop_play` means, whatever name it is given. */
const FORK = 'audio_fork';
const TAP = 'tap';
const MAX_REOPENED = 3;
/** FreeSWITCH's own silence has samples of 1: so loud is somebody. */
const SOUND_PEAK = 32;
/** Per frame: half after 0.7 s. */
const PEAK_DECAY = 0.98;

/**
 * The audio of one channel between FreeSWITCH and the hub: a fork with the party's audio and the playout, and while somebody
 * listens a second one with both directions.
 */
export class CallAudio {
  readonly #options: CallAudioOptions;
  readonly #reader = new FrameReader(FRAME_SAMPLES);
  readonly #silence = new Int16Array(FRAME_SAMPLES);
  readonly #frame: { -readonly [K in keyof AudioFrame]: AudioFrame[K] };
  readonly #tapReader = new FrameReader(2 * FRAME_SAMPLES);
  readonly #tapFrame: { -readonly [K in keyof TapFrame]: TapFrame[K] };
  readonly #said = new Int16Array(FRAME_SAMPLES);
  readonly #heard = new Int16Array(FRAME_SAMPLES);
  #listener: ((frame: AudioFrame) => void) | undefined;
  #tapListener: ((frame: TapFrame) => void) | undefined;
  #place: { channel: Channel; server: FreeSwitchServer } | undefined;
  #fork: WebSocket | undefined;
  #tap: WebSocket | undefined;
  /** What was done last about the tap: one thing after the other. */
  #tapTurn: Promise<void> = Promise.resolve();
  #onRefused: ((reason: string) => void) | undefined;
  #reopened = 0;
  #connected = false;
  #receiving = false;
  #sending = false;
  #peak = 0;
  /** Of the next frame that is made here; undefined while FreeSWITCH makes them. */
  #cancelFrame: (() => void) | undefined;
  #closed = false;

  constructor(options: CallAudioOptions) {
    this.#options = options;
    this.#frame = { samples: this.#silence, sampleRate: SAMPLE_RATE, timestampMs: 0 };
    this.#tapFrame = { said: this.#said, heard: this.#heard, sampleRate: SAMPLE_RATE, timestampMs: 0, saidAtMs: 0 };
  }

  /** The loudest sample that the party has sent lately. */
  get peak(): number {
    return this.#receiving ? this.#peak : 0;
  }

  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void {
    this.#listener = this.#closed ? undefined : listener;
  }

  onTap(listener: ((frame: TapFrame) => void) | undefined): void {
    if (this.#closed) return;
    this.#tapListener = listener;
    this.#seeToTap();
  }

  /** What the SDP settled. From now on there are frames. */
  configure({ receiving, sending }: { receiving: boolean; sending: boolean }): void {
    this.#receiving = receiving;
    this.#sending = sending;
    this.#connected = true;
    this.#seeToTap();
    if (sending) this.#stopOwnFrames();
    else if (this.#cancelFrame === undefined) this.#planFrame(this.#options.clock.now() + FRAME_MS);
  }

  /** FreeSWITCH says that it could not connect. */
  refused(reason: string): void {
    this.#onRefused?.(reason);
  }

  /** Connects a new channel; resolves when audio can flow both ways. @throws FreeSwitchError */
  async open(channel: Channel, server: FreeSwitchServer): Promise<void> {
    this.#place = { channel, server };
    try {
      await this.#openFork();
    } catch (error) {
      this.#place = undefined;
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    this.#stopOwnFrames();
    this.#listener = undefined;
    this.#tapListener = undefined;
    this.#place = undefined;
    this.#fork?.terminate();
    this.#tap?.terminate();
  }

  async #openFork(): Promise<void> {
    const socket = await this.#connect(FORK, 'mono', true);
    this.#fork = socket;
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.#reader.read(data, () => this.#onFrame());
    });
    socket.on('close', () => this.#forkClosed(socket));
    this.#options.queue.attach({
      send: (lump) => socket.send(lump),
      killAudio: () => socket.send('{"type":"killAudio"}'),
    });
  }

  async #connect(name: string, mix: 'mono' | 'stereo', withPlayout: boolean): Promise<WebSocket> {
    const place = this.#place;
    if (place === undefined) throw new Error('the call has ended');
    const { channel, server } = place;
    const { audio, clock } = this.#options;
    const socket = await openFork({
      channel,
      audio,
      address: server.ourAddress,
      admits: (address) => server.admits(address),
      name,
      mix,
      withPlayout,
      onRefused: (listener) => {
        this.#onRefused = listener;
        return () => {
          this.#onRefused = undefined;
        };
      },
      clock,
    });
    if (!this.#closed) return socket;
    socket.terminate();
    throw new Error('the call has ended');
  }

  /** The connection is cut while the call goes on: another one takes its place, and what was not played is sent again. */
  #forkClosed(socket: WebSocket): void {
    const place = this.#place;
    if (this.#closed || this.#fork !== socket || place === undefined) return;
    const { queue, onLost, log, callId } = this.#options;
    queue.attach(undefined);
    if (this.#reopened++ >= MAX_REOPENED) {
      onLost('FreeSWITCH keeps closing the connection with the audio of the call', undefined);
      return;
    }
    log.warn({ callId }, 'the connection with the audio of the call was cut; it is opened again');
    place.channel
      .stopFork(FORK)
      .then(() => this.#openFork())
      .then(() => this.#seeToTap(true))
      .catch((error: unknown) => {
        if (!this.#closed) onLost('the audio of the call is lost', error);
      });
  }

  #onFrame(): void {
    if (this.#closed) return;
    this.#options.queue.tick(FRAME_SAMPLES);
    if (!this.#connected || this.#cancelFrame !== undefined) return;
    const { samples } = this.#reader;
    const peak = this.#receiving ? peakOf(samples) : 0;
    if (peak >= SOUND_PEAK) this.#options.onSound();
    this.#peak = Math.max(peak, this.#peak * PEAK_DECAY);
    this.#deliver(this.#receiving ? samples : this.#silence);
  }

  #deliver(samples: Int16Array): void {
    this.#frame.samples = samples;
    this.#tell(() => this.#listener?.(this.#frame));
    this.#frame.timestampMs += FRAME_MS;
  }

  /** FreeSWITCH makes no frames for a party that holds the call. `dueMs`: on the clock, so that the pace does not drift. */
  #planFrame(dueMs: number): void {
    const { clock } = this.#options;
    this.#cancelFrame = clock.after(Math.max(0, dueMs - clock.now()), () => {
      this.#deliver(this.#silence);
      if (this.#tapListener !== undefined) this.#deliverTap(false, false);
      if (this.#cancelFrame !== undefined) this.#planFrame(dueMs + FRAME_MS);
    });
  }

  #stopOwnFrames(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
  }

  // ---- the tap ----

  /** A fork hears of another's playout only when it was made after it; `anew`: it has to be made again. */
  #seeToTap(anew = false): void {
    this.#tapTurn = this.#tapTurn.then(async () => {
      const wanted = this.#tapListener !== undefined && this.#connected && !this.#closed;
      const place = this.#place;
      if (place === undefined) return;
      if (this.#tap !== undefined && (!wanted || anew)) {
        const socket = this.#tap;
        this.#tap = undefined;
        socket.terminate();
        await place.channel.stopFork(TAP);
      }
      if (wanted && this.#tap === undefined) await this.#openTap();
    });
    this.#tapTurn = this.#tapTurn.catch((error: unknown) => {
      const { log, callId } = this.#options;
      if (!this.#closed) log.error({ callId, reason: messageOf(error) }, 'the call cannot be tapped');
    });
  }

  async #openTap(): Promise<void> {
    const socket = await this.#connect(TAP, 'stereo', false);
    this.#tap = socket;
    this.#tapFrame.timestampMs = this.#frame.timestampMs;
    socket.on('message', (data, isBinary) => {
      if (isBinary && Buffer.isBuffer(data)) this.#tapReader.read(data, () => this.#onTapFrame());
    });
    socket.on('close', () => {
      if (this.#tap !== socket) return;
      this.#options.log.warn({ callId: this.#options.callId }, 'the tap of the call was cut; it is opened again');
      this.#seeToTap(true);
    });
  }

  #onTapFrame(): void {
    if (this.#closed || this.#tapListener === undefined || this.#cancelFrame !== undefined) return;
    this.#deliverTap(this.#receiving, this.#sending && !this.#options.queue.pressing);
  }

  #deliverTap(said: boolean, heard: boolean): void {
    const { samples } = this.#tapReader;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      this.#said[i] = said ? (samples[2 * i] ?? 0) : 0;
      this.#heard[i] = heard ? (samples[2 * i + 1] ?? 0) : 0;
    }
    this.#tapFrame.saidAtMs = this.#tapFrame.timestampMs;
    this.#tell(() => this.#tapListener?.(this.#tapFrame));
    this.#tapFrame.timestampMs += FRAME_MS;
  }

  #tell(deliver: () => void): void {
    try {
      deliver();
    } catch (error) {
      this.#options.log.error({ callId: this.#options.callId, err: error }, 'listener of caller audio failed');
    }
  }
}

function peakOf(samples: Int16Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
