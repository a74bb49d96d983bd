import type { SttSessionEvents, SttWord } from '../../../src/speech/ports.ts';
import type { Recognised } from './stt-wire.ts';

type Final = SttSessionEvents['final'][0];

/** The texts of results, with one space between them where there is something on both sides. */
export function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

/**
 * Final parts of an utterance as the port's `final`.
 * @param startMs where the utterance begins in the stream
 */
export function finalOf(parts: readonly Recognised[], startMs: number): Omit<Final, 'endMs'> {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) {
    return {
      text: only.text,
      confidence: only.confidence,
      alternatives: only.alternatives,
      rejected: only.text === '',
      raw: only.raw,
      words: fromStart(only.words, startMs),
    };
  }
  const text = joined(parts.map((part) => part.text));
  const known = parts.flatMap(({ confidence }) => confidence ?? []);
  const confidence = known.length === parts.length && known.length > 0 ? Math.min(...known) : undefined;
  return {
    text,
    confidence,
    alternatives: text === '' ? [] : [{ text, confidence }],
    rejected: text === '',
    raw: parts.length === 0 ? undefined : parts.map(({ raw }) => raw),
    words: fromStart(
      parts.flatMap(({ words }) => words),
      startMs,
    ),
  };
}

function fromStart(words: readonly SttWord[], startMs: number): SttWord[] {
  return words.map((word) => ({ ...word, offsetMs: Math.max(0, Math.round(word.offsetMs - startMs)) }));
}
