/** What a request wants of a representation of `size` bytes: all of it, one stretch (both ends included), or nothing that there is. */
export type ByteRange = { kind: 'whole' } | { kind: 'part'; from: number; to: number } | { kind: 'unsatisfiable' };

/**
 * Reads a Range header (RFC 9110 section 14.1.2). What is no byte range, or several, is passed over, as the section allows.
 * @param ifRange the If-Range header: the range counts only where it is the entity tag (RFC 9110 section 13.1.5)
 */
export function readByteRange(
  range: string | undefined,
  size: number,
  { etag, ifRange }: { etag: string; ifRange?: string | undefined },
): ByteRange {
  if (range === undefined || (ifRange !== undefined && ifRange !== etag)) return { kind: 'whole' };
  const match = /^bytes[ \t]*=[ \t]*(\d{0,15})-(\d{0,15})[ \t]*$/i.exec(range);
  if (match === null) return { kind: 'whole' };
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return { kind: 'whole' };
  if (first === '') {
    const length = Math.min(size, Number(last));
    return length === 0 ? { kind: 'unsatisfiable' } : { kind: 'part', from: size - length, to: size - 1 };
  }
  const from = Number(first);
  if (last !== '' && Number(last) < from) return { kind: 'whole' };
  if (from >= size) return { kind: 'unsatisfiable' };
  return { kind: 'part', from, to: last === '' ? size - 1 : Math.min(size - 1, Number(last)) };
}

/** Whether If-None-Match names the entity tag (RFC 9110 section 13.1.2). */
export function matchesEtag(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.trim() === '*' || header.split(',').some((one) => one.trim().replace(/^W\//, '') === etag);
}
