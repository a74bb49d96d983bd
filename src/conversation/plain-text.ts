/** SSML without its tags. */
export function plainText(text: string): string {
  if (!/^\s*<speak/i.test(text)) return text;
  return text
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
