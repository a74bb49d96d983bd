const MAX_URL_LENGTH = 4096;

export type ResolvedUrl = { ok: true; url: URL } | { ok: false; problem: string };

/**
 * Resolves a URL that the bot named against the bot's own (RFC 3986 section 5.2): relative, rooted at a slash, or
 * absolute. Only http and https without a user name are accepted.
 */
export function resolveBotUrl(reference: string, base: URL): ResolvedUrl {
  if (reference.length > MAX_URL_LENGTH) return { ok: false, problem: `is longer than ${MAX_URL_LENGTH} characters` };
  let url: URL;
  try {
    url = new URL(reference, base);
  } catch {
    return { ok: false, problem: 'is not a URL' };
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return { ok: false, problem: 'is neither http nor https' };
  if (url.username !== '' || url.password !== '') return { ok: false, problem: 'carries a user name' };
  url.hash = '';
  return { ok: true, url };
}

/** `websocketURL`: resolved alike, its scheme becomes ws or wss, whichever of the two pairs it was (section 1.3). */
export function resolveWebSocketUrl(reference: string, base: URL): ResolvedUrl {
  const resolved = resolveBotUrl(reference.replace(/^ws(s?):/i, 'http$1:'), base);
  return resolved.ok ? { ok: true, url: toWebSocketUrl(resolved.url) } : resolved;
}

/** The http or https URL at the same place as a ws or wss one; others as they are. */
export function toHttpUrl(url: URL): URL {
  return new URL(url.href.replace(/^ws/i, 'http'));
}

/** The ws or wss URL at the same place as an http or https one; others as they are. */
export function toWebSocketUrl(url: URL): URL {
  return new URL(url.href.replace(/^http/i, 'ws'));
}

/** How a URL is shown in logs and errors: its query may be a credential. */
export function displayUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}
