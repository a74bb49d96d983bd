import type { Clock } from '../clock.ts';
import { assertNever, messageOf, PatchbayError } from '../errors.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { SpeechError } from '../speech/ports.ts';
import type { PromptOutcome } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import type { PlayStream } from './play-streams.ts';
import type { Prompt } from './state.ts';
import type { UrlAudio } from './url-audio.ts';

/** Audio that the endpoint holds at most; it sends by its own clock. */
const AHEAD_MS = 2000;
/** Length of one write. */
const WRITE_MS = 200;
/** Synthesised audio of one prompt that waits in memory; the synthesis goes on when it has been played. */
const MAX_BUFFERED_MS = 30_000;
/** Longest silence of the synthesiser, or of the server behind a URL. */
const SYNTHESIS_LIMIT_MS = 10_000;
/** A stream of the bot that gives no audio this long counts as stopped. */
const STREAM_LIMIT_MS = 30_000;
/** A playout that does not move this long is broken. */
const PLAYOUT_LIMIT_MS = 10_000;
/** How often the playout is looked at for the first packet of a prompt. */
const FIRST_PACKET_POLL_MS = 20;
/** The same for the marks of a stream, where one is due. */
const MARK_POLL_MS = 20;
const MAX_REMEMBERED = 100;

export interface SpeakerOptions {
  tts: TextToSpeech | undefined;
  /** Absent: prompts from URLs fail. */
  urlAudio?: UrlAudio | undefined;
  /** Where the bot's own audio waits; absent: it has none. */
  streams?: { take(serial: number): PlayStream | undefined };
  /** The caller has heard what comes before a mark of the bot's audio. */
  onMark?: (markId: string) => void;
  media: MediaEndpoint;
  clock: Clock;
  emit: (event: ConversationEvent) => void;
  /** A prompt that had begun is over; `startedAt` is when its first audio was queued. */
  onOutcome: (prompt: Prompt, outcome: PromptOutcome, playedMs: number, startedAt: number) => void;
  onFirstRtp: (promptId: number, at: number) => void;
  signal: AbortSignal;
}

interface Job {
  readonly prompt: Prompt;
  /** Where the audio comes from when the bot speaks itself. */
  readonly stream: PlayStream | undefined;
  readonly abort: AbortController;
  readonly chunks: Int16Array[];
  bufferedMs: number;
  synthesised: boolean;
  playing: boolean;
  /** Audio has been written. */
  startedAt: number | undefined;
  /** `playout.playedMs` when its first audio was queued. */
  base: number;
  /** Wakes whoever waits for a change of this job. */
  changed: PromiseWithResolvers<void>;
}

/**
 * Speaks prompts: makes or fetches their audio one after another ahead of their turn, writes it to the playout when
 * told to, and tells when it has been heard.
 */
export class Speaker {
  readonly #options: SpeakerOptions;
  readonly #jobs = new Map<number, Job>();
  readonly #played = new Map<number, number>();
  #synthesising = false;

  constructor(options: SpeakerOptions) {
    this.#options = options;
  }

  prepare(prompt: Prompt): void {
    this.#jobs.set(prompt.id, {
      prompt,
      stream: prompt.source.type === 'stream' ? this.#options.streams?.take(prompt.source.stream) : undefined,
      abort: new AbortController(),
      chunks: [],
      bufferedMs: 0,
      synthesised: false,
      playing: false,
      startedAt: undefined,
      base: 0,
      changed: Promise.withResolvers(),
    });
    void this.#synthesiseAll();
  }

  play(promptId: number): void {
    const job = this.#jobs.get(promptId);
    if (job === undefined || job.playing) return;
    job.playing = true;
    void this.#play(job);
  }

  pause(): void {
    this.#options.media.playout.pause();
  }

  resume(): void {
    this.#options.media.playout.resume();
  }

  /** Forgets prompts; what of them has not gone out is dropped. */
  stop(promptIds: readonly number[], outcome: 'interrupted' | 'aborted'): void {
    for (const id of promptIds) {
      const job = this.#jobs.get(id);
      if (job === undefined) continue;
      if (job.startedAt !== undefined) this.#options.media.playout.flush();
      this.#close(job, outcome);
    }
    this.#options.media.playout.resume();
  }

  /** What the caller has heard of a prompt that is over; undefined when it never began. */
  playedMsOf(promptId: number): number | undefined {
    return this.#played.get(promptId);
  }

  close(): void {
    this.stop([...this.#jobs.keys()], 'aborted');
  }

  /** Ends a job's life: nothing is reported about it afterwards. */
  #close(job: Job, outcome: PromptOutcome): void {
    this.#jobs.delete(job.prompt.id);
    job.abort.abort();
    const playedMs = this.#playedMs(job);
    if (job.stream !== undefined)
      this.#closeStream(job.stream, outcome === 'finished' ? Number.POSITIVE_INFINITY : playedMs);
    wake(job);
    if (job.startedAt === undefined) return;
    this.#played.set(job.prompt.id, playedMs);
    if (this.#played.size > MAX_REMEMBERED) {
      const oldest = this.#played.keys().next().value;
      if (oldest !== undefined) this.#played.delete(oldest);
    }
    this.#options.onOutcome(job.prompt, outcome, playedMs, job.startedAt);
  }

  #fail(job: Job, error: unknown): void {
    if (!this.#isOpen(job)) return;
    const code = error instanceof PatchbayError ? error.code : 'speech_failed';
    const message = error instanceof PatchbayError ? error.publicMessage : messageOf(error);
    if (job.startedAt !== undefined) this.#options.media.playout.flush();
    this.#close(job, 'aborted');
    this.#options.emit({ type: 'promptFailed', promptId: job.prompt.id, code, message });
  }

  #playedMs(job: Job): number {
    if (job.startedAt === undefined) return 0;
    return Math.max(0, this.#options.media.playout.playedMs - job.base);
  }

  #isOpen(job: Job): boolean {
    return this.#jobs.get(job.prompt.id) === job;
  }

  // ---- synthesis ----

  /** One prompt at a time, in order: the next is made while the one before plays. */
  async #synthesiseAll(): Promise<void> {
    if (this.#synthesising) return;
    this.#synthesising = true;
    try {
      for (;;) {
        const job = [...this.#jobs.values()].find((candidate) => !candidate.synthesised);
        if (job === undefined) return;
        try {
          await this.#synthesise(job);
          // Also a prompt that gave no audio is ready.
          if (this.#isOpen(job)) this.#options.emit({ type: 'promptReady', promptId: job.prompt.id });
        } catch (error) {
          this.#fail(job, error);
        }
        job.synthesised = true;
        wake(job);
      }
    } finally {
      this.#synthesising = false;
    }
  }

  async #synthesise(job: Job): Promise<void> {
    const chunks = this.#audioOf(job)[Symbol.asyncIterator]();
    try {
      for (let first = true; this.#isOpen(job); ) {
        const next = await this.#withLimit(chunks.next(), job);
        if (next === undefined || next.done === true) return;
        if (next.value.length === 0 || !this.#isOpen(job)) continue;
        job.chunks.push(next.value);
        job.bufferedMs += this.#ms(next.value.length);
        wake(job);
        if (first) this.#options.emit({ type: 'promptReady', promptId: job.prompt.id });
        first = false;
        while (job.bufferedMs > MAX_BUFFERED_MS && this.#isOpen(job)) await job.changed.promise;
      }
    } finally {
      // A synthesiser that hangs is not waited for.
      void Promise.resolve(chunks.return?.()).catch(() => undefined);
    }
  }

  #audioOf(job: Job): AsyncIterable<Int16Array> {
    const { tts, urlAudio, media } = this.#options;
    const { source, text } = job.prompt;
    const signal = AbortSignal.any([job.abort.signal, this.#options.signal]);
    const { sampleRate, callId } = media;
    switch (source.type) {
      case 'text':
        if (tts === undefined) throw new SpeechError('speech_unavailable', 'no text-to-speech service is configured');
        return tts.synthesize(
          {
            ...{ callId, text, language: source.language, voice: source.voice, cache: source.cache, sampleRate },
            ...(source.parameters && { parameters: source.parameters }),
          },
          signal,
        );
      case 'url': {
        if (urlAudio === undefined) throw new SpeechError('speech_unavailable', 'audio from URLs is not available');
        const { url, mediaFormat, caching } = source;
        return urlAudio.play({ url, mediaFormat, caching, sampleRate }, signal);
      }
      case 'stream':
        if (job.stream === undefined) throw new SpeechError('speech_failed', "the bot's stream is not known");
        return job.stream.read();
      default:
        return assertNever(source);
    }
  }

  /**
   * @returns undefined when the job was closed meanwhile, or when its stream has gone quiet
   * @throws SpeechError `speech_timeout`
   */
  async #withLimit<T>(work: Promise<T>, job: Job): Promise<T | undefined> {
    const stopped = Promise.withResolvers<undefined>();
    const onAbort = () => stopped.resolve(undefined);
    job.abort.signal.addEventListener('abort', onAbort, { once: true });
    if (job.abort.signal.aborted) onAbort();
    const limitMs = job.stream === undefined ? SYNTHESIS_LIMIT_MS : STREAM_LIMIT_MS;
    const cancel = this.#options.clock.after(limitMs, () => {
      if (job.stream === undefined) {
        stopped.reject(new SpeechError('speech_timeout', `no audio for ${limitMs} ms`, { retryable: true }));
        return;
      }
      job.stream.stop();
      onAbort();
    });
    try {
      return await Promise.race([work, stopped.promise]);
    } finally {
      cancel();
      job.abort.signal.removeEventListener('abort', onAbort);
      work.catch(() => undefined);
    }
  }

  // ---- playout ----

  async #play(job: Job): Promise<void> {
    const guard = this.#watchPlayout(job);
    if (job.stream !== undefined) void this.#followMarks(job, job.stream);
    try {
      await this.#writeAll(job);
      if (!this.#isOpen(job)) return;
      const heard = job.startedAt === undefined || (await this.#options.media.playout.drained());
      if (!this.#isOpen(job)) return;
      if (!heard) throw new SpeechError('speech_failed', 'the call takes no more audio');
      this.#close(job, 'finished');
      this.#options.emit({ type: 'promptFinished', promptId: job.prompt.id });
    } catch (error) {
      this.#fail(job, error);
    } finally {
      guard();
    }
  }

  async #writeAll(job: Job): Promise<void> {
    const { playout } = this.#options.media;
    const writeSamples = (this.#options.media.sampleRate * WRITE_MS) / 1000;
    while (this.#isOpen(job)) {
      const chunk = job.chunks[0];
      if (chunk === undefined) {
        if (job.synthesised) return;
        await job.changed.promise;
        continue;
      }
      const excessMs = playout.queuedMs + WRITE_MS - AHEAD_MS;
      if (excessMs > 0) {
        await this.#sleep(Math.max(excessMs, WRITE_MS), job);
        continue;
      }
      const part = chunk.length > writeSamples ? chunk.subarray(0, writeSamples) : chunk;
      if (part.length === chunk.length) job.chunks.shift();
      else job.chunks[0] = chunk.subarray(part.length);
      job.bufferedMs -= this.#ms(part.length);
      if (job.startedAt === undefined) this.#start(job);
      playout.write(part);
      wake(job);
    }
  }

  // ---- marks ----

  /** Tells of each mark of a stream when what comes before it has gone out. */
  async #followMarks(job: Job, stream: PlayStream): Promise<void> {
    while (this.#isOpen(job)) {
      const next = stream.nextMark;
      if (next === undefined) {
        if (stream.over) return;
        await stream.changed;
        continue;
      }
      const waitMs = this.#ms(next) - this.#playedMs(job);
      if (waitMs > 0) await this.#sleep(Math.max(waitMs, MARK_POLL_MS), job);
      else this.#tellMarks(stream, next);
    }
  }

  #tellMarks(stream: PlayStream, playedSamples: number): void {
    for (const markId of stream.reached(playedSamples)) this.#options.onMark?.(markId);
  }

  #closeStream(stream: PlayStream, playedMs: number): void {
    this.#tellMarks(stream, (playedMs * this.#options.media.sampleRate) / 1000);
    stream.discard();
  }

  #start(job: Job): void {
    const { media, clock, emit } = this.#options;
    job.startedAt = clock.now();
    job.base = media.playout.playedMs + media.playout.queuedMs;
    emit({ type: 'promptStarted', promptId: job.prompt.id });
    this.#pollFirstPacket(job);
  }

  #pollFirstPacket(job: Job): void {
    const { clock, onFirstRtp } = this.#options;
    if (!this.#isOpen(job)) return;
    const playedMs = this.#playedMs(job);
    if (playedMs > 0) {
      // The first of the packets that have gone out since then.
      const at = clock.now() - Math.max(0, playedMs - FIRST_PACKET_POLL_MS);
      onFirstRtp(job.prompt.id, Math.max(at, job.startedAt ?? at));
      return;
    }
    const cancel = clock.after(FIRST_PACKET_POLL_MS, () => {
      job.abort.signal.removeEventListener('abort', cancel);
      this.#pollFirstPacket(job);
    });
    job.abort.signal.addEventListener('abort', cancel, { once: true });
  }

  /** Fails a prompt whose audio is queued but does not move, unless it is paused. */
  #watchPlayout(job: Job): () => void {
    const { media, clock } = this.#options;
    let last = media.playout.playedMs;
    let cancel = () => {};
    const look = () => {
      const { playedMs, queuedMs, paused } = media.playout;
      if (!paused && queuedMs > 0 && playedMs === last) {
        this.#fail(job, new SpeechError('speech_failed', 'the playout does not move'));
        return;
      }
      last = playedMs;
      cancel = clock.after(PLAYOUT_LIMIT_MS, look);
    };
    cancel = clock.after(PLAYOUT_LIMIT_MS, look);
    return () => cancel();
  }

  async #sleep(ms: number, job: Job): Promise<void> {
    const woken = Promise.withResolvers<void>();
    const wakeUp = () => woken.resolve();
    const cancel = this.#options.clock.after(ms, wakeUp);
    job.abort.signal.addEventListener('abort', wakeUp, { once: true });
    await woken.promise;
    cancel();
    job.abort.signal.removeEventListener('abort', wakeUp);
  }

  #ms(samples: number): number {
    return (samples * 1000) / this.#options.media.sampleRate;
  }
}

function wake(job: Job): void {
  const { changed } = job;
  job.changed = Promise.withResolvers();
  changed.resolve();
}
