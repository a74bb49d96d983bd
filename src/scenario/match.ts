/** What a text has to be: the same (letter case and outer blanks aside), a part of it, or a regular expression. */
export type TextMatch = string | { equals: string } | { contains: string } | { matches: string };

/** What a number has to be; bounds are included. */
export interface Range {
  min?: number | undefined;
  max?: number | undefined;
}

export function matchesText(match: TextMatch, text: string): boolean {
  const plain = normal(text);
  if (typeof match === 'string') return plain === normal(match);
  if ('equals' in match) return plain === normal(match.equals);
  if ('contains' in match) return plain.includes(normal(match.contains));
  return new RegExp(match.matches, 'iu').test(text);
}

export function inRange({ min, max }: Range, value: number): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max);
}

/**
 * A value of any shape: groups must hold what is wanted and may hold more, lists must be as long and match entry by
 * entry, `{ contains }`, `{ matches }`, `{ min, max }` and `{ absent: true }` are taken as conditions, everything else is
 * compared as text (so that `1` and `'1'` are the same: bots write both).
 */
export function matchesValue(wanted: unknown, found: unknown): boolean {
  if (Array.isArray(wanted)) {
    return (
      Array.isArray(found) &&
      found.length === wanted.length &&
      wanted.every((entry, index) => matchesValue(entry, found[index]))
    );
  }
  if (typeof wanted === 'object' && wanted !== null) return matchesGroup(wanted as Record<string, unknown>, found);
  if (typeof found === 'object' && found !== null) return false;
  if (found === undefined) return false;
  return normal(String(wanted)) === normal(String(found));
}

function matchesGroup(wanted: Record<string, unknown>, found: unknown): boolean {
  const keys = Object.keys(wanted);
  if (wanted.absent === true && keys.length === 1) return found === undefined;
  if (keys.length > 0 && keys.every((key) => key === 'min' || key === 'max')) {
    return typeof found === 'number' && inRange(wanted as Range, found);
  }
  const [only] = keys;
  if (keys.length === 1 && (only === 'equals' || only === 'contains' || only === 'matches')) {
    const isText = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean';
    return isText && matchesText(wanted as TextMatch, String(found));
  }
  if (typeof found !== 'object' || found === null || Array.isArray(found)) return false;
  return keys.every((key) => matchesValue(wanted[key], (found as Record<string, unknown>)[key]));
}

/** For messages: what was wanted, shortly. */
export function describeMatch(match: TextMatch): string {
  if (typeof match === 'string') return `"${match}"`;
  if ('equals' in match) return `"${match.equals}"`;
  if ('contains' in match) return `a text with "${match.contains}"`;
  return `a text that matches /${match.matches}/`;
}

export function describeRange({ min, max }: Range): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}

function normal(text: string): string {
  return text.trim().replace(/\s+/g, ' ').toLowerCase();
}
