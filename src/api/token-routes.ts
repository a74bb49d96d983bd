import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Authentication } from '../access/authenticator.ts';
import { parseAuthorization } from '../access/credentials.ts';
import { assertNever } from '../errors.ts';
import { answerTo, retryAfter } from './errors.ts';
import { challenges } from './guard.ts';
import type { ApiAccess } from './ports.ts';
import { addRoute } from './route.ts';

const tokenRequest = z
  .object({
    grant_type: z.literal('client_credentials'),
    client_id: z.string().max(64).optional(),
    client_secret: z.string().max(1024).optional(),
    scope: z.string().optional().describe('Ignored: a token has the groups of its client'),
  })
  .meta({ id: 'TokenRequest' });

const tokenAnswer = z
  .strictObject({
    access_token: z.string(),
    token: z.string().describe('The same as access_token, for clients that look for it here'),
    token_type: z.literal('Bearer'),
    expires_in: z.int().describe('Seconds'),
  })
  .meta({ id: 'Token' });

const oauthErrors = ['invalid_request', 'invalid_client', 'unsupported_grant_type', 'temporarily_unavailable'] as const;
type OauthError = (typeof oauthErrors)[number];

const oauthErrorBody = z
  .strictObject({ error: z.enum(oauthErrors), error_description: z.string() })
  .meta({ id: 'OauthError', description: 'RFC 6749 section 5.2' });

/** Ends the request with an error of RFC 6749 section 5.2. */
class OauthRefusal extends Error {
  readonly status: number;
  readonly error: OauthError;
  readonly headers: Record<string, string | string[]>;

  constructor(status: number, error: OauthError, description: string, headers: Record<string, string | string[]> = {}) {
    super(description);
    this.status = status;
    this.error = error;
    this.headers = headers;
  }
}

/** `POST /oauth/token`: bearer tokens for id and secret (RFC 6749 section 4.4). */
export function tokenRoutes(app: FastifyInstance, access: ApiAccess): void {
  void app.register(async (scope) => {
    await scope.register(formbody, { bodyLimit: 8 * 1024 });
    scope.setErrorHandler((error, request, reply) => answerError(error, request, reply));
    addRoute(scope, {
      method: 'POST',
      url: '/oauth/token',
      access: 'public',
      id: 'createToken',
      tag: 'Access',
      summary: 'A bearer token for an id and a secret',
      description:
        'OAuth 2.0 client credentials (RFC 6749 section 4.4). The credentials stand in the body or in an Authorization header (Basic). A token dies with its client: when the client is removed, or its secret or groups change.',
      uncheckedBody: tokenRequest,
      bodyTypes: ['application/x-www-form-urlencoded', 'application/json'],
      responses: {
        200: { description: 'The token', schema: tokenAnswer, headers: { 'cache-control': 'no-store' } },
      },
      errors: [400, 401, 429],
      errorSchema: oauthErrorBody,
      handle: ({ request, reply }) => issue(access, request, reply),
    });
  });
}

async function issue(access: ApiAccess, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
  const body = tokenRequest.safeParse(request.body ?? {});
  if (!body.success) {
    const unsupported = body.error.issues.some(({ path }) => path[0] === 'grant_type') && grantTypeOf(request.body);
    if (unsupported) {
      throw new OauthRefusal(400, 'unsupported_grant_type', 'the only grant_type here is client_credentials');
    }
    const [first] = body.error.issues;
    throw new OauthRefusal(400, 'invalid_request', `${first?.path.join('.') || 'the body'}: ${first?.message}`);
  }
  const { id, secret } = credentialsOf(request, body.data);
  const client = clientOf(await access.authenticator.checkSecret(id, secret, request.ip));
  const { token, expiresInSec } = await access.tokens.issue(client);
  // Cache-Control: no-store is on every answer of this server; RFC 6749 section 5.1 wants Pragma too.
  reply.header('pragma', 'no-cache');
  return { access_token: token, token, token_type: 'Bearer', expires_in: expiresInSec };
}

/** RFC 6749 section 2.3.1: in the header or in the body, but not in both. */
function credentialsOf(request: FastifyRequest, body: z.output<typeof tokenRequest>): { id: string; secret: string } {
  const header = parseAuthorization(request.headers.authorization);
  if (header === undefined) {
    const { client_id: id, client_secret: secret } = body;
    if (id === undefined || secret === undefined) {
      throw new OauthRefusal(401, 'invalid_client', 'client_id and client_secret are needed', challenges());
    }
    return { id, secret };
  }
  if (body.client_secret !== undefined) {
    throw new OauthRefusal(400, 'invalid_request', 'credentials stand in the header and in the body: one is enough');
  }
  if (header.scheme !== 'basic') {
    throw new OauthRefusal(401, 'invalid_client', 'the Authorization header has to be Basic', challenges());
  }
  if (body.client_id !== undefined && body.client_id !== header.id) {
    throw new OauthRefusal(400, 'invalid_request', 'client_id is another than that of the Authorization header');
  }
  return header;
}

function clientOf(authentication: Authentication) {
  switch (authentication.kind) {
    case 'client':
      return authentication.client;
    case 'missing':
    case 'wrong':
      throw new OauthRefusal(401, 'invalid_client', 'the id or the secret of the client is wrong', challenges());
    case 'limited':
      throw new OauthRefusal(
        429,
        'temporarily_unavailable',
        'too many wrong credentials came from there: wait before the next attempt',
        retryAfter(authentication.retryAfterMs),
      );
    default:
      return assertNever(authentication);
  }
}

function grantTypeOf(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'grant_type' in body && typeof body.grant_type === 'string';
}

function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof OauthRefusal) {
    return reply
      .headers(error.headers)
      .code(error.status)
      .send({ error: error.error, error_description: error.message });
  }
  const { status, headers, body, fault } = answerTo(error);
  if (fault) request.log.error({ err: error }, 'a request failed');
  // What the body parsers refuse is an invalid request in this endpoint's terms, too.
  if (status === 400) return reply.code(400).send({ error: 'invalid_request', error_description: body.error.message });
  return reply.headers(headers).code(status).send(body);
}
