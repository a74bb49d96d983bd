import type { Clock } from '../clock.ts';
import { SpeechError, type TextToSpeech, type TtsCapabilities, type TtsRequest } from './ports.ts';

export interface FakeTtsOptions {
  id?: string;
  clock: Clock;
  streaming?: boolean;
  /** To the first audio. */
  latencyMs?: number;
}

/** A synthesiser whose audio is the text: one sample per UTF-16 code unit. Streams word by word, and fails on request. */
export class FakeTts implements TextToSpeech {
  readonly id: string;
  readonly capabilities: TtsCapabilities;
  /** All requests, and what became of each. */
  readonly requests: { request: TtsRequest; outcome: 'running' | 'done' | 'aborted' | 'failed' }[] = [];
  /** What requests throw: before any audio, or after so many words. */
  fault: { error: SpeechError; afterWords: number } | undefined;
  /** Requests that begin now give no audio. */
  hangs = false;
  readonly #options: FakeTtsOptions;

  constructor(options: FakeTtsOptions) {
    this.#options = options;
    this.id = options.id ?? 'fake';
    this.capabilities = { streaming: options.streaming ?? true, ssml: false, languages: undefined };
  }

  async *synthesize(request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array> {
    const entry: FakeTts['requests'][number] = { request, outcome: 'running' };
    this.requests.push(entry);
    const { fault, hangs } = this;
    try {
      if (hangs) {
        await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
        return;
      }
      await new Promise<void>((resolve) => this.#options.clock.after(this.#options.latencyMs ?? 50, resolve));
      const parts = this.capabilities.streaming ? (request.text.match(/\S+\s*/g) ?? []) : [request.text];
      for (const [index, part] of parts.entries()) {
        if (signal.aborted) return;
        if (fault !== undefined && index >= fault.afterWords) throw fault.error;
        yield Int16Array.from(part, (char) => char.charCodeAt(0));
      }
      if (fault !== undefined) throw fault.error;
      entry.outcome = 'done';
    } catch (error) {
      entry.outcome = 'failed';
      throw error;
    } finally {
      if (entry.outcome === 'running') entry.outcome = signal.aborted ? 'aborted' : 'done';
    }
  }

  /** Every request from now on fails after so many words; undefined: none. */
  fail(afterWords: number | undefined, code: SpeechError['code'] = 'speech_failed'): void {
    this.fault =
      afterWords === undefined
        ? undefined
        : { afterWords, error: new SpeechError(code, 'the fake failed on request', { retryable: true }) };
  }
}

/** What a `FakeTts` has said, read back. */
export function spokenText(chunks: readonly Int16Array[]): string {
  return chunks.map((chunk) => String.fromCharCode(...chunk)).join('');
}
