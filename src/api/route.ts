import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import type { ApiClient } from '../access/client.ts';
import type { ClientGroup } from '../access/groups.ts';
import { validate } from './validate.ts';

/** Who may use a route: everybody, or clients of one group (and administrators). */
export type Access = 'public' | ClientGroup;

export interface ResponseDoc {
  description: string;
  /** Of a JSON body; absent where there is none. */
  schema?: z.ZodType;
  /** Other than application/json. */
  contentType?: string;
  headers?: Readonly<Record<string, string>>;
}

/** What the documentation says of a route; every route that is not marked as `hidden` has one. */
export interface Operation {
  /** Unique, camelCase. */
  id: string;
  tag: string;
  summary: string;
  description?: string;
  params?: z.ZodType;
  query?: z.ZodType;
  /** Request header fields beside Authorization. */
  headers?: z.ZodType;
  body?: z.ZodType;
  /** Instead of `body`, where the route checks its body by itself. */
  uncheckedBody?: z.ZodType;
  /** Media types of the request's body; default: JSON. */
  bodyTypes?: readonly string[];
  /** By status; what the error handler answers is not among them. */
  responses: Readonly<Record<number, ResponseDoc>>;
  /** Statuses of errors beside those that every route has. */
  errors?: readonly number[];
  /** Errors are not ours in shape (RFC 6749 5.2). */
  errorSchema?: z.ZodType;
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Must be declared: a route without it is refused when it is registered. */
    access?: Access;
    operation?: Operation | 'hidden';
  }
  interface FastifyInstance {
    /** All routes, once the server is ready. */
    routeTable: readonly RegisteredRoute[];
  }
  interface FastifyRequest {
    /** Whose credentials the request carries; undefined on public routes. */
    client: ApiClient | undefined;
  }
}

export interface RouteInput<Params, Query, Headers, Body> {
  params: Params;
  query: Query;
  headers: Headers;
  body: Body;
  /** Id of the API client; empty on public routes. */
  client: string;
  request: FastifyRequest;
  reply: FastifyReply;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

/** A route in one piece: who may use it, what it takes, what it answers, and what it does. */
export interface RouteDefinition<Params, Query, Headers, Body> extends Omit<Operation, 'params' | 'query' | 'body'> {
  method: 'GET' | 'POST' | 'DELETE';
  url: string;
  access: Access;
  params?: Params & z.ZodType;
  query?: Query & z.ZodType;
  headers?: Headers & z.ZodType;
  body?: Body & z.ZodType;
  /** Returns the body of the answer, or sends it by itself. */
  handle(input: RouteInput<Output<Params>, Output<Query>, Output<Headers>, Output<Body>>): unknown;
}

/**
 * Registers a route: what it takes is checked by its schemas (400 names the field), what it says of itself goes into
 * the documentation.
 */
export function addRoute<Params = undefined, Query = undefined, Headers = undefined, Body = undefined>(
  app: FastifyInstance,
  definition: RouteDefinition<Params, Query, Headers, Body>,
): void {
  const { method, url, access, handle, ...operation } = definition;
  const { params, query, headers, body } = definition;
  app.route({
    method,
    url,
    // A stream has no length to be asked for, and no end.
    exposeHeadRoute: operation.responses[200]?.contentType !== 'text/event-stream',
    config: { access, operation },
    handler: async (request, reply) => {
      const input = {
        params: params && validate(params, request.params, 'parameter'),
        query: query && validate(query, request.query, 'parameter'),
        headers: headers && validate(headers, request.headers, 'header'),
        body: body && validate(body, request.body, 'body'),
        client: request.client?.id ?? '',
        request,
        reply,
      };
      return await handle(input as RouteInput<Output<Params>, Output<Query>, Output<Headers>, Output<Body>>);
    },
  });
}

/** A route as it was registered. */
export interface RegisteredRoute {
  method: string;
  /** With the prefix; parameters as `:name`. */
  url: string;
  access: Access;
  operation: Operation | 'hidden';
}

/**
 * Keeps the list of the routes that are registered from now on, and refuses those that do not say who may use them and
 * what they are.
 */
export function keepRouteTable(app: FastifyInstance): readonly RegisteredRoute[] {
  const table: RegisteredRoute[] = [];
  app.addHook('onRoute', (route) => {
    const { access, operation } = route.config ?? {};
    for (const method of [route.method].flat()) {
      if (access === undefined) {
        throw new Error(`the route ${method} ${route.url} does not say who may use it (config.access)`);
      }
      if (operation === undefined) {
        throw new Error(`the route ${method} ${route.url} does not describe itself (config.operation)`);
      }
      // Fastify adds them by itself, with the configuration of their GET.
      if (method !== 'HEAD') table.push({ method, url: route.url, access, operation });
    }
  });
  return table;
}
