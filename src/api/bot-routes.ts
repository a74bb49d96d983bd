import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { ApiDependencies } from './ports.ts';
import { addRoute } from './route.ts';

const params = z.strictObject({ id: z.string().min(1).max(128) });

const report = z
  .strictObject({
    ok: z.boolean(),
    steps: z.array(
      z.strictObject({
        step: z.string(),
        ok: z.boolean(),
        warning: z.boolean().optional(),
        message: z.string(),
        ms: z.number(),
      }),
    ),
  })
  .meta({ id: 'BotCheck' });

export function botRoutes(app: FastifyInstance, { bots }: ApiDependencies): void {
  addRoute(app, {
    method: 'POST',
    url: '/bots/:id/validate',
    access: 'administrator',
    id: 'validateBot',
    tag: 'Bots',
    summary: 'Asks a bot whether it is one and can be used',
    description: 'Answers 200 also when it cannot be used. Requests for the same bot at the same time share one check.',
    params,
    responses: { 200: { description: 'Every step of the check', schema: report } },
    errors: [404],
    handle: async ({ params: { id } }) => {
      if (!bots.ids().includes(id)) {
        throw new ApiError('not_found', `There is no bot '${id}'; configured: ${bots.ids().join(', ')}`, {
          field: 'id',
        });
      }
      return await bots.check(id);
    },
  });
}
