import { isIP } from 'node:net';
import { parseIpAddress } from '../routing/cidr.ts';
import { ApiError } from './errors.ts';

/** 127.0.0.0/8, ::1, localhost */
export function isLoopback(host: string): boolean {
  if (host.toLowerCase() === 'localhost') return true;
  const address = parseIpAddress(host);
  if (address === undefined) return false;
  return address.family === 4 ? address.value >> 24n === 127n : address.value === 1n;
}

/** The host of a Host header field (RFC 9110 section 7.2), without the port; undefined where it is none. */
function hostOf(header: string | undefined): string | undefined {
  const match = /^(\[[^\]]+\]|[^:]+)(?::\d*)?$/.exec(header ?? '');
  const host = match?.[1]?.replace(/^\[(.*)\]$/, '$1');
  return host !== undefined && (isIP(host) !== 0 || /^[a-z0-9.-]+$/i.test(host)) ? host : undefined;
}

/**
 * Decides whether `/api` may be used, where nobody can prove who they are: only on a server that listens on loopback,
 * has no proxy in front, and is addressed by a loopback name. The last stops web pages that point a name of their own
 * at 127.0.0.1 (DNS rebinding) and proxies that nobody told the hub about. Pages of other sites that address 127.0.0.1
 * itself are told by the browser's Sec-Fetch-Site.
 * @throws ApiError `forbidden`
 */
export function checkAccess(
  server: { host: string; publicUrl: string | undefined },
  request: { host: string | undefined; forwarded: boolean; foreign: boolean },
): void {
  if (!isLoopback(server.host) || server.publicUrl !== undefined) {
    throw new ApiError(
      'forbidden',
      'The API is closed: this version cannot check who is asking, so it answers only where http.host is a loopback address and no http.publicUrl is set',
    );
  }
  const host = hostOf(request.host);
  if (host === undefined || !isLoopback(host)) {
    throw new ApiError('forbidden', 'The API answers only requests to 127.0.0.1, ::1 or localhost');
  }
  if (request.foreign) {
    throw new ApiError('forbidden', 'The API answers no requests that a web page of another site makes');
  }
  if (request.forwarded) {
    throw new ApiError('forbidden', 'The API answers no requests that a proxy passes on');
  }
}
