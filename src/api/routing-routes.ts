import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import type { ApiDependencies } from './ports.ts';
import { addRoute } from './route.ts';

const number = z.string().max(256, 'expected at most 256 characters');

const explainQuery = z.strictObject({
  from: number,
  to: number,
  connection: z
    .string()
    .min(1, 'expected the id of a SIP connection')
    .optional()
    .describe('Id of the SIP connection that the call comes from; may be left out where there is only one'),
  bot: z
    .string()
    .min(1, 'expected the id of a bot')
    .optional()
    .describe('Id of the bot that places the call, instead of a SIP connection'),
  type: z
    .enum(['call', 'transfer'])
    .default('call')
    .describe('transfer: the bot hands its caller over, or the party of a call asks for another one by REFER'),
});

const explanation = z
  .strictObject({
    decision: z.strictObject({
      rule: z.string().optional(),
      destination: z
        .looseObject({})
        .describe('{ bot }, { reject: { code, reason } }, { sipConnection }, { phoneNumber } or { routingGroup }'),
      calling: z.string().describe('As the rule has rewritten it'),
      called: z.string().describe('As the rule has rewritten it'),
    }),
    blockedBy: z.string().optional().describe('Id of the block list that has the caller; the rules are not asked'),
    destinations: z.array(z.string()).describe('Whom the call is offered to, in words; groups line by line'),
    rules: z.array(
      z.strictObject({ rule: z.string(), matched: z.boolean(), chosen: z.boolean(), reasons: z.array(z.string()) }),
    ),
  })
  .meta({ id: 'RouteExplanation' });

export function routingRoutes(app: FastifyInstance, { routing, bots }: ApiDependencies): void {
  addRoute(app, {
    method: 'GET',
    url: '/routing/explain',
    access: 'monitor',
    id: 'explainRouting',
    tag: 'Routing',
    summary: 'What would become of a call, and for each rule whether it matches and why not',
    query: explainQuery,
    responses: { 200: { description: 'The decision and the rules', schema: explanation } },
    handle: ({ query }) => {
      if (query.bot !== undefined && !bots.ids().includes(query.bot)) {
        throw new ApiError('bad_request', `There is no bot '${query.bot.slice(0, 64)}'`, { field: 'bot' });
      }
      if (query.bot !== undefined && query.connection !== undefined) {
        throw new ApiError('bad_request', "Either 'connection' or 'bot', not both", { field: 'bot' });
      }
      const { bot, type, from: calling, to: called } = query;
      if (bot !== undefined) return routing.explain({ bot, type, calling, called });
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
      return routing.explain({ sipConnection: connection, type, calling, called });
    },
  });
}
