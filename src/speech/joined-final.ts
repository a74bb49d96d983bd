import type { SttSessionEvents } from './ports.ts';

type Final = SttSessionEvents['final'][0];

/** The texts with a space between them, where there is something on both sides. */
export function joinedText(texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join(' ');
}

/**
 * The texts of one utterance, which a vendor has told in parts, as one.
 * @param interim what was understood after them, for want of its final text
 */
export function joinedFinal(parts: readonly Final[], interim = ''): Final {
  const [only] = parts;
  if (only !== undefined && parts.length === 1 && interim === '') return only;
  const text = joinedText([...parts.map((part) => part.text), interim]);
  const known = parts.flatMap(({ confidence }) => (confidence === undefined ? [] : [confidence]));
  const confidence =
    interim === '' && known.length === parts.length && known.length > 0 ? Math.min(...known) : undefined;
  const raw = parts.length === 0 ? undefined : parts.map((part) => part.raw);
  return { text, confidence, alternatives: [{ text, confidence }], rejected: text === '', raw };
}
