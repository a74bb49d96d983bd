import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseTarget } from '../dialout/numbers.ts';
import { PatchbayError } from '../errors.ts';
import { dialoutBody, dialoutRequest, fingerprintOf } from './dialout-body.ts';
import { ApiError } from './errors.ts';
import type { BotsPort, DialoutsPort } from './ports.ts';
import { addRoute } from './route.ts';

const headers = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x20-\x7e]{1,255}$/, 'expected up to 255 visible ASCII characters')
    .optional()
    .describe('A repeated request with the same key (within 24 hours) gets the first answer and calls nobody again'),
});

const answer = z.strictObject({ conversationId: z.uuid() }).meta({ id: 'DialoutAnswer' });

const description = [
  'The dialout is on disk when this answers; what becomes of it is told to `notifyUrl` and streamed at /api/v1/events.',
  'It may wait for the limits of its bot; one that could not begin in time is refused with 429, or fails later.',
  '400 names the field at fault, also for a target that cannot be dialled; 404: no such bot; 409: no routing rule leads',
  'out for this bot, or the Idempotency-Key stands for another request; 503: the hub is stopping.',
].join(' ');

/** Dialouts (Bot API 5.1). */
export function dialoutRoutes(app: FastifyInstance, bots: BotsPort, dialouts: DialoutsPort): void {
  addRoute(app, {
    method: 'POST',
    url: '/actions/dialout',
    access: 'callControl',
    id: 'dialout',
    tag: 'Dialout',
    summary: 'Calls somebody and connects them to a bot',
    description,
    headers,
    body: dialoutBody,
    responses: {
      200: {
        description: 'Accepted',
        schema: answer,
        headers: { 'idempotency-replayed': '`true`: the answer of an earlier request with the same Idempotency-Key' },
      },
    },
    errors: [404, 409],
    handle: async ({ body, headers, client, reply }) => {
      const request = dialoutRequest(body, {
        id: dialouts.newId(),
        client,
        bot: findBot(bots, body.bot),
        target: parseTarget(body.target),
        acceptedAt: dialouts.clock.date(),
        maxQueueMs: dialouts.maxQueueMs(findBot(bots, body.bot)),
      });
      if (request.notifyUrl !== undefined) checkUrl(dialouts, request.notifyUrl);
      const key = headers['idempotency-key'];
      const idempotency = key === undefined ? {} : { idempotencyKey: key, fingerprint: fingerprintOf(request) };
      const { conversationId, repeated } = await dialouts.submit(request, idempotency);
      if (repeated) reply.header('idempotency-replayed', 'true');
      return { conversationId };
    },
  });
}

function findBot(bots: BotsPort, wanted: string): string {
  if (bots.ids().includes(wanted)) return wanted;
  const named = bots.ids().filter((id) => bots.nameOf(id) === wanted);
  const [only] = named;
  if (only === undefined) {
    throw new ApiError('not_found', `There is no bot '${wanted.slice(0, 64)}'`, { field: 'bot' });
  }
  if (named.length > 1) {
    throw new ApiError('bad_request', `Field 'bot': ${named.length} bots have this name; use an id`, { field: 'bot' });
  }
  return only;
}

function checkUrl(dialouts: DialoutsPort, url: string): void {
  try {
    dialouts.checkUrl(url);
  } catch (error) {
    if (!(error instanceof PatchbayError)) throw error;
    throw new ApiError('bad_request', `Field 'notifyUrl': ${error.publicMessage}`, {
      field: 'notifyUrl',
      cause: error,
    });
  }
}
