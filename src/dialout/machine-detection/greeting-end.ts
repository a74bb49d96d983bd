import { FRAME_MS } from './frame-input.ts';
import type { Listener } from './listener.ts';

/**
 * Silence after which a greeting without a beep is over. Greetings pause for up to 2.4 s before their beep (Twilio's
 * advice on `MachineDetectionSpeechEndThreshold`).
 */
const SILENCE_MS = 2500;
/** After a beep this much without speech: a beep within a greeting, or a note of its music, goes on with sound. */
const QUIET_AFTER_BEEP_MS = 200;
/** Sound that is shorter does not end a silence: clicks. */
const MIN_SOUND_MS = 80;

/** Waits for the end of a machine's greeting. Ask it after each frame that the listener took. */
export class GreetingEnd {
  /** Of the beep that ended the greeting. */
  beepHz = 0;
  readonly #listener: Listener;
  readonly #untilMs: number;
  readonly #thresholdDb: number;
  #silentMs: number;
  #soundMs = 0;

  constructor(listener: Listener, timeoutMs: number) {
    this.#listener = listener;
    this.#untilMs = listener.elapsedMs + timeoutMs;
    this.#thresholdDb = listener.activity.thresholdDb;
    this.#silentMs = listener.activity.silenceMs;
  }

  check(): 'beep' | 'silence' | 'timeout' | undefined {
    const { elapsedMs, levelDb, tones, signals } = this.#listener;
    const sound = tones.current !== undefined || levelDb >= this.#thresholdDb;
    this.#soundMs = sound ? this.#soundMs + FRAME_MS : 0;
    this.#silentMs = this.#soundMs >= MIN_SOUND_MS ? 0 : this.#silentMs + FRAME_MS;
    if (
      signals.beepEndMs >= 0 &&
      tones.current === undefined &&
      !sound &&
      elapsedMs - signals.beepEndMs >= QUIET_AFTER_BEEP_MS &&
      elapsedMs - signals.beepEndMs <= this.#silentMs + 3 * FRAME_MS
    ) {
      this.beepHz = Math.round(signals.beepHz);
      return 'beep';
    }
    if (this.#silentMs >= SILENCE_MS) return 'silence';
    return elapsedMs >= this.#untilMs ? 'timeout' : undefined;
  }
}
