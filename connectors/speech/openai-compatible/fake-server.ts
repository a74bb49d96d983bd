import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { readWav, writeWav } from '../../../src/media/wav.ts';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import { MinuteQuota, openAiLimitError, openAiLimitHeaders } from '../../../src/testing-quota.ts';

/** tts-1 and whisper-1 of an account on usage tier 1: https://platform.openai.com/docs/models/tts-1, https://platform.openai.com/docs/models/whisper-1 */
export const REQUESTS_PER_MINUTE = 500;
/** Of a file: https://platform.openai.com/docs/guides/speech-to-text */
const MAX_FILE_BYTES = 25 * 1024 * 1024;
/** Of a text to be spoken: https://platform.openai.com/docs/api-reference/audio/createSpeech */
const MAX_INPUT_CHARS = 4_096;

const GARBAGE = '<html>'.repeat(100);

export interface FakeOpenAiSpeechOptions {
  clock?: Clock;
  /** Over TLS, with this certificate. */
  tls?: { key: string; cert: string } | undefined;
  /** Speaks at 24 kHz; absent: 240 samples per character. */
  voice?: (text: string) => Promise<Int16Array>;
}

/** A server of OpenAI's audio API that holds clients to its rules. Hears the words of `wordFrames`; speaks 240 samples per character. */
export class FakeOpenAiSpeech {
  readonly speech: Record<string, unknown>[] = [];
  readonly transcriptions: Record<string, string>[] = [];
  apiKey: string | undefined = 'key';
  frozen = false;
  /** Every answer comes so much later. */
  delayMs = 0;
  /** Audio ends within a sample. */
  cutsSamples = false;
  /** Answers with what is neither JSON nor a WAV file. */
  garbled = false;
  /** Speech breaks off after so many characters. */
  breaksAfterChars: number | undefined;
  /** Connections break in the middle of a transcription. */
  breaks = false;
  /** Answers everything with this status. */
  status: number | undefined;
  /** Requests under way. */
  running = 0;
  /** Each model has its own. */
  readonly quotas: { speech: MinuteQuota; transcription: MinuteQuota };
  readonly #scheme: 'http' | 'https';
  readonly #server: ReturnType<typeof createServer>;

  readonly #options: FakeOpenAiSpeechOptions;

  constructor(options: FakeOpenAiSpeechOptions = {}) {
    this.#options = options;
    const { clock = systemClock, tls } = options;
    const onRequest = (request: IncomingMessage, response: ServerResponse) => {
      this.running += 1;
      response.on('close', () => {
        this.running -= 1;
      });
      this.#handle(request, response).catch((error: unknown) => response.writeHead(400).end(String(error)));
    };
    this.#scheme = tls === undefined ? 'http' : 'https';
    this.#server = tls === undefined ? createServer(onRequest) : createTlsServer(tls, onRequest);
    this.quotas = {
      speech: new MinuteQuota(REQUESTS_PER_MINUTE, clock),
      transcription: new MinuteQuota(REQUESTS_PER_MINUTE, clock),
    };
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `${this.#scheme}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Everything under way breaks. */
  break(): void {
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces);
    if (this.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, this.delayMs));
    if (this.apiKey !== undefined && request.headers.authorization !== `Bearer ${this.apiKey}`) {
      response.writeHead(401).end('{"error":{"message":"Incorrect API key"}}');
    } else if (this.status !== undefined) {
      response.writeHead(this.status).end('{"error":{"message":"on request"}}');
    } else if (request.url === '/v1/audio/speech') {
      const wanted = JSON.parse(body.toString('utf8')) as Record<string, unknown>;
      if (admitted(this.quotas.speech, wanted.model, response)) await this.#speak(wanted, response);
    } else if (request.url === '/v1/audio/transcriptions') {
      const form = await new Response(body, {
        headers: { 'content-type': request.headers['content-type'] ?? '' },
      }).formData();
      if (admitted(this.quotas.transcription, form.get('model'), response)) await this.#transcribe(form, response);
    } else {
      response.writeHead(404).end();
    }
  }

  async #speak(wanted: Record<string, unknown>, response: ServerResponse): Promise<void> {
    const { model, input, voice, response_format: format } = wanted;
    if (
      typeof model !== 'string' ||
      typeof voice !== 'string' ||
      typeof input !== 'string' ||
      input.length > MAX_INPUT_CHARS
    ) {
      response.writeHead(400).end('{"error":{"message":"bad request"}}');
      return;
    }
    this.speech.push(wanted);
    if (this.frozen) return;
    const samples = (await this.#options.voice?.(input)) ?? fakeSpeech24(input);
    const file = writeWav({ sampleRate: 24000, channels: [samples] });
    const whole = format === 'wav' ? file : file.subarray(44);
    const bytes = this.cutsSamples ? whole.subarray(0, -1) : whole;
    response.writeHead(200, { 'content-type': 'application/octet-stream' });
    if (this.garbled) {
      response.end(GARBAGE);
      return;
    }
    for (let at = 0; at < bytes.length; at += 1_001) {
      if (this.breaksAfterChars !== undefined && at >= this.breaksAfterChars * 480) {
        setImmediate(() => response.destroy());
        return;
      }
      response.write(bytes.subarray(at, at + 1_001));
    }
    response.end();
  }

  async #transcribe(form: FormData, response: ServerResponse): Promise<void> {
    const file = form.get('file');
    if (!(file instanceof File) || typeof form.get('model') !== 'string') {
      response.writeHead(400).end('{"error":{"message":"file and model are needed"}}');
      return;
    }
    if (file.size > MAX_FILE_BYTES) {
      response.writeHead(413).end('{"error":{"message":"Maximum content size limit (26214400) exceeded"}}');
      return;
    }
    const fields = [...form.entries()].filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    this.transcriptions.push(Object.fromEntries(fields));
    if (this.frozen) return;
    if (this.breaks) {
      response.writeHead(200).write('{"text":');
      setImmediate(() => response.destroy());
      return;
    }
    if (this.garbled) {
      response.writeHead(200).end(GARBAGE);
      return;
    }
    const [samples = new Int16Array(0)] = readWav(new Uint8Array(await file.arrayBuffer())).channels;
    const text = ` ${wordsOf(samples)}`;
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ text }));
  }
}

function wordsOf(samples: Int16Array): string {
  const reader = new WordReader();
  const words: number[] = [];
  for (let at = 0; at + 160 <= samples.length; at += 160) {
    const word = reader.push(samples.subarray(at, at + 160));
    if (word !== undefined) words.push(word);
  }
  return words.join(' ');
}

/** Answers with 429 where the quota of a model is used up; else tells what is left of it. */
function admitted(quota: MinuteQuota, model: unknown, response: ServerResponse): boolean {
  const taken = quota.take();
  for (const [name, value] of Object.entries(openAiLimitHeaders(quota))) response.setHeader(name, value);
  if (!taken) response.writeHead(429).end(openAiLimitError(String(model), quota));
  return taken;
}

/** A steady tone per character, so that resampling keeps its length and loudness. */
function fakeSpeech24(text: string): Int16Array {
  return Int16Array.from({ length: text.length * 240 }, (_, i) =>
    Math.round(8_000 * Math.sin((2 * Math.PI * 400 * i) / 24_000)),
  );
}
