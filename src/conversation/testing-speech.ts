import { EventEmitter } from 'node:events';
import type { AudioFrame } from '../media/audio.ts';
import type { VirtualClock } from '../media/virtual-clock.ts';
import type {
  SpeechToText,
  SttCapabilities,
  SttOptions,
  SttSession,
  SttSessionEvents,
  TextToSpeech,
  TtsRequest,
} from '../speech/ports.ts';

/** Speaks 50 ms of a constant level per character, in one chunk, after `delayMs`. */
export class FakeTts implements TextToSpeech {
  readonly id = 'fake';
  readonly capabilities = { streaming: true, ssml: false, languages: undefined };
  readonly requests: TtsRequest[] = [];
  readonly msPerCharacter = 50;
  delayMs = 0;
  /** Texts that cannot be spoken. */
  failing: (text: string) => Error | undefined = () => undefined;
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  async *synthesize(request: TtsRequest, signal: AbortSignal): AsyncIterable<Int16Array> {
    this.requests.push(request);
    if (this.delayMs > 0) {
      const waited = Promise.withResolvers<void>();
      const cancel = this.#clock.after(this.delayMs, waited.resolve);
      signal.addEventListener('abort', () => waited.resolve(), { once: true });
      await waited.promise;
      cancel();
    }
    if (signal.aborted) return;
    const error = this.failing(request.text);
    if (error !== undefined) throw error;
    yield new Int16Array((request.text.length * this.msPerCharacter * request.sampleRate) / 1000).fill(1000);
  }
}

export class FakeSttSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  frames = 0;
  readonly calls: string[] = [];
  readonly options: SttOptions;
  /** Text of the next finals; none left: no answer. '' is a refusal. */
  readonly finals: string[] = [];

  constructor(options: SttOptions) {
    super();
    this.options = options;
  }

  write(_frame: AudioFrame): void {
    this.frames += 1;
  }

  startUtterance(preRollMs: number): void {
    this.calls.push(`start ${preRollMs}`);
  }

  endUtterance(trailingSilenceMs: number): void {
    this.calls.push(`end ${trailingSilenceMs}`);
    const text = this.finals.shift();
    if (text !== undefined) this.final(text);
  }

  cancelUtterance(): void {
    this.calls.push('cancel');
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.calls.push(`hints ${contextPhrases.join(',')}`);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('closed');
  }

  final(text: string): void {
    this.emit('final', { text, confidence: 0.9, alternatives: [], rejected: text === '', raw: { text } });
  }
}

export class FakeStt implements SpeechToText {
  readonly id = 'fake';
  readonly capabilities: SttCapabilities;
  readonly sessions: FakeSttSession[] = [];
  /** What every new session will recognise. */
  readonly finals: string[] = [];
  opening: () => Promise<void> = async () => {};

  constructor(endpointing: 'hub' | 'vendor' = 'hub') {
    this.capabilities = { interimResults: true, endpointing, dictation: true, languages: undefined };
  }

  async open(options: SttOptions): Promise<SttSession> {
    await this.opening();
    const session = new FakeSttSession(options);
    session.finals.push(...this.finals.splice(0));
    this.sessions.push(session);
    return session;
  }

  get last(): FakeSttSession {
    const session = this.sessions.at(-1);
    if (session === undefined) throw new Error('no recogniser session was opened');
    return session;
  }
}
