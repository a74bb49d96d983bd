import type { EventEmitter } from 'node:events';
import { PatchbayError } from '../errors.ts';
import type { AudioFrame, SampleRate } from '../media/audio.ts';
import type { SttHonour, SttParameters, TtsHonour, TtsParameters } from './parameters.ts';

export type SpeechErrorCode =
  | 'speech_unavailable' // the vendor cannot be reached, or its engine is not installed
  | 'speech_rejected' // the vendor refused the request: credentials, language, voice, text
  | 'speech_timeout'
  | 'speech_failed';

export class SpeechError extends PatchbayError<SpeechErrorCode> {}

// ---- speech to text ----

export interface SttCapabilities {
  /** Emits `interim` while the caller speaks. */
  interimResults: boolean;
  /**
   * `vendor`: the vendor decides when an utterance ends and emits `final` by itself.
   * `hub`: the hub's endpointer calls `endUtterance()`.
   */
  endpointing: 'vendor' | 'hub';
  /** Of a vendor that endpoints by itself: the silence after which it ends an utterance, in milliseconds. Absent: as much as the hub's. */
  endpointingMs?: number;
  /** It endpoints by itself, and wants to be told of utterances as the hub hears them: what it owes a text for is known then. */
  watchesUtterances?: true;
  /** Recognises any words; false: only what the grammar built from the hints expects. */
  dictation: boolean;
  /** BCP 47 tags; undefined: not known beforehand. */
  languages: readonly string[] | undefined;
  /** Parameters of bots that it acts on, of those that depend on the vendor; absent: none. */
  honours?: readonly SttHonour[];
  /** The vendor ends a session after so long; absent: it does not. */
  sessionLimitMs?: number;
  /** 99 of 100 final texts come within so long after the end of speech, as the vendor or a measurement says. */
  p99TimeToFinalMs?: number;
}

/** One recognised word; milliseconds from the beginning of the utterance. */
export interface SttWord {
  word: string;
  offsetMs: number;
  durationMs: number;
  /** 0..1, where the vendor tells one for single words. */
  confidence?: number;
}

export interface SttOptions {
  callId: string;
  /** BCP 47. */
  language: string;
  /** Rate of the frames that will be written. */
  sampleRate: SampleRate;
  /** What the bot expects to hear (sttContextPhrases, sttSpeechContexts): a boost, or for a grammar recogniser the grammar. */
  contextPhrases: readonly string[];
  /** Weight of `contextPhrases`, 0 = the vendor's default. */
  contextBoost: number;
  /** sttGenericData: vendor options, passed on untouched. */
  vendorOptions: unknown;
  /** What else is set for the vendor: a connector takes what it names in `honours`. */
  parameters?: SttParameters;
}

export interface SttAlternative {
  text: string;
  /** 0..1, undefined where the vendor tells none. */
  confidence: number | undefined;
}

export interface SttSessionEvents {
  /** `tentative`: a guess that later audio often overturns. */
  interim: [event: { text: string; tentative?: boolean }];
  /**
   * The end of one utterance. `text` is '' when speech was heard that fits nothing (a grammar recogniser's refusal,
   * a vendor's empty result): `rejected` tells that from silence.
   */
  final: [
    event: {
      text: string;
      confidence: number | undefined;
      alternatives: readonly SttAlternative[];
      rejected: boolean;
      /** The vendor's own result, for `recognitionOutput`. */
      raw: unknown;
      /** Where the vendor tells them. */
      words?: readonly SttWord[];
      /**
       * What it sounded like, where that speaks against the result: words were understood in an interjection, or a word
       * was refused. A hint for short utterances.
       */
      shape?: 'word' | 'interjection';
      /** What fitted best although it was refused; it is no text, but may speak against a `shape`. */
      refused?: string;
      /** Up to where the result reaches: milliseconds of audio that was written to the session. Absent: all of it. */
      endMs?: number;
    },
  ];
  /** The session is over; a new one may be opened when `error.retryable`. */
  error: [error: SpeechError];
  closed: [];
}

/** One recogniser stream of one call. Frames are pushed at the pace at which they arrive; nothing here blocks. */
export interface SttSession extends EventEmitter<SttSessionEvents> {
  readonly closed: boolean;
  /** One 20 ms frame; copied or consumed before the call returns. */
  write(frame: AudioFrame): void;
  /**
   * Endpointing by the hub: an utterance begins; `preRollMs` of the frames written before belong to it.
   * Nothing to do for a vendor that endpoints itself.
   */
  startUtterance(preRollMs: number): void;
  /**
   * Endpointing by the hub: it is over, `trailingSilenceMs` at its end are silence. Exactly one `final` follows.
   * A vendor that endpoints itself is asked so for the text of what it has: at once, if it can be asked. That it has understood
   * nothing is a `rejected` final.
   */
  endUtterance(trailingSilenceMs: number): void;
  /** The utterance was a false alarm (noise): forget it, no `final`. */
  cancelUtterance(): void;
  /** New hints for the next utterance. */
  updateHints(contextPhrases: readonly string[]): void;
  /** Idempotent. */
  close(): void;
}

export interface SpeechToText {
  readonly id: string;
  readonly capabilities: SttCapabilities;
  /** Of several services as one: each of them, in the order of preference. */
  readonly members?: readonly SpeechToText[];
  /** @throws SpeechError */
  open(options: SttOptions, signal: AbortSignal): Promise<SttSession>;
}

// ---- text to speech ----

export interface TtsCapabilities {
  /** Yields audio before the whole text is synthesised. */
  streaming: boolean;
  /** Takes SSML: every element, none, or those of the list (`speak` is understood). */
  ssml: boolean | readonly string[];
  languages: readonly string[] | undefined;
  /** Parameters of bots that it acts on, of those that depend on the vendor; absent: none. */
  honours?: readonly TtsHonour[];
}

export interface TtsRequest {
  callId: string;
  /** Plain text, or SSML when it begins with `<speak`. */
  text: string;
  language: string;
  /** The vendor's name of a voice; undefined: its default for the language. */
  voice: string | undefined;
  /** What the endpoint plays; the adapter resamples when its voice has another rate. */
  sampleRate: SampleRate;
  /** False: neither taken from the cache nor kept in it. */
  cache?: boolean;
  /** What else is set for the vendor: a connector takes what it names in `honours`. */
  parameters?: TtsParameters;
}

export interface TextToSpeech {
  readonly id: string;
  readonly capabilities: TtsCapabilities;
  /** Of several services as one: each of them, in the order of preference. */
  readonly members?: readonly TextToSpeech[];
  /**
   * Linear PCM, mono, at `request.sampleRate`, in chunks of any length, as early as possible.
   * Ends when the text is spoken; aborting `signal` ends it early without an error.
   * @throws SpeechError
   */
  synthesize(request: TtsRequest, signal: AbortSignal): AsyncIterable<Int16Array>;
}

// ---- greetings ----

/** One call's ear for greetings. Frames are pushed at the pace at which they arrive; nothing here blocks. */
export interface GreetingListener {
  /** One 20 ms frame, from the answer on; copied or consumed before the call returns. */
  write(frame: AudioFrame): void;
  /** Nothing more is told. Idempotent. */
  close(): void;
}

export interface GreetingWord {
  /** In lower case. */
  text: string;
  durationMs: number;
  /** 0..1: above 0.5, it was said rather than not. */
  confidence: number;
}

/** A word as it was written, with its punctuation. */
export interface DictatedWord {
  text: string;
  /** 0..1 */
  confidence: number;
}

export interface GreetingOptions {
  callId: string;
  /** BCP 47. */
  language: string;
  /** What the first `heardMs` may have been: a guess, which the next one may overturn. Tells nothing once closed. */
  guessed(words: readonly GreetingWord[], heardMs: number): void;
  /** Instead, by a recogniser with `dictation`: all that was understood of the first `heardMs`; the next replaces it. */
  understood?(words: readonly DictatedWord[], heardMs: number): void;
}

/**
 * Hears what those say who answer calls, people and machines: for machine detection where the bot's recogniser takes no dictation.
 */
export interface GreetingRecognizer {
  /** BCP 47 tags; a region makes no difference. May change: one whose engine does not start knows none. */
  readonly languages: readonly string[];
  /**
   * It takes dictation, and tells texts. Absent: it knows words of greetings only, so other speech comes out as words that
   * were never said, with little confidence.
   */
  readonly dictation?: boolean;
  /** Loads what this language takes, so that the first call finds it there. Never throws; idempotent. */
  prepare(language: string): void;
  /** Never throws: a listener that cannot work tells nothing. */
  listen(options: GreetingOptions, signal: AbortSignal): GreetingListener;
}

/** What a speech connector offers; any part may be missing. Built once per configured speech service. */
export interface SpeechService {
  readonly id: string;
  readonly stt: SpeechToText | undefined;
  readonly tts: TextToSpeech | undefined;
  readonly greetings?: GreetingRecognizer;
  /** What the service's own threads and processes are at work on, and what waits for them. Absent: it has none. */
  jobs?(): number;
  /** Resolves when the service can be used with its usual latency (models loaded, threads started). */
  warmUp(): Promise<void>;
  close(): Promise<void>;
}
