import type { AudioFrame } from '../media/audio.ts';
import type { SttSession, SttSessionEvents } from '../speech/ports.ts';
import { withoutPunctuation } from '../speech/punctuation.ts';
import type { DetectorEvent } from './detector.ts';

/** What is done with the session, in order; kept while it opens. */
export type Operation =
  | { type: 'write'; frame: AudioFrame }
  | { type: 'start'; preRollMs: number }
  | { type: 'end'; trailingSilenceMs: number }
  | { type: 'cancel' };

export function apply(session: SttSession, operation: Operation): void {
  switch (operation.type) {
    case 'write':
      session.write(operation.frame);
      return;
    case 'start':
      session.startUtterance(operation.preRollMs);
      return;
    case 'end':
      session.endUtterance(operation.trailingSilenceMs);
      return;
    case 'cancel':
      session.cancelUtterance();
  }
}

/** What tells a recogniser that endpoints by itself of an utterance as the hub hears it. */
export function markOf(event: DetectorEvent): Operation | undefined {
  switch (event.type) {
    case 'started':
      return { type: 'start', preRollMs: event.preRollMs };
    case 'ended':
      return { type: 'end', trailingSilenceMs: event.trailingSilenceMs };
    case 'discarded':
      return { type: 'cancel' };
    case 'hushed':
    case 'resumed':
      return undefined;
  }
}

/** A result whose texts have no punctuation; the vendor's own is as it was. */
export function unpunctuated(result: SttSessionEvents['final'][0]): SttSessionEvents['final'][0] {
  const text = withoutPunctuation(result.text);
  const { words } = result;
  return {
    ...result,
    text,
    rejected: result.rejected || text === '',
    alternatives: result.alternatives.map((each) => ({ ...each, text: withoutPunctuation(each.text) })),
    ...(words && { words: words.map((each) => ({ ...each, word: withoutPunctuation(each.word) })) }),
  };
}

/** Waits for a session that is being opened, unless `signal` is aborted first. @throws what the signal was aborted with */
export async function raceAbort(opening: Promise<SttSession>, signal: AbortSignal): Promise<SttSession> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    // One that opens after all is not kept.
    void opening.then(
      (session) => session.close(),
      () => undefined,
    );
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
