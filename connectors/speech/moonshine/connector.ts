import { type Clock, systemClock } from '../../../src/clock.ts';
import { loadResampler, type ResamplerFactory } from '../../../src/media/resample.ts';
import type { PoolLog } from '../../../src/speech/decoder-workers.ts';
import { type GreetingRecognizer, SpeechError, type SpeechService } from '../../../src/speech/ports.ts';
import type { MoonshineConfig } from './config.ts';
import { createMoonshineGreetings } from './greetings.ts';
import { MOONSHINE_PACKAGES, moonshineInstalled } from './packages.ts';
import { MoonshineProcesses, type MoonshineWorker } from './processes.ts';
import { type MoonshineSession, moonshineSession } from './session.ts';
import { MOONSHINE_RATE } from './transcriber.ts';

export interface MoonshineContext {
  clock?: Clock;
  /** The hub's logger (pino's shape). */
  log?: PoolLog;
  /** Makes a worker; tests hand in their own. */
  spawn?: () => MoonshineWorker;
  /** Tests hand in one that keeps samples as they are. */
  resamplers?: () => Promise<ResamplerFactory>;
}

/** Half a minute of speech on a machine with something else to do. */
const P99_TIME_TO_FINAL_MS = 3_000;

/** Recognition of English that takes dictation and needs no account: Moonshine "tiny" in processes of its own. */
export function createMoonshine(config: MoonshineConfig, context: MoonshineContext = {}): SpeechService {
  const { clock = systemClock, log = { warn: () => {} }, resamplers = loadResampler, spawn } = context;
  const pool = new MoonshineProcesses({ workers: config.workers, clock, log, ...(spawn && { spawn }) });
  const sessions = new Set<MoonshineSession>();
  const ready = async () => {
    if (spawn === undefined && !moonshineInstalled()) {
      throw new SpeechError('speech_unavailable', `moonshine: install the packages ${MOONSHINE_PACKAGES}`);
    }
    await pool.ready();
  };
  return {
    id: config.id,
    stt: {
      id: config.id,
      capabilities: {
        interimResults: true,
        endpointing: 'hub',
        dictation: true,
        languages: ['en'],
        p99TimeToFinalMs: P99_TIME_TO_FINAL_MS,
      },
      async open({ language, sampleRate }, signal) {
        signal.throwIfAborted();
        if (!/^en(?:[-_]|$)/i.test(language)) {
          throw new SpeechError('speech_rejected', `moonshine knows English, not '${language}'`);
        }
        const [resampler] = await Promise.all([resamplers(), ready()]);
        signal.throwIfAborted();
        const session = moonshineSession(pool, resampler(sampleRate, MOONSHINE_RATE), signal);
        sessions.add(session);
        session.once('closed', () => sessions.delete(session));
        return session;
      },
    },
    tts: undefined,
    greetings: createMoonshineGreetings(pool, log, resamplers),
    jobs: () => pool.jobs,
    warmUp: ready,
    async close() {
      for (const session of sessions) session.close();
      await pool.close();
    },
  };
}

/** What hears greetings in English for a hub that has no service of this kind; undefined: the packages are not installed. */
export function openMoonshineGreetings(
  context: Pick<MoonshineContext, 'clock' | 'log'>,
): { greetings: GreetingRecognizer; close(): Promise<void> } | undefined {
  if (!moonshineInstalled()) return undefined;
  const { greetings, close } = createMoonshine({ id: 'moonshine', vendor: 'moonshine', workers: 1 }, context);
  return greetings && { greetings, close };
}
