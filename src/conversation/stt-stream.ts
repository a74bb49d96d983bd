import type { SttSession } from '../speech/ports.ts';
import type { RecognitionOptions } from './effects.ts';
import type { Operation } from './stt-operations.ts';
import { sameSttParameters } from './vendor-options.ts';

/** One recogniser session and what it still owes. */
export interface Stream {
  options: RecognitionOptions;
  readonly abort: AbortController;
  /** False while it waits for a voice. */
  opened: boolean;
  session: SttSession | undefined;
  waiting: Operation[];
  /** Utterances that are over and whose `final` has not come. */
  pendingFinals: number;
  /** Of these, the ones whose `final` nobody wants any more. */
  staleFinals: number;
}

/** Options that a session can take over without being opened anew: all but these. */
export function sameSession(a: RecognitionOptions, b: RecognitionOptions): boolean {
  return (
    a.language === b.language &&
    a.contextBoost === b.contextBoost &&
    a.vendorOptions === b.vendorOptions &&
    sameSttParameters(a.parameters, b.parameters)
  );
}

export function samePhrases(a: RecognitionOptions, b: RecognitionOptions): boolean {
  return (
    a.contextPhrases.length === b.contextPhrases.length &&
    a.contextPhrases.every((phrase, index) => phrase === b.contextPhrases[index])
  );
}

/** `sttDisablePunctuation` is off. */
export function punctuates({ options }: Stream): boolean {
  return options.parameters.sttDisablePunctuation !== true;
}
