import { z } from 'zod';

/* What of a message with Markdown, cards and suggestions is for the ear. */

const optionalText = z.string().nullish().catch(undefined);

export const attachmentSchema = z.looseObject({
  contentType: z.string().catch(''),
  contentUrl: optionalText,
  name: optionalText,
  content: z.unknown().optional(),
});
export type Attachment = z.output<typeof attachmentSchema>;

export const suggestedActionsSchema = z.looseObject({
  actions: z.array(
    z.looseObject({ title: optionalText, value: z.unknown().optional() }).catch({ title: undefined, value: undefined }),
  ),
});

const cardSchema = z.looseObject({
  speak: optionalText,
  fallbackText: optionalText,
  title: optionalText,
  subtitle: optionalText,
  text: optionalText,
  body: z.array(z.unknown()).nullish().catch(undefined),
});

/** Marks of Markdown are left out; a link keeps its words (`textFormat` of messages is Markdown unless told otherwise). */
export function withoutMarkdown(text: string): string {
  return text
    .replace(/!?\[([^\]]*)\]\([^)\s]*(?:\s+"[^"]*")?\)/g, '$1')
    .replace(/```[a-z]*\n?|`/gi, '')
    .replace(/^[ \t]*(?:#{1,6}|>|[-*+])[ \t]+/gm, '')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, '$1')
    .replace(/(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)/g, '$1')
    .trim();
}

/** The words of a card: what it says to be spoken, else its texts as sentences. Empty: a card without words. */
export function wordsOfCard({ contentType, content }: Attachment): string {
  if (!contentType.startsWith('application/vnd.microsoft.card.')) return '';
  const card = cardSchema.safeParse(content);
  if (!card.success) return '';
  const { speak, fallbackText, title, subtitle, text, body } = card.data;
  if (speak) return speak;
  const own = [title, subtitle, text].filter((part) => typeof part === 'string' && part.trim() !== '');
  const blocks = (body ?? []).flatMap((block) => textBlock(block));
  const parts = own.length > 0 ? own : blocks;
  if (parts.length === 0) return fallbackText ?? '';
  return parts.map((part) => asSentence(withoutMarkdown(part ?? ''))).join(' ');
}

/** `A, B or C?` would need the language; titles as sentences do not. */
export function wordsOfSuggestions(titles: readonly string[]): string {
  return titles.map(asSentence).join(' ');
}

/** A recording that the message carries: to be played. */
export function audioUrlOf({ contentType, contentUrl }: Attachment): string | undefined {
  return contentType.toLowerCase().startsWith('audio/') && contentUrl ? contentUrl : undefined;
}

function textBlock(block: unknown): string[] {
  const { type, text } = (typeof block === 'object' && block !== null ? block : {}) as Record<string, unknown>;
  return type === 'TextBlock' && typeof text === 'string' && text.trim() !== '' ? [text] : [];
}

function asSentence(text: string): string {
  const trimmed = text.trim();
  return trimmed === '' || /[.!?:;…]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}
