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
    get capabilities() {
      return first.tts.capabilities;
    },
    async *synthesize(request, signal) {
      const { callId } = request;
      const usable = candidates.map(({ health }) => health.usable);
      for (let index = choice.first(callId, usable); ; index += 1) {
        const candidate = candidates[index];
        if (candidate === undefined) throw new SpeechError('speech_unavailable', 'no speech service is left');
        const next = candidates[index + 1];
        try {
          yield* spoken(
            candidate,
            fitting(request, index),
            next === undefined ? undefined : options.firstAudioMs,
            options.clock,
            signal,
          );
          if (!signal.aborted) candidate.health.succeeded();
          return;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof SpeechError && error.code === 'speech_rejected')) candidate.health.failed(error);
          if (next === undefined) throw error;
          choice.moved(callId, index + 1);
          options.onFailover({
            kind: 'tts',
            callId,
            from: candidate.tts.id,
            to: next.tts.id,
            ...causeOf(error),
          });
        }
      }
    },
  };
}

/** A voice is one of the first service's: another one has its own for the language. */
function fitting(request: TtsRequest, index: number): TtsRequest {
  return index === 0 ? request : { ...request, voice: undefined };
}

/** @throws SpeechError, also when no audio comes for `limitMs` */
async function* spoken(
  { tts }: TtsCandidate,
  request: TtsRequest,
  limitMs: number | undefined,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Int16Array> {
  const abandoned = new AbortController();
  const either = AbortSignal.any([signal, abandoned.signal]);
  const audio = tts.synthesize(request, either)[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await within(audio.next(), limitMs, clock, tts.id, either);
      if (next === undefined || next.done === true) return;
      yield next.value;
    }
  } finally {
    abandoned.abort();
    // One that hangs is not waited for.
    void Promise.resolve(audio.return?.()).catch(() => undefined);
  }
}

/** @returns undefined when it was aborted. @throws SpeechError `speech_timeout` */
async function within<T>(
  work: Promise<T>,
  limitMs: number | undefined,
  clock: Clock,
  id: string,
  signal: AbortSignal,
): Promise<T | undefined> {
  work.catch(() => undefined);
  const over = Promise.withResolvers<undefined>();
  const onAbort = () => over.resolve(undefined);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  const cancel =
    limitMs === undefined
      ? () => {}
      : clock.after(limitMs, () =>
          over.reject(new SpeechError('speech_timeout', `${id}: no audio for ${limitMs} ms`, { retryable: true })),
        );
  try {
    return await Promise.race([work, over.promise]);
  } finally {
    cancel();
    signal.removeEventListener('abort', onAbort);
  }
}
