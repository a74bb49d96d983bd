import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { Authentication, Authenticator } from '../access/authenticator.ts';
import { type ClientGroup, grants } from '../access/groups.ts';
import { assertNever } from '../errors.ts';
import { ApiError, retryAfter } from './errors.ts';
import type { Access } from './route.ts';

/** RFC 7617 section 2, RFC 6750 section 3: what a client may prove itself with. */
export function challenges(error?: 'invalid_token'): Record<string, string[]> {
  const bearer = `Bearer realm="patchbay"${error === undefined ? '' : `, error="${error}"`}`;
  return { 'www-authenticate': ['Basic realm="patchbay", charset="UTF-8"', bearer] };
}

/** Asks every request of a route that is not public who sends it, and whether that client may. */
export function guardRoutes(
  app: FastifyInstance,
  deps: { authenticator: Authenticator; publicUrl: string | undefined },
): void {
  const ownHost = deps.publicUrl === undefined ? undefined : new URL(deps.publicUrl).host;
  app.decorateRequest('client', undefined);
  app.addHook('onRequest', async (request) => {
    if (request.is404) return;
    const access: Access = request.routeOptions.config.access ?? 'administrator';
    const reads = request.method === 'GET' || request.method === 'HEAD';
    if (access !== 'public' || !reads) refuseForeignPages(request, ownHost);
    if (access === 'public') return;
    const authentication = await deps.authenticator.authenticate(request.headers.authorization, request.ip);
    request.client = clientOf(authentication);
    if (!grants(request.client.groups, access)) throw missingGroup(access);
  });
}

function clientOf(authentication: Authentication) {
  switch (authentication.kind) {
    case 'client':
      return authentication.client;
    case 'missing':
      throw new ApiError('unauthorized', 'Credentials of an API client are needed: HTTP Basic, or a Bearer token', {
        headers: challenges(),
      });
    case 'wrong': {
      const token = authentication.reason.startsWith('token');
      throw new ApiError('unauthorized', sentences[authentication.reason], {
        headers: challenges(token ? 'invalid_token' : undefined),
      });
    }
    case 'limited':
      throw tooManyAttempts(authentication.retryAfterMs);
    default:
      return assertNever(authentication);
  }
}

const sentences = {
  malformed: 'The Authorization header cannot be read: expected Basic or Bearer',
  secret: 'The id or the secret of the API client is wrong',
  token: 'The token is not valid',
  token_expired: 'The token has expired: get a new one from /oauth/token',
  token_revoked: 'The token is no longer valid: its client was changed or removed',
} as const;

export function tooManyAttempts(retryAfterMs: number): ApiError {
  return new ApiError('too_many_requests', 'Too many wrong credentials came from there: wait before the next attempt', {
    headers: retryAfter(retryAfterMs),
  });
}

function missingGroup(needed: ClientGroup): ApiError {
  return new ApiError('missing_group', `This needs an API client of the group '${needed}'`);
}

/**
 * A browser that was given credentials once sends them along with whatever a page of another site makes it request.
 * Such requests are told by Sec-Fetch-Site (W3C Fetch Metadata), and by Origin (RFC 6454) in older browsers.
 * @throws ApiError `forbidden`
 */
function refuseForeignPages(request: FastifyRequest, ownHost: string | undefined): void {
  const site = request.headers['sec-fetch-site'];
  const { origin, host } = request.headers;
  const foreignSite = site !== undefined && site !== 'same-origin' && site !== 'none';
  if (foreignSite || (origin !== undefined && !isOwn(origin, [host, ownHost]))) {
    throw new ApiError('forbidden', 'The API answers no requests that a web page of another site makes');
  }
}

function isOwn(origin: string, hosts: readonly (string | undefined)[]): boolean {
  return URL.canParse(origin) && hosts.includes(new URL(origin).host);
}
