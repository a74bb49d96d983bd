import { createHash } from 'node:crypto';
import { durationMs } from '../media/audio.ts';
import type { AudioFiles } from './audio-files.ts';
import type { TextToSpeech, TtsRequest } from './ports.ts';

/** Longer audio is not kept: it is seldom said twice. */
const MAX_MS = 60_000;
/** Audio from a file comes in pieces of this length. */
const PIECE_SAMPLES = 8_000;

/** What the cache has done, for metrics. */
export type CacheUse = 'hit' | 'shared' | 'miss';

export interface CachedTtsOptions {
  files: Pick<AudioFiles, 'read' | 'write'>;
  /** What else decides how the service sounds: its settings in hub.yaml. */
  settings: unknown;
  onUse?(use: CacheUse): void;
}

/**
 * A service whose audio is kept on disk, by service, settings, voice, language, text, rate and what else is set for it. Requests for a text that is being
 * made share it; its synthesis ends early only when nobody waits for it any more, and then nothing is kept.
 */
export function cachedTts(tts: TextToSpeech, { files, settings, onUse }: CachedTtsOptions): TextToSpeech {
  const making = new Map<string, SharedAudio>();
  const salt = JSON.stringify([1, tts.id, settings]);

  function nameOf({ text, language, voice, sampleRate, parameters }: TtsRequest): string {
    return createHash('sha256')
      .update(JSON.stringify([salt, voice ?? null, language, sampleRate, text, ...(parameters ? [parameters] : [])]))
      .digest('hex');
  }

  /** A synthesis that still runs, or has just ended. */
  function underWay(name: string): SharedAudio | undefined {
    const shared = making.get(name);
    return shared?.abandoned === true ? undefined : shared;
  }

  async function* synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array> {
    if (request.cache === false) {
      yield* tts.synthesize(request, signal);
      return;
    }
    const name = nameOf(request);
    let shared = underWay(name);
    if (shared === undefined) {
      const kept = await files.read(name);
      if (signal.aborted) return;
      if (kept !== undefined) {
        onUse?.('hit');
        for (let from = 0; from < kept.length; from += PIECE_SAMPLES) yield kept.slice(from, from + PIECE_SAMPLES);
        return;
      }
      shared = underWay(name);
    }
    onUse?.(shared === undefined ? 'miss' : 'shared');
    if (shared === undefined) {
      shared = new SharedAudio((signalOfAll) => tts.synthesize(request, signalOfAll));
      making.set(name, shared);
      const made = shared;
      const forget = () => {
        if (making.get(name) === made) making.delete(name);
      };
      shared.finished
        .then(async (chunks) => {
          const samples = chunks.reduce((length, chunk) => length + chunk.length, 0);
          if (samples > 0 && durationMs(samples, request.sampleRate) <= MAX_MS)
            await files.write(name, concat(chunks, samples));
        }, forget)
        .finally(forget);
    }
    yield* shared.read(signal);
  }

  return {
    id: tts.id,
    get capabilities() {
      return tts.capabilities;
    },
    synthesize,
  };
}

/** One synthesis and those who hear it, each from its beginning. */
class SharedAudio {
  /** All of the audio; rejects when it failed or was given up. */
  readonly finished: Promise<readonly Int16Array[]>;
  readonly #chunks: Int16Array[] = [];
  readonly #abort = new AbortController();
  #changed = Promise.withResolvers<void>();
  #over = false;
  #readers = 0;

  constructor(make: (signal: AbortSignal) => AsyncIterable<Int16Array>) {
    this.finished = this.#make(make(this.#abort.signal));
    this.finished.catch(() => undefined);
  }

  /** Nobody wanted it any more. */
  get abandoned(): boolean {
    return this.#abort.signal.aborted;
  }

  async *read(signal: AbortSignal): AsyncGenerator<Int16Array> {
    this.#readers += 1;
    const aborted = Promise.withResolvers<void>();
    const onAbort = () => aborted.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      for (let index = 0; !signal.aborted; ) {
        const chunk = this.#chunks[index];
        if (chunk !== undefined) {
          index += 1;
          yield chunk.slice();
        } else if (this.#over) {
          await this.finished;
          return;
        } else {
          await Promise.race([this.#changed.promise, aborted.promise]);
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#readers -= 1;
      if (this.#readers === 0 && !this.#over) this.#abort.abort();
    }
  }

  async #make(audio: AsyncIterable<Int16Array>): Promise<readonly Int16Array[]> {
    try {
      for await (const chunk of audio) {
        this.#chunks.push(chunk);
        this.#wake();
      }
      this.#abort.signal.throwIfAborted();
      return this.#chunks;
    } finally {
      this.#over = true;
      this.#wake();
    }
  }

  #wake(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

function concat(chunks: readonly Int16Array[], samples: number): Int16Array {
  const whole = new Int16Array(samples);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
