import type { Clock } from '../clock.ts';
import { SpeechError, type SpeechToText, type SttOptions, type SttSession, type SttSessionEvents } from './ports.ts';

/** A vendor's session is replaced so long before its limit, and a short one at this part of its life, where the caller pauses. */
const ROTATE_EARLY_MS = 20_000;
const ROTATE_PART = 0.8;
/** So long before the limit the caller's pause is waited for no longer. */
export const ROTATE_LATEST_MS = 4_000;
const ROTATE_LATEST_PART = 0.9;

/** One session of one candidate. */
export interface Line {
  readonly index: number;
  readonly abort: AbortController;
  /** Settles when the session is there, or cannot be had: `SpeechError`. */
  readonly ready: Promise<void>;
  session: SttSession | undefined;
  openedAt: number;
  /** When the next one is to be opened. */
  rotateAt: number;
  /** When the next one takes over even within an utterance. */
  rotateLatestAt: number;
  /** Position in the log at which its audio begins. */
  startMs: number;
  /** It has all audio that is not recognised, and gets what comes. */
  fed: boolean;
  /** The hints that it was opened with. */
  readonly phrases: readonly string[];
  /** Texts that came before it was its turn. */
  readonly early: SttSessionEvents['final'][0][];
  /** Where the speech ends whose audio it was given at once, as a position in the log; its texts up to there are one. */
  untilMs: number | undefined;
  /** Of these, the ones that are there. */
  readonly parts: SttSessionEvents['final'][0][];
}

/** Begins to open a session of `stt`, which has failed when it is not there after `openMs`. Aborting closes it, opened or not. */
export function dialLine(
  stt: SpeechToText,
  { index, options, openMs, clock }: { index: number; options: SttOptions; openMs: number; clock: Clock },
): Line {
  const abort = new AbortController();
  const line: Line = {
    ...{
      index,
      abort,
      session: undefined,
      openedAt: 0,
      startMs: 0,
      fed: false,
      early: [],
      untilMs: undefined,
      parts: [],
    },
    phrases: options.contextPhrases,
    ...{ rotateAt: Number.POSITIVE_INFINITY, rotateLatestAt: Number.POSITIVE_INFINITY },
    ready: open(),
  };
  // Who dials ahead of time may never come to wait for it.
  line.ready.catch(() => undefined);
  return line;

  async function open(): Promise<void> {
    const late = new SpeechError('speech_timeout', `${stt.id}: no session within ${openMs} ms`, { retryable: true });
    const gone = Promise.withResolvers<never>();
    gone.promise.catch(() => undefined);
    const onAbort = () => gone.reject(abort.signal.reason);
    abort.signal.addEventListener('abort', onAbort, { once: true });
    const cancel = clock.after(openMs, () => abort.abort(late));
    // An adapter that throws has failed as one that rejects.
    const opening = (async () => stt.open(options, abort.signal))();
    try {
      const session = await Promise.race([opening, gone.promise]);
      // It came in the moment in which nobody wanted it any more.
      abort.signal.throwIfAborted();
      // One that fails while it waits to be needed is found closed then.
      session.on('error', () => {});
      line.session = session;
      line.openedAt = clock.now();
    } catch (error) {
      opening.then(
        (session) => session.close(),
        () => undefined,
      );
      throw error;
    } finally {
      cancel();
      abort.signal.removeEventListener('abort', onAbort);
    }
  }
}

/** Sets when the session is to be replaced, by its vendor's limit. */
export function planRotation(line: Line, limitMs: number | undefined): void {
  if (limitMs === undefined) return;
  line.rotateAt = line.openedAt + Math.max(limitMs - ROTATE_EARLY_MS, limitMs * ROTATE_PART);
  line.rotateLatestAt = line.openedAt + Math.max(limitMs - ROTATE_LATEST_MS, limitMs * ROTATE_LATEST_PART);
}

/** Up to where a result reaches, as a position in the log: no farther than what was heard (`heardMs`), whatever the vendor says. */
export function reachOf(line: Line, { endMs = Number.NaN }: SttSessionEvents['final'][0], heardMs: number): number {
  return Number.isNaN(endMs) ? heardMs : Math.min(heardMs, line.startMs + endMs);
}

/**
 * What becomes of a line whose text another service has given first: it has until its own deadline to show that its service lives,
 * one that is being opened until it is there.
 * @param on.over after that, and when it ends without a verdict
 * @returns what ends it before
 */
export function judge(
  line: Line,
  {
    limitMs,
    clock,
    ...on
  }: { limitMs: number; clock: Clock; verdict(error: SpeechError | undefined): void; over(): void },
): () => void {
  let over = false;
  const end = (error?: SpeechError, told = true) => {
    if (over) return;
    over = true;
    cancel();
    if (told) on.verdict(error);
    on.over();
    line.abort.abort(error);
    line.session?.close();
  };
  let cancel = () => {};
  const { session } = line;
  if (session === undefined) {
    line.ready.then(() => end(), end);
  } else {
    cancel = clock.after(limitMs, () =>
      end(new SpeechError('speech_timeout', 'its text was late, and did not come', { retryable: true })),
    );
    session.once('final', () => end());
    session.once('error', end);
    session.once('closed', () => end(undefined, false));
  }
  return () => end(undefined, false);
}
