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
