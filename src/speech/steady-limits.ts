import type { Clock } from '../clock.ts';
import type { Failover } from './failover.ts';
import type { OpeningHedges } from './opening-hedges.ts';
import type { SpeechToText, SttOptions } from './ports.ts';
import type { ServiceHealth } from './service-health.ts';

/** Pause between two attempts to open the next session. */
export const ROTATE_RETRY_MS = 2_000;
/** Kept of what is no speech: a new session gets it first. */
export const OVERLAP_MS = 1_000;
/** Failures in a row, with nothing recognised between them. */
export const MAX_FRUITLESS = 4;
/** A session that ends sooner has failed, whatever it says. */
export const SHORT_LIFE_MS = 5_000;
/**
 * The next service gets the same audio when the text of this one is late by so much of `finalMs`, however long the service usually takes. Its
 * text is heard when `finalMs` are over.
 */
export const HEAD_START = 0.5;
/** A vendor that endpoints by itself is asked for its text, where it can be asked, when the text is late by so much of `finalMs`. */
export const ASK_PART = 0.25;
/** The next service is opened as well when a session is not open after this, or after half of `openMs`, as far as `OpeningHedges` allow. */
const OPEN_HEDGE_MS = 500;

/** One service of a fallback order. */
export interface SttCandidate {
  readonly stt: SpeechToText;
  readonly health: ServiceHealth;
  /** Of its openings, in all calls. */
  readonly hedges: OpeningHedges;
}

export interface SteadyLimits {
  /** A session that does not open by then has failed. */
  openMs: number;
  /** The text of an utterance has to come so long after its end, or as long after it as the capability record says. */
  finalMs: number;
  /** A recogniser that endpoints by itself and says nothing while a voice is heard for so long is taken for dead. */
  silentMs: number;
}

/** How long an opening is waited for before the next service is opened as well. */
export function openingHedgeMs({ openMs }: SteadyLimits): number {
  return Math.min(OPEN_HEDGE_MS, openMs / 2);
}

export interface SteadySessionOptions {
  candidates: readonly SttCandidate[];
  /** Index of the candidate to begin with. */
  first: number;
  stt: SttOptions;
  limits: SteadyLimits;
  clock: Clock;
  /** The call goes on with another candidate. */
  onFailover(failover: Failover, index: number): void;
}

/** Beyond a hiccup of the network, a vendor takes so much of the length of audio that it is given faster than it was spoken. */
const CATCH_UP = 0.1;
const HICCUP_MS = 1_000;

/** How much later a text may come where so much of its audio was given at once. */
export function catchUpMs(aheadMs: number): number {
  return Math.round(CATCH_UP * Math.max(0, aheadMs - HICCUP_MS));
}
