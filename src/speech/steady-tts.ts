import type { Clock } from '../clock.ts';
import { causeOf, type Failover } from './failover.ts';
import { SpeechError, type TextToSpeech, type TtsRequest } from './ports.ts';
import type { ServiceHealth } from './service-health.ts';
import type { StickyChoice } from './sticky-choice.ts';

export interface TtsCandidate {
  readonly tts: TextToSpeech;
  readonly health: ServiceHealth;
}

export interface SteadyTtsOptions {
  /** In the order of preference; at least one. */
  candidates: readonly TtsCandidate[];
  /** The first audio of a service that is not the last has to come within so long; so has each piece after it. */
  firstAudioMs: number;
  clock: Clock;
  choice: StickyChoice;
  onFailover(failover: Failover): void;
}

/** The next service is asked as well when the audio of this one is late by so much of what it may take: its audio is there when it is needed. */
const HEAD_START = 0.5;

/**
 * Services in a fallback order as one. A text whose audio fails is spoken again by the next service: the caller hears a few words
 * twice rather than never. The call stays with the service that it has come to.
 */
export function steadyTts(options: SteadyTtsOptions): TextToSpeech {
  const { candidates, choice } = options;
  const [first] = candidates;
  if (first === undefined) throw new TypeError('a fallback order has at least one service');
  return {
    id: candidates.map(({ tts }) => tts.id).join('+'),
    members: candidates.map(({ tts }) => tts),
    get capabilities() {
      return first.tts.capabilities;
    },
    async *synthesize(request, signal) {
      const { callId } = request;
      const usable = candidates.map(({ health }) => health.usable);
      let voice: Voice | undefined;
      for (let index = choice.first(callId, usable); ; index += 1) {
        const candidate = candidates[index];
        if (candidate === undefined) throw new SpeechError('speech_unavailable', 'no speech service is left');
        const next = candidates[index + 1];
        voice ??= new Voice(candidate.tts, fitting(request, index), signal);
        let spare: Voice | undefined;
        const askNext = () => {
          spare ??= next === undefined ? undefined : new Voice(next.tts, fitting(request, index + 1), signal);
        };
        const dropNext = () => {
          spare?.stop();
          spare = undefined;
        };
        try {
          const limitMs = next === undefined ? undefined : options.firstAudioMs;
          for (;;) {
            const piece = await voice.next(limitMs, options.clock, askNext);
            dropNext();
            if (piece === undefined) break;
            yield piece;
          }
          if (!signal.aborted) candidate.health.succeeded();
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof SpeechError && error.code === 'speech_rejected')) candidate.health.failed(error);
          if (next === undefined) throw error;
          choice.moved(callId, index + 1);
          options.onFailover({ kind: 'tts', callId, from: candidate.tts.id, to: next.tts.id, ...causeOf(error) });
        } finally {
          voice.stop();
          if (signal.aborted) dropNext();
        }
        voice = spare;
      }
    },
  };
}

/** A voice is one of the first service's, as is what else is set for it: another one has its own for the language. */
function fitting({ parameters, ...request }: TtsRequest, index: number): TtsRequest {
  return index === 0 ? { ...request, ...(parameters && { parameters }) } : { ...request, voice: undefined };
}

/** A text that a service is speaking: its first piece is asked for at once. */
class Voice {
  readonly #id: string;
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  readonly #audio: AsyncIterator<Int16Array>;
  #pending: Promise<IteratorResult<Int16Array>> | undefined;

  constructor(tts: TextToSpeech, request: TtsRequest, signal: AbortSignal) {
    this.#id = tts.id;
    this.#signal = AbortSignal.any([signal, this.#stopped.signal]);
    this.#audio = tts.synthesize(request, this.#signal)[Symbol.asyncIterator]();
    void this.#pull();
  }

  /** @returns undefined at the end, and when it was stopped. @throws SpeechError, also when nothing comes for `limitMs` */
  async next(limitMs: number | undefined, clock: Clock, onLate: () => void): Promise<Int16Array | undefined> {
    const work = this.#pull();
    const over = Promise.withResolvers<undefined>();
    const onAbort = () => over.resolve(undefined);
    this.#signal.addEventListener('abort', onAbort, { once: true });
    if (this.#signal.aborted) onAbort();
    const late = () =>
      over.reject(new SpeechError('speech_timeout', `${this.#id}: no audio for ${limitMs} ms`, { retryable: true }));
    const cancels =
      limitMs === undefined ? [] : [clock.after(limitMs * HEAD_START, onLate), clock.after(limitMs, late)];
    try {
      const piece = await Promise.race([work, over.promise]);
      this.#pending = undefined;
      return piece === undefined || piece.done === true ? undefined : piece.value;
    } finally {
      for (const cancel of cancels) cancel();
      this.#signal.removeEventListener('abort', onAbort);
    }
  }

  /** One that hangs is not waited for. Idempotent. */
  stop(): void {
    this.#stopped.abort();
    void Promise.resolve(this.#audio.return?.()).catch(() => undefined);
  }

  #pull(): Promise<IteratorResult<Int16Array>> {
    this.#pending ??= this.#audio.next();
    this.#pending.catch(() => undefined);
    return this.#pending;
  }
}
