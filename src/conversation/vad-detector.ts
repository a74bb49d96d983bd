import { PatchbayError } from '../errors.ts';
import { type AudioFrame, FRAME_MS } from '../media/audio.ts';
import {
  createEndpointerState,
  ENDPOINTER_PROFILES,
  type EndpointerEvent,
  type EndpointerProfile,
  resetEndpointer,
  stepEndpointer,
} from '../speech/endpointer.ts';
import { VAD_SAMPLE_RATE, type VoiceActivityDetector } from '../speech/vad.ts';
import type { DetectorEvent, UtteranceDetector } from './detector.ts';
import type { RecognitionOptions } from './effects.ts';

/** People pause between the parts of an address as they do between groups of digits. */
const PROFILES: Readonly<Record<RecognitionOptions['endpointing']['profile'], EndpointerProfile>> = {
  ...ENDPOINTER_PROFILES,
  address: ENDPOINTER_PROFILES.digits,
};

/**
 * Utterances by voice activity detection and endpointing in the hub. `vad` is loading at first: until it is there,
 * nothing is heard. When it cannot be loaded, `onError` is told once and `push` throws from then on.
 */
export function createVadDetector(
  vad: Promise<VoiceActivityDetector>,
  onError: (error: unknown) => void,
): UtteranceDetector {
  return new VadDetector(vad, onError);
}

/** Most of the trailing silence that time in the jitter buffer stands in for. */
const MAX_BUFFERED_MS = 60;
/** The end of the silence falls between two frames: to the frame before it, unless that is almost a whole frame before. */
const EARLY_MS = 0.75 * FRAME_MS;
/** Speech shows itself within this much voice. */
const EVIDENCE_VOICED_MS = 560;
/** Longer than the silence within a word, before a plosive. */
const HUSH_MS = 200;

class VadDetector implements UtteranceDetector {
  readonly #state = createEndpointerState();
  #profile: EndpointerProfile = PROFILES.default;
  /** `#profile`, less what the audio has waited. */
  readonly #effective: EndpointerProfile = { ...PROFILES.default };
  #vad: VoiceActivityDetector | undefined;
  /** `open`: begun, and still to be told from noise. `noise`: taken back, while the sound goes on. */
  #utterance: 'none' | 'open' | 'speech' | 'noise' = 'none';
  /** When the window in which speech must show itself began, and what was voiced of the utterance before. */
  #windowMs = 0;
  #windowVoicedMs = 0;
  #hushed = false;
  #closed = false;
  #failure: unknown;

  constructor(vad: Promise<VoiceActivityDetector>, onError: (error: unknown) => void) {
    vad
      .then((ready) => {
        if (this.#closed) ready.close();
        else this.#vad = ready;
      })
      .catch((error: unknown) => {
        this.#failure = error;
        onError(error);
      });
  }

  push(frame: AudioFrame): DetectorEvent | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    if (this.#vad === undefined) return undefined;
    if (frame.sampleRate !== VAD_SAMPLE_RATE) {
      throw new PatchbayError('unsupported_rate', `voice activity is detected at ${VAD_SAMPLE_RATE} Hz only`);
    }
    // The silence is measured from the moment in which the last voiced packet came in.
    const bufferedMs = Math.min(MAX_BUFFERED_MS, frame.bufferedMs ?? 0, this.#profile.trailingSilenceMs / 2);
    const earlyMs = bufferedMs > 0 ? bufferedMs + EARLY_MS : 0;
    this.#effective.trailingSilenceMs = this.#profile.trailingSilenceMs - earlyMs;
    const events = stepEndpointer(this.#state, this.#effective, this.#vad.process(frame.samples), frame.timestampMs);
    for (const event of events) {
      const found = this.#onEndpointer(event, bufferedMs);
      if (found) return found;
    }
    return this.#weigh(frame.timestampMs) ?? this.#hush();
  }

  get confirmed(): boolean {
    return this.#utterance === 'speech';
  }

  configure(options: RecognitionOptions['endpointing']): void {
    const base = PROFILES[options.profile];
    this.#profile = {
      ...base,
      trailingSilenceMs: options.silenceMs || base.trailingSilenceMs,
      minSpeechMs: options.minSpeechMs || base.minSpeechMs,
      maxSpeechMs: options.maxSpeechMs || base.maxSpeechMs,
    };
    Object.assign(this.#effective, this.#profile);
  }

  /** The noise floor stays known: it belongs to the line, not to the utterance. */
  reset(): void {
    resetEndpointer(this.#state);
    this.#utterance = 'none';
  }

  close(): void {
    this.#closed = true;
    this.#vad?.close();
    this.#vad = undefined;
  }

  #onEndpointer(event: EndpointerEvent, bufferedMs: number): DetectorEvent | undefined {
    switch (event.type) {
      case 'speechSuspected':
        this.#beginWindow(event.onsetMs, 0);
        return undefined;
      case 'speechStarted':
        this.#utterance = this.#isSpeech ? 'speech' : 'open';
        this.#hushed = false;
        return { type: 'started', preRollMs: event.preRollMs };
      case 'speechEnded': {
        const was = this.#utterance;
        this.#utterance = 'none';
        if (was === 'noise') return undefined;
        if (was === 'open' && !this.#isPossible) return { type: 'discarded' };
        const { trailingSilenceMs, voicedMs } = event;
        return { type: 'ended', trailingSilenceMs, voicedMs, ...(bufferedMs > 0 ? { bufferedMs } : {}) };
      }
      case 'falseAlarm':
      case 'maxSpeech':
        return undefined;
    }
  }

  /** An utterance that has not become speech within a window is noise, until another window holds speech. */
  #weigh(nowMs: number): DetectorEvent | undefined {
    if (this.#utterance === 'none' || this.#utterance === 'speech') return undefined;
    if (this.#isSpeech) {
      const wasNoise = this.#utterance === 'noise';
      this.#utterance = 'speech';
      if (!wasNoise) return undefined;
      this.#hushed = false;
      return { type: 'started', preRollMs: nowMs - this.#windowMs + this.#profile.leadMs };
    }
    const { voicedMs } = this.#state;
    if (voicedMs - this.#windowVoicedMs < EVIDENCE_VOICED_MS) return undefined;
    this.#beginWindow(nowMs, voicedMs, true);
    return this.#discard();
  }

  /** The caller falls silent, or goes on. What was nothing but noise until then is over. */
  #hush(): DetectorEvent | undefined {
    if (this.#utterance === 'none' || this.#utterance === 'noise') return undefined;
    const hushed = this.#state.nowMs - this.#state.lastVoicedAtMs >= HUSH_MS;
    if (hushed === this.#hushed) return undefined;
    this.#hushed = hushed;
    if (hushed && this.#utterance === 'open' && !this.#isPossible) return this.#discard();
    return { type: hushed ? 'hushed' : 'resumed' };
  }

  #discard(): DetectorEvent | undefined {
    if (this.#utterance === 'noise') return undefined;
    this.#utterance = 'noise';
    return { type: 'discarded' };
  }

  get #isPossible(): boolean {
    return this.#vad?.evidence?.possible ?? true;
  }

  get #isSpeech(): boolean {
    return this.#vad?.evidence?.found ?? true;
  }

  #beginWindow(atMs: number, voicedMs: number, inNoise = false): void {
    this.#windowMs = atMs;
    this.#windowVoicedMs = voicedMs;
    this.#vad?.evidence?.begin(inNoise);
  }
}
