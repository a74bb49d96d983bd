import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { ApiDependencies } from './ports.ts';
import { validate } from './validate.ts';

const params = z.strictObject({ id: z.string().min(1).max(128) });

export function botRoutes(app: FastifyInstance, { bots }: ApiDependencies): void {
  /**
   * Asks the bot whether it is one and can be used: `{ ok, steps: [{ step, ok, warning?, message, ms }] }`. 200 also
   * when it cannot; 404 for a bot that is not configured. Requests for the same bot share one check.
   */
  app.post('/bots/:id/validate', async (request) => {
    const { id } = validate(params, request.params);
    if (!bots.ids().includes(id)) {
      throw new ApiError('not_found', `There is no bot '${id}'; configured: ${bots.ids().join(', ')}`, { field: 'id' });
    }
    return await bots.check(id);
  });
}
