import { parsePhoneNumberFromString } from 'libphonenumber-js/max';
import { matchesNumber, type NumberPattern, normaliseNumber, parseNumberPattern } from './numbers.ts';

/** An entry of a SIP connection's allow list: numbers, or SIP addresses beyond its gateways. */
export type DestinationPattern = NumberPattern | { kind: 'host'; user: NumberPattern; host: string };

/** A country code alone. */
const COUNTRY_CODE = /^\+\d{1,3}$/;
/** Long enough to be a whole number. */
const WHOLE_NUMBER = /^\+\d{7,15}$/;

/**
 * Reads `+1` (a country code), `+4930*` (a beginning), `+493012345678`, `110` or `reception` (exactly that), `*` (everything but
 * what has to be named), `sip:*@pbx.example.com` (addresses at another host than the connection's gateways).
 * @returns the pattern, or what was expected, in words
 */
export function parseDestination(text: string): { destination: DestinationPattern } | { problem: string } {
  const uri = /^sip:([^@\s]+)@([^@\s:;?]+)$/i.exec(text.trim());
  if (uri !== null) {
    const user = parseNumberPattern(uri[1] ?? '');
    return 'problem' in user
      ? user
      : { destination: { kind: 'host', user: user.pattern, host: (uri[2] ?? '').toLowerCase() } };
  }
  const read = parseNumberPattern(text);
  if ('problem' in read) return read;
  const { pattern } = read;
  if (pattern.kind !== 'exact') return { destination: pattern };
  if (COUNTRY_CODE.test(pattern.number)) return { destination: { kind: 'prefix', prefix: pattern.number } };
  if (pattern.number.startsWith('+') && !WHOLE_NUMBER.test(pattern.number)) {
    return { problem: `a country code, a whole number, or a beginning with a star: '${pattern.number}*'` };
  }
  return { destination: pattern };
}

/** Numbers that a caller in need dials, in many countries. Where the list is open they are refused all the same. */
const EMERGENCY = new Set(['112', '911', '999', '000', '110', '113', '115', '118', '119', '190', '193']);
/** Digits without `+` that are no subscriber's number. */
const SHORT = /^[\d*#]{1,6}$/;
/** Codes of no country: satellites and networks that cost like them (ITU-T E.164, list of assigned codes). */
const WORLDWIDE = /^\+(?:870|878|88[1238])/;

/**
 * Whether a SIP connection lets its calls go to a number. Toll fraud dials what costs most, so premium-rate, emergency and short
 * numbers have to be listed exactly, and worldwide networks by their code, also where everything else is allowed.
 * @param list undefined: the connection has no list, and everything else may be called
 * @param user E.164 with its `+`, or the user part of a SIP URI
 * @returns undefined: it may be called; otherwise why not, in words
 */
export function refusedDestination(list: readonly DestinationPattern[] | undefined, user: string): string | undefined {
  const number = normaliseNumber(user);
  const patterns = (list ?? [{ kind: 'any' }]).filter((entry) => entry.kind !== 'host');
  const listed = patterns.filter((pattern) => matchesNumber(pattern, number));
  if (listed.some((pattern) => pattern.kind === 'exact')) return undefined;
  const special = specialKind(number, list !== undefined);
  if (special !== undefined) return `'${number}' is ${special}: it has to be listed itself in 'destinations'`;
  if (
    WORLDWIDE.test(number) &&
    !listed.some((pattern) => pattern.kind === 'prefix' && WORLDWIDE.test(pattern.prefix))
  ) {
    return `'${number}' is in a worldwide network: its code '${number.slice(0, 4)}' has to be listed in 'destinations'`;
  }
  if (listed.length > 0) return undefined;
  return list?.length === 0 ? `'destinations' is empty: nothing may be called` : `'${number}' is not in 'destinations'`;
}

function specialKind(number: string, closed: boolean): string | undefined {
  if (EMERGENCY.has(number)) return 'an emergency number';
  // An open connection is a telephone system of one's own, with short numbers for its phones.
  if (closed && SHORT.test(number)) return 'a short number';
  if (!number.startsWith('+')) return undefined;
  return parsePhoneNumberFromString(number)?.getType() === 'PREMIUM_RATE' ? 'a premium-rate number' : undefined;
}

/** Whether the list names SIP addresses at `host` for this user. */
export function allowsHost(list: readonly DestinationPattern[] | undefined, user: string, host: string): boolean {
  return (list ?? []).some(
    (entry) => entry.kind === 'host' && entry.host === host.toLowerCase() && matchesNumber(entry.user, user),
  );
}
