import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import { type AudioFrame, durationMs } from '../media/audio.ts';
import type { SpeechToText, SttSession, SttSessionEvents } from './ports.ts';
import { catchUpMs } from './steady-limits.ts';

type Final = SttSessionEvents['final'][0];

/** After the end of an utterance the vendor gets so long to finish its text; then what it has understood counts. */
const FINISH_MS = 900;

/** A recogniser that endpoints by itself, as one that leaves it to the hub: its texts within an utterance become one. */
export function hubEndpointed(stt: SpeechToText, clock: Clock): SpeechToText {
  return {
    id: stt.id,
    capabilities: { ...stt.capabilities, endpointing: 'hub' },
    open: async (options, signal) => new HubEndpointedSession(await stt.open(options, signal), clock),
  };
}

class HubEndpointedSession extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #inner: SttSession;
  readonly #clock: Clock;
  /** Finished parts of the utterance under way. */
  #parts: Final[] = [];
  /** What was understood after them. */
  #interim = '';
  #speaking = false;
  /** Set while an utterance is over and its text is waited for. */
  #cancelWait: (() => void) | undefined;
  /** Of the audio, what is ahead of the clock. */
  #aheadMs = 0;
  #wroteAt: number;

  constructor(inner: SttSession, clock: Clock) {
    super();
    this.#inner = inner;
    this.#clock = clock;
    this.#wroteAt = clock.now();
    inner.on('interim', ({ text, ...event }) => {
      this.#interim = text;
      if (this.#speaking)
        this.emit('interim', { ...event, text: joined([...this.#parts.map((part) => part.text), text]) });
    });
    inner.on('final', (result) => {
      this.#interim = '';
      if (!result.rejected) this.#parts.push(result);
      if (this.#cancelWait !== undefined) this.#finish();
    });
    inner.on('error', (error) => this.emit('error', error));
    inner.on('closed', () => {
      this.#cancelWait?.();
      this.emit('closed');
    });
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  write(frame: AudioFrame): void {
    const now = this.#clock.now();
    const aheadMs = Math.max(0, this.#aheadMs - (now - this.#wroteAt));
    this.#aheadMs = aheadMs + durationMs(frame.samples.length, frame.sampleRate);
    this.#wroteAt = now;
    this.#inner.write(frame);
  }

  startUtterance(preRollMs: number): void {
    this.#finish();
    // A text that came while nobody spoke belongs to nothing; one that is being made may be the beginning of this.
    this.#parts = [];
    this.#speaking = true;
    this.#inner.startUtterance(preRollMs);
  }

  endUtterance(trailingSilenceMs: number): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    this.#cancelWait = this.#clock.after(FINISH_MS + catchUpMs(this.#aheadMs), () => this.#finish());
    this.#inner.endUtterance(trailingSilenceMs);
    if (this.#parts.length > 0 && this.#interim === '') this.#finish();
  }

  cancelUtterance(): void {
    this.#speaking = false;
    this.#parts = [];
    this.#interim = '';
    this.#inner.cancelUtterance();
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#inner.updateHints(contextPhrases);
  }

  close(): void {
    this.#cancelWait?.();
    this.#cancelWait = undefined;
    this.#inner.close();
  }

  /** Tells what the vendor has understood of the utterance that is over. */
  #finish(): void {
    if (this.#cancelWait === undefined) return;
    this.#cancelWait();
    this.#cancelWait = undefined;
    const parts = this.#parts;
    const interim = this.#interim;
    this.#parts = [];
    this.#interim = '';
    const [only] = parts;
    if (only !== undefined && parts.length === 1 && interim === '') {
      this.emit('final', only);
      return;
    }
    const text = joined([...parts.map((part) => part.text), interim]);
    const known = parts.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]));
    const confidence =
      interim === '' && known.length === parts.length && known.length > 0 ? Math.min(...known) : undefined;
    const raw = parts.length === 0 ? undefined : parts.map((part) => part.raw);
    this.emit('final', { text, confidence, alternatives: [{ text, confidence }], rejected: text === '', raw });
  }
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}
