import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { type ApiClient, clientIdPattern } from '../access/client.ts';
import { groupNames } from '../access/groups.ts';
import type { ApiAccess } from './ports.ts';
import { addRoute } from './route.ts';

const id = z
  .string()
  .regex(clientIdPattern, 'expected up to 64 letters, digits, dots, dashes and underscores, a letter or digit first');

const params = z.strictObject({ id });

const newClient = z
  .strictObject({
    id,
    groups: z.array(z.enum(groupNames)).min(1).max(groupNames.length),
  })
  .meta({ id: 'NewApiClient' });

const client = z
  .strictObject({
    id: z.string(),
    groups: z.array(z.enum(groupNames)),
    source: z.enum(['configuration', 'database']).describe('Clients of the configuration are read-only here'),
    createdAt: z.iso.datetime().optional(),
  })
  .meta({ id: 'ApiClient' });

const clientWithSecrets = z
  .strictObject({
    id: z.string(),
    groups: z.array(z.enum(groupNames)),
    secret: z.string().describe('Shown this once: the hub keeps its hash only'),
    notificationSecret: z.string().describe('Key of the signatures of status notifications'),
  })
  .meta({ id: 'ApiClientWithSecrets' });

/** API clients, for administrators. */
export function clientRoutes(app: FastifyInstance, { directory, audit, notificationSecretOf }: ApiAccess): void {
  const withSecrets = async (id: string, groups: ApiClient['groups'], secret: string) => ({
    id,
    groups,
    secret,
    notificationSecret: await notificationSecretOf(id),
  });

  addRoute(app, {
    method: 'GET',
    url: '/clients',
    access: 'administrator',
    id: 'listClients',
    tag: 'Access',
    summary: 'All API clients, without their secrets',
    responses: { 200: { description: 'By id', schema: z.strictObject({ clients: z.array(client) }) } },
    handle: async () => ({ clients: (await directory.list()).map(shown) }),
  });

  addRoute(app, {
    method: 'POST',
    url: '/clients',
    access: 'administrator',
    id: 'createClient',
    tag: 'Access',
    summary: 'Makes an API client and shows its secret once',
    body: newClient,
    responses: { 201: { description: 'The client and its secrets', schema: clientWithSecrets } },
    errors: [409],
    handle: async ({ body, reply, client: by }) => {
      const { client, secret } = await directory.create(body.id, body.groups);
      audit({ client: client.id, by }, `API client made, groups: ${client.groups.join(', ')}`);
      reply.code(201);
      return await withSecrets(client.id, client.groups, secret);
    },
  });

  addRoute(app, {
    method: 'DELETE',
    url: '/clients/:id',
    access: 'administrator',
    id: 'removeClient',
    tag: 'Access',
    summary: 'Removes an API client; its secret and its tokens are dead at once',
    description:
      'On the other nodes of the hub within a second. A client of the configuration file is removed there (409).',
    params,
    responses: { 204: { description: 'Removed' } },
    errors: [404, 409],
    handle: async ({ params, reply, client: by }) => {
      await directory.remove(params.id);
      audit({ client: params.id, by }, 'API client removed');
      return reply.code(204).send();
    },
  });

  addRoute(app, {
    method: 'POST',
    url: '/clients/:id/secret',
    access: 'administrator',
    id: 'renewClientSecret',
    tag: 'Access',
    summary: 'Gives an API client a new secret and shows it once; the old one and all tokens are dead',
    params,
    responses: { 200: { description: 'The client and its secrets', schema: clientWithSecrets } },
    errors: [404, 409],
    handle: async ({ params, client: by }) => {
      const secret = await directory.renewSecret(params.id);
      audit({ client: params.id, by }, 'API client has a new secret');
      return await withSecrets(params.id, (await directory.find(params.id))?.groups ?? [], secret);
    },
  });
}

function shown({ id, groups, source, createdAt }: ApiClient) {
  return { id, groups, source, ...(createdAt === undefined ? {} : { createdAt }) };
}
