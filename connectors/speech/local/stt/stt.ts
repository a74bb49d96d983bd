import { availableParallelism } from 'node:os';
import { type Clock, systemClock } from '../../../../src/clock.ts';
import type { PoolLog } from '../../../../src/speech/decoder-workers.ts';
import { SpeechError, type SpeechToText, type SttSession } from '../../../../src/speech/ports.ts';
import { type CompiledGrammar, compileGrammar, grammarLanguage, LOCAL_STT_LANGUAGES } from './grammar.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { canDecimate } from './stt-audio.ts';
import { DecoderPool, type DecoderThread } from './stt-pool.ts';
import { type LocalSttSession, localSttSession } from './stt-session.ts';

export interface LocalSttOptions {
  id?: string;
  /** Decoder threads; each takes 60 to 90 MB, and as much again for a second language. Default: as many as there are cores, at least 2, at most 4. */
  workers?: number;
  log: PoolLog;
  clock?: Clock;
  /** Makes a decoder thread; tests hand in their own. */
  spawn?: () => DecoderThread;
}

export interface LocalStt extends SpeechToText {
  /** Utterances that are being decoded, and those that wait for a decoder. */
  jobs(): number;
  /** Resolves when a decoder has loaded the English model. @throws SpeechError `speech_unavailable` */
  warmUp(): Promise<void>;
  /** Ends the threads; open sessions are closed. Idempotent. */
  close(): Promise<void>;
}

/** Compiled grammars that are kept, over all calls. */
const GRAMMAR_CACHE = 64;

/**
 * The recogniser that needs no account: soundswallower in grammar mode. It hears what the hints and the built-in sets
 * expect (see grammar.ts) and refuses the rest; it cannot dictate. English and French.
 */
export function createLocalStt(options: LocalSttOptions): LocalStt {
  const clock = options.clock ?? systemClock;
  const workers = options.workers ?? Math.min(4, Math.max(2, availableParallelism()));
  const compile = cachedCompiler(options.log);
  const pool = new DecoderPool(
    {
      workers,
      interimWorkers: Math.max(1, workers - 1),
      clock,
      log: options.log,
      ...(options.spawn === undefined ? {} : { spawn: options.spawn }),
    },
    compile([], 'en'),
  );
  const sessions = new Set<LocalSttSession>();
  let closing: Promise<void> | undefined;
  return {
    id: options.id ?? 'local',
    capabilities: {
      interimResults: true,
      endpointing: 'hub',
      dictation: false,
      languages: LOCAL_STT_LANGUAGES,
      honours: ['sttContextPhrases'],
    },
    async open(request, signal): Promise<SttSession> {
      signal.throwIfAborted();
      const language = grammarLanguage(request.language);
      if (!canDecimate(request.sampleRate)) {
        throw new SpeechError(
          'speech_rejected',
          `the local recogniser takes multiples of 8000 Hz, not ${request.sampleRate} Hz`,
        );
      }
      await pool.ready();
      signal.throwIfAborted();
      const session = localSttSession(pool, (phrases) => compile(phrases, language), request, signal);
      sessions.add(session);
      session.once('closed', () => sessions.delete(session));
      return session;
    },
    jobs: () => pool.jobs,
    warmUp: () => pool.ready(),
    close(): Promise<void> {
      closing ??= (async () => {
        for (const session of sessions) session.close();
        await pool.close();
      })();
      return closing;
    },
  };
}

/** Compiles, remembering the most recently used results; warns of phrases that are left out. */
function cachedCompiler(log: PoolLog): (phrases: readonly string[], language: GrammarLanguage) => CompiledGrammar {
  const cache = new Map<string, CompiledGrammar>();
  return (phrases, language) => {
    const key = JSON.stringify([language, phrases]);
    const known = cache.get(key);
    const grammar = known ?? compileGrammar(phrases, language);
    if (known === undefined && grammar.ignoredHints > 0) {
      log.warn(
        { ignored: grammar.ignoredHints, phrases: phrases.length },
        'phrases that are too many, too long or cannot be said are left out of the local recognition',
      );
    }
    cache.delete(key);
    cache.set(key, grammar);
    if (cache.size > GRAMMAR_CACHE) {
      const oldest = cache.keys().next().value;
      if (oldest !== undefined) cache.delete(oldest);
    }
    return grammar;
  };
}
