import type { Clock } from '../../../../src/clock.ts';
import { messageOf } from '../../../../src/errors.ts';
import { resample } from '../../../../src/media/resample.ts';
import { SpeechError } from '../../../../src/speech/ports.ts';
import { runEspeak } from './espeak-process.ts';
import { type EspeakVoice, parseVariantTable, parseVoiceTable } from './espeak-voices.ts';
import { type SentenceJob, untilAborted } from './flite-pool.ts';
import { concat, polish } from './tts-audio.ts';
import { FairSlots } from './tts-slots.ts';
import { WavStream } from './wav-stream.ts';

export interface EspeakOptions {
  program: string;
  /** Processes at the same time; each lives for one sentence, about 10 ms. */
  processes: number;
  clock: Clock;
}

export interface EspeakVoices {
  voices: readonly EspeakVoice[];
  variants: readonly string[];
}

const JOB_TIMEOUT_MS = 10_000;
/** Three minutes at 22.05 kHz, 16 bit: far beyond one sentence. */
const MAX_OUTPUT_BYTES = 8 * 1024 * 1024;
const MAX_TABLE_BYTES = 1024 * 1024;
const MAX_WAITING = 512;
const MAX_WAITING_PER_CALL = 16;
const UTF8 = '1';

/** The espeak-ng program, one short-lived process per sentence; text goes in and audio comes out through pipes. */
export class Espeak {
  readonly #options: EspeakOptions;
  readonly #slots: FairSlots;
  readonly #closing = new AbortController();
  readonly #processes = new Set<Promise<unknown>>();
  #voices: Promise<EspeakVoices> | undefined;

  constructor(options: EspeakOptions) {
    this.#options = options;
    this.#slots = new FairSlots({
      slots: options.processes,
      maxWaiting: MAX_WAITING,
      maxWaitingPerCall: MAX_WAITING_PER_CALL,
    });
  }

  /** Sentences that are being spoken, and those that wait for a process. */
  get jobs(): number {
    return this.#slots.jobs;
  }

  /** Processes that are alive. */
  get processes(): number {
    return this.#processes.size;
  }

  /**
   * What the installed program can speak, asked once; after a failure it is asked again.
   * @throws SpeechError `speech_unavailable` with what to install when it is missing
   */
  async voices(): Promise<EspeakVoices> {
    this.#assertOpen();
    this.#voices ??= this.#listVoices();
    try {
      return await this.#voices;
    } catch (error) {
      this.#voices = undefined;
      throw error;
    }
  }

  /**
   * The audio of one sentence, ready to be played; undefined as soon as `signal` is aborted, which kills the process.
   * `job.voice` must come from the table of voices.
   * @throws SpeechError
   */
  async synthesize(job: SentenceJob, signal: AbortSignal): Promise<Int16Array | undefined> {
    this.#assertOpen();
    const release = await this.#slots.acquire(job, signal);
    if (release === undefined) return undefined;
    const work = this.#speak(job, signal).finally(release);
    return untilAborted(work, signal);
  }

  /** Kills what runs and resolves when no process is left. Idempotent. */
  async close(): Promise<void> {
    this.#closing.abort();
    await Promise.allSettled(this.#processes);
  }

  #assertOpen(): void {
    if (this.#closing.signal.aborted) {
      throw new SpeechError('speech_unavailable', 'the local speech synthesis is closed');
    }
  }

  async #speak(job: SentenceJob, signal: AbortSignal): Promise<Int16Array | undefined> {
    this.#assertOpen();
    const wav = new WavStream();
    const parts: Int16Array[] = [];
    let broken: Error | undefined;
    await this.#run(
      ['--stdout', '--stdin', '-b', UTF8, '-v', job.voice],
      // "[[" would begin phoneme input.
      `${job.text.replace(/\[{2,}/gu, '[')}\n`,
      MAX_OUTPUT_BYTES,
      (bytes) => {
        if (broken !== undefined) return;
        try {
          parts.push(wav.push(bytes));
        } catch (error) {
          broken = error instanceof Error ? error : new Error(messageOf(error));
        }
      },
      signal,
    );
    this.#assertOpen();
    if (signal.aborted) return undefined;
    if (broken !== undefined) {
      throw new SpeechError('speech_failed', `espeak-ng wrote no audio: ${broken.message}`, { cause: broken });
    }
    if (wav.sampleRate === undefined) return new Int16Array(0);
    return polish(await resample(concat(parts), wav.sampleRate, job.sampleRate), job.sampleRate);
  }

  async #listVoices(): Promise<EspeakVoices> {
    const table = async (flag: string) => {
      const chunks: Buffer[] = [];
      await this.#run([flag], '', MAX_TABLE_BYTES, (bytes) => chunks.push(bytes), this.#closing.signal);
      return Buffer.concat(chunks).toString('utf8');
    };
    const voices = parseVoiceTable(await table('--voices'));
    const variants = parseVariantTable(await table('--voices=variant'));
    this.#assertOpen();
    if (voices.length === 0) {
      throw new SpeechError('speech_unavailable', `${this.#options.program} lists no voices: is it espeak-ng?`);
    }
    return { voices, variants };
  }

  #run(
    args: readonly string[],
    input: string,
    maxOutputBytes: number,
    onOutput: (bytes: Buffer) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const done = runEspeak(
      {
        program: this.#options.program,
        args,
        input,
        timeoutMs: JOB_TIMEOUT_MS,
        maxOutputBytes,
        clock: this.#options.clock,
        onOutput,
      },
      AbortSignal.any([signal, this.#closing.signal]),
    );
    this.#processes.add(done);
    const forget = () => this.#processes.delete(done);
    done.then(forget, forget);
    return done;
  }
}
