import type { SpeechToText } from './ports.ts';
import type { ServiceHealth } from './service-health.ts';

/** One service of a fallback order. */
export interface SttCandidate {
  readonly stt: SpeechToText;
  readonly health: ServiceHealth;
}

export interface SteadyLimits {
  /** A session that does not open by then has failed. */
  openMs: number;
  /** The text of an utterance has to come so long after its end, or as long after it as the capability record says. */
  finalMs: number;
  /** A recogniser that endpoints by itself and says nothing while a voice is heard for so long is taken for dead. */
  silentMs: number;
}

/** Beyond a hiccup of the network, a vendor takes so much of the length of audio that it is given faster than it was spoken. */
const CATCH_UP = 0.1;
const HICCUP_MS = 1_000;

/** How much later a text may come where so much of its audio was given at once. */
export function catchUpMs(aheadMs: number): number {
  return Math.round(CATCH_UP * Math.max(0, aheadMs - HICCUP_MS));
}
