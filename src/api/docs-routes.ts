import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { z } from 'zod';
import { openApiDocument } from './openapi.ts';
import type { ApiDependencies } from './ports.ts';
import { addRoute } from './route.ts';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Patchbay API</title>
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
`;

const startScript = `SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: 'BaseLayout',
});
`;

/** Our own files and our own API: nothing else is loaded, asked or framed. */
const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Of Swagger UI, as its package ships them. */
const assets = [
  { name: 'swagger-ui.css', type: 'text/css; charset=utf-8' },
  { name: 'swagger-ui-bundle.js', type: 'text/javascript; charset=utf-8' },
  { name: 'favicon-32x32.png', type: 'image/png' },
] as const;

const hidden = { access: 'public', operation: 'hidden' } as const;

/** `/openapi.json`, and a page to read it at `/docs`. */
export function docsRoutes(app: FastifyInstance, deps: Pick<ApiDependencies, 'version' | 'http'>): void {
  let document: object | undefined;
  addRoute(app, {
    method: 'GET',
    url: '/openapi.json',
    access: 'public',
    id: 'getOpenApi',
    tag: 'Health',
    summary: 'This document',
    responses: { 200: { description: 'OpenAPI 3.1', schema: z.looseObject({ openapi: z.string() }) } },
    handle: () => {
      document ??= openApiDocument(app.routeTable, { version: deps.version, publicUrl: deps.http.publicUrl });
      return document;
    },
  });

  const asPage = (reply: FastifyReply, type: string): FastifyReply =>
    reply.header('content-security-policy', pagePolicy).type(type);
  app.get('/docs', { config: hidden }, async (_request, reply) => asPage(reply, 'text/html; charset=utf-8').send(page));
  app.get('/docs/start.js', { config: hidden }, async (_request, reply) =>
    asPage(reply, 'text/javascript; charset=utf-8').send(startScript),
  );
  for (const { name, type } of assets) {
    app.get(`/docs/${name}`, { config: hidden }, async (_request, reply) => {
      const file = fileURLToPath(import.meta.resolve(`@fastify/swagger-ui/static/${name}`));
      return asPage(reply, type)
        .header('cache-control', 'public, max-age=86400')
        .send(await readFile(file));
    });
  }
}
