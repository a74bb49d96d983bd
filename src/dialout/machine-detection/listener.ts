import { Activity } from './activity.ts';
import { FRAME_MS } from './frame-input.ts';
import { pitchOf } from './pitch.ts';
import { Sentences } from './sentences.ts';
import { Signals } from './signals.ts';
import { BIN_HZ, powerBetween, Spectrum } from './spectrum.ts';
import { Stillness } from './stillness.ts';
import { ToneTracker } from './tone-tracker.ts';

/** The band in which speech is measured. */
const SPEECH_FROM = Math.floor(190 / BIN_HZ);
const SPEECH_TO = Math.ceil(3400 / BIN_HZ);
const FULL_SCALE_POWER = 32768 * 32768;

/** Everything that is known of the callee's audio. */
export class Listener {
  readonly activity = new Activity();
  readonly tones = new ToneTracker();
  readonly signals = new Signals(this.tones, this.activity);
  readonly sentences = new Sentences(this.activity);
  /** Speech-band level of the last frame in dB relative to full scale. */
  levelDb = -100;
  readonly #spectrum = new Spectrum();
  readonly #stillness = new Stillness();
  #elapsedMs = 0;

  get elapsedMs(): number {
    return this.#elapsedMs;
  }

  /** 160 samples at 8 kHz. */
  push(samples: Int16Array): void {
    this.#elapsedMs += FRAME_MS;
    this.#spectrum.push(samples);
    const power = powerBetween(this.#spectrum.power, SPEECH_FROM, SPEECH_TO) / FULL_SCALE_POWER;
    this.levelDb = power < 1e-10 ? -100 : 10 * Math.log10(power);
    this.tones.push(this.#spectrum.power, this.levelDb, this.#elapsedMs);
    this.activity.push(this.levelDb, this.#stillness.push(this.#spectrum.power));
    this.sentences.push(this.levelDb >= this.activity.thresholdDb ? pitchOf(this.#spectrum.power) : -1);
    this.signals.update(this.#elapsedMs, this.levelDb);
  }

  /** For the evidence of a verdict. */
  figures(): Record<string, string | number | boolean> {
    const { bursts, initialSilenceMs, spanMs, speechMs, silenceMs, longestPauseMs, musicMs } = this.activity;
    return {
      initialSilenceMs,
      greetingMs: spanMs,
      speechMs,
      silenceAfterMs: silenceMs,
      longestPauseMs,
      bursts,
      ...(this.sentences.ended > 0 && { sentencesEnded: this.sentences.ended }),
      ...(musicMs > 0 && { musicMs }),
      ...this.signals.figures(),
    };
  }
}
