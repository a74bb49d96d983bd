import type { ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import type { SampleRate } from '../../../src/media/audio.ts';
import { wavHeader } from '../../../src/media/wav.ts';
import type { FakeCall, Message } from './fake-recognition.ts';
import { GRPC, type GrpcStatus } from './status.ts';

/** What the fake does to those that it speaks for. */
export interface SynthesisRules {
  frozen(): boolean;
  /** Audio breaks off after so many characters, and the connection with it. */
  breaksAfterChars(): number | undefined;
  /** Audio ends within a sample. */
  cutsSamples(): boolean;
  /** Answers are bytes that are no message. */
  garbled(): boolean;
  /** Audio comes so much later. */
  later(say: () => void): void;
  break(): void;
  onText(text: string): void;
  /** What one more synthesis in a voice of this name is refused with. */
  exceeded(voice: string): GrpcStatus | undefined;
}

const MAX_INPUT_BYTES = 5_000;
/** Bytes that are no message. */
const GARBAGE = Buffer.from([0xff, 0xff, 0xff]);
/** Bytes of one message: of odd length, a sample may be cut in two. */
const PIECE_BYTES = 1_001;
const TOO_LONG =
  'Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes. This limit is different from quotas.';

/** StreamingSynthesize: the configuration first and once, then texts; Chirp 3 HD voices alone. */
export function streamSpeech(call: FakeCall, rules: SynthesisRules): void {
  let rate: number | undefined;
  let spoken = 0;
  let broken = false;
  const refuse = ({ code, details }: GrpcStatus) => call.emit('error', { code, details });
  call.on('data', (message: Message) => {
    const config = message.streamingConfig as Message | undefined;
    if (rate === undefined) {
      const audio = (config?.streamingAudioConfig ?? {}) as Message;
      const wrong =
        config === undefined
          ? invalid('The first message must contain a streaming_config.')
          : (wrongStreaming(config.voice as Message, audio) ?? rules.exceeded(nameOf(config.voice as Message)));
      if (wrong !== undefined) refuse(wrong);
      else rate = Number(audio.sampleRateHertz ?? 24_000);
      return;
    }
    const text = (message.input as Message | undefined)?.text;
    if (config !== undefined || typeof text !== 'string')
      refuse(invalid('Only input may follow the streaming_config.'));
    else if (Buffer.byteLength(text) > MAX_INPUT_BYTES) refuse(invalid(TOO_LONG));
    else {
      rules.onText(text);
      const sampleRate = rate;
      if (!rules.frozen()) rules.later(() => say(text, sampleRate));
    }
  });
  call.on('end', () => {
    if (!rules.frozen()) rules.later(() => broken || call.end());
  });

  function say(text: string, sampleRate: number): void {
    if (call.cancelled) return;
    if (rules.garbled()) {
      call.write(GARBAGE);
      return;
    }
    const bytes = Buffer.from(fakeSpeech(text, sampleRate).buffer);
    const audio = rules.cutsSamples() ? bytes.subarray(0, bytes.length - 1) : bytes;
    const limit = (rules.breaksAfterChars() ?? Number.POSITIVE_INFINITY) * sampleRate * 0.02;
    for (let at = 0; at < audio.length; at += PIECE_BYTES) {
      if (spoken >= limit) {
        broken = true;
        rules.break();
        return;
      }
      call.write({ audioContent: audio.subarray(at, at + PIECE_BYTES) });
      spoken += PIECE_BYTES;
    }
  }
}

/** SynthesizeSpeech: a WAV file of LINEAR16. */
export function speakWhole(
  call: ServerUnaryCall<Message, Message | Uint8Array>,
  answer: sendUnaryData<Message | Uint8Array>,
  rules: SynthesisRules,
): void {
  const { input, voice, audioConfig } = call.request as Record<string, Message | undefined>;
  const text = String(input?.text ?? input?.ssml ?? '');
  const wrong = wrongWhole(text, voice ?? {}, audioConfig ?? {}) ?? rules.exceeded(nameOf(voice ?? {}));
  if (wrong !== undefined) {
    answer(wrong);
    return;
  }
  rules.onText(text);
  if (rules.frozen()) return;
  if (text.length >= (rules.breaksAfterChars() ?? Number.POSITIVE_INFINITY)) {
    rules.break();
    return;
  }
  const rate = Number(audioConfig?.sampleRateHertz ?? 24_000) as SampleRate;
  const bytes = Buffer.from(fakeSpeech(text, rate).buffer);
  const file = Buffer.concat([wavHeader(rate, 1, bytes.length), bytes]);
  const audioContent = rules.cutsSamples() ? file.subarray(0, file.length - 1) : file;
  rules.later(() => answer(null, rules.garbled() ? GARBAGE : { audioContent }));
}

/** What the fake makes of a text: 10 ms of one value for each character. */
export function fakeSpeech(text: string, sampleRate = 8000): Int16Array {
  const each = sampleRate / 100;
  const samples = new Int16Array(text.length * each);
  for (let i = 0; i < text.length; i += 1) samples.fill(text.charCodeAt(i) * 100, i * each, (i + 1) * each);
  return samples;
}

const nameOf = ({ name }: Message) => String(name ?? '');

function invalid(details: string): GrpcStatus {
  return { code: GRPC.INVALID_ARGUMENT, details };
}

function wrongStreaming(voice: Message | undefined, audio: Message): GrpcStatus | undefined {
  if (!/-Chirp3-HD-/.test(String(voice?.name ?? ''))) {
    return invalid('Currently, only Chirp 3: HD voices are supported for streaming synthesis.');
  }
  if (!['PCM', 'MULAW', 'ALAW', 'OGG_OPUS'].includes(String(audio.audioEncoding))) {
    return invalid('Unsupported audio encoding. Supported encodings are PCM, ALAW, MULAW and OGG_OPUS.');
  }
  return wrongVoice(voice ?? {});
}

function wrongWhole(text: string, voice: Message, audio: Message): GrpcStatus | undefined {
  if (Buffer.byteLength(text) > MAX_INPUT_BYTES) return invalid(TOO_LONG);
  if (audio.audioEncoding !== 'LINEAR16') return invalid('Unsupported audio encoding.');
  if (/-Chirp/.test(String(voice.name ?? '')) && Number(audio.pitch ?? 0) !== 0) {
    return invalid('This voice does not support pitch parameters at this time.');
  }
  return wrongVoice(voice);
}

function wrongVoice({ name, languageCode }: Message): GrpcStatus | undefined {
  if (typeof languageCode !== 'string' || languageCode === '') return invalid('Language code is missing.');
  if (name === undefined || name === '') return undefined;
  if (!/^[a-z]{2,3}-[A-Z0-9]{2,3}-/.test(String(name)))
    return invalid(`Voice '${String(name)}' does not exist. Is it misspelled?`);
  if (String(name).startsWith(`${languageCode}-`)) return undefined;
  const own = String(name).split('-').slice(0, 2).join('-');
  return invalid(
    `Requested language code '${languageCode}' doesn't match the voice '${String(name)}'s language code '${own}'.`,
  );
}
