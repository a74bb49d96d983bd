import { isIPv4, isIPv6 } from 'node:net';
import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { PatchbayError } from '../errors.ts';
import type { DialTarget } from './request.ts';

/** Nothing that can be dialled is longer. */
const MAX_TARGET = 256;

function bad(problem: string): PatchbayError<'bad_target'> {
  return new PatchbayError('bad_target', problem);
}

/**
 * Reads what a dialer wants to call: `tel:+…` (RFC 3966, global numbers, with or without visual separators), `sip:user@host`
 * (RFC 3261 19.1), or a bare E.164 number with its `+`. A number must have a country code that exists and as many digits as
 * numbers of that country have; whether it is in use nobody can tell.
 * @throws PatchbayError `bad_target` with what to do about it
 */
export function parseTarget(text: string): DialTarget {
  const target = text.trim();
  if (target === '') throw bad("the target is empty: expected 'tel:' and an E.164 number, such as 'tel:+4930123456'");
  if (target.length > MAX_TARGET) throw bad(`the target is longer than ${MAX_TARGET} characters`);
  if (/\p{Cc}/u.test(target)) throw bad('the target has control characters in it');
  if (/^tel:/i.test(target)) return { scheme: 'tel', number: e164(target.slice(4)) };
  if (/^sip:/i.test(target)) return sipTarget(target);
  if (/^sips:/i.test(target)) throw bad("'sips:' targets cannot be dialled in this version: use 'sip:'");
  if (target.startsWith('+')) return { scheme: 'tel', number: e164(target) };
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(target)?.[1];
  if (scheme !== undefined) throw bad(`'${scheme}:' targets cannot be dialled: expected 'tel:' or 'sip:'`);
  throw bad(`'${target}' cannot be dialled: write 'tel:' and the number with + and country code, or 'sip:user@host'`);
}

/** The target as a URI: `outboundTarget` of the start event. */
export function targetUri(target: DialTarget): string {
  return target.scheme === 'tel' ? `tel:${target.number}` : target.uri;
}

/** User part of the Request-URI, and the called number of the routing rules. */
export function targetUser(target: DialTarget): string {
  return target.scheme === 'tel' ? target.number : target.user;
}

/**
 * A number in E.164 form: `+`, country code, national number, at most 15 digits.
 * @throws PatchbayError `bad_target`
 */
function e164(text: string): string {
  const semicolon = text.indexOf(';');
  if (semicolon >= 0) {
    throw bad(
      `'${text.slice(semicolon)}': parameters of a tel: URI are not supported; extensions can be keyed by the bot (sendDtmf)`,
    );
  }
  const written = text.replace(/[-.() ]/g, '');
  if (/^\d+$/.test(written)) {
    throw bad(`'${text}' has no country code: write it in E.164 form, with + and country code, such as +4930123456`);
  }
  if (!/^\+\d+$/.test(written)) {
    throw bad(`'${text}' is no telephone number: write it in E.164 form, + and digits, such as +4930123456`);
  }
  if (written.length > 16) throw bad(`'${text}' has more than the 15 digits that E.164 allows`);
  const parsed = parsePhoneNumberFromString(written);
  if (parsed === undefined) throw bad(`'${text}' does not begin with the code of a country`);
  if (parsed.number !== written) {
    throw bad(`'${text}' has a digit too many after the country code: did you mean ${parsed.number}?`);
  }
  if (!parsed.isPossible()) {
    const place = parsed.country ?? `country code +${parsed.countryCallingCode}`;
    throw bad(`'${text}' has the wrong number of digits for ${place}`);
  }
  return written;
}

/** `sip:user@host[:port][;parameters]`, RFC 3261 25.1. */
function sipTarget(text: string): DialTarget {
  const uri = `sip:${text.slice(4)}`;
  const match = /^sip:([^@]*)@(\[[^\]]*\]|[^:;?[\]]*)(?::(\d{1,5}))?((?:;[^?]*)?)(\?.*)?$/s.exec(uri);
  if (match === null) throw bad(`'${text}' is no SIP URI that can be dialled: expected 'sip:user@host'`);
  const [, rawUser = '', host = '', port, parameters = '', headers] = match;
  if (headers !== undefined) {
    throw bad(`'${text}': header fields in a SIP URI ('?') are not dialled; give them as sipHeaders`);
  }
  if (rawUser.includes(':'))
    throw bad('a password in a SIP URI is not dialled; credentials belong to the SIP connection');
  if (!/^(?:[A-Za-z0-9\-_.!~*'()&=+$,;?/]|%[0-9a-f]{2})+$/i.test(rawUser)) {
    throw bad(`'${text}': the part before '@' is missing or has characters that need %-escapes`);
  }
  if (!isHost(host)) throw bad(`'${text}': '${host}' is neither a host name nor an IP address`);
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw bad(`'${text}': there is no port ${port}`);
  if (!/^(?:;[A-Za-z0-9\-_.!~*'()%[\]/:&+$]+(?:=[A-Za-z0-9\-_.!~*'()%[\]/:&+$]*)?)*$/.test(parameters)) {
    throw bad(`'${text}': the parameters after the host cannot be read`);
  }
  return { scheme: 'sip', user: decodedUser(rawUser, text), host: host.toLowerCase(), uri };
}

function decodedUser(raw: string, text: string): string {
  let user: string;
  try {
    user = decodeURIComponent(raw);
  } catch {
    throw bad(`'${text}': the %-escapes before '@' are no UTF-8`);
  }
  if (/\p{Cc}/u.test(user)) throw bad(`'${text}': the part before '@' has control characters in it`);
  return user;
}

function isHost(host: string): boolean {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1));
  if (/^[\d.]+$/.test(host)) return isIPv4(host);
  return (
    host.length <= 253 &&
    /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.?$/i.test(host)
  );
}
