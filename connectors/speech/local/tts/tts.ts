import { type Clock, systemClock } from '../../../../src/clock.ts';
import { assertNever } from '../../../../src/errors.ts';
import { SpeechError, type TextToSpeech, type TtsCapabilities, type TtsRequest } from '../../../../src/speech/ports.ts';
import { type Sentence, splitSentences } from '../../../../src/speech/sentences.ts';
import { Espeak } from './espeak.ts';
import { FlitePool, type SentenceJob } from './flite-pool.ts';
import { fliteText } from './flite-text.ts';
import { concat, silence } from './tts-audio.ts';
import { plainText } from './tts-text.ts';
import { DEFAULT_FLITE_VOICE, FLITE_VOICES, type ResolvedVoice, resolveVoice } from './tts-voices.ts';

export interface LocalTtsOptions {
  id: string;
  /** Spoken when a request names none and the language fits: `slt`, `flite/rms`, `espeak-ng/de+f3`. */
  voice?: string;
  /** The espeak-ng program. */
  espeakPath?: string;
  /** flite threads, and espeak-ng processes at the same time. */
  workers?: number;
  /** UTF-16 code units of one request, mark-up included. */
  maxTextChars?: number;
  clock?: Clock;
  /** Told about what an operator should know; each kind of text problem once. */
  warn?: (message: string) => void;
}

export interface LocalTts extends TextToSpeech {
  /** Sentences that are being synthesised, and those that wait for a thread or a process. */
  jobs(): number;
  /** Loads flite (and lists espeak-ng's voices when it is installed), so that the first call has the usual latency. */
  warmUp(): Promise<void>;
  /** Ends every thread and process. Idempotent. */
  close(): Promise<void>;
}

export const DEFAULT_MAX_TEXT_CHARS = 10_000;
/** About 25 words, 9 s of speech, 60-80 ms of work. */
const MAX_SENTENCE_CHARS = 180;
const MAX_FIRST_CHARS = 90;
const PAUSE_MS: Readonly<Record<Sentence['end'], number>> = { clause: 40, sentence: 220, paragraph: 400 };

/** Text to speech without an account: English by flite inside the hub, other languages by an installed espeak-ng. */
export function createLocalTts(options: LocalTtsOptions): LocalTts {
  const clock = options.clock ?? systemClock;
  const warn = options.warn ?? (() => undefined);
  const workers = options.workers ?? 1;
  const maxTextChars = options.maxTextChars ?? DEFAULT_MAX_TEXT_CHARS;
  const flite = new FlitePool({ threads: workers, clock, warn });
  const espeak = new Espeak({ program: options.espeakPath ?? 'espeak-ng', processes: workers, clock });
  const warned = new Set<string>();
  let languages: readonly string[] | undefined;

  const warnOnce = (message: string) => {
    if (warned.has(message)) return;
    warned.add(message);
    warn(message);
  };

  const speak = (voice: ResolvedVoice, job: Omit<SentenceJob, 'voice'>, signal: AbortSignal) => {
    switch (voice.engine) {
      case 'flite': {
        const text = fliteText(job.text);
        if (text === '') {
          warnOnce('a text in a script that flite cannot read was not spoken');
          return Promise.resolve(new Int16Array(0));
        }
        return flite.synthesize({ ...job, text, voice: voice.voice }, signal);
      }
      case 'espeak-ng':
        return espeak.synthesize({ ...job, voice: voice.voice }, signal);
      default:
        return assertNever(voice);
    }
  };

  async function* synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array, void, undefined> {
    if (request.text.length > maxTextChars) {
      throw new SpeechError(
        'speech_rejected',
        `the text has ${request.text.length} characters, the local speech synthesis takes ${maxTextChars}`,
      );
    }
    if (signal.aborted) return;
    const voice = await resolveVoice(
      { language: request.language, voice: request.voice, defaultVoice: options.voice },
      () => espeak.voices(),
    );
    const { text, hadSsml } = plainText(request.text);
    if (hadSsml) warnOnce('SSML is spoken as plain text by the local speech synthesis: its mark-up has no effect');
    const sentences = splitSentences(text, {
      maxChars: MAX_SENTENCE_CHARS,
      firstMaxChars: MAX_FIRST_CHARS,
      language: request.language,
    }).filter((sentence) => /[\p{L}\p{N}\p{S}]/u.test(sentence.text));

    const abandoned = new AbortController();
    const either = AbortSignal.any([signal, abandoned.signal]);
    const start = (index: number) => {
      const sentence = sentences[index];
      if (sentence === undefined || either.aborted) return undefined;
      const job = {
        callId: request.callId,
        urgent: index === 0,
        text: sentence.text,
        sampleRate: request.sampleRate,
      };
      const audio = speak(voice, job, either);
      // Observed here too: it may fail while the consumer is busy with the sentence before.
      audio.catch(() => undefined);
      return audio;
    };

    try {
      let pauseMs = 0;
      let next = start(0);
      for (let i = 0; next !== undefined; i++) {
        const samples = await next;
        if (samples === undefined || signal.aborted) return;
        next = start(i + 1);
        if (samples.length > 0) {
          yield pauseMs === 0 ? samples : concat([silence(pauseMs, request.sampleRate), samples]);
          if (signal.aborted) return;
          pauseMs = PAUSE_MS[sentences[i]?.end ?? 'sentence'];
        }
      }
    } finally {
      abandoned.abort();
    }
  }

  return {
    id: options.id,
    get capabilities(): TtsCapabilities {
      return { streaming: true, ssml: false, languages, honours: ['voiceName'] };
    },
    synthesize,
    jobs: () => flite.jobs + espeak.jobs,
    async warmUp() {
      const voice = options.voice?.replace(/^flite\//u, '') ?? DEFAULT_FLITE_VOICE;
      const isFlite = FLITE_VOICES.some((each) => each === voice);
      const [, spoken] = await Promise.all([
        flite.warmUp(isFlite ? voice : DEFAULT_FLITE_VOICE),
        espeak.voices().catch((error: unknown) => {
          if (error instanceof SpeechError && error.code === 'speech_unavailable') return undefined;
          throw error;
        }),
      ]);
      const others = spoken?.voices.map((each) => each.id).filter((id) => !id.startsWith('en')) ?? [];
      languages = ['en', ...new Set(others)];
    },
    async close() {
      await Promise.all([flite.close(), espeak.close()]);
    },
  };
}
