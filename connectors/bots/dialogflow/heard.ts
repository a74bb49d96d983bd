import type { Answer } from './answer.ts';

/** What an agent tells in a stream of audio. */
export type Heard =
  | { type: 'interim'; text: string }
  | { type: 'final'; text: string; confidence: number | undefined }
  /** The caller has finished; no more audio is taken. */
  | { type: 'endOfUtterance' }
  | { type: 'answer'; answer: Answer };

export interface AudioCallHandlers {
  heard(event: Heard): void;
  /** @param error what went wrong, or undefined */
  closed(error: unknown): void;
}
