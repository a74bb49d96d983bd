import type { SampleRate } from '../../../src/media/audio.ts';
import { resample } from '../../../src/media/resample.ts';
import { readWav, toMono } from '../../../src/media/wav.ts';
import { SpeechError, type TextToSpeech, type TtsRequest } from '../../../src/speech/ports.ts';
import { sentencewise } from '../../../src/speech/sentencewise.ts';
import { isSsml } from '../../../src/speech/ssml.ts';
import type { GoogleConfig } from './config.ts';
import type { GoogleSdk, GrpcStream } from './sdk.ts';
import { isTokenTrouble, speechErrorOf, statusOf } from './status.ts';
import {
  piecesOf,
  SampleReader,
  streamingConfig,
  unaryRequest,
  type Voice,
  voiceFor,
  voiceStreams,
} from './tts-wire.ts';

/** Elements of SSML ("Speech Synthesis Markup Language" of Cloud Text-to-Speech); Chirp voices leave some out by themselves. */
const SSML = [
  ...[
    'speak',
    'break',
    'say-as',
    'audio',
    'p',
    's',
    'sub',
    'mark',
    'prosody',
    'emphasis',
    'par',
    'seq',
    'media',
    'desc',
  ],
  ...['phoneme', 'voice', 'lang'],
];
/** A text that is not made by then is given up. */
const UNARY_LIMIT_MS = 30_000;

/** Speech: a stream where the voice is one of Chirp 3 HD, the text is plain and nothing is overridden, otherwise one request per sentence. */
export function createGoogleTts(config: GoogleConfig, sdk: GoogleSdk): TextToSpeech {
  async function* whole(request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array> {
    const voice = voiceFor(config, request);
    const ssml = isSsml(request.text);
    for (const piece of ssml ? [request.text] : piecesOf(request.text)) {
      if (signal.aborted) return;
      const { sampleRate, parameters } = request;
      const message = unaryRequest(config, voice, piece, ssml, sampleRate, parameters?.ttsOverrideConfig);
      const audio = await synthesized(message, request, signal).catch((error: unknown) => {
        if (!isExpired(error)) throw error;
        return synthesized(message, request, signal);
      });
      if (signal.aborted) return;
      if (audio.length > 0) yield audio;
    }
  }

  async function synthesized(message: object, { sampleRate }: TtsRequest, signal: AbortSignal): Promise<Int16Array> {
    const client = await sdk.tts();
    try {
      const [response] = await client.synthesizeSpeech(message, { retry: null, timeout: UNARY_LIMIT_MS, signal });
      return await samplesOf(response.audioContent, sampleRate);
    } catch (error) {
      if (signal.aborted) return new Int16Array(0);
      throw failure(error, sdk);
    }
  }

  async function* streamed(request: TtsRequest, voice: Voice, signal: AbortSignal): AsyncGenerator<Int16Array> {
    const client = await sdk.tts();
    if (signal.aborted) return;
    const stream = client.streamingSynthesize();
    const cancel = () => stream.cancel();
    signal.addEventListener('abort', cancel, { once: true });
    let over = false;
    try {
      stream.write(streamingConfig(config, voice, request.sampleRate));
      for (const text of piecesOf(request.text)) stream.write({ input: { text } });
      stream.end();
      yield* pcmOf(stream, signal);
      over = true;
    } catch (error) {
      over = true;
      if (signal.aborted) return;
      throw failure(error, sdk);
    } finally {
      signal.removeEventListener('abort', cancel);
      if (!over) stream.cancel();
    }
  }

  /** A token that is refused before anything was heard costs nothing but another one. */
  async function* streamedWithToken(
    request: TtsRequest,
    voice: Voice,
    signal: AbortSignal,
  ): AsyncGenerator<Int16Array> {
    let heard = false;
    try {
      for await (const audio of streamed(request, voice, signal)) {
        heard = true;
        yield audio;
      }
      return;
    } catch (error) {
      if (heard || !isExpired(error)) throw error;
    }
    yield* streamed(request, voice, signal);
  }

  const unary = sentencewise({
    id: config.id,
    capabilities: { streaming: false, ssml: SSML, languages: undefined },
    synthesize: whole,
  });
  return {
    id: config.id,
    capabilities: { streaming: true, ssml: SSML, languages: undefined, honours: ['voiceName', 'ttsOverrideConfig'] },
    async *synthesize(request, signal) {
      if (signal.aborted || request.text === '') return;
      const voice = voiceFor(config, request);
      const plain = request.parameters?.ttsOverrideConfig === undefined && !isSsml(request.text);
      if (voiceStreams(voice) && plain) yield* streamedWithToken(request, voice, signal);
      else yield* unary.synthesize(request, signal);
    },
  };
}

/**
 * A stream that was cancelled breaks off with an error; whoever cancelled it looks at the signal. Half a sample at the end is left
 * out: it is no reason to say everything again.
 */
async function* pcmOf(stream: GrpcStream, signal: AbortSignal): AsyncGenerator<Int16Array> {
  // Events that come after the reader has gone concern nobody.
  stream.on('error', () => {});
  const reader = new SampleReader();
  for await (const message of stream as AsyncIterable<{ audioContent?: unknown }>) {
    if (signal.aborted) return;
    const samples = reader.push(bytesOf(message.audioContent));
    if (samples.length > 0) yield samples;
  }
}

async function samplesOf(content: unknown, wanted: SampleRate): Promise<Int16Array> {
  const bytes = bytesOf(content);
  let audio: ReturnType<typeof readWav>;
  try {
    audio = readWav(bytes);
  } catch (cause) {
    throw brokenAudio(cause instanceof Error ? cause.message : String(cause));
  }
  const samples = toMono(audio);
  return audio.sampleRate === wanted ? samples : await resample(samples, audio.sampleRate, wanted);
}

function bytesOf(content: unknown): Uint8Array {
  if (content instanceof Uint8Array) return content;
  if (typeof content === 'string') return Buffer.from(content, 'base64');
  return new Uint8Array(0);
}

function brokenAudio(why: string): SpeechError {
  return new SpeechError('speech_failed', `Google's audio cannot be used: ${why}`, {
    retryable: true,
    publicMessage: 'Google sent unusable audio',
  });
}

/** The token was refused, and `failure` has seen to another one. */
function isExpired(error: unknown): boolean {
  return error instanceof SpeechError && isTokenTrouble(statusOf(error.cause));
}

function failure(error: unknown, sdk: GoogleSdk): SpeechError {
  if (error instanceof SpeechError) return error;
  if (isTokenTrouble(statusOf(error))) sdk.renew('tts');
  return speechErrorOf(error);
}
