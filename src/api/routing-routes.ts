import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { ApiDependencies } from './ports.ts';
import { validate } from './validate.ts';

const number = z.string().max(256, 'expected at most 256 characters');

const explainQuery = z.strictObject({
  from: number,
  to: number,
  connection: z.string().min(1, 'expected the id of a SIP connection').optional(),
});

export function routingRoutes(app: FastifyInstance, { routing }: ApiDependencies): void {
  /**
   * What would become of a call: `{ decision, rules }`, for each rule whether it matches and why not. `connection` may
   * be left out where there is only one.
   */
  app.get('/routing/explain', (request) => {
    const query = validate(explainQuery, request.query);
    const known = routing.sipConnections();
    const connection = query.connection ?? (known.length === 1 ? known[0] : undefined);
    if (connection === undefined) {
      throw new ApiError('bad_request', `Parameter 'connection': expected one of ${known.join(', ')}`, {
        field: 'connection',
      });
    }
    if (!known.includes(connection)) {
      throw new ApiError('bad_request', `There is no SIP connection '${connection.slice(0, 64)}'`, {
        field: 'connection',
      });
    }
    return routing.explain({ sipConnection: connection, calling: query.from, called: query.to });
  });
}
