import { FRAME_MS } from '../media/audio.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { DetectorEvent, UtteranceDetector } from './detector.ts';
import type { ConversationEvent } from './events.ts';

/** How much voice, and how much silence after it, make an event. */
export interface SpeechActivityOptions {
  readonly voiceMs: number;
  readonly silenceMs: number;
}

export interface SpeechActivityDeps {
  media: Pick<MediaEndpoint, 'onAudio'>;
  createDetector: () => UtteranceDetector;
  emit: (event: ConversationEvent) => void;
  /** Voice activity cannot be detected; told once each time it was switched on. */
  onError: (error: unknown) => void;
}

/** Shorter pauses and shorter sounds are not told apart from speech and silence. */
const FINEST_VOICE_MS = 60;
const FINEST_SILENCE_MS = 200;
/** No limit: an utterance may last as long as it likes. */
const MAX_SPEECH_MS = 3_600_000;

/** Watches for voice and silence of the caller apart from recognition, for bots that want to know (Bot API 7.2). */
export class SpeechActivity {
  readonly #deps: SpeechActivityDeps;
  #detector: UtteranceDetector | undefined;
  #options: SpeechActivityOptions = { voiceMs: 0, silenceMs: 0 };
  #closed = false;
  #speaking = false;
  #voicedMs = 0;
  #silentMs = 0;
  /** What the bot knows. */
  #told: 'voice' | 'silence' = 'silence';

  constructor(deps: SpeechActivityDeps) {
    this.#deps = deps;
  }

  /** Undefined switches it off. */
  set(options: SpeechActivityOptions | undefined): void {
    if (this.#closed) return;
    if (options === undefined) {
      this.#off();
      return;
    }
    this.#options = options;
    this.#detector ??= this.#on();
    this.#detector.configure({
      profile: 'default',
      minSpeechMs: Math.max(FRAME_MS, Math.min(FINEST_VOICE_MS, options.voiceMs)),
      silenceMs: Math.max(FRAME_MS, Math.min(FINEST_SILENCE_MS, options.silenceMs)),
      maxSpeechMs: MAX_SPEECH_MS,
    });
  }

  close(): void {
    this.#off();
    this.#closed = true;
  }

  #on(): UtteranceDetector {
    const detector = this.#deps.createDetector();
    this.#speaking = false;
    this.#voicedMs = 0;
    this.#silentMs = 0;
    this.#told = 'silence';
    this.#deps.media.onAudio((frame) => {
      try {
        this.#onFrame(detector.push(frame));
      } catch (error) {
        this.#off();
        this.#deps.onError(error);
      }
    });
    return detector;
  }

  #onFrame(event: DetectorEvent | undefined): void {
    if (event?.type === 'started') {
      this.#speaking = true;
      this.#voicedMs = Math.min(FINEST_VOICE_MS, this.#options.voiceMs);
    }
    if (this.#speaking) this.#voicedMs += FRAME_MS;
    else this.#silentMs += FRAME_MS;
    if (event?.type === 'ended' || event?.type === 'discarded') {
      this.#speaking = false;
      this.#silentMs = event.type === 'ended' ? event.trailingSilenceMs : FRAME_MS;
    }
    const { voiceMs, silenceMs } = this.#options;
    if (this.#told === 'silence') {
      if (!this.#speaking) this.#voicedMs = 0;
      else if (this.#voicedMs >= voiceMs) this.#tell('voice');
    } else if (!this.#speaking && this.#silentMs >= silenceMs) {
      this.#tell('silence');
    }
  }

  #tell(what: 'voice' | 'silence'): void {
    this.#told = what;
    this.#voicedMs = 0;
    this.#deps.emit({ type: what === 'voice' ? 'voiceDetected' : 'silenceDetected' });
  }

  #off(): void {
    if (this.#detector === undefined) return;
    this.#deps.media.onAudio(undefined);
    this.#detector.close();
    this.#detector = undefined;
  }
}
