import type { Activity } from './activity.ts';
import { FRAME_MS } from './frame-input.ts';
import type { ToneSpan, ToneTracker } from './tone-tracker.ts';

/** What a tone means at its place in the call. */
export type Signal =
  | 'beep'
  | 'fax-calling-tone'
  | 'fax-answer-tone'
  | 'ringback'
  | 'busy'
  | 'special-information-tone'
  | 'key';

/** ITU-T T.30 5.1: calling tone CNG, 1100 Hz +- 38 Hz, 0.5 s +- 15 % on, 3 s off. */
const CNG = { hz: 1100, toleranceHz: 45, fromMs: 380, toMs: 620 };
/** ITU-T T.30 5.1, V.25, V.8: answering tone CED or ANS(am), 2100 Hz +- 15 Hz for 2.6 to 4 s. */
const CED = { hz: 2100, toleranceHz: 25, fromMs: 600, afterSpeechMs: 1500 };
/** ITU-T E.180 Supplement 2: ringing tones lie between 400 and 480 Hz, the bursts between 0.35 and 2 s. Two at once cannot be told apart and waver. */
const RINGBACK = { fromHz: 385, toHz: 500, fromMs: 320, toMs: 2300, wanderHz: 55 };
/** ITU-T E.180 5.6, Telcordia GR-1162: first of the three tones 950 +- 50 Hz (913.8 or 985.2 Hz), then 1400, 1800 Hz. */
const SIT_HZ = [950, 1400, 1800] as const;
const SIT_TOLERANCE_HZ = 55;
/** 276 or 380 ms each (GR-1162), 330 ms in ITU-T E.180, one right after the other. */
const SIT_MS = { from: 200, to: 460 };
const SIT_GAP_MS = 150;
/** ITU-T Q.23. */
const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;
/** Beeps are between 400 and 2100 Hz and last 100 ms to 3 s. */
const BEEP = { fromHz: 380, toHz: 2250, fromMs: 80, toMs: 3200 };

/** A generator's frequency stands, but for what noise does to the measurement. */
const BEEP_WANDER_HZ = 9;
/** Shorter tones of this pitch are said, not played; ringing and beeps that low last longer. */
const VOICE = { upToHz: 600, upToMs: 220 };
/** Beeps that follow sound, or go over into it, without a gap of some frames are taken for beeps only when they last. */
const JOINED_BEEP_MS = 300;
const QUIET_AROUND_DB = 10;
const QUIET_FRAMES = { from: 3, to: 5 };
const LEVELS = 16;

/** So many different pitches are no beeps. */
const MELODY_PITCHES = 3;
const SAME_PITCH_HZ = 30;

/** Names the tones of a call. */
export class Signals {
  /** Bursts of the fax calling tone. */
  callingTones = 0;
  faxAnswerMs = 0;
  ringbacks = 0;
  busyTones = 0;
  keys = 0;
  /** Of the three special information tones, how many in order. */
  sitTones = 0;
  /** The last beep, and when it had ended. */
  beepHz = 0;
  beepMs = 0;
  beepEndMs = -1;
  beepLevelDb = 0;
  /** Tones of several pitches one after the other: music, a jingle. */
  melody = false;
  readonly #levels = new Float64Array(LEVELS).fill(-100);
  /** The tone that is followed began, and ended, in silence. */
  #isolated = false;
  readonly #tones: ToneTracker;
  readonly #activity: Activity;
  #sitEndMs = -1;
  readonly #pitches = new Float64Array(MELODY_PITCHES);
  #pitchCount = 0;
  #followed: ToneSpan | undefined;

  constructor(tones: ToneTracker, activity: Activity) {
    this.#tones = tones;
    this.#activity = activity;
  }

  /** After each frame: its end, and its level. */
  update(nowMs: number, levelDb: number): void {
    const { current } = this.#tones;
    this.#levels[(nowMs / FRAME_MS) % LEVELS] = levelDb;
    if (current !== undefined) {
      if (current !== this.#followed) this.#isolated = this.#wasQuietBefore(current, nowMs);
      this.#followed = current;
      this.#activity.markTone(current.fromMs, nowMs, true);
      if (isFaxAnswer(current)) this.faxAnswerMs = current.toMs - current.fromMs;
      return;
    }
    if (this.#followed === undefined) return;
    // The tracker takes some frames to give a tone up: by now it is quiet, or the sound goes on.
    this.#isolated &&= levelDb < this.#followed.levelDb - QUIET_AROUND_DB;
    if (!this.#name(this.#followed)) this.#activity.markTone(this.#followed.fromMs, nowMs, false);
    this.#followed = undefined;
  }

  /** From what length on 2100 Hz is a fax: after speech it may be a beep. */
  get faxAnswerFromMs(): number {
    return this.#activity.bursts === 0 ? CED.fromMs : CED.afterSpeechMs;
  }

  /** How long a tone goes on that will be a beep if it ends in time; 0 without. */
  get beepSoFarMs(): number {
    const { current } = this.#tones;
    if (
      current === undefined ||
      this.sitTones >= 2 ||
      isFaxAnswer(current) ||
      isKey(current) ||
      isBusy(current) ||
      !this.#isBeep(current)
    )
      return 0;
    return current.toMs - current.fromMs;
  }

  figures(): Record<string, string | number | boolean> {
    const figures: Record<string, string | number | boolean> = {};
    if (this.beepEndMs >= 0) {
      figures.beepHz = Math.round(this.beepHz);
      figures.beepMs = this.beepMs;
    }
    if (this.callingTones > 0) figures.faxCallingTones = this.callingTones;
    if (this.faxAnswerMs > 0) figures.faxAnswerToneMs = this.faxAnswerMs;
    if (this.ringbacks > 0) figures.ringbackTones = this.ringbacks;
    if (this.busyTones > 0) figures.busyTones = this.busyTones;
    if (this.sitTones > 1) figures.specialInformationTones = this.sitTones;
    if (this.keys > 0) figures.keys = this.keys;
    return figures;
  }

  /** The tone has ended. False: it is none that a machine makes, so somebody may have said it. */
  #name(span: ToneSpan): boolean {
    const lengthMs = span.toMs - span.fromMs;
    if (this.#isSpecialInformation(span, lengthMs)) this.sitTones += 1;
    if (this.sitTones >= 2) {
      this.beepEndMs = -1;
      return true;
    }
    if (isKey(span)) {
      this.keys += 1;
      return true;
    }
    if (isBusy(span)) {
      this.busyTones += 1;
      return true;
    }
    if (isFaxAnswer(span) && lengthMs >= this.faxAnswerFromMs) {
      this.faxAnswerMs = lengthMs;
      return true;
    }
    if (this.#isRingback(span, lengthMs)) {
      this.ringbacks += 1;
      return true;
    }
    if (isNear(span.hz, CNG.hz, CNG.toleranceHz) && lengthMs >= CNG.fromMs && lengthMs <= CNG.toMs) {
      this.callingTones += 1;
    }
    return this.#beep(span, lengthMs);
  }

  /** A ringing tone comes before anybody has spoken. */
  #isRingback(span: ToneSpan, lengthMs: number): boolean {
    if (this.#activity.bursts > 0) return false;
    return (
      span.wanderHz <= RINGBACK.wanderHz &&
      span.hz >= RINGBACK.fromHz &&
      span.hz <= RINGBACK.toHz &&
      lengthMs >= RINGBACK.fromMs &&
      lengthMs <= RINGBACK.toMs
    );
  }

  /** The first may be anything until the second follows. */
  #isSpecialInformation(span: ToneSpan, lengthMs: number): boolean {
    const expected = SIT_HZ[this.sitTones];
    const fits = expected !== undefined && span.secondHz === 0 && isNear(span.hz, expected, SIT_TOLERANCE_HZ);
    if (!fits || lengthMs < SIT_MS.from || lengthMs > SIT_MS.to) return false;
    const inTime = this.sitTones === 0 || span.fromMs - this.#sitEndMs <= SIT_GAP_MS;
    this.#sitEndMs = span.toMs;
    return inTime;
  }

  /** A voice, too, may be one frequency for a moment: a high one on "oo". It glides, and goes on from other sounds. */
  #isBeep(span: ToneSpan): boolean {
    if (span.hz < BEEP.fromHz || span.hz > BEEP.toHz || span.wanderHz > BEEP_WANDER_HZ) return false;
    if (mayBeVoice(span)) return false;
    return this.#isolated || span.toMs - span.fromMs >= JOINED_BEEP_MS;
  }

  #wasQuietBefore(span: ToneSpan, nowMs: number): boolean {
    const first = Math.round(span.fromMs / FRAME_MS);
    for (let back = QUIET_FRAMES.from; back <= QUIET_FRAMES.to; back++) {
      const frame = first - back;
      if (frame < 1 || nowMs / FRAME_MS - frame >= LEVELS) return true;
      if ((this.#levels[frame % LEVELS] ?? 0) > span.levelDb - QUIET_AROUND_DB) return false;
    }
    return true;
  }

  #notePitch(hz: number): void {
    for (let i = 0; i < this.#pitchCount; i++) if (isNear(this.#pitches[i] ?? 0, hz, SAME_PITCH_HZ)) return;
    if (this.#pitchCount < MELODY_PITCHES) this.#pitches[this.#pitchCount++] = hz;
    this.melody = this.#pitchCount === MELODY_PITCHES;
  }

  #beep(span: ToneSpan, lengthMs: number): boolean {
    if (!this.#isBeep(span) || lengthMs < BEEP.fromMs || lengthMs > BEEP.toMs) return false;
    this.#notePitch(span.hz);
    this.beepHz = span.hz;
    this.beepLevelDb = span.levelDb;
    this.beepMs = lengthMs;
    this.beepEndMs = span.toMs;
    return true;
  }
}

/** The pitch of a child's voice, and no longer than a vowel. */
function mayBeVoice({ hz, fromMs, toMs }: ToneSpan): boolean {
  return hz < VOICE.upToHz && toMs - fromMs < VOICE.upToMs;
}

function isNear(hz: number, wanted: number, tolerance: number): boolean {
  return Math.abs(hz - wanted) <= tolerance;
}

function isOneOf(hz: number, wanted: readonly number[], tolerance: number): boolean {
  for (let i = 0; i < wanted.length; i++) if (isNear(hz, wanted[i] ?? 0, tolerance)) return true;
  return false;
}

function isFaxAnswer({ hz }: ToneSpan): boolean {
  return isNear(hz, CED.hz, CED.toleranceHz);
}

/** ITU-T E.180 supplement 2, North America: 480 and 620 Hz. */
function isBusy({ hz, secondHz }: ToneSpan): boolean {
  return secondHz > 0 && isNear(Math.min(hz, secondHz), 480, 25) && isNear(Math.max(hz, secondHz), 620, 25);
}

function isKey({ hz, secondHz }: ToneSpan): boolean {
  if (secondHz === 0) return false;
  const low = Math.min(hz, secondHz);
  const high = Math.max(hz, secondHz);
  return isOneOf(low, ROWS_HZ, 20) && isOneOf(high, COLUMNS_HZ, 25);
}
