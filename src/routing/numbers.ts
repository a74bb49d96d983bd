/**
 * How numbers are compared.
 *
 * What looks like a telephone number (digits, `*`, `#`, at most one leading `+`, and the visual separators of RFC 3966
 * section 5.1.1: `-`, `.`, `(`, `)`, also spaces) is compared without its separators and without the parameters of a
 * telephone-subscriber (`;npdi`, RFC 3261 section 19.1.6). Everything else (`demo`, `Alice.B`) is compared as it is,
 * upper and lower case apart (RFC 3261 section 19.1.4).
 *
 * `+` and international prefixes (`00`, `011`) are kept apart: which digits stand for `+` depends on the country, and a
 * hub does not know it. Write two rules where a trunk sends both.
 */
export function normaliseNumber(text: string): string {
  const trimmed = text.trim();
  const number = /^(\+?[\d*#\-.() ]+)(?:;.*)?$/s.exec(trimmed)?.[1];
  if (number === undefined || !/\d/.test(number)) return trimmed;
  return number.replace(/[-.() ]/g, '');
}

/** A pattern of a routing rule: the whole number, its beginning, or anything. */
export type NumberPattern = { kind: 'any' } | { kind: 'prefix'; prefix: string } | { kind: 'exact'; number: string };

/** Normalises a beginning: unlike a whole number it may consist of `+` alone. */
function normalisePrefix(text: string): string {
  const trimmed = text.trim();
  return /^\+?[\d#\-.() ]*$/.test(trimmed) ? trimmed.replace(/[-.() ]/g, '') : trimmed;
}

/**
 * Reads `*`, `prefix*` or an exact number.
 * @returns the pattern, or what was expected, in words
 */
export function parseNumberPattern(text: string): { pattern: NumberPattern } | { problem: string } {
  if (text === '*') return { pattern: { kind: 'any' } };
  if (text.trim() === '') return { problem: "a number, a beginning such as '+1555*', or '*' for any" };
  if (/[\p{Cc}]/u.test(text)) return { problem: 'no control characters' };
  const star = text.indexOf('*');
  if (star === -1) return { pattern: { kind: 'exact', number: normaliseNumber(text) } };
  if (star !== text.length - 1) return { problem: "'*' only at the end" };
  return { pattern: { kind: 'prefix', prefix: normalisePrefix(text.slice(0, -1)) } };
}

/** @param number a user part as received; compared by the rule of `normaliseNumber` */
export function matchesNumber(pattern: NumberPattern, number: string): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'prefix':
      return normaliseNumber(number).startsWith(pattern.prefix);
    case 'exact':
      return normaliseNumber(number) === pattern.number;
  }
}

export function formatNumberPattern(pattern: NumberPattern): string {
  switch (pattern.kind) {
    case 'any':
      return '*';
    case 'prefix':
      return `${pattern.prefix}*`;
    case 'exact':
      return pattern.number;
  }
}
