import { durationMs, FRAME_MS, type SampleRate } from '../../media/audio.ts';
import { PlayoutLedger } from '../../media/playout-ledger.ts';
import type { DtmfDigit, Playout } from '../../media/port.ts';
import { addSine, dtmfFrequencies } from '../../media/tone.ts';
import { ForkBuffer, type SegmentKind } from './fork-buffer.ts';

export const SAMPLE_RATE = 8000 satisfies SampleRate;

/**
 * mod_audio_fork collects audio and passes it on when it has 80 ms (160 ms the first time); what is less stays, and would be heard in
 * front of the next prompt. It looks after each message, and after each kilobyte of a longer one. So all audio goes out in
 * messages of exactly 80 ms, the last of a prompt filled up with silence: nothing ever stays behind.
 */
export const LUMP_SAMPLES = 640;
const FIRST_LUMPS = 2;
/** Faster than real time, but no more than this is out of our hands. */
const LEAD_SAMPLES = 6 * LUMP_SAMPLES;
/** Whatever is less than a lump waits so long for more. */
const SHORT_WAIT_MS = 60;
/** A writer who comes back so soon after a prompt seemed to be over writes in real time. */
const STUTTER_MS = 200;
/**
 * After `killAudio` the module empties itself when it takes its next frame: audio that arrives before that is lost. The second
 * frame that comes in on time proves that it has happened.
 */
const FRAMES_AFTER_KILL = 2;
const KILL_MS = 22;
/** Frames may be lost, too: no longer. */
const KILL_LIMIT_MS = 400;
/** A frame that comes in so late is not late. */
const LATENESS_MS = 5;
const TONE_AMPLITUDE = 6000;
/** What was made quieter becomes louder again within 10 ms. */
const GAIN_RAMP_SAMPLES = 80;

/** Towards one mod_audio_fork. */
export interface ForkOutput {
  /** `LUMP_SAMPLES` samples, little-endian. */
  send(lump: Buffer): void;
  killAudio(): void;
}

export interface KeyRequest {
  digits: readonly DtmfDigit[];
  durationMs: number;
  gapMs: number;
  done: () => void;
}

export interface ForkPlayoutOptions {
  now(): number;
  /** For how long this thread has been kept from reading what has arrived. */
  heldUpMs(): number;
  /** Sends one RFC 4733 event. */
  pressKey(digit: DtmfDigit, durationMs: number): void;
}

type Item =
  | { kind: 'audio' | 'tone'; samples: Int16Array; from: number; writtenAt: number }
  | { kind: 'keys'; request: KeyRequest };

/** The playout of a call on FreeSWITCH: the queue is here, and of what is in the module already the rest can be taken back. */
export class ForkPlayout implements Playout {
  readonly #options: ForkPlayoutOptions;
  readonly #ledger = new PlayoutLedger(SAMPLE_RATE);
  readonly #buffer = new ForkBuffer();
  #items: Item[] = [];
  #output: ForkOutput | undefined;
  /** Nothing was sent to this output yet. */
  #first = true;
  #sending = false;
  #keysAsTones = false;
  #paused = false;
  #closed = false;
  /** Set by `killAudio`, until it is certain that the module has obeyed. */
  #barrier: { frames: number; onTime: number; onTimeAt: number; since: number } | undefined;
  #press: { request: KeyRequest; index: number; samplesLeft: number } | undefined;
  #tones: { request: KeyRequest; samplesLeft: number } | undefined;
  /** When a prompt was filled up last; whether its writer was only slow. */
  #filledAt = Number.NEGATIVE_INFINITY;
  #realTimeWriter = false;
  /** When the last frame came in, and how many that have not come are accounted for already. */
  #tickedAt = Number.POSITIVE_INFINITY;
  #ahead = 0;
  #ceiling: (() => number) | undefined;
  #gain = 1;

  constructor(options: ForkPlayoutOptions) {
    this.#options = options;
  }

  write(samples: Int16Array): void {
    if (this.#closed || samples.length === 0) return;
    const now = this.#options.now();
    if (now - this.#filledAt < STUTTER_MS) this.#realTimeWriter = true;
    this.#filledAt = Number.NEGATIVE_INFINITY;
    this.#ledger.wrote(samples.length);
    this.#items.push({ kind: 'audio', samples: samples.slice(), from: 0, writtenAt: now });
    this.#pump();
  }

  flush(): number {
    if (this.#closed) return 0;
    this.#catchUp();
    this.#retract();
    this.#items = this.#items.filter((item) => item.kind !== 'audio');
    this.#filledAt = Number.NEGATIVE_INFINITY;
    const droppedMs = this.#ledger.flushed();
    this.#pump();
    return droppedMs;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    this.#retract();
  }

  resume(): void {
    this.#paused = false;
    this.#pump();
  }

  get paused(): boolean {
    return this.#paused;
  }

  get playedMs(): number {
    return this.#ledger.playedMs;
  }

  get queuedMs(): number {
    return this.#ledger.queuedMs;
  }

  drained(): Promise<boolean> {
    return this.#ledger.drained();
  }

  sendKeys(request: KeyRequest): void {
    if (this.#closed) {
      request.done();
      return;
    }
    this.#items.push({ kind: 'keys', request });
    this.#pump();
  }

  /** A key is being sent. */
  get pressing(): boolean {
    return this.#press !== undefined;
  }

  /** What the SDP settled: whether the party takes audio, and keys as RFC 4733 events. */
  configure({ sending, keysAsTones }: { sending: boolean; keysAsTones: boolean }): void {
    this.#keysAsTones = keysAsTones;
    if (this.#sending && !sending) this.#retract();
    this.#sending = sending;
    this.#pump();
  }

  /**
   * The loudest sample that may be sent, asked for each lump; undefined: any. The module adds what it plays to what another party says, and
   * where the sum does not fit it wraps round.
   */
  limit(ceiling: (() => number) | undefined): void {
    this.#ceiling = ceiling;
    if (ceiling === undefined) return;
    this.#retract();
    this.#pump();
  }

  /** A module that is connected; undefined: it is gone, with all that was in it. */
  attach(output: ForkOutput | undefined): void {
    if (this.#closed) return;
    this.#putBack();
    this.#output = output;
    this.#first = true;
    this.#barrier = undefined;
    this.#tickedAt = Number.POSITIVE_INFINITY;
    this.#ahead = 0;
    this.#pump();
  }

  /** The module has taken so many samples, or silence instead: called for each frame that it sends. */
  tick(samples: number): void {
    if (this.#closed) return;
    const now = this.#options.now();
    this.#tickedAt = now;
    this.#liftBarrier(now);
    if (this.#ahead > 0) this.#ahead--;
    else this.#buffer.consume(samples, now, (kind, count) => this.#took(kind, count));
    this.#advancePress(samples);
    this.#pump();
  }

  /** Frames that were held up on the way come all at once, before the module has read `killAudio`: they tell nothing of it. */
  #liftBarrier(now: number): void {
    const barrier = this.#barrier;
    const sinceMs = now - (barrier?.since ?? now);
    if (barrier !== undefined && this.#ahead === 0) {
      barrier.frames++;
      const onTime = barrier.frames * FRAME_MS >= sinceMs - FRAME_MS && now - barrier.onTimeAt >= FRAME_MS / 2;
      if (onTime) Object.assign(barrier, { onTime: barrier.onTime + 1, onTimeAt: now });
    }
    const obeyed = barrier !== undefined && barrier.onTime >= FRAMES_AFTER_KILL && sinceMs >= KILL_MS;
    if (obeyed || sinceMs >= KILL_LIMIT_MS) this.#barrier = undefined;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#output = undefined;
    this.#ledger.close();
    this.#press?.request.done();
    this.#tones?.request.done();
    for (const item of this.#items) if (item.kind === 'keys') item.request.done();
    this.#items = [];
  }

  // ---- out ----

  #pump(): void {
    while (this.#mayAct()) {
      const head = this.#items[0];
      if (head?.kind === 'keys') {
        if (this.#buffer.realSamples > 0) return;
        this.#items.shift();
        this.#begin(head.request);
      } else if (head === undefined || !this.#maySend(head.kind) || !this.#isTimeToSend()) {
        return;
      } else {
        this.#sendLump();
      }
    }
  }

  #mayAct(): boolean {
    return this.#output !== undefined && this.#sending && this.#barrier === undefined && this.#press === undefined;
  }

  #maySend(kind: 'audio' | 'tone'): boolean {
    return (kind === 'tone' || !this.#paused) && this.#buffer.samples < LEAD_SAMPLES;
  }

  /** A whole lump is ready, or what there is must not wait any longer. */
  #isTimeToSend(): boolean {
    const { ready, more, writtenAt } = this.#ready();
    const fresh = this.#first || (this.#buffer.samples === 0 && this.#realTimeWriter);
    if (ready >= (fresh ? 2 * LUMP_SAMPLES : LUMP_SAMPLES) || !more) return true;
    const waitedMs = this.#options.now() - writtenAt;
    return this.#buffer.realSamples <= LUMP_SAMPLES / 4 && waitedMs >= (fresh ? 2 * SHORT_WAIT_MS : SHORT_WAIT_MS);
  }

  /** Samples that stand next to each other at the head; `more`: others may still follow them. */
  #ready(): { ready: number; more: boolean; writtenAt: number } {
    let ready = 0;
    let writtenAt = Number.POSITIVE_INFINITY;
    for (const item of this.#items) {
      if (item.kind === 'keys') return { ready, more: false, writtenAt };
      ready += item.samples.length - item.from;
      writtenAt = Math.min(writtenAt, item.writtenAt);
      if (ready >= 2 * LUMP_SAMPLES) break;
    }
    return { ready, more: true, writtenAt };
  }

  #sendLump(): void {
    this.#output?.send(this.#nextLump());
    if (!this.#first) return;
    this.#first = false;
    for (let more = 1; more < FIRST_LUMPS; more++) this.#output?.send(this.#nextLump());
  }

  /** Of what is ready, filled up with silence. */
  #nextLump(): Buffer {
    const now = this.#options.now();
    const lump = Buffer.alloc(2 * LUMP_SAMPLES);
    let filled = 0;
    for (let item = this.#items[0]; filled < LUMP_SAMPLES; item = this.#items[0]) {
      if (item === undefined || item.kind === 'keys' || (item.kind === 'audio' && this.#paused)) break;
      const count = Math.min(LUMP_SAMPLES - filled, item.samples.length - item.from);
      const samples = item.samples.subarray(item.from, item.from + count);
      this.#encode(samples, lump, 2 * filled);
      this.#buffer.sent({ kind: item.kind, samples }, now);
      filled += count;
      item.from += count;
      if (item.from === item.samples.length) this.#items.shift();
    }
    if (filled === LUMP_SAMPLES) return lump;
    this.#buffer.sent({ kind: 'padding', samples: SILENCE.subarray(filled) }, now);
    if (this.#items.length === 0) this.#filledAt = now;
    return lump;
  }

  #encode(samples: Int16Array, lump: Buffer, at: number): void {
    const gain = this.#gainFor(samples);
    const rise = Math.max(0, gain - this.#gain) / GAIN_RAMP_SAMPLES;
    let current = rise > 0 ? this.#gain : gain;
    for (let i = 0; i < samples.length; i++) {
      lump.writeInt16LE(Math.trunc((samples[i] ?? 0) * current), at + 2 * i);
      current = Math.min(gain, current + rise);
    }
    this.#gain = gain;
  }

  #gainFor(samples: Int16Array): number {
    if (this.#ceiling === undefined) return 1;
    let peak = 0;
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
    return Math.min(1, Math.max(0, this.#ceiling()) / Math.max(1, peak));
  }

  /** Frames that came in while the thread was held up wait to be read: what they stand for has been played. */
  #catchUp(): void {
    const now = this.#options.now();
    const heldUpMs = this.#options.heldUpMs();
    const sentAt = this.#buffer.oldestSentAt;
    if (heldUpMs < FRAME_MS || sentAt === undefined || this.#output === undefined) return;
    const lateMs = Math.min(heldUpMs, now - this.#tickedAt - this.#ahead * FRAME_MS, now - sentAt) - LATENESS_MS;
    const frames = Math.floor(lateMs / FRAME_MS);
    if (frames <= 0) return;
    this.#ahead += frames;
    const samples = (frames * FRAME_MS * SAMPLE_RATE) / 1000;
    this.#buffer.consume(samples, now, (kind, count) => this.#took(kind, count));
  }

  /** Takes back what the module has not played, and empties it. */
  #retract(): void {
    const inModule = this.#buffer.realSamples > 0;
    this.#putBack();
    if (!inModule) return;
    this.#output?.killAudio();
    const now = this.#options.now();
    this.#barrier = { frames: 0, onTime: 0, onTimeAt: Number.NEGATIVE_INFINITY, since: now };
  }

  #putBack(): void {
    const rest = this.#buffer.retract();
    this.#items.unshift(...rest.map(({ kind, samples }) => ({ kind, samples, from: 0, writtenAt: 0 })));
  }

  #took(kind: SegmentKind, samples: number): void {
    if (kind === 'audio') this.#ledger.wentOut(samples);
    if (kind !== 'tone' || this.#tones === undefined) return;
    this.#tones.samplesLeft -= samples;
    if (this.#tones.samplesLeft > 0) return;
    const { request } = this.#tones;
    this.#tones = undefined;
    request.done();
  }

  // ---- keys ----

  #begin(request: KeyRequest): void {
    if (!this.#keysAsTones) {
      this.#press = { request, index: -1, samplesLeft: 0 };
      this.#advancePress(0);
      return;
    }
    const samples = keyTones(request);
    this.#tones = { request, samplesLeft: samples.length };
    this.#items.unshift({ kind: 'tone', samples, from: 0, writtenAt: 0 });
  }

  #advancePress(samples: number): void {
    const press = this.#press;
    if (press === undefined) return;
    press.samplesLeft -= samples;
    if (press.samplesLeft > 0) return;
    const { request } = press;
    const digit = request.digits[++press.index];
    if (digit === undefined) {
      this.#press = undefined;
      request.done();
      return;
    }
    this.#options.pressKey(digit, request.durationMs);
    press.samplesLeft = ((request.durationMs + request.gapMs + START_OF_KEY_MS) * SAMPLE_RATE) / 1000;
  }
}

const SILENCE = new Int16Array(LUMP_SAMPLES);
/** FreeSWITCH begins to send a key so much later, at most. */
const START_OF_KEY_MS = 40;

/** ITU-T Q.23 tones of all keys, each with its gap. */
function keyTones({ digits, durationMs: toneMs, gapMs }: KeyRequest): Int16Array {
  const length = (ms: number) => Math.round((ms * SAMPLE_RATE) / 1000);
  const samples = new Int16Array(digits.length * (length(toneMs) + length(gapMs)));
  for (const [index, digit] of digits.entries()) {
    const from = index * (length(toneMs) + length(gapMs));
    const tone = samples.subarray(from, from + length(toneMs));
    for (const hertz of dtmfFrequencies(digit)) addSine(tone, hertz, TONE_AMPLITUDE, SAMPLE_RATE);
  }
  return samples;
}

/** For documents and logs. */
export const LEAD_MS = durationMs(LEAD_SAMPLES, SAMPLE_RATE);
