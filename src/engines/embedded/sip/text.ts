/**
 * Text helpers for binary strings. `String.prototype.trim` and `\s` are not used on them: both take the octet 0xA0, which occurs
 * inside UTF-8 characters, for white space.
 */
function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

/** Without spaces and tabs at both ends. */
export function trimBlanks(text: string): string {
  let from = 0;
  while (from < text.length && isBlank(text.charCodeAt(from))) from++;
  let to = text.length;
  while (to > from && isBlank(text.charCodeAt(to - 1))) to--;
  return from === 0 && to === text.length ? text : text.slice(from, to);
}
