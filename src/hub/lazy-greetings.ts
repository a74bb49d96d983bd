import { messageOf } from '../errors.ts';
import type { AudioFrame } from '../media/audio.ts';
import type { GreetingListener, GreetingOptions, GreetingRecognizer } from '../speech/ports.ts';

/** A recogniser, and what frees it. */
export interface OpenedGreetings {
  greetings: GreetingRecognizer;
  close(): Promise<void>;
}

/**
 * A recogniser whose code is loaded when the first call wants it. What a listener gets until then is kept for it, some
 * milliseconds once in the life of a hub; where nothing can be loaded, no language is known.
 */
export function lazyGreetings(
  { languages, dictation }: { languages: readonly string[]; dictation: true },
  load: () => Promise<OpenedGreetings | undefined>,
  log: { warn(fields: Record<string, unknown>, message: string): void },
): OpenedGreetings {
  let loading: Promise<GreetingRecognizer | undefined> | undefined;
  let opened: OpenedGreetings | undefined;
  let failed = false;
  let closed = false;
  const warn = (message: string) => (error: unknown) => log.warn({ error: messageOf(error) }, message);
  const start = () => {
    // Nobody would close what is loaded from now on.
    if (closed) return loading ?? Promise.resolve(undefined);
    loading ??= load()
      .catch(warn('a recogniser of greetings cannot be loaded'))
      .then((made) => {
        opened = made ?? undefined;
        failed = opened === undefined;
        return opened?.greetings;
      });
    return loading;
  };
  return {
    greetings: {
      get languages() {
        return opened?.greetings.languages ?? (failed ? [] : languages);
      },
      dictation,
      prepare: (language) =>
        void start()
          .then((made) => made?.prepare(language))
          .catch(warn('a recogniser of greetings does not get ready')),
      listen: (options, signal) =>
        opened?.greetings.listen(options, signal) ??
        new WaitingListener(start(), options, signal, warn('a recogniser of greetings does not listen')),
    },
    async close() {
      closed = true;
      await loading;
      await opened?.close();
    },
  };
}

/** Passes on what it is given, when there is who listens. */
class WaitingListener implements GreetingListener {
  #listener: GreetingListener | undefined;
  #kept: AudioFrame[] | undefined = [];

  constructor(
    loading: Promise<GreetingRecognizer | undefined>,
    options: GreetingOptions,
    signal: AbortSignal,
    failed: (error: unknown) => void,
  ) {
    const listen = (recognizer: GreetingRecognizer | undefined) => {
      const kept = this.#kept;
      this.#kept = undefined;
      if (kept === undefined || signal.aborted) return;
      this.#listener = recognizer?.listen(options, signal);
      for (const frame of kept) this.#listener?.write(frame);
    };
    void loading.then(listen).catch(failed);
  }

  write(frame: AudioFrame): void {
    if (this.#listener) this.#listener.write(frame);
    else this.#kept?.push({ ...frame, samples: frame.samples.slice() });
  }

  close(): void {
    this.#kept = undefined;
    this.#listener?.close();
  }
}
