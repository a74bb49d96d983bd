import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import { levelDbfs } from '../media/level.ts';
import { AudioLog } from './audio-log.ts';
import type { Failover } from './failover.ts';
import { SpeechError, type SpeechToText, type SttOptions, type SttSession, type SttSessionEvents } from './ports.ts';
import type { ServiceHealth } from './service-health.ts';

/** One service of a fallback order. */
export interface SttCandidate {
  readonly stt: SpeechToText;
  readonly health: ServiceHealth;
}

export interface SteadyLimits {
  /** A session that does not open by then has failed. */
  openMs: number;
  /** The text of an utterance has to come so long after its end, or as long after it as the capability record says. */
  finalMs: number;
  /** A recogniser that endpoints by itself and says nothing while a voice is heard for so long is taken for dead. */
  silentMs: number;
}

export interface SteadySessionOptions {
  candidates: readonly SttCandidate[];
  /** Index of the candidate to begin with. */
  first: number;
  stt: SttOptions;
  limits: SteadyLimits;
  clock: Clock;
  /** The call goes on with another candidate. */
  onFailover(failover: Failover, index: number): void;
}

/** A vendor's session is replaced so long before its limit, and a short one at this part of its life, where the caller pauses. */
const ROTATE_EARLY_MS = 20_000;
const ROTATE_PART = 0.8;
/** So long before the limit the caller's pause is waited for no longer. */
const ROTATE_LATEST_MS = 4_000;
const ROTATE_LATEST_PART = 0.9;
/** Pause between two attempts to open the next session. */
const ROTATE_RETRY_MS = 2_000;
/** Kept of what is no speech: a new session gets it first. */
const OVERLAP_MS = 1_000;
/** Failures in a row, with nothing recognised between them. */
const MAX_FRUITLESS = 4;
/** A session that ends sooner has failed, whatever it says. */
const SHORT_LIFE_MS = 5_000;
const LOUD_DBFS = -45;
/** A voice, rather than a knock on the table. */
const VOICE_MS = 400;

/** One session of one candidate. */
interface Line {
  readonly index: number;
  readonly abort: AbortController;
  session: SttSession | undefined;
  openedAt: number;
  /** When the next one is to be opened. */
  rotateAt: number;
  /** When the next one takes over even within an utterance. */
  rotateLatestAt: number;
  /** Position in the log at which its audio begins. */
  startMs: number;
}

/**
 * A recogniser session that outlives those of the vendors: it opens the next one before the vendor's limit, opens another when
 * one fails or falls silent, with another service where there is one, and gives it all audio that was not recognised. What a
 * session says after it was replaced is not heard, so no word comes twice.
 */
export class SteadySession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #options: SteadySessionOptions;
  readonly #log: AudioLog;
  #line: Line | undefined;
  /** The session that is to follow. */
  #next: Line | undefined;
  #phrases: readonly string[];
  /** Something of an utterance was understood, and its end is to come. */
  #interim = false;
  #fruitless = 0;
  /** Loud audio since the last result. */
  #loudMs = 0;
  #loudSince = 0;
  #loudUntil = 0;
  /** Sessions in a row that said nothing while a voice was heard. */
  #mute = 0;
  #cancelDeadline: (() => void) | undefined;
  #stopFollowing = () => {};

  constructor(options: SteadySessionOptions) {
    super();
    this.#options = options;
    this.#log = new AudioLog(options.stt.sampleRate);
    this.#phrases = options.stt.contextPhrases;
  }

  /** Opens the first session that can be opened. @throws SpeechError of the last candidate */
  async open(signal: AbortSignal): Promise<void> {
    const close = () => this.close();
    signal.addEventListener('abort', close, { once: true });
    this.#stopFollowing = () => signal.removeEventListener('abort', close);
    if (signal.aborted) this.close();
    const { candidates, first } = this.#options;
    for (let index = first; ; index += 1) {
      try {
        await this.#replace(index);
        return;
      } catch (error) {
        if (this.closed) throw error;
        this.#blame(index, error);
        if (index + 1 >= candidates.length) {
          this.close();
          throw error;
        }
        this.#announce(index, index + 1, error);
      }
    }
  }

  write(frame: AudioFrame): void {
    if (this.closed) return;
    this.#log.write(frame);
    this.#guard((session) => session.write(frame));
    if (this.#vendorEndpoints) this.#watchVoice(frame);
    else this.#log.keepLast(OVERLAP_MS);
    this.#rotate();
  }

  startUtterance(preRollMs: number): void {
    if (this.closed) return;
    this.#log.start(preRollMs);
    this.#guard((session) => session.startUtterance(preRollMs));
  }

  endUtterance(trailingSilenceMs: number): void {
    if (this.closed) return;
    this.#log.end(trailingSilenceMs);
    this.#guard((session) => session.endUtterance(trailingSilenceMs));
    this.#armDeadline();
  }

  cancelUtterance(): void {
    if (this.closed) return;
    this.#log.cancel();
    this.#guard((session) => session.cancelUtterance());
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#phrases = contextPhrases;
    this.#guard((session) => session.updateHints(contextPhrases));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stopFollowing();
    this.#cancelDeadline?.();
    this.#hangUp(this.#line);
    this.#hangUp(this.#next);
    this.emit('closed');
  }

  get #vendorEndpoints(): boolean {
    return this.#stt(this.#line?.index ?? 0)?.capabilities.endpointing === 'vendor';
  }

  #stt(index: number): SpeechToText | undefined {
    return this.#options.candidates[index]?.stt;
  }

  /** An adapter that throws loses its session, and not the call. */
  #guard(operate: (session: SttSession) => void): void {
    const line = this.#line;
    if (line?.session === undefined) return;
    try {
      operate(line.session);
    } catch (error) {
      this.#failed(line, error);
    }
  }

  // ---- sessions ----

  /** Opens a session and puts it in the place of the one before, with all audio that was not recognised. */
  async #replace(index: number): Promise<void> {
    this.#hangUp(this.#next);
    const line = await this.#dial(index);
    this.#take(line);
  }

  /** @throws SpeechError when no session is there in time */
  async #dial(index: number): Promise<Line> {
    const { clock, limits, stt: options } = this.#options;
    const stt = this.#stt(index);
    if (stt === undefined) throw new SpeechError('speech_unavailable', 'no speech service is left');
    const line: Line = {
      index,
      abort: new AbortController(),
      session: undefined,
      openedAt: 0,
      rotateAt: Number.POSITIVE_INFINITY,
      rotateLatestAt: Number.POSITIVE_INFINITY,
      startMs: 0,
    };
    this.#next = line;
    const late = new SpeechError('speech_timeout', `${stt.id}: no session within ${limits.openMs} ms`, {
      retryable: true,
    });
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => undefined);
    const onAbort = () => gone.reject(line.abort.signal.reason);
    line.abort.signal.addEventListener('abort', onAbort, { once: true });
    const cancel = clock.after(limits.openMs, () => line.abort.abort(late));
    const opening = stt.open({ ...options, contextPhrases: this.#phrases }, line.abort.signal);
    try {
      line.session = await Promise.race([opening, gone.promise]);
      line.openedAt = clock.now();
      return line;
    } catch (error) {
      opening.then(
        (session) => session.close(),
        () => undefined,
      );
      if (this.#next === line) this.#next = undefined;
      throw error;
    } finally {
      cancel();
      line.abort.signal.removeEventListener('abort', onAbort);
    }
  }

  #take(line: Line): void {
    const { session } = line;
    if (session === undefined) return;
    if (this.closed) {
      this.#hangUp(line);
      return;
    }
    const old = this.#line;
    this.#line = line;
    if (this.#next === line) this.#next = undefined;
    this.#hangUp(old);
    const limitMs = this.#stt(line.index)?.capabilities.sessionLimitMs;
    if (limitMs !== undefined) {
      line.rotateAt = line.openedAt + Math.max(limitMs - ROTATE_EARLY_MS, limitMs * ROTATE_PART);
      line.rotateLatestAt = line.openedAt + Math.max(limitMs - ROTATE_LATEST_MS, limitMs * ROTATE_LATEST_PART);
    }
    line.startMs = this.#log.endMs - this.#log.heldMs;
    this.#interim = false;
    session.on('interim', (event) => {
      if (this.#line !== line) return;
      this.#interim = event.text !== '';
      this.#heardFrom();
      this.emit('interim', event);
    });
    session.on('final', (result) => this.#onFinal(line, result));
    session.on('error', (error) => this.#failed(line, error));
    session.on('closed', () => this.#ended(line));
    if (session.closed) {
      this.#ended(line);
      return;
    }
    this.#guard((opened) => this.#log.replay(opened));
    this.#armDeadline();
  }

  #hangUp(line: Line | undefined): void {
    if (line === undefined) return;
    if (this.#line === line) this.#line = undefined;
    if (this.#next === line) this.#next = undefined;
    line.abort.abort(new SpeechError('speech_failed', 'the session is not needed any more'));
    line.session?.close();
  }

  #onFinal(line: Line, result: SttSessionEvents['final'][0]): void {
    if (this.#line !== line) return;
    if (this.#vendorEndpoints) {
      this.#log.dropUntil(result.endMs === undefined ? this.#log.endMs : line.startMs + result.endMs);
    } else if (!this.#log.settle()) {
      return;
    }
    this.#interim = false;
    this.#heardFrom();
    this.#options.candidates[line.index]?.health.succeeded();
    this.#armDeadline();
    this.emit('final', result);
  }

  /** The recogniser is alive. */
  #heardFrom(): void {
    this.#fruitless = 0;
    this.#mute = 0;
    this.#loudMs = 0;
  }

  // ---- rotation ----

  #rotate(): void {
    const line = this.#line;
    const now = this.#options.clock.now();
    if (line?.session === undefined || now < line.rotateAt) return;
    const next = this.#next;
    if (next === undefined) {
      // One that cannot be opened ahead of time is tried again, at the latest when this one has ended.
      this.#dial(line.index).catch(() => {
        line.rotateAt = this.#options.clock.now() + ROTATE_RETRY_MS;
      });
      return;
    }
    if (next.session === undefined) return;
    if (this.#quiet || now >= line.rotateLatestAt || now - next.openedAt >= ROTATE_LATEST_MS) this.#take(next);
  }

  /** Nothing is being said that is not recognised. */
  get #quiet(): boolean {
    return !this.#log.busy && !this.#interim && this.#loudMs === 0;
  }

  // ---- failure ----

  /** The vendor has ended the session as it does: nothing is wrong with the service, unless it was a short life. */
  #ended(line: Line): void {
    if (this.#line !== line || this.closed) return;
    const error = new SpeechError('speech_failed', 'the recogniser closed', { retryable: true });
    if (this.#options.clock.now() - line.openedAt < SHORT_LIFE_MS) this.#failed(line, error);
    else void this.#goOn(line, line.index, error);
  }

  #failed(line: Line, error: unknown): void {
    if (this.#line !== line || this.closed) return;
    this.#fruitless += 1;
    this.#blame(line.index, error);
    void this.#goOn(line, this.#after(line.index), error);
  }

  /** What is refused is refused to this request; everything else speaks against the service. */
  #blame(index: number, error: unknown): void {
    if (error instanceof SpeechError && error.code === 'speech_rejected') return;
    this.#options.candidates[index]?.health.failed(error);
  }

  /** The next candidate; the same one again when it is the last. */
  #after(index: number): number {
    return Math.min(index + 1, this.#options.candidates.length - 1);
  }

  async #goOn(lost: Line, index: number, cause: unknown): Promise<void> {
    this.#hangUp(lost);
    this.#cancelDeadline?.();
    let from = lost.index;
    let error = cause;
    for (let to = index; !this.closed; to = this.#after(to)) {
      if (this.#fruitless > MAX_FRUITLESS) {
        this.#giveUp(error);
        return;
      }
      if (to !== from) this.#announce(from, to, error);
      from = to;
      try {
        await this.#replace(to);
        return;
      } catch (failure) {
        if (this.closed) return;
        error = failure;
        this.#fruitless += 1;
        this.#blame(to, failure);
        const last = to === this.#after(to);
        if (last && failure instanceof SpeechError && !failure.retryable) this.#giveUp(failure);
      }
    }
  }

  #giveUp(error: unknown): void {
    if (this.closed) return;
    const known =
      error instanceof SpeechError ? error : new SpeechError('speech_failed', messageOf(error), { cause: error });
    this.emit('error', known);
    this.close();
  }

  #announce(from: number, to: number, error: unknown): void {
    const { stt, onFailover } = this.#options;
    const failover: Failover = {
      kind: 'stt',
      callId: stt.callId,
      from: this.#stt(from)?.id ?? '',
      to: this.#stt(to)?.id ?? '',
      why: messageOf(error),
    };
    onFailover(failover, to);
  }

  // ---- liveness ----

  /** From the end of an utterance on, its text is waited for a while. */
  #armDeadline(): void {
    this.#cancelDeadline?.();
    this.#cancelDeadline = undefined;
    const line = this.#line;
    if (line === undefined || this.#vendorEndpoints || this.#log.owed === 0) return;
    const { clock, limits } = this.#options;
    const usualMs = this.#stt(line.index)?.capabilities.p99TimeToFinalMs;
    if (usualMs === undefined) return;
    const limitMs = Math.max(limits.finalMs, usualMs);
    this.#cancelDeadline = clock.after(limitMs, () =>
      this.#failed(line, new SpeechError('speech_timeout', `no text within ${limitMs} ms`, { retryable: true })),
    );
  }

  /** Of a recogniser that endpoints by itself: a voice has to be answered with some text, and begun text with its end. */
  #watchVoice(frame: AudioFrame): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    if (levelDbfs(frame.samples) >= LOUD_DBFS) {
      if (this.#loudMs === 0) this.#loudSince = now;
      this.#loudMs += (frame.samples.length * 1000) / frame.sampleRate;
      this.#loudUntil = now;
    }
    const line = this.#line;
    if (line?.session === undefined) return;
    const usualMs = this.#stt(line.index)?.capabilities.p99TimeToFinalMs;
    if (this.#interim) {
      if (usualMs !== undefined && now - this.#loudUntil > Math.max(limits.finalMs, usualMs)) this.#muted(line);
    } else if (this.#loudMs >= VOICE_MS) {
      if (now - this.#loudSince >= limits.silentMs) this.#muted(line);
    } else if (now - this.#loudUntil > OVERLAP_MS) {
      this.#loudMs = 0;
      this.#log.keepLast(OVERLAP_MS);
    }
  }

  /**
   * The line may be dead, or what was loud was no speech: it is opened anew, then another service is asked, and where that hears
   * nothing either it is left at that until somebody understands something.
   */
  #muted(line: Line): void {
    this.#mute += 1;
    this.#loudMs = 0;
    const error = new SpeechError('speech_timeout', 'a voice is heard, and the recogniser says nothing', {
      retryable: true,
    });
    const { candidates } = this.#options;
    if (this.#interim || (this.#mute > 1 && line.index + 1 < candidates.length)) this.#failed(line, error);
    else if (this.#mute <= 2) void this.#goOn(line, line.index, error);
    else this.#log.keepLast(OVERLAP_MS);
  }
}
