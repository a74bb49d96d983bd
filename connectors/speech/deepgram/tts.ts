import type { WebSocket } from 'ws';
import type { Clock } from '../../../src/clock.ts';
import type { SampleRate } from '../../../src/media/audio.ts';
import { createResampler } from '../../../src/media/resample.ts';
import { SpeechError, type TextToSpeech, type TtsRequest } from '../../../src/speech/ports.ts';
import { textPieces } from '../../../src/speech/text-pieces.ts';
import type { DeepgramConfig } from './config.ts';
import { SPOKEN_LANGUAGES, voiceFor } from './languages.ts';
import { queryFields } from './query-fields.ts';
import { closeError, type Dial } from './socket.ts';

/** Rates in which Deepgram gives linear16; another one is made of the next higher. */
const RATES: readonly SampleRate[] = [8000, 16000, 24000, 48000];
/** Of one Speak message. */
const MAX_TEXT_CHARS = 2_000;
/** A socket may be flushed 20 times a minute; a used one is left before that. */
const MAX_USES = 15;
const IDLE_MS = 50_000;
/** What the call depends on, and where the audio goes: no bot sets it. */
const OF_THE_CALL: ReadonlySet<string> = new Set([
  ...['encoding', 'sample_rate', 'container', 'bit_rate', 'callback', 'callback_method'],
]);

interface Line {
  readonly socket: WebSocket;
  readonly key: string;
  uses: number;
  cancelIdle: () => void;
}

export interface DeepgramTts extends TextToSpeech {
  close(): Promise<void>;
}

/** Speech over the speak socket: audio comes as it is made. Sockets are used again for the next text. */
export function createDeepgramTts(config: DeepgramConfig, clock: Clock, dial: Dial): DeepgramTts {
  const idle: Line[] = [];
  const busy = new Set<Line>();
  let closed = false;

  function drop(line: Line): void {
    line.cancelIdle();
    const index = idle.indexOf(line);
    if (index >= 0) idle.splice(index, 1);
    busy.delete(line);
    line.socket.terminate();
  }

  function keep(line: Line): void {
    busy.delete(line);
    line.socket.removeAllListeners();
    line.socket.on('error', () => drop(line));
    line.socket.on('close', () => drop(line));
    if (closed || line.uses >= MAX_USES || idle.length >= config.tts.idleConnections) {
      line.socket.send('{"type":"Close"}');
      drop(line);
      return;
    }
    line.cancelIdle = clock.after(IDLE_MS, () => drop(line));
    idle.push(line);
  }

  async function take(url: URL, signal: AbortSignal): Promise<Line> {
    const key = url.href;
    const index = idle.findLastIndex((line) => line.key === key && line.socket.readyState === line.socket.OPEN);
    const [found] = index < 0 ? [] : idle.splice(index, 1);
    if (found !== undefined) {
      found.cancelIdle();
      found.socket.removeAllListeners();
      busy.add(found);
      return found;
    }
    const socket = await dial(url, signal);
    const line: Line = { socket, key, uses: 0, cancelIdle: () => {} };
    busy.add(line);
    return line;
  }

  function voiceOf({ voice, language }: TtsRequest): string {
    const name = voice ?? voiceFor(config.tts.voice, language);
    if (name !== undefined) return name;
    throw new SpeechError(
      'speech_rejected',
      `Deepgram has no voice for ${language}: name one (voiceName, tts.voice), or choose another service`,
      { publicMessage: `Deepgram has no voice for ${language}` },
    );
  }

  async function* synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array> {
    if (closed) throw new SpeechError('speech_unavailable', 'the service is closed');
    const rate = RATES.find((known) => known >= request.sampleRate) ?? 48000;
    const url = new URL('/v1/speak', config.url);
    const override = queryFields(request.parameters?.ttsOverrideConfig, OF_THE_CALL);
    url.searchParams.set('model', override.model?.[0] ?? voiceOf(request));
    url.searchParams.set('encoding', 'linear16');
    url.searchParams.set('sample_rate', String(rate));
    for (const [key, [value = '']] of Object.entries(override)) url.searchParams.set(key, value);
    if (signal.aborted) return;
    const resampler = rate === request.sampleRate ? undefined : await createResampler(rate, request.sampleRate);
    let line: Line;
    try {
      line = await take(url, signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    line.uses += 1;
    let whole = false;
    try {
      for await (const samples of spoken(line.socket, request.text, signal)) {
        const out = resampler?.process(samples) ?? samples;
        if (out.length > 0) yield out;
      }
      whole = !signal.aborted;
      const rest = whole ? resampler?.flush() : undefined;
      if (rest !== undefined && rest.length > 0) yield rest;
    } finally {
      resampler?.close();
      // Of a text that was given up, audio is still on its way: the socket is not used again.
      if (whole) keep(line);
      else drop(line);
    }
  }

  return {
    id: config.id,
    capabilities: {
      streaming: true,
      ssml: false,
      languages: SPOKEN_LANGUAGES,
      honours: ['voiceName', 'ttsOverrideConfig'],
    },
    synthesize,
    async close() {
      closed = true;
      for (const line of [...idle, ...busy]) drop(line);
    },
  };
}

/** The audio of one text, until the server says that it is all. @throws SpeechError */
async function* spoken(socket: WebSocket, text: string, signal: AbortSignal): AsyncGenerator<Int16Array> {
  const arrived: Int16Array[] = [];
  let over = false;
  let failure: SpeechError | undefined;
  let changed = Promise.withResolvers<void>();
  const wake = () => {
    const { resolve } = changed;
    changed = Promise.withResolvers();
    resolve();
  };
  const fail = (error: SpeechError) => {
    failure ??= error;
    wake();
  };
  /** Half a sample that ends a message belongs to the next. */
  let odd: Buffer | undefined;
  socket.on('message', (data: Buffer, binary: boolean) => {
    if (binary) {
      const bytes = odd === undefined ? data : Buffer.concat([odd, data]);
      const length = bytes.length & ~1;
      odd = length === bytes.length ? undefined : Buffer.from(bytes.subarray(length));
      const samples = new Int16Array(length >> 1);
      new Uint8Array(samples.buffer).set(bytes.subarray(0, length));
      arrived.push(samples);
    } else {
      const said = readSpeakMessage(data.toString('utf8'));
      if (said.type === 'Flushed') over = true;
      if (said.type === 'Error' || said.type === 'Warning') {
        fail(new SpeechError('speech_failed', `Deepgram: ${said.text}`, { retryable: true }));
      }
    }
    wake();
  });
  socket.on('error', (cause) =>
    fail(new SpeechError('speech_failed', `Deepgram: ${cause.message}`, { retryable: true })),
  );
  socket.on('close', (code, reason) =>
    fail(
      closeError(code, reason.toString('utf8')) ??
        new SpeechError('speech_failed', 'Deepgram closed the connection before the end', { retryable: true }),
    ),
  );
  const onAbort = () => wake();
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    for (const piece of textPieces(text, MAX_TEXT_CHARS)) socket.send(JSON.stringify({ type: 'Speak', text: piece }));
    socket.send('{"type":"Flush"}');
    while (!signal.aborted) {
      const samples = arrived.shift();
      if (samples !== undefined) {
        if (samples.length > 0) yield samples;
      } else if (over) {
        return;
      } else if (failure !== undefined) {
        throw failure;
      } else {
        await changed.promise;
      }
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function readSpeakMessage(text: string): { type: string; text: string } {
  try {
    const { type, description, warn_msg, err_msg } = JSON.parse(text) as Record<string, unknown>;
    return { type: String(type), text: String(description ?? warn_msg ?? err_msg ?? 'unknown error') };
  } catch {
    return { type: 'Error', text: 'a message that is no JSON' };
  }
}
