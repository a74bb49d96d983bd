import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Clock } from '../../../src/clock.ts';
import { decodeG711 } from '../../../src/media/g711.ts';
import { WordReader } from '../../../src/speech/fake-stt.ts';
import { GRPC } from './status.ts';

/** A message as the proto loader gives it: camelCase, enums by name, absent fields absent. */
export type Message = Record<string, unknown>;
export type FakeCall = ServerDuplexStream<Message, Message | Uint8Array>;

export interface RecognitionRules {
  clock: Clock;
  api: 'v1' | 'v2';
  /** Longest duration of a stream. */
  sessionLimitMs: number;
  /** Without audio for so long, a stream ends. */
  audioTimeoutMs: number;
  /** Where this endpoint is. */
  location: string;
  /** Takes everything and says nothing. */
  frozen(): boolean;
  /** Answers are bytes that are no message. */
  garbled(): boolean;
  /** Answers come so much later. */
  delayMs(): number;
}

const FRAME_SAMPLES = 160;
const MS_PER_FRAME = 20;
/** Silence after which Google ends an utterance by itself. */
const END_FRAMES = 25;
/** "Quotas and limits", and the message in which Google says so. */
const MAX_AUDIO_BYTES = 25_600;
const MODELS = {
  v1: [
    'default',
    'command_and_search',
    'phone_call',
    'video',
    'latest_long',
    'latest_short',
    'telephony',
    'telephony_short',
  ],
  v2: ['long', 'short', 'telephony', 'telephony_short', 'chirp', 'chirp_2', 'chirp_3'],
};

/** One StreamingRecognize call, with Google's rules. Understands the words of `wordFrames` at 8 kHz. */
export class FakeRecognition {
  /** The first message. */
  first: Message | undefined;
  /** RecognitionConfig of the first message. */
  config: Message = {};
  heardMs = 0;
  audioBytes = 0;
  over = false;
  readonly #call: FakeCall;
  readonly #rules: RecognitionRules;
  readonly #reader = new WordReader();
  #words: { word: number; end: number }[] = [];
  #rest: Buffer = Buffer.alloc(0);
  #finals = 0;
  #cancelLimit: () => void;
  #cancelIdle = () => {};

  constructor(call: FakeCall, rules: RecognitionRules) {
    this.#call = call;
    this.#rules = rules;
    this.#cancelLimit = rules.clock.after(rules.sessionLimitMs, () =>
      rules.api === 'v1'
        ? this.fail(GRPC.OUT_OF_RANGE, 'Exceeded maximum allowed stream duration of 305 seconds.')
        : this.fail(GRPC.ABORTED, 'Max duration of 5 minutes reached for stream.'),
    );
    this.#waitForAudio();
    call.on('data', (message: Message) => this.#onMessage(message));
    call.on('end', () => this.#onEnd());
    call.on('cancelled', () => this.#stop());
    call.on('error', () => this.#stop());
  }

  /** Ends the call with a status. */
  fail(code: number, details: string): void {
    if (this.over) return;
    this.#stop();
    this.#call.emit('error', { code, details });
  }

  #stop(): void {
    this.over = true;
    this.#cancelLimit();
    this.#cancelIdle();
  }

  #waitForAudio(): void {
    const { clock, audioTimeoutMs, api } = this.#rules;
    this.#cancelIdle();
    this.#cancelIdle = clock.after(audioTimeoutMs, () =>
      api === 'v1'
        ? this.fail(
            GRPC.OUT_OF_RANGE,
            'Audio Timeout Error: Long duration elapsed without audio. Audio should be sent close to real time.',
          )
        : this.fail(GRPC.ABORTED, 'Stream timed out after receiving no more client requests.'),
    );
  }

  #onMessage(message: Message): void {
    if (this.over) return;
    const audio = message[this.#rules.api === 'v1' ? 'audioContent' : 'audio'];
    if (this.first === undefined) this.#begin(message, audio);
    else if (message.streamingConfig !== undefined || !(audio instanceof Uint8Array)) this.#malordered();
    else if (audio.length > MAX_AUDIO_BYTES) {
      this.fail(GRPC.INVALID_ARGUMENT, `audio chunk can be of a a maximum of ${MAX_AUDIO_BYTES} bytes`);
    } else this.#hear(audio);
  }

  #malordered(): void {
    const details =
      'Malordered Data Received. Expected audio_content none was set. Send exactly one config, followed by audio data.';
    this.fail(GRPC.INVALID_ARGUMENT, details);
  }

  #begin(message: Message, audio: unknown): void {
    const streaming = message.streamingConfig as Message | undefined;
    if (streaming === undefined || audio instanceof Uint8Array) {
      this.#malordered();
      return;
    }
    this.first = message;
    this.config = (streaming.config ?? {}) as Message;
    const wrong = this.#rules.api === 'v1' ? this.#wrongV1() : this.#wrongV2(message);
    if (wrong !== undefined) this.fail(GRPC.INVALID_ARGUMENT, wrong);
  }

  #wrongV1(): string | undefined {
    const { encoding, sampleRateHertz, languageCode, model, adaptation, audioChannelCount } = this.config;
    return (
      wrongAudio(encoding, sampleRateHertz, audioChannelCount) ??
      wrongLanguage(languageCode) ??
      this.#wrongModel(model) ??
      wrongPhrases((adaptation as { phraseSets?: PhraseSet[] } | undefined)?.phraseSets ?? [])
    );
  }

  #wrongV2(message: Message): string | undefined {
    const path = /^projects\/[^/]+\/locations\/([^/]+)\/recognizers\/[^/]+$/.exec(String(message.recognizer ?? ''));
    if (path === null) return 'Invalid resource field value in the request.';
    const { location } = this.#rules;
    if (path[1] !== location)
      return `Expected resource location to be ${location}, but found ${path[1]} in resource name.`;
    const { explicitDecodingConfig, languageCodes, model, adaptation } = this.config;
    const { encoding, sampleRateHertz, audioChannelCount } = (explicitDecodingConfig ?? {}) as Message;
    const sets = (adaptation as { phraseSets?: { inlinePhraseSet?: PhraseSet }[] } | undefined)?.phraseSets ?? [];
    return (
      wrongAudio(encoding, sampleRateHertz, audioChannelCount) ??
      wrongLanguage((languageCodes as unknown[] | undefined)?.[0]) ??
      this.#wrongModel(model) ??
      wrongPhrases(sets.flatMap(({ inlinePhraseSet }) => inlinePhraseSet ?? []))
    );
  }

  #wrongModel(model: unknown): string | undefined {
    if (MODELS[this.#rules.api].includes(String(model))) return undefined;
    return `The model "${String(model)}" does not exist in the location named "${this.#rules.location}".`;
  }

  #hear(audio: Uint8Array): void {
    this.#waitForAudio();
    this.audioBytes += audio.length;
    const { encoding } = (this.config.explicitDecodingConfig ?? this.config) as Message;
    const frameBytes = encoding === 'MULAW' ? FRAME_SAMPLES : FRAME_SAMPLES * 2;
    this.#rest = Buffer.concat([this.#rest, audio]);
    for (; this.#rest.length >= frameBytes; this.#rest = this.#rest.subarray(frameBytes)) {
      const samples = new Int16Array(FRAME_SAMPLES);
      if (encoding === 'MULAW') decodeG711('PCMU', this.#rest, 0, FRAME_SAMPLES, samples);
      else new Uint8Array(samples.buffer).set(this.#rest.subarray(0, frameBytes));
      this.heardMs += MS_PER_FRAME;
      const word = this.#reader.push(samples);
      if (word !== undefined) {
        this.#words.push({ word, end: this.heardMs });
        this.#answer(false);
      }
      if (this.#reader.silentFrames === END_FRAMES && this.#words.length > 0) this.#answer(true);
    }
  }

  #onEnd(): void {
    if (this.over || this.#rules.frozen()) return;
    if (this.first === undefined) {
      this.#malordered();
      return;
    }
    this.#stop();
    if (this.#words.length > 0) this.#answer(true);
    const delayMs = this.#rules.delayMs();
    if (delayMs === 0) this.#call.end();
    else this.#rules.clock.after(delayMs, () => this.#call.end());
  }

  #answer(isFinal: boolean): void {
    const words = this.#words;
    if (isFinal) this.#words = [];
    if (this.#rules.frozen()) return;
    const transcript = `${this.#finals > 0 ? ' ' : ''}${words.map(({ word }) => word).join(' ')}`;
    if (isFinal) this.#finals += 1;
    const names = this.#rules.api === 'v1' ? V1_TIMES : V2_TIMES;
    const { enableWordTimeOffsets } = (this.config.features ?? this.config) as Message;
    const alternative = {
      transcript,
      ...(isFinal ? { confidence: 0.93 } : {}),
      words:
        isFinal && enableWordTimeOffsets === true
          ? words.map(({ word, end }) => ({
              word: String(word),
              [names.start]: duration(end - 300),
              [names.end]: duration(end),
              confidence: 0.91,
            }))
          : [],
    };
    const result = { alternatives: [alternative], isFinal, [names.result]: duration(this.heardMs) };
    this.#send({ results: [isFinal ? result : { ...result, stability: 0.9 }] });
  }

  #send(message: Message): void {
    const bytes = this.#rules.garbled() ? Buffer.from([0xff, 0xff, 0xff]) : message;
    const delayMs = this.#rules.delayMs();
    if (delayMs === 0) this.#call.write(bytes);
    else this.#rules.clock.after(delayMs, () => this.#call.write(bytes));
  }
}

interface PhraseSet {
  phrases?: { value?: string; boost?: number }[];
  boost?: number;
}

const V1_TIMES = { start: 'startTime', end: 'endTime', result: 'resultEndTime' };
const V2_TIMES = { start: 'startOffset', end: 'endOffset', result: 'resultEndOffset' };

function duration(ms: number): Message {
  return { seconds: Math.floor(ms / 1000), nanos: Math.round((ms % 1000) * 1e6) };
}

function wrongAudio(encoding: unknown, rate: unknown, channels: unknown): string | undefined {
  if (encoding !== 'MULAW' && encoding !== 'LINEAR16') return "Invalid recognition 'config': bad encoding..";
  if (typeof rate !== 'number' || rate < 8000 || rate > 48000)
    return "Invalid recognition 'config': bad sample rate hertz.";
  return channels === 1 ? undefined : 'Must use single channel (mono) audio, but the config says otherwise.';
}

function wrongLanguage(tag: unknown): string | undefined {
  if (/^[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*$/.test(String(tag))) return undefined;
  return "Invalid recognition 'config': bad language code.";
}

function wrongPhrases(sets: readonly PhraseSet[]): string | undefined {
  const phrases = sets.flatMap(({ phrases }) => phrases ?? []);
  if (phrases.length > 5_000) return 'Too many phrases: at most 5000 in a request.';
  if (phrases.some(({ value = '' }) => value.length > 100)) return 'A phrase is longer than 100 characters.';
  return undefined;
}
