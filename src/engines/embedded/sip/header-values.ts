import { trimBlanks } from './text.ts';

/** A name-addr or addr-spec with header parameters: From, To, Contact, Route, Record-Route, Refer-To (RFC 3261 20.10). */
export interface Address {
  /** As written, with its quotes; undefined where there is none. */
  readonly displayName: string | undefined;
  readonly uri: string;
  /** Header parameters, names in lower case; '' for a parameter without a value. */
  readonly params: ReadonlyMap<string, string>;
}

const token = /^[A-Za-z0-9\-.!%*_+`'~]+$/;
const displayTokens = /^[A-Za-z0-9\-.!%*_+`'~ \t\x80-\xff]*$/;
/** A token, a host, a quoted string, or the characters that deployed systems put into parameters without quotes. */
const paramValue = /^(?:[A-Za-z0-9\-.!%*_+`'~[\]:/@?&$#(){}|\x80-\xff]+|"(?:[^"\\]|\\[^\r\n])*")$/;

/** The index behind a quoted string that starts at `from`, or -1 where it does not end. */
function endOfQuoted(text: string, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 92) i++;
    else if (c === 34) return i + 1;
  }
  return -1;
}

/** Splits at `separator` outside quoted strings and angle brackets; undefined where a quote or bracket does not close. */
export function splitOutside(text: string, separator: ',' | ';'): string[] | undefined {
  const parts: string[] = [];
  const code = separator.charCodeAt(0);
  let from = 0;
  let inAngle = false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c === 34 && !inAngle) {
      const end = endOfQuoted(text, i);
      if (end === -1) return undefined;
      i = end - 1;
    } else if (c === 60) {
      if (inAngle) return undefined;
      inAngle = true;
    } else if (c === 62) {
      inAngle = false;
    } else if (c === code && !inAngle) {
      parts.push(trimBlanks(text.slice(from, i)));
      from = i + 1;
    }
  }
  if (inAngle) return undefined;
  parts.push(trimBlanks(text.slice(from)));
  return parts;
}

/** Parameters behind a value, `text` starting at the first `;` or empty. Undefined where they are malformed. */
export function parseParams(text: string): Map<string, string> | undefined {
  const params = new Map<string, string>();
  const rest = trimBlanks(text);
  if (rest === '') return params;
  if (!rest.startsWith(';')) return undefined;
  const parts = splitOutside(rest.slice(1), ';');
  if (parts === undefined) return undefined;
  for (const part of parts) {
    const equals = part.indexOf('=');
    const name = trimBlanks(equals === -1 ? part : part.slice(0, equals));
    if (!token.test(name)) return undefined;
    const value = equals === -1 ? '' : trimBlanks(part.slice(equals + 1));
    if (equals !== -1 && !paramValue.test(value)) return undefined;
    params.set(name.toLowerCase(), value);
  }
  return params;
}

/** One address; undefined where it is malformed. The URI is not examined beyond having no white space. */
export function parseAddress(text: string): Address | undefined {
  let i = 0;
  let displayName: string | undefined;
  const value = trimBlanks(text);
  if (value.startsWith('"')) {
    i = endOfQuoted(value, 0);
    if (i === -1) return undefined;
    displayName = value.slice(0, i);
    if (!/^[ \t]*</.test(value.slice(i))) return undefined;
  }
  const open = value.indexOf('<', i);
  if (open !== -1) {
    if (displayName === undefined) {
      const name = trimBlanks(value.slice(0, open));
      if (!displayTokens.test(name)) return undefined;
      if (name !== '') displayName = name;
    }
    const close = value.indexOf('>', open);
    if (close === -1) return undefined;
    const uri = value.slice(open + 1, close);
    if (uri === '' || /[ \t\r\n<>"]/.test(uri)) return undefined;
    const params = parseParams(value.slice(close + 1));
    return params && { displayName, uri, params };
  }
  const semicolon = value.indexOf(';');
  const uri = trimBlanks(semicolon === -1 ? value : value.slice(0, semicolon));
  if (uri === '' || /[ \t\r\n<>",?]/.test(uri)) return undefined;
  const params = parseParams(semicolon === -1 ? '' : value.slice(semicolon));
  return params && { displayName, uri, params };
}

/** All addresses of a header that may have several values; undefined where one is malformed. */
export function parseAddresses(values: readonly string[]): Address[] | undefined {
  const addresses: Address[] = [];
  for (const value of values) {
    const parts = splitOutside(value, ',');
    if (parts === undefined) return undefined;
    for (const part of parts) {
      const address = parseAddress(part);
      if (address === undefined) return undefined;
      addresses.push(address);
    }
  }
  return addresses;
}

export interface CSeq {
  readonly number: number;
  readonly method: string;
}

/** RFC 3261 8.1.1.5: the number is below 2**31. */
export function parseCSeq(value: string): CSeq | undefined {
  const found = /^(\d{1,20})[ \t]+([A-Za-z0-9\-.!%*_+`'~]+)$/.exec(value);
  if (!found) return undefined;
  const number = Number(found[1]);
  return number < 2 ** 31 ? { number, method: found[2] ?? '' } : undefined;
}

/** A list of tokens such as Require, Supported, Allow; names in the spelling of the sender. */
export function parseTokens(values: readonly string[]): string[] {
  const tokens: string[] = [];
  for (const value of values) {
    for (const part of value.split(',')) {
      const text = trimBlanks(part);
      if (text !== '') tokens.push(text);
    }
  }
  return tokens;
}
