import type { Clock } from '../clock.ts';
import { messageOf, PatchbayError } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import { levelDbfs } from '../media/level.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { SpeechToText, SttSession, SttSessionEvents } from '../speech/ports.ts';
import { SpeechError } from '../speech/ports.ts';
import { withoutPunctuation } from '../speech/punctuation.ts';
import { LOUD_DBFS } from '../speech/voice-watch.ts';
import type { DetectorEvent, UtteranceDetector } from './detector.ts';
import type { RecognitionOptions } from './effects.ts';
import type { ConversationEvent } from './events.ts';
import { SpeechGate } from './speech-gate.ts';
import type { Utterance } from './state.ts';
import { apply, markOf, type Operation, raceAbort, unpunctuated } from './stt-operations.ts';
import { punctuates, type Stream, samePhrases, sameSession } from './stt-stream.ts';

/** A recogniser that does not open in this time has failed. */
const OPEN_LIMIT_MS = 10_000;
/** Frames kept while it opens: 5 s; of more, the oldest are lost. */
const MAX_WAITING = 250;
/** Where the vendor names no silence after which it ends an utterance, or no time that a text takes. */
const VENDOR_MS = 1_000;
/** Loud for 60 ms: it may be a voice. */
const LOUD_FRAMES = 3;

export interface ListenerOptions {
  stt: SpeechToText;
  media: Pick<MediaEndpoint, 'callId' | 'sampleRate' | 'onAudio'>;
  /** Made when the recogniser leaves endpointing to the hub, or wants to know of utterances as the hub hears them. */
  createDetector: () => UtteranceDetector;
  clock: Clock;
  emit: (event: ConversationEvent) => void;
  /** The end of an utterance was decided; `lastVoicedAt` on the conversation's clock. */
  onEndOfSpeech: (lastVoicedAt: number | undefined, at: number) => void;
  signal: AbortSignal;
}

/**
 * Hears the caller: feeds the recogniser while recognition is wanted, decides where utterances begin and end when the
 * recogniser leaves that to the hub, and passes on what it recognises.
 */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #hubEndpoints: boolean;
  #detector: UtteranceDetector | undefined;
  #stream: Stream | undefined;
  /** Recognition is wanted. */
  #active = false;
  #closed = false;
  /** Frames in a row that were loud, where the recogniser endpoints by itself. */
  #loudFrames = 0;
  /** A voice was heard: no recogniser waits for one any more. */
  #heard = false;
  /** The detector has begun an utterance. */
  #speaking = false;
  #lastText = '';
  readonly #gate: SpeechGate;

  constructor(options: ListenerOptions) {
    this.#options = options;
    const {
      endpointing,
      watchesUtterances,
      endpointingMs = VENDOR_MS,
      p99TimeToFinalMs = VENDOR_MS,
    } = options.stt.capabilities;
    this.#hubEndpoints = endpointing === 'hub';
    this.#gate = new SpeechGate(this.#hubEndpoints ? 0 : endpointingMs + p99TimeToFinalMs);
    this.#detector = this.#hubEndpoints || watchesUtterances === true ? options.createDetector() : undefined;
  }

  /**
   * The caller's audio flows: from here on the detector learns the noise of the line, so that it knows it when the
   * caller is first listened to.
   */
  attach(): void {
    if (!this.#closed) this.#options.media.onAudio(this.#onAudio);
  }

  readonly #onAudio = (frame: AudioFrame): void => this.#onFrame(frame);

  start(options: RecognitionOptions): void {
    const stream = this.#stream;
    if (stream !== undefined && sameSession(stream.options, options)) {
      // A session that is still being opened gets them when it is there.
      if (!samePhrases(stream.options, options)) stream.session?.updateHints(options.contextPhrases);
      if (stream.opened && stream.options.closeAfterMs !== options.closeAfterMs) this.#gate.forget();
      stream.options = options;
      if (!stream.opened && this.#opensAtOnce(options)) this.#openNow(stream);
    } else {
      this.#stream = this.#reopen(options);
    }
    this.#detector?.configure(options.endpointing);
    if (this.#active) return;
    this.#active = true;
    this.#speaking = false;
    this.#gate.forget();
    this.#detector?.reset();
  }

  /** What was heard before is forgotten. A session whose recogniser endpoints by itself is closed. */
  stop(): void {
    if (!this.#active) return;
    this.#active = false;
    const stream = this.#stream;
    if (stream !== undefined) {
      if (this.#hubEndpoints) {
        if (this.#speaking) this.#operate(stream, { type: 'cancel' });
        stream.staleFinals = stream.pendingFinals;
        if (stream.options.closeAfterMs !== undefined) this.#drop();
      } else {
        this.#drop();
      }
    }
    this.#speaking = false;
    this.#detector?.reset();
  }

  endUtterance(): void {
    const stream = this.#stream;
    if (!this.#active || stream === undefined) return;
    if (!this.#hubEndpoints) {
      // The recogniser does not find an end: what it has understood so far is the text.
      const text = this.#lastText;
      this.#gate.forget();
      this.#stream = this.#reopen(stream.options);
      this.#emitFinal({ text, confidence: undefined, alternatives: [], rejected: text === '', raw: undefined }, 'none');
      return;
    }
    if (!this.#speaking) return;
    this.#detector?.reset();
    this.#endSpeech(stream, 0);
  }

  close(): void {
    this.stop();
    this.#drop();
    this.#closed = true;
    this.#options.media.onAudio(undefined);
    this.#detector?.close();
  }

  // ---- audio ----

  #onFrame(frame: AudioFrame): void {
    const stream = this.#stream;
    try {
      if (this.#active && stream !== undefined) this.#hear(stream, frame);
      else this.#detect(frame);
    } catch (error) {
      if (this.#active && stream !== undefined) this.#onStreamFailed(stream, error);
    }
  }

  #hear(stream: Stream, frame: AudioFrame): void {
    const { closeAfterMs } = stream.options;
    if (stream.opened && stream.session === undefined) {
      this.#keep(stream, { type: 'write', frame: { ...frame, samples: frame.samples.slice() } });
    } else {
      stream.session?.write(frame);
    }
    if (!stream.opened || closeAfterMs !== undefined) this.#listenForVoice(stream, frame);
    const event = this.#detect(frame);
    if (event !== undefined && this.#hubEndpoints) this.#onDetected(stream, event);
    const mark = event === undefined || this.#hubEndpoints ? undefined : markOf(event);
    if (mark?.type === 'start') this.#openOnVoice(stream);
    if (mark !== undefined && stream.opened) this.#operate(stream, mark);
    const mayClose = closeAfterMs !== undefined && event === undefined && !this.#isBusy(stream);
    if (mayClose && stream.session !== undefined && this.#gate.isQuiet(closeAfterMs)) {
      this.#gate.close();
      this.#stream = this.#reopen(stream.options);
    }
  }

  /**
   * Where the hub endpoints, the beginning of an utterance opens the recogniser. One that endpoints by itself is opened by
   * anything that is loud: it must not be kept from hearing a voice.
   */
  #listenForVoice(stream: Stream, frame: AudioFrame): void {
    const loud = !this.#hubEndpoints && levelDbfs(frame.samples) >= LOUD_DBFS;
    this.#gate.hear(frame, loud || this.#isBusy(stream));
    this.#loudFrames = loud ? this.#loudFrames + 1 : 0;
    if (this.#loudFrames >= LOUD_FRAMES) this.#openOnVoice(stream);
  }

  /** Somebody speaks, or what was said has not been answered. */
  #isBusy(stream: Stream): boolean {
    return this.#hubEndpoints ? this.#speaking || stream.pendingFinals > 0 : this.#lastText !== '';
  }

  /** A recogniser that endpoints by itself hears without a detector as well. */
  #detect(frame: AudioFrame): DetectorEvent | undefined {
    try {
      return this.#detector?.push(frame);
    } catch (error) {
      if (this.#hubEndpoints) throw error;
      this.#detector?.close();
      this.#detector = undefined;
      return undefined;
    }
  }

  #openOnVoice(stream: Stream): void {
    this.#heard = true;
    if (!stream.opened) this.#openNow(stream);
  }

  /** With what was heard of late. */
  #openNow(stream: Stream): void {
    stream.opened = true;
    for (const frame of this.#gate.take()) this.#keep(stream, { type: 'write', frame });
    void this.#open(stream);
  }

  #opensAtOnce({ closeAfterMs, openOnSpeech }: RecognitionOptions): boolean {
    return closeAfterMs === undefined && (this.#heard || !openOnSpeech);
  }

  #onDetected(stream: Stream, event: DetectorEvent): void {
    switch (event.type) {
      case 'started':
        this.#speaking = true;
        this.#openOnVoice(stream);
        this.#operate(stream, { type: 'start', preRollMs: event.preRollMs });
        this.#options.emit({ type: 'speechStarted' });
        return;
      case 'hushed':
        this.#options.emit({ type: 'speechHushed' });
        return;
      case 'resumed':
        this.#options.emit({ type: 'speechResumed' });
        return;
      case 'ended':
        this.#endSpeech(stream, event.trailingSilenceMs, event);
        return;
      case 'discarded':
        this.#speaking = false;
        this.#operate(stream, { type: 'cancel' });
        this.#options.emit({ type: 'speechDiscarded' });
    }
  }

  #endSpeech(
    stream: Stream,
    trailingSilenceMs: number,
    { bufferedMs = 0, voicedMs }: { bufferedMs?: number; voicedMs?: number } = {},
  ): void {
    this.#speaking = false;
    const now = this.#options.clock.now();
    this.#options.onEndOfSpeech(now - trailingSilenceMs - bufferedMs, now);
    // Counted first: a recogniser may answer at once.
    stream.pendingFinals += 1;
    this.#options.emit({ type: 'speechEnded', ...(voicedMs === undefined ? {} : { voicedMs }) });
    this.#operate(stream, { type: 'end', trailingSilenceMs });
  }

  // ---- the session ----

  #operate(stream: Stream, operation: Operation): void {
    if (stream.session === undefined) this.#keep(stream, operation);
    else apply(stream.session, operation);
  }

  #keep(stream: Stream, operation: Operation): void {
    if (stream.waiting.length >= MAX_WAITING) {
      const oldest = stream.waiting.findIndex((waiting) => waiting.type === 'write');
      if (oldest >= 0) stream.waiting.splice(oldest, 1);
    }
    stream.waiting.push(operation);
  }

  #reopen(options: RecognitionOptions): Stream {
    this.#drop();
    const stream: Stream = {
      options,
      abort: new AbortController(),
      opened: this.#opensAtOnce(options),
      session: undefined,
      waiting: [],
      pendingFinals: 0,
      staleFinals: 0,
    };
    this.#lastText = '';
    if (stream.opened) void this.#open(stream);
    return stream;
  }

  async #open(stream: Stream): Promise<void> {
    const { stt, media, clock, signal } = this.#options;
    const opened = stream.options;
    const { language, contextPhrases, contextBoost, vendorOptions, parameters } = opened;
    const cancel = clock.after(OPEN_LIMIT_MS, () =>
      stream.abort.abort(new SpeechError('speech_timeout', `the recogniser did not open within ${OPEN_LIMIT_MS} ms`)),
    );
    try {
      const opening = stt.open(
        {
          callId: media.callId,
          language,
          sampleRate: media.sampleRate,
          contextPhrases,
          contextBoost,
          vendorOptions,
          parameters,
        },
        AbortSignal.any([stream.abort.signal, signal]),
      );
      const session = await raceAbort(opening, stream.abort.signal);
      if (this.#stream !== stream) {
        session.close();
        return;
      }
      if (!samePhrases(opened, stream.options)) session.updateHints(stream.options.contextPhrases);
      this.#attach(stream, session);
    } catch (error) {
      this.#onStreamFailed(stream, error);
    } finally {
      cancel();
    }
  }

  #attach(stream: Stream, session: SttSession): void {
    stream.session = session;
    session.on('interim', ({ text: heard, tentative }) => {
      if (!this.#hears(stream) || stream.staleFinals > 0) return;
      // A recogniser makes words of noise.
      if (this.#speaking && this.#detector?.confirmed === false) return;
      const text = punctuates(stream) ? heard : withoutPunctuation(heard);
      this.#lastText = text;
      this.#options.emit({ type: 'interim', text, ...(tentative === true ? { tentative } : {}) });
    });
    session.on('final', (result) => this.#onFinal(stream, result));
    session.on('error', (error) => this.#onStreamFailed(stream, error));
    session.on('closed', () =>
      this.#onStreamFailed(stream, new SpeechError('speech_failed', 'the recogniser closed', { retryable: true })),
    );
    const { waiting } = stream;
    stream.waiting = [];
    for (const operation of waiting) apply(session, operation);
  }

  #onFinal(stream: Stream, result: SttSessionEvents['final'][0]): void {
    if (this.#stream !== stream) return;
    this.#lastText = '';
    this.#gate.answered();
    if (this.#hubEndpoints) {
      // Nobody asked for this one.
      if (stream.pendingFinals === 0) return;
      stream.pendingFinals -= 1;
      if (stream.staleFinals > 0) {
        stream.staleFinals -= 1;
        return;
      }
    }
    if (!this.#active) return;
    const told = punctuates(stream) ? result : unpunctuated(result);
    this.#emitFinal(told, this.#speaking ? 'speaking' : stream.pendingFinals > 0 ? 'recognising' : 'none');
  }

  #emitFinal(result: SttSessionEvents['final'][0], utterance: Utterance): void {
    const { text, confidence, alternatives, rejected, raw, words, shape, refused } = result;
    if (!this.#hubEndpoints) this.#options.onEndOfSpeech(undefined, this.#options.clock.now());
    const heard = { text, confidence, alternatives, rejected, raw, words, shape, refused };
    this.#options.emit({ type: 'final', ...heard, utterance });
  }

  #hears(stream: Stream): boolean {
    return this.#active && this.#stream === stream;
  }

  /** Of a stream that nobody listens to, a failure does not matter: the next start opens another. */
  #onStreamFailed(stream: Stream, error: unknown): void {
    if (this.#stream !== stream) return;
    const wanted = this.#active;
    this.#active = false;
    this.#speaking = false;
    this.#detector?.reset();
    this.#drop();
    if (!wanted) return;
    const known = error instanceof PatchbayError ? error : undefined;
    this.#options.emit({
      type: 'sttFailed',
      code: known?.code ?? 'speech_failed',
      message: known?.publicMessage ?? messageOf(error),
      retryable: known?.retryable ?? false,
    });
  }

  #drop(): void {
    const stream = this.#stream;
    if (stream === undefined) return;
    this.#stream = undefined;
    stream.waiting = [];
    stream.abort.abort();
    stream.session?.close();
  }
}
