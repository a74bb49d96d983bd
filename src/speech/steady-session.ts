import { EventEmitter } from 'node:events';
import { messageOf } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import { AudioLog, reachesTo } from './audio-log.ts';
import { joinedFinal } from './joined-final.ts';
import { MuteWatch } from './mute-watch.ts';
import { SpeechError, type SttSession, type SttSessionEvents } from './ports.ts';
import { Candidates } from './steady-candidates.ts';
import { catchUpMs, OVERLAP_MS, SHORT_LIFE_MS, type SteadySessionOptions } from './steady-limits.ts';
import { type Line, reachOf } from './steady-line.ts';
import { Lines } from './steady-lines.ts';
import { TextDeadline } from './text-deadline.ts';

type Final = SttSessionEvents['final'][0];

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
  readonly #lines: Lines;
  readonly #vendorEndpoints: boolean;
  /** Settles when it can be written to, or never will be. */
  readonly #hearable = Promise.withResolvers<void>();
  #handedOver = false;
  /** Something of an utterance was understood, and its end is to come. */
  #interim = false;
  readonly #mute: MuteWatch;
  /** The next service has understood nothing of what a text is owed for. */
  #nextHeardNothing = false;
  readonly #deadline: TextDeadline;
  /** Who owes the text that the deadline is for. */
  #armedFor: Line | undefined;
  #stopFollowing = () => {};

  constructor(options: SteadySessionOptions) {
    super();
    this.#options = options;
    this.#candidates = new Candidates(options.candidates);
    this.#mute = new MuteWatch(this.#candidates);
    this.#deadline = new TextDeadline(options.clock, this.#candidates);
    this.#log = new AudioLog(options.stt.sampleRate);
    this.#vendorEndpoints = this.#candidates.stt(options.first).capabilities.endpointing === 'vendor';
    this.#lines = new Lines(options, this.#candidates, {
      feed: (line) => this.#feed(line),
      seated: (line) => this.#seated(line),
      waiting: () => this.#log.owed > 0,
      unhedged: () => this.#handOver(),
      giveUp: (error) => this.#giveUp(error),
    });
  }

  /** Resolves when a session is open that can hear, or is not waited for any longer. @throws SpeechError of the last candidate */
  async open(signal: AbortSignal): Promise<void> {
    const close = () => this.close();
    signal.addEventListener('abort', close, { once: true });
    this.#stopFollowing = () => signal.removeEventListener('abort', close);
    if (signal.aborted) this.close();
    else void this.#lines.goOn(this.#options.first);
    await this.#hearable.promise;
  }

  write(frame: AudioFrame): void {
    if (this.closed) return;
    this.#log.write(frame);
    this.#guard((session) => session.write(frame));
    if (this.#vendorEndpoints) this.#watchVoice(frame);
    else this.#log.keepLast(OVERLAP_MS);
    this.#lines.rotate(() => this.#quiet);
  }

  startUtterance(preRollMs: number): void {
    if (this.closed) return;
    this.#log.start(preRollMs);
    if (!this.#vendorEndpoints) this.#guard((session) => session.startUtterance(preRollMs));
  }

  endUtterance(trailingSilenceMs: number): void {
    if (this.closed) return;
    // Whoever asks "hello?" again and again does not put off the time of what he said first.
    const waits = this.#log.owed > 0 && !this.#deadline.over;
    this.#log.end(trailingSilenceMs);
    if (!this.#vendorEndpoints) this.#guard((session) => session.endUtterance(trailingSilenceMs));
    if (!waits) this.#armDeadline();
    if (this.#log.owed > 0) this.#lines.textOwed();
  }

  cancelUtterance(): void {
    if (this.closed) return;
    this.#log.cancel();
    if (!this.#vendorEndpoints) this.#guard((session) => session.cancelUtterance());
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#lines.phrases = contextPhrases;
    this.#guard((session) => session.updateHints(contextPhrases));
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#stopFollowing();
    this.#deadline.close();
    this.#lines.close();
    this.#hearable.reject(new SpeechError('speech_failed', 'the session is not needed any more'));
    this.emit('closed');
  }

  /** For the session that is heard, and for one that races it. An adapter that throws loses its session, and not the call. */
  #guard(operate: (session: SttSession) => void): void {
    const { heard, next } = this.#lines;
    if (heard?.fed) this.#operate(heard, operate);
    if (next?.fed) this.#operate(next, operate);
  }

  #operate(line: Line, operate: (session: SttSession) => void): void {
    if (line.session === undefined) return;
    try {
      operate(line.session);
    } catch (error) {
      this.#failed(line, error);
    }
  }

  /** What is said from now on is kept until a session is there that hears it. */
  #handOver(): void {
    this.#handedOver = true;
    this.#hearable.resolve();
  }

  // ---- sessions ----

  /** Gives it all audio that was not recognised, and listens to it. */
  #feed(line: Line): void {
    const { session } = line;
    if (session === undefined) return;
    line.fed = true;
    line.startMs = this.#log.endMs - this.#log.heldMs;
    if (this.#vendorEndpoints) line.untilMs = this.#log.owedUntilMs;
    this.#handOver();
    session.on('interim', (event) => this.#onInterim(line, event));
    session.on('final', (result) =>
      this.#lines.heard === line ? this.#onFinal(line, result) : this.#onEarly(line, result),
    );
    session.on('error', (error) => this.#failed(line, error));
    session.on('closed', () => this.#ended(line));
    if (session.closed) {
      this.#ended(line);
      return;
    }
    if (line.phrases !== this.#lines.phrases) this.#operate(line, (opened) => opened.updateHints(this.#lines.phrases));
    this.#operate(line, (opened) => this.#log.replay(opened));
  }

  #seated(line: Line): void {
    this.#interim = false;
    // A text that was owed while it opened is not owed later because of that.
    const waitedMs = this.#armedFor === line ? this.#deadline.waitedMs : 0;
    this.#armDeadline({ moreMs: catchUpMs(this.#log.heldMs), waitedMs });
    for (const result of line.early.splice(0)) if (this.#lines.heard === line) this.#onFinal(line, result);
  }

  #onInterim(line: Line, event: SttSessionEvents['interim'][0]): void {
    const { heard, next } = this.#lines;
    if (heard === line) this.#interim = event.text !== '';
    // While the one that is to be heard is on its way, the next one tells.
    else if (next !== line || heard?.session !== undefined) return;
    this.#heardFrom();
    this.emit('interim', event);
  }

  #onFinal(line: Line, result: Final): void {
    if (this.#vendorEndpoints) {
      if (!result.rejected) line.parts.push(result);
      const reachesMs = reachOf(line, result, this.#log.endMs);
      if (line.untilMs !== undefined && !reachesTo(reachesMs, line.untilMs)) return;
      this.#settle(line, reachesMs);
      return;
    }
    if (!this.#log.settle()) return;
    this.#tell(line, result);
  }

  /** Of a vendor that endpoints by itself: what it has said is the text of all that was said up to `ms`. */
  #settle(line: Line, ms: number): void {
    line.untilMs = undefined;
    this.#log.settleUntil(ms);
    // That nothing was understood of a sound is no result there.
    const parts = line.parts.splice(0);
    this.#tell(line, parts.length === 0 ? undefined : joinedFinal(parts));
  }

  #tell(line: Line, result: Final | undefined): void {
    this.#interim = false;
    this.#heardFrom();
    this.#candidates.succeeded(line.index);
    this.#mute.told(line.index, result !== undefined);
    this.#lines.dropSpare();
    this.#armDeadline();
    if (result !== undefined) this.emit('final', result);
  }

  #heardFrom(): void {
    this.#lines.fruitless = 0;
    this.#mute.answered(this.#options.clock.now());
  }

  /** Nothing is being said that is not recognised. */
  get #quiet(): boolean {
    return !this.#log.busy && !this.#interim && this.#mute.voice.loudMs === 0;
  }

  // ---- failure ----

  /** The vendor has ended the session as it does: nothing is wrong with the service, unless it was a short life. */
  #ended(line: Line): void {
    if (this.#lines.next === line) this.#lines.hangUp(line);
    if (this.#lines.heard !== line || this.closed) return;
    const error = new SpeechError('speech_failed', 'the recogniser closed', { retryable: true });
    if (this.#options.clock.now() - line.openedAt < SHORT_LIFE_MS) this.#failed(line, error);
    else this.#goOn(line, line.index, error);
  }

  #failed(line: Line, error: unknown): void {
    const { heard, next } = this.#lines;
    if (this.closed || (heard !== line && next !== line)) return;
    this.#candidates.blame(line.index, error);
    if (next === line) {
      this.#lines.hangUp(line);
      return;
    }
    this.#lines.fruitless += 1;
    this.#goOn(line, this.#candidates.after(line.index), error);
  }

  #goOn(lost: Line, to: number, error: unknown): void {
    this.#lines.hangUp(lost);
    this.#deadline.disarm();
    void this.#lines.goOn(to, { index: lost.index, error });
  }

  #giveUp(error: unknown): void {
    if (this.closed) return;
    const known =
      error instanceof SpeechError ? error : new SpeechError('speech_failed', messageOf(error), { cause: error });
    if (this.#handedOver) this.emit('error', known);
    else this.#hearable.reject(known);
    this.close();
  }

  // ---- liveness ----

  /** From the end of an utterance on, its text is waited for a while. */
  #armDeadline({ moreMs = 0, waitedMs = 0 } = {}): void {
    this.#deadline.disarm();
    this.#nextHeardNothing = false;
    const line = this.#lines.heard;
    if (line === undefined) return;
    const untilMs = this.#log.owedUntilMs;
    if (untilMs === undefined) {
      this.#lines.dropSpare();
      return;
    }
    const silenceMs = this.#log.endMs - untilMs;
    const times = this.#candidates.textTimes(line.index, this.#options.limits, { moreMs, silenceMs });
    if (times === undefined) return;
    this.#armedFor = line;
    this.#deadline.arm(times, waitedMs, {
      ask: () => this.#ask(line),
      late: () => this.#lines.race(),
      due: () => this.#overtake(),
      over: () => this.#onOver(line, times.over),
    });
  }

  /** It may have missed the end. */
  #ask(line: Line): void {
    const untilMs = this.#log.owedUntilMs;
    if (!this.#vendorEndpoints || untilMs === undefined) return;
    this.#operate(line, (session) => session.endUtterance(this.#log.endMs - untilMs));
  }

  #onOver(line: Line, limitMs: number): void {
    // What is being opened has a time of its own.
    if (line.session === undefined) return;
    if (!this.#vendorEndpoints || this.#interim) {
      this.#failed(line, new SpeechError('speech_timeout', `no text within ${limitMs} ms`, { retryable: true }));
      return;
    }
    if (line.parts.length > 0) {
      this.#settle(line, this.#log.endMs);
      return;
    }
    // It may have been no speech: the next service is to say.
    const { next } = this.#lines;
    if (this.#nextHeardNothing) this.#noise();
    else if (next === undefined || next.index === line.index) this.#muted(line);
    else this.#deadline.extend(this.#candidates.finalMs(next.index, this.#options.limits) ?? 0, () => this.#noise());
  }

  /** Nobody understands anything: it was no speech. */
  #noise(): void {
    this.#log.settleUntil(this.#log.endMs);
    this.#mute.noise();
    this.#lines.dropSpare();
  }

  /** The next service has a text first. That it understood nothing is no text, as long as another may have one. */
  #onEarly(line: Line, result: Final): void {
    if (this.#lines.next !== line || this.closed) return;
    const opening = this.#lines.heard?.session === undefined;
    if (result.rejected && line.early.length === 0 && !opening) {
      this.#nextHeardNothing = true;
      this.#lines.hangUp(line);
      return;
    }
    line.early.push(result);
    if (this.#deadline.due || (opening && !result.rejected)) this.#overtake();
  }

  /** Where the next service has a text that this one owes, the call goes on with it. */
  #overtake(): void {
    const { next, heard: old } = this.#lines;
    const last = next?.early.at(-1);
    if (next === undefined || last === undefined) return;
    if (next.untilMs !== undefined && !reachesTo(reachOf(next, last, this.#log.endMs), next.untilMs)) return;
    if (old?.session !== undefined && next.early.every(({ rejected }) => rejected)) return;
    if (old !== undefined) {
      const what = old.session === undefined ? 'it does not open' : 'its text is late';
      const error = new SpeechError('speech_timeout', `${what}, and the next service has the text`, {
        retryable: true,
      });
      this.#lines.announce(old.index, next.index, error);
      this.#lines.letGo(old);
      this.#deadline.overtaken(old);
    }
    this.#lines.take(next);
  }

  #watchVoice(frame: AudioFrame): void {
    const { clock, limits } = this.#options;
    const now = clock.now();
    this.#mute.voice.hear(frame, now);
    const line = this.#lines.heard;
    // Of an utterance that is over the text has a time of its own.
    if (line?.session === undefined || this.#log.owed > 0) return;
    const usualMs = this.#log.busy ? undefined : this.#candidates.finalMs(line.index, limits);
    const finalMs = usualMs === undefined ? undefined : usualMs + this.#candidates.moreSilenceMs(line.index, 0);
    const verdict = this.#mute.voice.verdict(now, this.#interim, { finalMs, silentMs: limits.silentMs });
    if (verdict === 'muted') this.#muted(line);
    if (verdict !== 'quiet') return;
    this.#mute.voice.reset();
    this.#log.keepLast(OVERLAP_MS);
  }

  #muted(line: Line): void {
    const { remedy, error } = this.#mute.muted(line.index, this.#interim);
    switch (remedy) {
      case 'failed':
        this.#failed(line, error);
        return;
      case 'nextService':
        this.#goOn(line, this.#candidates.after(line.index), error);
        return;
      case 'anew':
        this.#goOn(line, line.index, error);
        return;
      case 'none':
        this.#noise();
        this.#log.keepLast(OVERLAP_MS);
    }
  }
}
