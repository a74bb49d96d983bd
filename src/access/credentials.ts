/** What stands in an Authorization header field. */
export type Credentials =
  | { scheme: 'basic'; id: string; secret: string }
  | { scheme: 'bearer'; token: string }
  /** Neither Basic nor Bearer, or not readable. */
  | { scheme: 'unknown' };

const maxLength = 4_096;

/** Reads RFC 7617 (Basic, UTF-8) and RFC 6750 (Bearer). @returns undefined where there is no field */
export function parseAuthorization(field: string | undefined): Credentials | undefined {
  if (field === undefined || field === '') return undefined;
  const [, scheme = '', value = ''] = (field.length > maxLength ? null : /^([A-Za-z]+) +([^\s]+) *$/.exec(field)) ?? [];
  switch (scheme.toLowerCase()) {
    case 'basic':
      return parseBasic(value);
    case 'bearer':
      return /^[A-Za-z0-9\-._~+/]+=*$/.test(value) ? { scheme: 'bearer', token: value } : { scheme: 'unknown' };
    default:
      return { scheme: 'unknown' };
  }
}

function parseBasic(value: string): Credentials {
  if (!/^[A-Za-z0-9+/_-]+=*$/.test(value)) return { scheme: 'unknown' };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 1) return { scheme: 'unknown' };
  return { scheme: 'basic', id: text.slice(0, colon), secret: text.slice(colon + 1) };
}
