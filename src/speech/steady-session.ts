import { EventEmitter } from 'node:events';
import { messageOf } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import { AudioLog } from './audio-log.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from './ports.ts';
import { Candidates } from './steady-candidates.ts';
import {
  catchUpMs,
  HEAD_START,
  MAX_FRUITLESS,
  OVERLAP_MS,
  ROTATE_RETRY_MS,
  SHORT_LIFE_MS,
  type SteadySessionOptions,
} from './steady-limits.ts';
import { dialLine, type Line, planRotation, ROTATE_LATEST_MS } from './steady-line.ts';
import { TextDeadline } from './text-deadline.ts';
import { VoiceWatch } from './voice-watch.ts';

/**
 * A recogniser session that outlives those of the vendors: it opens the next one before the vendor's limit, opens another when
 * one fails or falls silent, with another service where there is one, and gives it all audio that was not recognised. What a
 * session says after it was replaced is not heard, so no word comes twice.
 */
export class SteadySession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #options: SteadySessionOptions;
  readonly #candidates: Candidates;
  readonly #log: AudioLog;
  #line: Line | undefined;
  /** The session that is to follow. */
  #next: Line | undefined;
  #phrases: readonly string[];
  /** Something of an utterance was understood, and its end is to come. */
  #interim = false;
  #fruitless = 0;
  /** Since the last result. */
  readonly #voice = new VoiceWatch();
  /** Sessions in a row that said nothing while a voice was heard. */
  #mute = 0;
  readonly #deadline: TextDeadline;
  #stopFollowing = () => {};

  constructor(options: SteadySessionOptions) {
    super();
    this.#options = options;
    this.#candidates = new Candidates(options.candidates);
    this.#deadline = new TextDeadline(options.clock, this.#candidates);
    this.#log = new AudioLog(options.stt.sampleRate);
    this.#phrases = options.stt.contextPhrases;
  }

  /** Opens the first session that can be opened. @throws SpeechError of the last candidate */
  async open(signal: AbortSignal): Promise<void> {
    const close = () => this.close();
    signal.addEventListener('abort', close, { once: true });
    this.#stopFollowing = () => signal.removeEventListener('abort', close);
    if (signal.aborted) this.close();
    const { first } = this.#options;
    for (let index = first; ; index += 1) {
      try {
        await this.#replace(index);
        return;
      } catch (error) {
        if (this.closed) throw error;
        this.#candidates.blame(index, error);
        if (index + 1 >= this.#candidates.count) {
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
    this.#deadline.close();
    this.#hangUp(this.#line);
    this.#hangUp(this.#next);
    this.emit('closed');
  }

  get #vendorEndpoints(): boolean {
    return this.#candidates.stt(this.#line?.index ?? 0)?.capabilities.endpointing === 'vendor';
  }

  /** For the session that is heard, and for one that races it. An adapter that throws loses its session, and not the call. */
  #guard(operate: (session: SttSession) => void): void {
    this.#operate(this.#line, operate);
    if (this.#next?.fed) this.#operate(this.#next, operate);
  }

  #operate(line: Line | undefined, operate: (session: SttSession) => void): void {
    if (line?.session === undefined) return;
    try {
      operate(line.session);
    } catch (error) {
      this.#failed(line, error);
    }
  }

  // ---- sessions ----

  /**
   * Puts a session in the place of the one before, with all audio that was not recognised: one that is being opened already, or
   * another. @throws SpeechError when no session is there in time
   */
  async #replace(index: number): Promise<void> {
    const line = this.#next?.index === index ? this.#next : this.#dial(index);
    try {
      await line.ready;
    } finally {
      if (this.#next === line) this.#next = undefined;
    }
    this.#take(line);
  }

  /** Begins to open the session that is to follow. @throws SpeechError where there is no such service */
  #dial(index: number): Line {
    this.#hangUp(this.#next);
    const { clock, limits, stt: options } = this.#options;
    const stt = this.#candidates.stt(index);
    if (stt === undefined) throw new SpeechError('speech_unavailable', 'no speech service is left');
    const wanted = { ...options, contextPhrases: this.#phrases };
    const line = dialLine(stt, { index, options: wanted, openMs: limits.openMs, clock });
    this.#next = line;
    return line;
  }

  #take(line: Line): void {
    const { session } = line;
    if (session === undefined || this.#line === line) return;
    if (this.closed) {
      this.#hangUp(line);
      return;
    }
    const old = this.#line;
    this.#line = line;
    if (this.#next === line) this.#next = undefined;
    this.#hangUp(old);
    planRotation(line, this.#candidates.stt(line.index)?.capabilities.sessionLimitMs);
    line.startMs = this.#log.endMs - this.#log.heldMs;
    this.#interim = false;
    if (!line.fed) this.#feed(line);
    if (this.#line === line) this.#armDeadline(catchUpMs(this.#log.heldMs));
    for (const result of line.early.splice(0)) if (this.#line === line) this.#onFinal(line, result);
  }

  /** Gives it all audio that was not recognised, and listens to it. */
  #feed(line: Line): void {
    const { session } = line;
    if (session === undefined) return;
    line.fed = true;
    session.on('interim', (event) => {
      if (this.#line !== line) return;
      this.#interim = event.text !== '';
      this.#heardFrom();
      this.emit('interim', event);
    });
    session.on('final', (result) => (this.#line === line ? this.#onFinal(line, result) : this.#onEarly(line, result)));
    session.on('error', (error) => this.#failed(line, error));
    session.on('closed', () => this.#ended(line));
    if (session.closed) this.#ended(line);
    else this.#operate(line, (opened) => this.#log.replay(opened));
  }

  #hangUp(line: Line | undefined): void {
    if (line === undefined) return;
    if (this.#line === line) this.#line = undefined;
    if (this.#next === line) this.#next = undefined;
    line.abort.abort(new SpeechError('speech_failed', 'the session is not needed any more'));
    line.session?.close();
  }

  #onFinal(line: Line, result: SttSessionEvents['final'][0]): void {
    if (this.#vendorEndpoints) {
      this.#log.dropUntil(result.endMs === undefined ? this.#log.endMs : line.startMs + result.endMs);
    } else if (!this.#log.settle()) {
      return;
    }
    this.#interim = false;
    this.#heardFrom();
    this.#candidates.succeeded(line.index);
    this.#dropSpare(line);
    this.#armDeadline();
    this.emit('final', result);
  }

  #heardFrom(): void {
    this.#fruitless = 0;
    this.#mute = 0;
    this.#voice.reset();
  }

  #rotate(): void {
    const line = this.#line;
    const now = this.#options.clock.now();
    if (line?.session === undefined || now < line.rotateAt) return;
    const next = this.#next;
    if (next === undefined) {
      const opening = this.#dial(line.index);
      // One that cannot be opened ahead of time is tried again, at the latest when this one has ended.
      opening.ready.catch(() => {
        if (this.#next === opening) this.#next = undefined;
        line.rotateAt = this.#options.clock.now() + ROTATE_RETRY_MS;
      });
      return;
    }
    // Another service is being opened, in case that this one has failed.
    if (next.index !== line.index || next.session === undefined) return;
    if (this.#quiet || now >= line.rotateLatestAt || now - next.openedAt >= ROTATE_LATEST_MS) this.#take(next);
  }

  /** Nothing is being said that is not recognised. */
  get #quiet(): boolean {
    return !this.#log.busy && !this.#interim && this.#voice.loudMs === 0;
  }

  // ---- failure ----

  /** The vendor has ended the session as it does: nothing is wrong with the service, unless it was a short life. */
  #ended(line: Line): void {
    if (this.#next === line) this.#hangUp(line);
    if (this.#line !== line || this.closed) return;
    const error = new SpeechError('speech_failed', 'the recogniser closed', { retryable: true });
    if (this.#options.clock.now() - line.openedAt < SHORT_LIFE_MS) this.#failed(line, error);
    else void this.#goOn(line, line.index, error);
  }

  #failed(line: Line, error: unknown): void {
    if (this.closed || (this.#line !== line && this.#next !== line)) return;
    this.#candidates.blame(line.index, error);
    if (this.#next === line) {
      this.#hangUp(line);
      return;
    }
    this.#fruitless += 1;
    void this.#goOn(line, this.#candidates.after(line.index), error);
  }

  async #goOn(lost: Line, index: number, cause: unknown): Promise<void> {
    this.#hangUp(lost);
    this.#deadline.disarm();
    let from = lost.index;
    let error = cause;
    for (let to = index; !this.closed; to = this.#candidates.after(to)) {
      if (this.#fruitless > MAX_FRUITLESS) return this.#giveUp(error);
      if (to !== from) this.#announce(from, to, error);
      from = to;
      try {
        await this.#replace(to);
        return;
      } catch (failure) {
        if (this.closed) return;
        error = failure;
        this.#fruitless += 1;
        this.#candidates.blame(to, failure);
        const last = to === this.#candidates.after(to);
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
    this.#options.onFailover(this.#candidates.failover(this.#options.stt.callId, from, to, error), to);
  }

  // ---- liveness ----

  /** From the end of an utterance on, its text is waited for a while. */
  #armDeadline(moreMs = 0): void {
    this.#deadline.disarm();
    const line = this.#line;
    if (line === undefined || this.#vendorEndpoints) return;
    if (this.#log.owed === 0) {
      this.#dropSpare(line);
      return;
    }
    const usualMs = this.#candidates.finalMs(line.index, this.#options.limits);
    if (usualMs === undefined) return;
    const limitMs = usualMs + moreMs;
    const dueMs = this.#options.limits.finalMs + moreMs;
    const over = new SpeechError('speech_timeout', `no text within ${limitMs} ms`, { retryable: true });
    this.#deadline.arm(
      { lateMs: dueMs * HEAD_START, dueMs, limitMs },
      { late: () => this.#openSpare(line), due: () => this.#overtake(), over: () => this.#failed(line, over) },
    );
  }

  /** The text is late: the next service gets the same audio, and whichever has the text first is heard. */
  #openSpare(line: Line): void {
    const index = this.#candidates.after(line.index);
    if (this.#line !== line || index === line.index || this.#next !== undefined) return;
    const spare = this.#dial(index);
    // Whether it can be had is found out again when it is needed.
    const forget = () => this.#next === spare && this.#hangUp(spare);
    spare.ready.then(() => this.#next === spare && this.#feed(spare), forget);
  }

  /** The next service has a text first. That it understood nothing is no text, as long as another may have one. */
  #onEarly(line: Line, result: SttSessionEvents['final'][0]): void {
    if (this.#next !== line || this.closed) return;
    if (result.rejected && line.early.length === 0) this.#hangUp(line);
    else line.early.push(result);
    if (this.#deadline.due) this.#overtake();
  }

  /** Where the next service has a text that this one owes, the call goes on with it. */
  #overtake(): void {
    const [next, old] = [this.#next, this.#line];
    if (next === undefined || next.early.length === 0) return;
    if (old !== undefined) {
      const why = 'its text is late, and the next service has it';
      this.#announce(old.index, next.index, new SpeechError('speech_timeout', why, { retryable: true }));
      this.#deadline.overtaken(old);
      this.#line = undefined;
    }
    this.#take(next);
  }

  #dropSpare(line: Line): void {
    if (this.#next !== undefined && this.#next.index !== line.index) this.#hangUp(this.#next);
  }

  #watchVoice(frame: AudioFrame): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    this.#voice.hear(frame, now);
    const line = this.#line;
    if (line?.session === undefined) return;
    const finalMs = this.#candidates.finalMs(line.index, this.#options.limits);
    const verdict = this.#voice.verdict(now, this.#interim, { finalMs, silentMs: limits.silentMs });
    if (verdict === 'muted') this.#muted(line);
    if (verdict !== 'quiet') return;
    this.#voice.reset();
    this.#log.keepLast(OVERLAP_MS);
  }

  /**
   * The line may be dead, or what was loud was no speech: it is opened anew, then another service is asked, and where that hears
   * nothing either it is left at that until somebody understands something.
   */
  #muted(line: Line): void {
    this.#mute += 1;
    this.#voice.reset();
    const error = new SpeechError('speech_timeout', 'a voice is heard, and the recogniser says nothing', {
      retryable: true,
    });
    const isLast = line.index + 1 === this.#candidates.count;
    if (this.#interim || (this.#mute > 1 && !isLast)) this.#failed(line, error);
    else if (this.#mute <= 2) void this.#goOn(line, line.index, error);
    else this.#log.keepLast(OVERLAP_MS);
  }
}
