import { assertNever } from '../errors.ts';
import { FRAME_MS } from '../media/audio.ts';

/** When speech begins and ends. Can be changed at any frame, also in the middle of an utterance. */
export interface EndpointerProfile {
  /** Likelihood from which a frame counts as voiced. */
  threshold: number;
  /** While somebody speaks, a frame counts as voiced from this lower likelihood. */
  sustainThreshold: number;
  /** Voiced time that turns a suspicion into speech. */
  minSpeechMs: number;
  /** Unvoiced time after which a suspicion was a false alarm. */
  falseAlarmSilenceMs: number;
  /** A suspicion that has not become speech after this time was a false alarm. */
  maxSuspicionMs: number;
  /** Unvoiced time that ends an utterance. */
  trailingSilenceMs: number;
  /** Voiced stretches shorter than this do not interrupt the trailing silence. */
  resumeMs: number;
  /** Audio from before the first voiced frame that belongs to the utterance: soft beginnings are unvoiced. */
  leadMs: number;
  /** An utterance is ended when it has lasted this long. */
  maxSpeechMs: number;
}

const DEFAULT_PROFILE: EndpointerProfile = {
  threshold: 0.5,
  sustainThreshold: 0.35,
  minSpeechMs: 120,
  falseAlarmSilenceMs: 240,
  maxSuspicionMs: 1000,
  trailingSilenceMs: 600,
  resumeMs: 40,
  leadMs: 200,
  maxSpeechMs: 15_000,
};

/**
 * By expected answer: people pause between groups of digits, and say yes or no in one go.
 */
export const ENDPOINTER_PROFILES = {
  default: DEFAULT_PROFILE,
  digits: { ...DEFAULT_PROFILE, trailingSilenceMs: 1200 },
  yesNo: { ...DEFAULT_PROFILE, trailingSilenceMs: 400, maxSpeechMs: 6000 },
} as const satisfies Record<string, EndpointerProfile>;

/** `atMs` is the end of the frame that decided it, on the clock of the frames. */
export type EndpointerEvent =
  /** The first voiced frame: pause the prompt, do not drop it yet. */
  | { type: 'speechSuspected'; atMs: number; onsetMs: number }
  /** It is speech. `preRollMs` of the audio up to `atMs` belong to the utterance. */
  | { type: 'speechStarted'; atMs: number; onsetMs: number; preRollMs: number; voicedMs: number }
  /** The suspicion was noise: resume the prompt. */
  | { type: 'falseAlarm'; atMs: number; voicedMs: number }
  /** The utterance has reached its longest duration; `speechEnded` follows at once. */
  | { type: 'maxSpeech'; atMs: number; durationMs: number }
  /** It is over; the last `trailingSilenceMs` up to `atMs` are silence. */
  | {
      type: 'speechEnded';
      atMs: number;
      lastVoicedAtMs: number;
      trailingSilenceMs: number;
      voicedMs: number;
      reason: 'silence' | 'maxSpeech';
    };

export type EndpointerPhase = 'silence' | 'suspected' | 'speaking';

/** Where the endpointer is; changed in place by `stepEndpointer`, so that a frame costs no allocation. */
export interface EndpointerState {
  phase: EndpointerPhase;
  /** Voiced time of the suspicion or utterance; grows while it lasts, 0 in silence. */
  voicedMs: number;
  /** Beginning of the first voiced frame of the suspicion or utterance. */
  onsetMs: number;
  /** End of the last voiced frame of the suspicion or utterance. */
  lastVoicedAtMs: number;
  /** Length of the voiced stretch that reaches to the present. */
  runMs: number;
  /** Voiced time of that stretch that does not count until the stretch is long enough. */
  heldMs: number;
  /** End of the last frame. */
  nowMs: number;
}

export function createEndpointerState(): EndpointerState {
  return {
    phase: 'silence',
    voicedMs: 0,
    onsetMs: 0,
    lastVoicedAtMs: 0,
    runMs: 0,
    heldMs: 0,
    nowMs: Number.NEGATIVE_INFINITY,
  };
}

const NO_EVENTS: readonly EndpointerEvent[] = Object.freeze([]);

/**
 * Takes the decision about one 20 ms frame. The same frames always give the same events; no clock but that of the
 * frames is read. Order of events: `speechSuspected`, then `falseAlarm` or `speechStarted`, and after the latter
 * (`maxSpeech` and) `speechEnded`.
 *
 * @param likelihood of speech, 0..1; anything that is not a number counts as 0
 * @param frameMs beginning of the frame; a gap since the frame before counts as silence, a step back as no time
 */
export function stepEndpointer(
  state: EndpointerState,
  profile: EndpointerProfile,
  likelihood: number,
  frameMs: number,
): readonly EndpointerEvent[] {
  const endMs = Math.max(frameMs + FRAME_MS, state.nowMs);
  state.nowMs = endMs;
  const needed = state.phase === 'speaking' ? Math.min(profile.threshold, profile.sustainThreshold) : profile.threshold;
  const voiced = likelihood >= needed;
  state.runMs = voiced ? state.runMs + FRAME_MS : 0;
  switch (state.phase) {
    case 'silence':
      return voiced ? suspect(state, profile, frameMs, endMs) : NO_EVENTS;
    case 'suspected':
      if (voiced) {
        state.voicedMs += FRAME_MS;
        state.lastVoicedAtMs = endMs;
        if (state.voicedMs >= profile.minSpeechMs) return [started(state, profile, endMs)];
      }
      if (
        endMs - state.lastVoicedAtMs >= profile.falseAlarmSilenceMs ||
        endMs - state.onsetMs >= profile.maxSuspicionMs
      ) {
        const { voicedMs } = state;
        backToSilence(state);
        return [{ type: 'falseAlarm', atMs: endMs, voicedMs }];
      }
      return NO_EVENTS;
    case 'speaking':
      state.heldMs = voiced ? state.heldMs + FRAME_MS : 0;
      if (voiced && state.runMs >= profile.resumeMs) {
        state.voicedMs += state.heldMs;
        state.heldMs = 0;
        state.lastVoicedAtMs = endMs;
      }
      if (endMs - state.onsetMs >= profile.maxSpeechMs) {
        return [
          { type: 'maxSpeech', atMs: endMs, durationMs: endMs - state.onsetMs },
          ended(state, endMs, 'maxSpeech'),
        ];
      }
      // A voiced frame may be the beginning of more.
      if (voiced || endMs - state.lastVoicedAtMs < profile.trailingSilenceMs) return NO_EVENTS;
      return [ended(state, endMs, 'silence')];
    default:
      return assertNever(state.phase);
  }
}

/** Ends what is going on as if nothing had been heard, without an event. */
export function resetEndpointer(state: EndpointerState): void {
  Object.assign(state, createEndpointerState());
}

function suspect(
  state: EndpointerState,
  profile: EndpointerProfile,
  frameMs: number,
  endMs: number,
): readonly EndpointerEvent[] {
  state.phase = 'suspected';
  state.voicedMs = FRAME_MS;
  state.onsetMs = Math.min(frameMs, endMs);
  state.lastVoicedAtMs = endMs;
  const suspected: EndpointerEvent = { type: 'speechSuspected', atMs: endMs, onsetMs: state.onsetMs };
  return state.voicedMs >= profile.minSpeechMs ? [suspected, started(state, profile, endMs)] : [suspected];
}

function started(state: EndpointerState, profile: EndpointerProfile, endMs: number): EndpointerEvent {
  state.phase = 'speaking';
  const { onsetMs, voicedMs } = state;
  return { type: 'speechStarted', atMs: endMs, onsetMs, preRollMs: endMs - onsetMs + profile.leadMs, voicedMs };
}

function ended(state: EndpointerState, endMs: number, reason: 'silence' | 'maxSpeech'): EndpointerEvent {
  const { lastVoicedAtMs, voicedMs } = state;
  backToSilence(state);
  const trailingSilenceMs = endMs - lastVoicedAtMs;
  return { type: 'speechEnded', atMs: endMs, lastVoicedAtMs, trailingSilenceMs, voicedMs, reason };
}

function backToSilence(state: EndpointerState): void {
  state.phase = 'silence';
  state.voicedMs = 0;
  state.runMs = 0;
  state.heldMs = 0;
}
