import { z } from 'zod';
import { clientGroups } from '../access/groups.ts';
import type { Access, Operation, RegisteredRoute, ResponseDoc } from './route.ts';

type Json = Record<string, unknown>;

export const errorSchema = z
  .strictObject({
    error: z.strictObject({
      code: z.string().describe('Stable; what programs compare'),
      message: z.string().describe('For a person; may change'),
      field: z.string().optional().describe('The parameter, header or key of the body at fault'),
    }),
  })
  .meta({ id: 'Error' });

const errorDescriptions: Readonly<Record<number, string>> = {
  400: 'Something in the request is wrong; `field` names it',
  401: 'No credentials, wrong ones, or a token that is over',
  403: 'The API client is not in the group that this needs, or a web page of another site asks',
  404: 'There is no such thing',
  409: 'It contradicts what is there',
  413: 'The body is too large',
  415: 'The body is of a type that is not read here',
  429: 'Too much: try again after `Retry-After`',
  500: 'A fault of the hub; its log has the details',
  503: 'Not now: the hub is stopping, or its database cannot be reached',
};

const tags: Readonly<Record<string, string>> = {
  Dialout: 'Calls that the hub places, and what becomes of them',
  Calls: 'Calls under way and call records',
  Recordings: 'The sound of calls',
  Access: 'API clients and their tokens',
  Bots: 'The configured bots',
  Routing: 'Which call goes where',
  Health: 'For load balancers, orchestrators and Prometheus',
};

export interface DocumentOptions {
  version: string;
  /** Where the API is reached; undefined: where the document came from. */
  publicUrl?: string | undefined;
}

/**
 * The API as an OpenAPI 3.1 document: one definition per route, made of the same schemas that check its requests.
 * @throws Error for two routes with one operation id, and for two schemas with one name
 */
export function openApiDocument(routes: readonly RegisteredRoute[], options: DocumentOptions): Json {
  const schemas = new Schemas();
  const paths: Record<string, Json> = {};
  const ids = new Set<string>();
  for (const { method, url, access, operation } of routes) {
    if (operation === 'hidden') continue;
    if (ids.has(operation.id)) throw new Error(`two routes have the operation id '${operation.id}'`);
    ids.add(operation.id);
    const path = url.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: describe(operation, access, schemas) };
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Patchbay',
      version: options.version,
      description: [
        'A voice-bot hub. API clients prove who they are with HTTP Basic, or with a Bearer token of `/oauth/token`, and',
        'belong to groups:\n\n',
        ...Object.entries(clientGroups).map(([group, rights]) => `* \`${group}\`: ${rights}\n`),
      ].join(' '),
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: options.publicUrl?.replace(/\/+$/, '') || '/' }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.named,
      securitySchemes: {
        basic: { type: 'http', scheme: 'basic', description: 'Id and secret of an API client' },
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'A token of `/oauth/token`' },
      },
    },
  };
}

function describe(operation: Operation, access: Access, schemas: Schemas): Json {
  const { id, tag, summary, description, bodyTypes = ['application/json'] } = operation;
  const body = bodyOf(operation);
  const parameters = [
    ...parametersOf('path', operation.params, schemas),
    ...parametersOf('query', operation.query, schemas),
    ...parametersOf('header', operation.headers, schemas),
  ];
  const group = access === 'public' ? '' : `Needs the group \`${access}\`.`;
  const content = body && Object.fromEntries(bodyTypes.map((type) => [type, { schema: schemas.of(body, 'input') }]));
  return {
    operationId: id,
    tags: [tag],
    summary,
    description: [description, group].filter((text) => text !== undefined && text !== '').join('\n\n') || summary,
    // The array of a scheme that is not OAuth names roles (OpenAPI 3.1, Security Requirement Object).
    security: access === 'public' ? [] : [{ basic: [access] }, { bearer: [access] }],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(content === undefined ? {} : { requestBody: { required: true, content } }),
    responses: responsesOf(operation, access, schemas),
  };
}

function bodyOf({ body, uncheckedBody }: Operation): z.ZodType | undefined {
  return body ?? uncheckedBody;
}

function parametersOf(place: 'path' | 'query' | 'header', schema: z.ZodType | undefined, schemas: Schemas): Json[] {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
  }));
}

function responsesOf(operation: Operation, access: Access, schemas: Schemas): Json {
  const documented = Object.entries(operation.responses).map(([status, doc]) => [status, responseOf(doc, schemas)]);
  const body = bodyOf(operation);
  const takesInput = [operation.params, operation.query, operation.headers, body].some(Boolean);
  const errors = new Set([
    ...(operation.errors ?? []),
    ...(takesInput ? [400] : []),
    ...(body === undefined ? [] : [413, 415]),
    ...(access === 'public' ? [] : [401, 429]),
    ...(access === 'public' && body === undefined ? [] : [403, 500, 503]),
  ]);
  const answered = Object.keys(operation.responses).map(Number);
  const refused = [...errors]
    .filter((status) => !answered.includes(status))
    .sort()
    .map((status) => [String(status), errorOf(status, operation, schemas)]);
  return Object.fromEntries([...documented, ...refused]);
}

function responseOf({ description, schema, contentType, headers }: ResponseDoc, schemas: Schemas): Json {
  const type = contentType ?? (schema === undefined ? undefined : 'application/json');
  const body = schema === undefined ? { type: 'string' } : schemas.of(schema, 'output');
  return {
    description,
    ...(headers === undefined ? {} : { headers: headerDocs(headers) }),
    ...(type === undefined ? {} : { content: { [type]: { schema: body } } }),
  };
}

function errorOf(status: number, operation: Operation, schemas: Schemas): Json {
  const own = operation.errorSchema;
  const schema = own === undefined ? errorSchema : z.union([own, errorSchema]);
  const headers: Record<string, string> = {
    ...(status === 401 ? { 'WWW-Authenticate': 'RFC 9110 section 11.6.1: Basic, and Bearer' } : {}),
    ...(status === 429 ? { 'Retry-After': 'Seconds' } : {}),
  };
  return {
    description: errorDescriptions[status] ?? 'An error',
    ...(Object.keys(headers).length === 0 ? {} : { headers: headerDocs(headers) }),
    content: { 'application/json': { schema: schemas.of(schema, 'output') } },
  };
}

function headerDocs(headers: Readonly<Record<string, string>>): Json {
  return Object.fromEntries(
    Object.entries(headers).map(([name, description]) => [name, { description, schema: { type: 'string' } }]),
  );
}

/** JSON schemas of zod schemas; those with a name stand among the components once. */
class Schemas {
  readonly named: Record<string, Json> = {};

  of(schema: z.ZodType, io: 'input' | 'output'): Json {
    const { $schema: _dialect, $defs = {}, ...json } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
    for (const [name, definition] of Object.entries($defs as Record<string, Json>)) {
      const moved = relocate(definition) as Json;
      const known = this.named[name];
      if (known !== undefined && JSON.stringify(known) !== JSON.stringify(moved)) {
        throw new Error(`two schemas have the name '${name}'`);
      }
      this.named[name] = moved;
    }
    return relocate(json) as Json;
  }
}

/** References from `#/$defs` to where OpenAPI keeps its schemas. */
function relocate(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(relocate);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      key === '$ref' && typeof item === 'string' ? item.replace('#/$defs/', '#/components/schemas/') : relocate(item),
    ]),
  );
}
