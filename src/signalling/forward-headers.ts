/** What a callee, or whoever the call goes on to, needs to know of how it came about; nothing that makes a phone answer by itself. */
const PASSED: ReadonlySet<string> = new Set([
  ...['accept-language', 'diversion', 'history-info', 'p-asserted-identity', 'privacy', 'priority', 'subject'],
  'user-to-user',
]);

/** Values of one name beyond this are left out. */
const MAX_VALUES = 16;
const MAX_LENGTH = 4_000;

/**
 * The header fields of a caller's INVITE that go on with the call.
 * @param headers by lower-case name
 * @param patterns further names, or their beginnings with a star, of the SIP connection that it leaves by
 */
export function passedHeaders(
  headers: ReadonlyMap<string, readonly string[]>,
  patterns: readonly string[],
): { name: string; value: string }[] {
  const wanted = patterns.map((pattern) => pattern.toLowerCase());
  const matches = (name: string) =>
    PASSED.has(name) ||
    wanted.some((pattern) => (pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern));
  const passed: { name: string; value: string }[] = [];
  for (const [name, values] of headers) {
    if (!matches(name)) continue;
    // several fields of a name are the same as one with commas (RFC 3261 7.3.1)
    const value = values.slice(0, MAX_VALUES).join(', ');
    if (value !== '' && value.length <= MAX_LENGTH) passed.push({ name: capitalised(name), value });
  }
  return passed;
}

/** RFC 3261 8.1.1.6; 70 where the field is missing or cannot be read. */
export function maxForwardsOf(headers: ReadonlyMap<string, readonly string[]>): number {
  const text = headers.get('max-forwards')?.[0]?.trim() ?? '';
  return /^\d{1,3}$/.test(text) ? Math.min(255, Number(text)) : 70;
}

function capitalised(name: string): string {
  return name.replace(/(?<=^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
