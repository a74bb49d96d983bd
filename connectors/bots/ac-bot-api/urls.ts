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

/** How a URL is shown in logs and errors: its query may be a credential. */
export function displayUrl(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
