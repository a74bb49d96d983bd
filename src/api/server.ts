import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { PatchbayError } from '../errors.ts';
import { checkAccess } from './access.ts';
import { botRoutes } from './bot-routes.ts';
import { callRoutes } from './call-routes.ts';
import { ApiError, errorBody, statusOf } from './errors.ts';
import { healthRoutes } from './health-routes.ts';
import type { ApiDependencies } from './ports.ts';
import { routingRoutes } from './routing-routes.ts';

/** RFC 9110 and the usual hardening; the API serves JSON and nothing that a browser should run, frame or guess at. */
const securityHeaders = {
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/**
 * The hub's HTTP server, not yet listening: `/healthz`, `/readyz`, `/metrics` and `/api/v1`. Faults are answered as
 * `{ error: { code, message, field } }` and never show what is inside.
 */
export function createApi(deps: ApiDependencies): FastifyInstance {
  const app = Fastify({
    loggerInstance: deps.log,
    // Probes ask every few seconds; only what goes wrong is worth a line.
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: 64 * 1024,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    return503OnClosing: true,
    routerOptions: { maxParamLength: 256 },
    // A URL that cannot be decoded never gets as far as the error handler.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(securityHeaders).code(400).send(errorBody('bad_request', error.message));
    },
  });

  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof ApiError) {
      return reply.code(statusOf(error.code)).send(errorBody(error.code, error.message, error.field));
    }
    const status = error.statusCode ?? 500;
    // Fastify's own refusals (a body too large, a URL that cannot be decoded) are about the request.
    if (status >= 400 && status < 500) return reply.code(status).send(errorBody('bad_request', error.message));
    request.log.error({ err: error }, 'a request failed');
    if (error instanceof PatchbayError) {
      return reply.code(error.retryable ? 503 : 500).send(errorBody(error.code, error.publicMessage));
    }
    return reply.code(500).send(errorBody('internal', 'Something went wrong inside the hub; its log has the details'));
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody('not_found', `There is no ${request.method} ${pathOf(request.url)}`)),
  );

  healthRoutes(app, deps);
  void app.register(
    async (api) => {
      api.addHook('onRequest', async (request) => {
        const forwarded = request.headers.forwarded !== undefined || request.headers['x-forwarded-for'] !== undefined;
        const site = request.headers['sec-fetch-site'];
        const foreign = site !== undefined && site !== 'same-origin' && site !== 'none';
        checkAccess(deps.access, { host: request.headers.host, forwarded, foreign });
      });
      callRoutes(api, deps);
      routingRoutes(api, deps);
      botRoutes(api, deps);
    },
    { prefix: '/api/v1' },
  );
  return app;
}

/** Without the query, and short enough to be repeated in an answer. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, 200);
}
