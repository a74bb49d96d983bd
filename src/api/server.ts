import Fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  LogController,
} from 'fastify';
import { cidrContains, parseIpAddress } from '../routing/cidr.ts';
import { botRoutes } from './bot-routes.ts';
import { callRoutes } from './call-routes.ts';
import { clientRoutes } from './client-routes.ts';
import { dialoutRoutes } from './dialout-routes.ts';
import { docsRoutes } from './docs-routes.ts';
import { answerTo, errorBody } from './errors.ts';
import { eventRoutes } from './event-routes.ts';
import { guardRoutes } from './guard.ts';
import { healthRoutes } from './health-routes.ts';
import type { ApiDependencies, HttpFacts } from './ports.ts';
import { recordingRoutes } from './recording-routes.ts';
import { keepRouteTable } from './route.ts';
import { routingRoutes } from './routing-routes.ts';
import { sipConnectionRoutes } from './sip-connection-routes.ts';
import { tokenRoutes } from './token-routes.ts';

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
 * The hub's HTTP server, not yet listening: `/healthz`, `/readyz`, `/metrics`, `/oauth/token` and `/api/v1`. Every route
 * says who may use it. Faults are answered as `{ error: { code, message, field } }` and never show what is inside.
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
    trustProxy: trustIn(deps.http),
    routerOptions: { maxParamLength: 256 },
    // A URL that cannot be decoded never gets as far as the error handler.
    frameworkErrors: (error: FastifyError, _request: FastifyRequest, reply: FastifyReply) => {
      void reply.headers(securityHeaders).code(400).send(errorBody('bad_request', error.message));
    },
  });
  // Bodies are JSON; what else a route takes it says itself. Pages of other sites can send text/plain unasked.
  app.removeContentTypeParser('text/plain');

  app.decorate('routeTable', keepRouteTable(app));
  app.addHook('onRequest', async (_request, reply) => {
    reply.headers(securityHeaders);
  });
  guardRoutes(app, { authenticator: deps.access.authenticator, publicUrl: deps.http.publicUrl });

  app.setErrorHandler((error, request, reply) => {
    const { status, headers, body, fault } = answerTo(error);
    if (fault) request.log.error({ err: error }, 'a request failed');
    return reply.headers(headers).code(status).send(body);
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send(errorBody('not_found', `There is no ${request.method} ${pathOf(request.url)}`)),
  );

  healthRoutes(app, deps);
  docsRoutes(app, deps);
  tokenRoutes(app, deps.access);
  void app.register(
    async (api) => {
      callRoutes(api, deps);
      routingRoutes(api, deps);
      sipConnectionRoutes(api, deps.sipConnections);
      recordingRoutes(api, deps.recordings, deps.access);
      botRoutes(api, deps);
      clientRoutes(api, deps.access);
      if (deps.dialouts !== undefined) dialoutRoutes(api, deps.bots, deps.dialouts);
      if (deps.events !== undefined) eventRoutes(api, deps.events);
    },
    { prefix: '/api/v1' },
  );
  return app;
}

function trustIn({ trustedProxies }: HttpFacts): false | ((address: string) => boolean) {
  if (trustedProxies.length === 0) return false;
  return (text) => {
    const address = parseIpAddress(text);
    return address !== undefined && trustedProxies.some((block) => cidrContains(block, address));
  };
}

/** Without the query, and short enough to be repeated in an answer. */
function pathOf(url: string): string {
  return (url.split('?', 1)[0] ?? '').slice(0, 200);
}
