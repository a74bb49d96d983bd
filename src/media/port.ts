import type { EventEmitter } from 'node:events';
import { PatchbayError } from '../errors.ts';
import type { AudioFrame, SampleRate } from './audio.ts';
import type { G711Law } from './g711.ts';

/** Why an engine refuses or gives up. Signalling maps the first two to 488 and 400. */
export type MediaErrorCode =
  | 'no_common_codec'
  | 'bad_sdp'
  | 'no_port'
  | 'endpoint_closed'
  | 'engine_failed'
  | 'bad_digits'
  | 'cannot_bridge';

export class MediaError extends PatchbayError<MediaErrorCode> {}

/** RFC 4733 section 3.2: the events a telephone keypad can send. */
export type DtmfDigit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9' | '*' | '#' | 'A' | 'B' | 'C' | 'D';

/** Carries the media of calls; `embedded` in this process, `freeswitch` outside it. */
export interface MediaEngine {
  /**
   * Reserves what one call needs (a UDP port, a slot).
   * @throws MediaError `no_port` when all are in use
   */
  createEndpoint(options: EndpointOptions): Promise<MediaEndpoint>;
  /**
   * Joins two endpoints of this engine: their parties hear each other, whatever codec each speaks, and get each other's
   * key presses. What is in a playout queue is mixed over what the other party says. A side on hold is sent nothing and
   * heard as silence; `dtmf` events and `onAudio` go on. An endpoint has one bridge at a time, connected or not.
   * @throws MediaError `endpoint_closed`, `engine_failed`, `cannot_bridge` when one is bridged already, is both sides or
   * belongs to another engine
   */
  bridge(a: MediaEndpoint, b: MediaEndpoint): Promise<MediaBridge>;
  /** Closes every endpoint and frees threads and sockets. Idempotent. */
  close(): Promise<void>;
}

export interface EndpointOptions {
  callId: string;
  /** An endpoint that this one will be bridged with: the engine may place both together. */
  near?: MediaEndpoint;
  /**
   * What may be spoken, default both. Our offers name them in this order; of an offer that we answer the first that is
   * among them is taken (RFC 3264 section 6.1).
   */
  codecs?: readonly G711Law[];
  /** What our SDP names as our address, where it is not the engine's. */
  advertisedAddress?: string;
  /**
   * Where the sound of the party comes from and ours goes to. `source`, the default: where its packets really come from
   * (symmetric RTP, RFC 4961), which gets through NAT. `sdp`: the address that its SDP names, and no other.
   */
  remote?: 'source' | 'sdp';
  /** False: SDP does not tell of RFC 4733; keys come and go another way (`pressKey`, `sendKeysBy`). Default: true. */
  telephoneEvents?: boolean;
}

/** One press of a key. */
export interface KeyPress {
  digit: DtmfDigit;
  durationMs: number;
}

/** Two endpoints that hear each other. */
export interface MediaBridge {
  /** Also after the end of either endpoint. */
  readonly closed: boolean;
  /** Parts them; each endpoint is as it was before. Idempotent; resolves when neither hears the other any more. */
  close(): Promise<void>;
}

/** 20 ms of both directions. `said` and `heard` are only valid during the call: copy what must outlive it. */
export interface TapFrame {
  /** What arrived from the party; silence while it sends none or is on hold. */
  readonly said: Int16Array;
  /** What was sent to the party: prompts and the bridge, mixed; silence while keys or nothing is sent. */
  readonly heard: Int16Array;
  readonly sampleRate: SampleRate;
  /** Milliseconds of the engine's clock since the endpoint's first frame; frames that were left out leave a gap in it. Of `heard`. */
  readonly timestampMs: number;
  /**
   * The same for `said`, by when it was on the wire: it may have waited for others up to about 200 ms, so that it is older than what is sent. Where frames
   * overlap, the later one is right; where they leave a gap, there was silence.
   */
  readonly saidAtMs: number;
}

export interface MediaEndpointEvents {
  /** A complete key press of the caller (once per press, at its first packet). */
  dtmf: [event: KeyPress];
  /** No RTP has arrived for `media.timeoutMs`. Emitted once, and again at most after another exchange of SDP. */
  timeout: [event: { silentMs: number }];
  /** The first RTP packet of the caller. */
  'first-rtp': [];
  /** The engine lost this endpoint; nothing will flow any more. */
  failed: [error: MediaError];
  /** After `close()`, or after `failed`: the last event. */
  closed: [];
}

/**
 * The media of one call. Every method may be called in any state, also after `close()`, where it does nothing
 * (or rejects with `endpoint_closed` where it has a result).
 */
export interface MediaEndpoint extends EventEmitter<MediaEndpointEvents> {
  readonly callId: string;
  readonly closed: boolean;
  /** Rate of `onAudio` frames and of what `playout.write` takes. */
  readonly sampleRate: SampleRate;
  readonly playout: Playout;

  /**
   * Answers a remote offer (RFC 3264 section 6), the first time or again for a re-INVITE (hold, new address).
   * An empty or missing offer is the caller's job: use `offer()` and `acceptAnswer()`.
   * With `connect: false` media flow only from `connect()` on: an answer that waits until somebody picks up. RTP before
   * it would be taken for early media, and the caller's own ringback would fall silent.
   * @throws MediaError `bad_sdp`, `no_common_codec`
   */
  answer(remoteSdp: string, options?: { connect?: boolean }): Promise<string>;
  /** Lets the media flow that `answer` held back: the answer is with the caller. Does nothing otherwise. */
  connect(): void;
  /** Our offer, for an INVITE that we send or that arrived without SDP. */
  offer(): Promise<string>;
  /** Takes the answer to `offer()`. @throws MediaError `bad_sdp`, `no_common_codec` */
  acceptAnswer(remoteSdp: string): Promise<void>;

  /**
   * Receives the caller's audio: one frame per 20 ms while the endpoint is connected, lost packets concealed,
   * silence while the caller sends none or is on hold. One listener; `undefined` removes it.
   * `frame.samples` is only valid during the call: copy what must outlive it.
   */
  onAudio(listener: ((frame: AudioFrame) => void) | undefined): void;

  /**
   * For recording: both directions, one frame per 20 ms while the endpoint is connected, from the next frame on.
   * One listener; `undefined` removes it.
   */
  onTap(listener: ((frame: TapFrame) => void) | undefined): void;

  /**
   * Sends key presses in order after what is playing; resolves when the last has gone out, or at `close()`. RFC 4733.
   * @throws MediaError `bad_digits` for a character that is no key
   */
  sendDtmf(digits: string, options?: { durationMs?: number; gapMs?: number }): Promise<void>;

  /** A key of the party that came another way than RTP (SIP INFO): told as `dtmf`, and to the other party of a bridge. */
  pressKey(press: KeyPress): void;

  /**
   * Keys for the party, of `sendDtmf` and of a bridge, go out by `send` instead of RFC 4733, one after the other; the next
   * one waits until the promise is settled. `undefined`: by RFC 4733 again. For a party whose SDP says nothing of RFC 4733
   * (`telephoneEvents: false`): an engine may pass keys of a bridge on in the media of others as well.
   */
  sendKeysBy(send: ((press: KeyPress) => Promise<void>) | undefined): void;

  stats(): MediaStats;
  /** Frees the port after the drain time. Idempotent; resolves when the socket is closed. */
  close(): Promise<void>;
}

/**
 * Audio on its way to the caller. What has not left in an RTP packet can still be taken back: stopping is stopping.
 * Between writes the endpoint sends silence frames, so the stream never pauses.
 */
export interface Playout {
  /** Queues samples (mono, at `sampleRate`); copies them. Any length; no limit but memory, so writers should pace to a few seconds. */
  write(samples: Int16Array): void;
  /** Drops all that has not gone out. Returns the milliseconds of the dropped audio. */
  flush(): number;
  /** Stops sending queued audio (silence instead) within one packet and keeps the queue. */
  pause(): void;
  resume(): void;
  readonly paused: boolean;
  /** Milliseconds of queued audio that have gone out since the endpoint was made; never decreases. */
  readonly playedMs: number;
  /** Milliseconds that are queued and have not gone out. */
  readonly queuedMs: number;
  /**
   * Resolves `true` when all that was written before this call has gone out, `false` when it was flushed or the
   * endpoint closed.
   */
  drained(): Promise<boolean>;
}

/** Counters since the endpoint was made. RTCP figures are the peer's view (RFC 3550 section 6.4). */
export interface MediaStats {
  codec: 'PCMU' | 'PCMA' | undefined;
  remoteAddress: string | undefined;
  packetsReceived: number;
  packetsSent: number;
  /** Never arrived, by sequence number. */
  packetsLost: number;
  /** Arrived after their turn to be played. */
  packetsLate: number;
  /** From an address other than the one that the stream is latched to. */
  packetsFromStrangers: number;
  /** Due and not sent: the engine was held up for longer than it makes good. */
  packetsSkipped: number;
  /** The party's audio that was made up because nothing had arrived. */
  concealedMs: number;
  /** Of its audio, what was left out so that it is heard sooner, after it had been delayed: silence where there is any. */
  trimmedMs: number;
  /** Of that, what was no silence. */
  cutMs: number;
  /** Interarrival jitter, RFC 3550 section 6.4.1. */
  jitterMs: number;
  remoteLossFraction: number | undefined;
  roundTripMs: number | undefined;
}
