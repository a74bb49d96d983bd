import { Agent, type Dispatcher } from 'undici';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { createResampler, type Resampler } from '../../../src/media/resample.ts';
import { writeWav } from '../../../src/media/wav.ts';
import { overlaid } from '../../../src/speech/override.ts';
import { SpeechError, type SpeechService, type TtsRequest } from '../../../src/speech/ports.ts';
import { textPieces } from '../../../src/speech/text-pieces.ts';
import type { OpenAiSpeechConfig } from './config.ts';
import { networkError, post } from './http.ts';
import { formFields, multipart } from './multipart.ts';
import { type Recognise, UtteranceSession } from './stt-session.ts';
import { readAudio } from './tts-audio.ts';

/** Longest text that the API takes. */
const MAX_TEXT_CHARS = 4_096;
/** A whole recognition by a server of one's own; one that takes longer is better replaced. */
const P99_TIME_TO_FINAL_MS = 4_000;
const MAX_PROMPT_CHARS = 800;
/** What the audio depends on: no bot sets it. */
const OF_SPEECH = ['input', 'response_format', 'stream', 'stream_format'];

/** Any server with OpenAI's audio API: transcriptions of whole utterances, and speech. Opens nothing by itself. */
export function createOpenAiSpeech(
  config: OpenAiSpeechConfig,
  { clock = systemClock }: { clock?: Clock } = {},
): SpeechService {
  const dispatcher = new Agent({
    connect: { timeout: config.timeouts.connectMs, rejectUnauthorized: !config.allowSelfSignedCert },
    keepAliveTimeout: 60_000,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const sessions = new Set<UtteranceSession>();
  return {
    id: config.id,
    stt: {
      id: config.id,
      capabilities: {
        interimResults: false,
        endpointing: 'hub',
        dictation: true,
        languages: undefined,
        honours: ['sttContextPhrases', 'sttGenericData', 'sttContextId', 'sttPreferWave', 'sttOverrideConfig'],
        p99TimeToFinalMs: P99_TIME_TO_FINAL_MS,
      },
      async open({ language, sampleRate, contextPhrases, vendorOptions, parameters = {} }, signal) {
        if (signal.aborted) throw new SpeechError('speech_failed', 'not wanted any more');
        const { sttContextId: model = config.stt.model, sttOverrideConfig } = parameters;
        const more = { ...formFields(vendorOptions), ...formFields(sttOverrideConfig) };
        const recognise: Recognise = (samples, phrases, aborted) =>
          transcribe(
            config,
            dispatcher,
            { wav: writeWav({ sampleRate, channels: [samples] }), model, language, phrases, more },
            clock,
            aborted,
          );
        const session = new UtteranceSession(recognise, {
          sampleRate,
          maxUtteranceMs: config.stt.maxUtteranceMs,
          contextPhrases,
        });
        sessions.add(session);
        session.once('closed', () => sessions.delete(session));
        return session;
      },
    },
    tts: {
      id: config.id,
      capabilities: { streaming: true, ssml: false, languages: undefined, honours: ['voiceName', 'ttsOverrideConfig'] },
      synthesize: (request, signal) => speak(config, dispatcher, request, clock, signal),
    },
    async warmUp() {},
    async close() {
      for (const session of sessions) session.close();
      await dispatcher.destroy();
    },
  };
}

interface Transcription {
  wav: Uint8Array;
  model: string;
  language: string;
  phrases: readonly string[];
  /** Fields that the author of the bot wrote. */
  more: Readonly<Record<string, string>>;
}

async function transcribe(
  config: OpenAiSpeechConfig,
  dispatcher: Dispatcher,
  { wav, model, language, phrases, more }: Transcription,
  clock: Clock,
  signal: AbortSignal,
): Promise<string> {
  const { contentType, body: form } = multipart(
    {
      model,
      language: language.split('-')[0] ?? language,
      response_format: 'json',
      ...(phrases.length === 0 ? {} : { prompt: phrases.join(', ').slice(0, MAX_PROMPT_CHARS) }),
      ...more,
    },
    { field: 'file', name: 'utterance.wav', type: 'audio/wav', bytes: wav },
  );
  const limit = deadline(config, clock, signal);
  try {
    const body = await post(config, dispatcher, {
      path: 'audio/transcriptions',
      headers: { 'content-type': contentType },
      body: form,
      signal: limit.signal,
    });
    const answer: unknown = await body.json();
    if (typeof answer === 'object' && answer !== null && 'text' in answer && typeof answer.text === 'string') {
      return answer.text.trim();
    }
    throw new SpeechError('speech_failed', 'the speech server sent no text', { retryable: true });
  } catch (error) {
    throw limit.explain(error);
  } finally {
    limit.cancel();
  }
}

async function* speak(
  config: OpenAiSpeechConfig,
  dispatcher: Dispatcher,
  { text, voice, sampleRate, parameters }: TtsRequest,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<Int16Array> {
  const { model, format, speed } = config.tts;
  const limit = deadline(config, clock, signal);
  let resampler: Resampler | undefined;
  try {
    for (const part of textPieces(text, MAX_TEXT_CHARS)) {
      if (signal.aborted) return;
      const body = await post(config, dispatcher, {
        path: 'audio/speech',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(
          overlaid(
            {
              model,
              input: part,
              voice: voice ?? config.tts.voice,
              response_format: format,
              ...(speed === undefined ? {} : { speed }),
            },
            parameters?.ttsOverrideConfig,
            OF_SPEECH,
          ),
        ),
        signal: limit.signal,
      });
      for await (const { rate, samples } of readAudio(body, format)) {
        limit.arm();
        if (signal.aborted) return;
        resampler ??= await createResampler(rate, sampleRate);
        const out = resampler.process(samples);
        if (out.length > 0) yield out;
        // The reader may take his time.
        limit.arm();
      }
    }
    const rest = resampler?.flush();
    if (rest !== undefined && rest.length > 0) yield rest;
  } catch (error) {
    if (signal.aborted) return;
    throw limit.explain(error);
  } finally {
    limit.cancel();
    resampler?.close();
  }
}

/** Aborts what takes too long; the signal also follows `signal`. */
function deadline(config: OpenAiSpeechConfig, clock: Clock, signal: AbortSignal) {
  const late = new AbortController();
  const { answerMs } = config.timeouts;
  let cancel = () => {};
  const arm = () => {
    cancel();
    cancel = clock.after(answerMs, () => late.abort());
  };
  arm();
  return {
    signal: AbortSignal.any([signal, late.signal]),
    arm,
    /** Also lets go of a request that is under way. */
    cancel: () => {
      cancel();
      late.abort();
    },
    explain: (error: unknown) =>
      late.signal.aborted
        ? new SpeechError('speech_timeout', `the speech server: nothing for ${answerMs} ms`, { retryable: true })
        : networkError(error),
  };
}
