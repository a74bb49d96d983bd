import { type Clock, systemClock } from '../../../src/clock.ts';
import { Backlog } from '../../../src/speech/backlog.ts';
import { SpeechError, type SpeechService, type SpeechToText } from '../../../src/speech/ports.ts';
import { AudioEncoder } from './audio-encoder.ts';
import type { GoogleConfig } from './config.ts';
import { ContinuousSession } from './continuous-session.ts';
import { RecognitionStream, type StreamEnd, type StreamHandlers } from './recognition-stream.ts';
import { createGoogleSdk, type SttClient } from './sdk.ts';
import { type StreamSettings, usesMulaw, wireV1, wireV2 } from './stt-wire.ts';
import { createGoogleTts } from './tts.ts';
import { type AudioStream, type SessionDeps, UtteranceSession } from './utterance-session.ts';

/** Longest stream of v1; v2 says five minutes ("Quotas and limits"). */
const SESSION_LIMIT_MS = { v1: 305_000, v2: 300_000 } as const;
/** From the end of the audio to the text, 99 of 100, with the way there; Google names no figure. */
const P99_TIME_TO_FINAL_MS = 1_000;
/** Silence after which Google ends an utterance by itself, at the most; it names no figure. */
const ENDPOINTING_MS = 1_000;
/** Silence that tries out whether Google takes the credentials and the configuration. */
const TRIAL_MS = 100;
/** Parameters of bots; v2 has no kinds of interaction. */
const HONOURS = [
  'sttContextPhrases',
  'sttContextBoost',
  'sttGenericData',
  'sttContextId',
  'sttOverrideConfig',
] as const;
/** Configurations that Google has taken; of more, the oldest is tried again. */
const MAX_TRIED = 200;

/** Google Cloud Speech-to-Text (v1 or v2) and Text-to-Speech. Loads and opens nothing by itself. */
export function createGoogle(config: GoogleConfig, { clock = systemClock }: { clock?: Clock } = {}): SpeechService {
  const sdk = createGoogleSdk(config, clock);
  const wire = config.stt.api === 'v1' ? wireV1 : wireV2;
  const sessions = new Set<UtteranceSession | ContinuousSession>();
  const tried = new Set<string>();
  const doubt = () => {
    tried.clear();
    sdk.renew('stt');
  };

  function begin(client: SttClient, settings: StreamSettings, handlers: StreamHandlers): AudioStream {
    const { options } = settings;
    const { chunkMs } = config.stt;
    const encoder = new AudioEncoder(usesMulaw(config, options), (options.sampleRate * chunkMs) / 1000);
    const backlog = new Backlog(1000 / chunkMs, clock);
    const stream = new RecognitionStream(client._streamingRecognize(), wire.first(settings), handlers, backlog);
    const send = (bytes: Uint8Array | undefined) => {
      if (bytes !== undefined) stream.write(wire.audio(bytes));
    };
    return {
      get answered() {
        return stream.answered;
      },
      write: (samples) => send(encoder.push(samples)),
      finish() {
        send(encoder.flush());
        stream.finish();
      },
      cancel: () => stream.cancel(),
    };
  }

  /** Google says nothing to a configuration that it takes: one that it has not taken yet is tried out with a bit of silence. */
  async function tryOut(client: SttClient, settings: StreamSettings, signal: AbortSignal): Promise<void> {
    const { language, sampleRate, vendorOptions, parameters } = settings.options;
    const key = JSON.stringify([language, sampleRate, vendorOptions, parameters]);
    if (tried.has(key)) return;
    const ended = Promise.withResolvers<StreamEnd>();
    const stream = begin(client, settings, { onResults() {}, onEnd: ended.resolve });
    const onAbort = () => ended.reject(new SpeechError('speech_failed', 'not wanted any more'));
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) onAbort();
    const cancel = clock.after(config.connectMs, () =>
      ended.reject(
        new SpeechError('speech_timeout', `Google: no answer within ${config.connectMs} ms`, { retryable: true }),
      ),
    );
    try {
      stream.write(new Int16Array((sampleRate * TRIAL_MS) / 1000));
      stream.finish();
      const end = await ended.promise;
      if (end.kind === 'failed') throw end.error;
      if (end.kind === 'usual' && end.token) {
        throw new SpeechError('speech_rejected', 'Google refuses the credentials; check credentials.keyFile', {
          publicMessage: 'Google refuses the credentials',
        });
      }
    } catch (error) {
      stream.cancel();
      doubt();
      throw error;
    } finally {
      cancel();
      signal.removeEventListener('abort', onAbort);
    }
    tried.add(key);
    const [oldest] = tried;
    if (tried.size > MAX_TRIED && oldest !== undefined) tried.delete(oldest);
  }

  const stt: SpeechToText = {
    id: config.id,
    capabilities: {
      interimResults: true,
      endpointing: config.stt.endpointing,
      endpointingMs: ENDPOINTING_MS,
      dictation: true,
      languages: undefined,
      honours: config.stt.api === 'v1' ? [...HONOURS, 'googleInteractionType'] : HONOURS,
      sessionLimitMs: SESSION_LIMIT_MS[config.stt.api],
      p99TimeToFinalMs: P99_TIME_TO_FINAL_MS,
    },
    async open(options, signal) {
      const client = await sdk.stt();
      const recognizer = config.stt.api === 'v2' ? await recognizerOf(config, client) : '';
      const settings = { config, options, phrases: options.contextPhrases, recognizer };
      await tryOut(client, settings, signal);
      const deps: SessionDeps = {
        clock,
        begin: (phrases, handlers) =>
          begin(
            client,
            { ...settings, phrases },
            {
              ...handlers,
              onEnd(end) {
                if (end.kind === 'failed') tried.clear();
                handlers.onEnd(end);
              },
            },
          ),
        onDoubt: doubt,
      };
      const Session = config.stt.endpointing === 'hub' ? UtteranceSession : ContinuousSession;
      const session = new Session(options.contextPhrases, deps);
      sessions.add(session);
      session.once('closed', () => sessions.delete(session));
      return session;
    },
  };

  return {
    id: config.id,
    stt,
    tts: createGoogleTts(config, sdk),
    /** Loads the SDKs and reads the credentials, which would hold up the first call; what is wrong with them, that call is told. */
    async warmUp() {
      await Promise.allSettled([sdk.stt(), sdk.tts()]);
    },
    async close() {
      for (const session of sessions) session.close();
      await sdk.close();
    },
  };
}

/** "projects/{project}/locations/{location}/recognizers/{recognizer}". @throws SpeechError where no project is known */
async function recognizerOf({ stt, location, projectId }: GoogleConfig, client: SttClient): Promise<string> {
  if (stt.recognizer.startsWith('projects/')) return stt.recognizer;
  try {
    const project = projectId ?? (await client.getProjectId());
    return `projects/${project}/locations/${location}/recognizers/${stt.recognizer}`;
  } catch (cause) {
    throw new SpeechError('speech_rejected', 'Google: the credentials name no project; set projectId', { cause });
  }
}
