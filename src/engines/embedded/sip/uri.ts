/** A SIP or SIPS URI (RFC 3261 19.1). */
export interface SipUri {
  readonly scheme: 'sip' | 'sips';
  /** Still escaped, as on the wire. */
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Lower case; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number | undefined;
  /** In lower case; a parameter without a value has the value ''. */
  readonly params: ReadonlyMap<string, string>;
  /** The text behind `?`, undefined where there is none. */
  readonly headers: string | undefined;
}

/** A URI of any other scheme: `tel:`, `isbn:`, `http:`. */
export interface OtherUri {
  readonly scheme: string;
  readonly opaque: string;
}

const schemePattern = /^([A-Za-z][A-Za-z0-9+\-.]*):(.+)$/;
/** unreserved, user-unreserved and `%`; `#` is not in the grammar but in dial strings of deployed phones. */
const userPattern = /^[A-Za-z0-9\-_.!~*'()&=+$,;?/%#]*$/;
const passwordPattern = /^[A-Za-z0-9\-_.!~*'()&=+$,%]*$/;
const hostPattern = /^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?$/;
const ipv6Pattern = /^\[([0-9A-Fa-f:.]{2,45})\]$/;
const paramPattern = /^[A-Za-z0-9\-_.!~*'()[\]/:&+$%]+$/;
const uriHeadersPattern = /^[A-Za-z0-9\-_.!~*'()[\]/?:+$%=&]*$/;
const badEscape = /%(?![0-9A-Fa-f]{2})/;

export function schemeOf(text: string): string | undefined {
  return schemePattern.exec(text)?.[1]?.toLowerCase();
}

/** Parses strictly; undefined where the text is no URI. No white space is tolerated anywhere. */
export function parseUri(text: string): SipUri | OtherUri | undefined {
  const found = schemePattern.exec(text);
  const scheme = found?.[1]?.toLowerCase();
  const rest = found?.[2];
  if (scheme === undefined || rest === undefined) return undefined;
  if (scheme !== 'sip' && scheme !== 'sips') {
    return /[ \t\r\n<>"]/.test(rest) ? undefined : { scheme, opaque: rest };
  }
  if (badEscape.test(rest)) return undefined;

  const at = rest.indexOf('@');
  let user: string | undefined;
  let password: string | undefined;
  if (at !== -1) {
    const userinfo = rest.slice(0, at);
    const colon = userinfo.indexOf(':');
    user = colon === -1 ? userinfo : userinfo.slice(0, colon);
    password = colon === -1 ? undefined : userinfo.slice(colon + 1);
    if (user === '' || !userPattern.test(user)) return undefined;
    if (password !== undefined && !passwordPattern.test(password)) return undefined;
  }

  let hostPart = rest.slice(at + 1);
  let headers: string | undefined;
  const question = hostPart.indexOf('?');
  if (question !== -1) {
    headers = hostPart.slice(question + 1);
    hostPart = hostPart.slice(0, question);
    if (!uriHeadersPattern.test(headers)) return undefined;
  }

  const params = new Map<string, string>();
  const semicolon = hostPart.indexOf(';');
  if (semicolon !== -1) {
    for (const param of hostPart.slice(semicolon + 1).split(';')) {
      const equals = param.indexOf('=');
      const name = equals === -1 ? param : param.slice(0, equals);
      const value = equals === -1 ? '' : param.slice(equals + 1);
      if (!paramPattern.test(name) || (equals !== -1 && !paramPattern.test(value))) return undefined;
      params.set(name.toLowerCase(), value);
    }
    hostPart = hostPart.slice(0, semicolon);
  }

  const hostport = splitHostPort(hostPart);
  if (hostport === undefined) return undefined;
  return { scheme, user, password, ...hostport, params, headers };
}

/** `host[:port]` of a URI or of a Via; undefined where it is neither name nor address. */
export function splitHostPort(text: string): { host: string; port: number | undefined } | undefined {
  const close = text.lastIndexOf(']');
  const colon = text.indexOf(':', close + 1);
  const host = colon === -1 ? text : text.slice(0, colon);
  let port: number | undefined;
  if (colon !== -1) {
    const digits = text.slice(colon + 1);
    if (!/^\d{1,5}$/.test(digits)) return undefined;
    port = Number(digits);
    if (port > 65_535) return undefined;
  }
  const ipv6 = ipv6Pattern.exec(host);
  if (ipv6) return { host: (ipv6[1] ?? '').toLowerCase(), port };
  if (host.length > 255 || !hostPattern.test(host)) return undefined;
  return { host: host.toLowerCase(), port };
}

export function isSipUri(uri: SipUri | OtherUri): uri is SipUri {
  return uri.scheme === 'sip' || uri.scheme === 'sips';
}

/** A host as it stands in a URI or a Via: IPv6 addresses get their brackets. */
export function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

export function printUri(uri: SipUri): string {
  let text = `${uri.scheme}:`;
  if (uri.user !== undefined) text += `${uri.user}${uri.password === undefined ? '' : `:${uri.password}`}@`;
  text += bracketed(uri.host);
  if (uri.port !== undefined) text += `:${uri.port}`;
  for (const [name, value] of uri.params) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return uri.headers === undefined ? text : `${text}?${uri.headers}`;
}
