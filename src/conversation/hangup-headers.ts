/** Header fields that SIP itself needs, or that the hub writes (RFC 3261 section 20): a bot cannot set them. */
const RESERVED: ReadonlySet<string> = new Set([
  ...['via', 'v', 'from', 'f', 'to', 't', 'call-id', 'i', 'cseq', 'contact', 'm', 'max-forwards', 'route'],
  ...['record-route', 'content-length', 'l', 'content-type', 'c', 'content-encoding', 'e', 'content-disposition'],
  ...['authorization', 'proxy-authorization', 'require', 'proxy-require', 'reason', 'mime-version'],
]);

/** RFC 3261 25.1: token. */
const TOKEN = /^[A-Za-z0-9\-.!%*_+`'~]{1,100}$/;

/**
 * `hangupSipHeaders` as header fields of the BYE. Names that are no token or are reserved, and values with control
 * characters, are left out and named in `refused`.
 */
export function hangupHeaders(list: readonly { readonly name: string; readonly value: string }[]): {
  headers: Readonly<Record<string, string>>;
  refused: readonly string[];
} {
  const headers = new Map<string, string>();
  const refused: string[] = [];
  for (const { name, value } of list) {
    if (TOKEN.test(name) && !RESERVED.has(name.toLowerCase()) && !/\p{Cc}/u.test(value)) headers.set(name, value);
    else refused.push(name);
  }
  return { headers: Object.fromEntries(headers), refused };
}
