import { parseParams, splitOutside } from './header-values.ts';
import { type HeaderField, header } from './message.ts';
import { trimBlanks } from './text.ts';
import { bracketed, splitHostPort } from './uri.ts';

export interface Via {
  readonly version: string;
  /** Upper case: `UDP`, `TCP`. */
  readonly transport: string;
  readonly host: string;
  readonly port: number | undefined;
  readonly params: ReadonlyMap<string, string>;
}

/** RFC 3261 8.1.1.7: a branch that starts with it (and has more than it) is unique across space and time. */
export const magicCookie = 'z9hG4bK';

const viaPattern =
  /^SIP[ \t]*\/[ \t]*(\d+\.\d+)[ \t]*\/[ \t]*([A-Za-z0-9\-.!%*_+`'~]+)[ \t]+([^;, \t]+(?:[ \t]*:[ \t]*\d+)?)[ \t]*((?:;.*)?)$/i;

/** One Via value; undefined where it is malformed (RFC 3261 20.42). */
export function parseVia(value: string): Via | undefined {
  const found = viaPattern.exec(trimBlanks(value));
  if (!found) return undefined;
  const sentBy = splitHostPort((found[3] ?? '').replaceAll(/[ \t]/g, ''));
  const params = parseParams(found[4] ?? '');
  if (sentBy === undefined || params === undefined) return undefined;
  return { version: found[1] ?? '', transport: (found[2] ?? '').toUpperCase(), ...sentBy, params };
}

/** The topmost Via's text and the rest of its header field, or undefined where there is none. */
export function topVia(headers: readonly HeaderField[]): { index: number; text: string; rest: string[] } | undefined {
  const index = headers.findIndex((field) => field.key === 'via');
  const values = splitOutside(headers[index]?.value ?? '', ',');
  const text = values?.[0];
  return text === undefined || text === '' || values === undefined ? undefined : { index, text, rest: values.slice(1) };
}

/** True where the branch identifies a transaction by itself; false asks for matching as in RFC 2543 (RFC 3261 17.2.3). */
export function hasUniqueBranch(via: Via): boolean {
  const branch = via.params.get('branch');
  return branch !== undefined && branch.length > magicCookie.length && branch.startsWith(magicCookie);
}

/**
 * The headers with the source written into the topmost Via: `received` where the sent-by host differs (RFC 3261 18.2.1), and
 * the value of `rport` where the client asked for it (RFC 3581 4).
 */
export function stampTopVia(headers: readonly HeaderField[], via: Via, address: string, port: number): HeaderField[] {
  const top = topVia(headers);
  if (top === undefined) return [...headers];
  const wantsPort = via.params.has('rport');
  const differs = via.host !== address.toLowerCase();
  if (!wantsPort && !differs && !via.params.has('received')) return [...headers];
  const params = new Map(via.params);
  params.delete('received');
  if (wantsPort) params.set('rport', String(port));
  if (differs || wantsPort) params.set('received', address);
  const text = printVia({ ...via, params });
  const stamped = [...headers];
  stamped[top.index] = header('Via', [text, ...top.rest].join(', '));
  return stamped;
}

export function printVia(via: Via): string {
  let text = `SIP/${via.version}/${via.transport} ${bracketed(via.host)}`;
  if (via.port !== undefined) text += `:${via.port}`;
  for (const [name, value] of via.params) text += value === '' ? `;${name}` : `;${name}=${value}`;
  return text;
}
