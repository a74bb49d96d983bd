import { PatchbayError } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
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

class VadDetector implements UtteranceDetector {
  readonly #state = createEndpointerState();
  #profile: EndpointerProfile = PROFILES.default;
  #vad: VoiceActivityDetector | undefined;
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
    const events = stepEndpointer(this.#state, this.#profile, this.#vad.process(frame.samples), frame.timestampMs);
    for (const event of events) {
      const found = detectorEvent(event);
      if (found) return found;
    }
    return undefined;
  }

  configure(options: RecognitionOptions['endpointing']): void {
    const base = PROFILES[options.profile];
    this.#profile = {
      ...base,
      trailingSilenceMs: options.silenceMs || base.trailingSilenceMs,
      minSpeechMs: options.minSpeechMs || base.minSpeechMs,
      maxSpeechMs: options.maxSpeechMs || base.maxSpeechMs,
    };
  }

  /** The noise floor stays known: it belongs to the line, not to the utterance. */
  reset(): void {
    resetEndpointer(this.#state);
  }

  close(): void {
    this.#closed = true;
    this.#vad?.close();
    this.#vad = undefined;
  }
}

function detectorEvent(event: EndpointerEvent): DetectorEvent | undefined {
  switch (event.type) {
    case 'speechStarted':
      return { type: 'started', preRollMs: event.preRollMs };
    case 'speechEnded':
      return { type: 'ended', trailingSilenceMs: event.trailingSilenceMs };
    case 'speechSuspected':
    case 'falseAlarm':
    case 'maxSpeech':
      return undefined;
  }
}
