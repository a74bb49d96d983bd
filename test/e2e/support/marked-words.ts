import { EventEmitter } from 'node:events';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type { SpeechService, SttSession, SttSessionEvents } from '../../../src/speech/ports.ts';
import { toneSpeech } from './tone-speech.ts';

/**
 * Words within any sound: the first samples of each 20 ms are a mark and the word's number, four bits a sample. A line may delay them by any
 * time, and lose some.
 */
export const MARKED_SAMPLES = 7;
/** A value of u-law, up and down and up: speech has nothing so high, and the mark is too soft to be taken for something else. */
const MARK = 492;
const DIGITS_AT = 3;
/** A step that u-law carries unchanged for the values of four bits. */
const DIGIT = 8;
/** Frames of a word that are enough to understand it. */
const ENOUGH = 4;

/** @param word 1..65535 */
export function markOfWord(word: number): Int16Array {
  const digits = [0, 4, 8, 12].map((shift) => ((word >> shift) & 15) * DIGIT);
  return Int16Array.of(MARK, -MARK, MARK, ...digits);
}

export class MarkedWordReader {
  /** Frames without a word, in a row. */
  silentFrames = 0;
  readonly #last = new Int16Array(MARKED_SAMPLES);
  #word = 0;
  #count = 0;

  /** @returns a word of which enough was heard */
  push(samples: Int16Array): number | undefined {
    let found: number | undefined;
    // A mark may lie across two frames.
    for (let at = 1 - MARKED_SAMPLES; found === undefined && at <= samples.length - MARKED_SAMPLES; at += 1) {
      if (this.#at(samples, at) === MARK && this.#marks(samples, at)) found = this.#read(samples, at);
    }
    this.#last.set(samples.subarray(samples.length - MARKED_SAMPLES));
    if (found === undefined) {
      this.silentFrames += 1;
      return undefined;
    }
    this.silentFrames = 0;
    this.#count = found === this.#word ? this.#count + 1 : 1;
    this.#word = found;
    return this.#count === ENOUGH ? found : undefined;
  }

  #marks(samples: Int16Array, at: number): boolean {
    return this.#at(samples, at + 1) === -MARK && this.#at(samples, at + 2) === MARK;
  }

  #at(samples: Int16Array, at: number): number {
    return (at < 0 ? this.#last[MARKED_SAMPLES + at] : samples[at]) ?? 0;
  }

  #read(samples: Int16Array, at: number): number {
    let word = 0;
    for (let digit = 0; digit < 4; digit += 1) {
      word |= Math.round(this.#at(samples, at + DIGITS_AT + digit) / DIGIT) << (4 * digit);
    }
    return word;
  }
}

/** A recogniser that costs next to nothing: it reads marked words. Its voice is that of `toneSpeech`. */
export function markedWordsSpeech(id: string): SpeechService {
  const capabilities = { interimResults: true, endpointing: 'hub', dictation: true, languages: undefined } as const;
  const stt = { id, capabilities, open: async () => new MarkedWordsSession() };
  return { ...toneSpeech({ id, endpointing: 'hub' }), stt };
}

/** A recogniser that never understands anything, and leaves nothing for the hub to do. */
export function deafSpeech(id: string): SpeechService {
  const capabilities = { interimResults: true, endpointing: 'vendor', dictation: true, languages: undefined } as const;
  const stt = { id, capabilities, open: async () => new DeafSession() };
  return { ...toneSpeech({ id, endpointing: 'vendor' }), stt };
}

class MarkedWordsSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #reader = new MarkedWordReader();
  #words: number[] = [];

  write({ samples }: AudioFrame): void {
    const word = this.#reader.push(samples);
    if (word === undefined) return;
    this.#words.push(word);
    this.emit('interim', { text: this.#words.join(' ') });
  }

  startUtterance(): void {}

  endUtterance(): void {
    const text = this.#words.splice(0).join(' ');
    this.emit('final', { text, confidence: 1, alternatives: [], rejected: text === '', raw: undefined });
  }

  cancelUtterance(): void {
    this.#words = [];
  }

  updateHints(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('closed');
  }
}

class DeafSession extends MarkedWordsSession {
  override write(): void {}

  override endUtterance(): void {}
}
