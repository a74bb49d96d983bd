const PLACEHOLDER = /\$\{botMessageMetadata\.([^{}]{1,200})\}/g;

/**
 * Fills `${botMessageMetadata.a.b}` in the URL of sendMetaData from the bot's metadata (Bot API 6.5). Values are
 * percent-encoded, so that they stay inside their part of the URL; what is not there, or is no plain value, is ''.
 */
export function fillPlaceholders(url: string, metadata: unknown): string {
  return url.replace(PLACEHOLDER, (_, path: string) => {
    let value: unknown = metadata;
    for (const key of path.split('.')) {
      const inside = typeof value === 'object' && value !== null && Object.hasOwn(value, key);
      value = inside ? (value as Record<string, unknown>)[key] : undefined;
    }
    const plain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    const text = plain ? String(value).toWellFormed() : '';
    // Dots alone would be steps in the path, in any encoding.
    return /^\.+$/.test(text) ? '' : encodeURIComponent(text);
  });
}
