import type { Activity } from './activity.ts';
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
const CED = { hz: 2100, toleranceHz: 25, fromMs: 600 };
/** ITU-T E.180 Supplement 2: ringing tones lie between 400 and 480 Hz, the bursts between 0.35 and 2 s. */
const RINGBACK = { fromHz: 385, toHz: 500, fromMs: 320, toMs: 2300 };
/** ITU-T E.180 5.6, Telcordia GR-1162: first of the three tones 950 +- 50 Hz (913.8 or 985.2 Hz), then 1400, 1800 Hz. */
const SIT_HZ = [950, 1400, 1800] as const;
const SIT_TOLERANCE_HZ = 55;
/** 276 or 380 ms each (GR-1162), 330 ms in ITU-T E.180, one right after the other. */
const SIT_MS = { from: 200, to: 460 };
const SIT_GAP_MS = 150;
const ROWS_HZ = [697, 770, 852, 941] as const;
const COLUMNS_HZ = [1209, 1336, 1477, 1633] as const;
/** Beeps are between 400 and 2100 Hz and last 100 ms to 3 s. */
const BEEP = { fromHz: 380, toHz: 2250, fromMs: 80, toMs: 3200 };

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

  update(nowMs: number): void {
    const { current } = this.#tones;
    if (current !== undefined) {
      this.#followed = current;
      this.#activity.markTone(current.fromMs, nowMs);
      if (isNear(current.hz, CED.hz, CED.toleranceHz)) this.faxAnswerMs = current.toMs - current.fromMs;
      return;
    }
    if (this.#followed === undefined) return;
    this.#name(this.#followed);
    this.#followed = undefined;
  }

  /** How long a tone goes on that will be a beep if it ends in time; 0 without. */
  get beepSoFarMs(): number {
    const { current } = this.#tones;
    if (current === undefined || this.sitTones >= 2 || isKey(current) || isBusy(current)) return 0;
    return current.hz >= BEEP.fromHz && current.hz <= BEEP.toHz ? current.toMs - current.fromMs : 0;
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
    if (this.sitTones > 0) figures.specialInformationTones = this.sitTones;
    if (this.keys > 0) figures.keys = this.keys;
    return figures;
  }

  /** The tone has ended. */
  #name(span: ToneSpan): void {
    const lengthMs = span.toMs - span.fromMs;
    if (this.#isSpecialInformation(span, lengthMs)) this.sitTones += 1;
    if (this.sitTones >= 2) this.beepEndMs = -1;
    else if (isKey(span)) this.keys += 1;
    else if (isNear(span.hz, CNG.hz, CNG.toleranceHz) && lengthMs >= CNG.fromMs && lengthMs <= CNG.toMs) {
      this.callingTones += 1;
      this.#beep(span, lengthMs);
    } else if (isNear(span.hz, CED.hz, CED.toleranceHz) && lengthMs >= CED.fromMs) this.faxAnswerMs = lengthMs;
    else if (isBusy(span)) this.busyTones += 1;
    else if (this.#isRingback(span, lengthMs)) this.ringbacks += 1;
    else this.#beep(span, lengthMs);
  }

  /** A ringing tone comes before anybody has spoken. */
  #isRingback(span: ToneSpan, lengthMs: number): boolean {
    if (this.#activity.bursts > 0) return false;
    return (
      span.hz >= RINGBACK.fromHz && span.hz <= RINGBACK.toHz && lengthMs >= RINGBACK.fromMs && lengthMs <= RINGBACK.toMs
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

  #notePitch(hz: number): void {
    for (let i = 0; i < this.#pitchCount; i++) if (isNear(this.#pitches[i] ?? 0, hz, SAME_PITCH_HZ)) return;
    if (this.#pitchCount < MELODY_PITCHES) this.#pitches[this.#pitchCount++] = hz;
    this.melody = this.#pitchCount === MELODY_PITCHES;
  }

  #beep(span: ToneSpan, lengthMs: number): void {
    if (span.hz < BEEP.fromHz || span.hz > BEEP.toHz || lengthMs < BEEP.fromMs || lengthMs > BEEP.toMs) return;
    this.#notePitch(span.hz);
    this.beepHz = span.hz;
    this.beepLevelDb = span.levelDb;
    this.beepMs = lengthMs;
    this.beepEndMs = span.toMs;
  }
}

function isNear(hz: number, wanted: number, tolerance: number): boolean {
  return Math.abs(hz - wanted) <= tolerance;
}

/** ITU-T E.180 supplement 2, North America: 480 and 620 Hz. */
function isBusy({ hz, secondHz }: ToneSpan): boolean {
  return secondHz > 0 && isNear(Math.min(hz, secondHz), 480, 25) && isNear(Math.max(hz, secondHz), 620, 25);
}

function isKey({ hz, secondHz }: ToneSpan): boolean {
  if (secondHz === 0) return false;
  const low = Math.min(hz, secondHz);
  const high = Math.max(hz, secondHz);
  return ROWS_HZ.some((row) => isNear(low, row, 20)) && COLUMNS_HZ.some((column) => isNear(high, column, 25));
}
