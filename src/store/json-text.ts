/**
 * PostgreSQL's text holds no NUL and no half of a surrogate pair, and either would cost the whole row: both become
 * U+FFFD. What callers, bots and dialers send can contain them.
 */
export function cleanText(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

/** A value as JSON that PostgreSQL takes. */
export function jsonText(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => (typeof item === 'string' ? cleanText(item) : item));
}
