import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { CallFilter } from '../calls/call-query.ts';
import { parseFilter } from './call-filter.ts';
import { ApiError } from './errors.ts';
import { type Cursor, listCalls, type PageQuery, parseCursor, printCursor } from './list-calls.ts';
import type { ApiDependencies, CallsPort, DialoutsPort } from './ports.ts';
import { callDetail, callSummary, presentCall, waitingDialout } from './present-call.ts';
import { addRoute } from './route.ts';

const maxLimit = 1_000;
/** Pages further down are walked through by `before`, which costs the same everywhere. */
const maxOffset = 100_000;

const wholeNumber = (min: number, max: number) =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value),
    z
      .int({ error: 'expected a whole number' })
      .min(min, `expected at least ${min}`)
      .max(max, `expected at most ${max}`),
  );

const listQuery = z.strictObject({
  limit: wholeNumber(1, maxLimit).default(20).describe(`Calls per page, 1 to ${maxLimit}`),
  page: wholeNumber(0, maxOffset).optional().describe('From 1; 0 is the first page, too'),
  sort: z
    .enum(['-setupTime', 'setupTime'])
    .default('-setupTime')
    .describe('`-setupTime`: newest first; `setupTime`: oldest first'),
  filter: z
    .string()
    .max(1_000)
    .transform((text, context): CallFilter => {
      const result = parseFilter(text);
      if ('filter' in result) return result.filter;
      context.addIssue({ code: 'custom', message: result.problem, input: text });
      return z.NEVER;
    })
    .optional()
    .describe(
      'Conditions that all hold: `(setupTime>=2024-04-01,setupTime<2024-04-02)`, `(botConversationId=...)`, `(callId=...)`',
    ),
  before: z
    .string()
    .transform((text, context): Cursor => {
      const cursor = parseCursor(text);
      if (cursor !== undefined) return cursor;
      context.addIssue({ code: 'custom', message: "expected the value of 'next' of an earlier page", input: text });
      return z.NEVER;
    })
    .optional()
    .describe('`next` of the page before: the calls after it, whatever has come in since'),
});

const callParameters = z.strictObject({ id: z.uuid({ error: 'expected a UUID' }) });

const ending = z.strictObject({ id: z.string(), state: z.literal('ending') }).meta({ id: 'CallEnding' });

export function callRoutes(app: FastifyInstance, { calls, dialouts }: ApiDependencies): void {
  addRoute(app, {
    method: 'GET',
    url: '/calls',
    access: 'callDataManager',
    id: 'listCalls',
    tag: 'Calls',
    summary: 'Live and recorded calls',
    query: listQuery,
    responses: {
      200: {
        description: 'A page; `next` goes into `before` for the next one, null where this is the last',
        schema: z.strictObject({ calls: z.array(callSummary), next: z.string().nullable() }),
      },
    },
    handle: async ({ query: { limit, page, sort, filter, before } }) => {
      const found = await listCalls(calls, {
        limit,
        first: sort === 'setupTime' ? 'oldest' : 'newest',
        filter: filter ?? {},
        at: placeOf(page, before, limit),
      });
      return { calls: found.calls.map(presentCall), next: found.next === undefined ? null : printCursor(found.next) };
    },
  });

  addRoute(app, {
    method: 'GET',
    url: '/calls/:id',
    access: 'callDataManager',
    id: 'getCall',
    tag: 'Calls',
    summary: 'One call with its transcript and, where it was placed for one, its dialout',
    description:
      'A dialout for which no call has been placed yet, or none ever was, is answered as `{ id, callId, state, dialout }`.',
    params: callParameters,
    responses: { 200: { description: 'The record', schema: z.union([callDetail, waitingDialout]) } },
    errors: [404],
    handle: async ({ params: { id } }) => {
      const record = calls.listLive().find((live) => live.id === id) ?? (await calls.records.get(id));
      const dialout =
        dialouts === undefined || record?.direction === 'inbound' ? undefined : await reportOf(dialouts, id);
      if (record !== undefined) return { ...presentCall(record), ...(dialout === undefined ? {} : { dialout }) };
      if (dialout !== undefined) return { id, callId: id, state: dialout.state, dialout };
      throw noCall(id);
    },
  });

  addRoute(app, {
    method: 'DELETE',
    url: '/calls/:id',
    access: 'callControl',
    id: 'endCall',
    tag: 'Calls',
    summary: 'Hangs up a call, or cancels a dialout',
    description: [
      '202: it is being ended; its record and its notifications tell when it has. 204: it had ended already. 409: another',
      'node of the hub has the call and cannot be told. Whether a call that is just being answered is cancelled or hung',
      'up, the record tells; either way it ends.',
    ].join(' '),
    params: callParameters,
    responses: {
      202: { description: 'It is being ended', schema: ending },
      204: { description: 'It had ended already' },
    },
    errors: [404, 409],
    handle: async ({ params: { id }, client, reply }) =>
      await end(calls, id, client).then((state) => {
        if (state === 'ended') return reply.code(204).send();
        return reply.code(202).send({ id, state });
      }),
  });
}

async function end(calls: CallsPort, id: string, client: string): Promise<'ending' | 'ended'> {
  const outcome = await calls.end(id, client);
  switch (outcome) {
    case 'ending':
    case 'ended':
      return outcome;
    case 'elsewhere':
      throw new ApiError('conflict', 'Another node of the hub has this call, and cannot be told', { field: 'id' });
    case 'unknown':
      throw noCall(id);
  }
}

function placeOf(page: number | undefined, before: Cursor | undefined, limit: number): PageQuery['at'] {
  if (before !== undefined) {
    if (page !== undefined) {
      throw new ApiError('bad_request', "Parameter 'page': not together with 'before'", { field: 'page' });
    }
    return { after: before };
  }
  if (page === undefined || page <= 1) return undefined;
  if ((page - 1) * limit <= maxOffset) return { page };
  throw new ApiError(
    'bad_request',
    `Parameter 'page': expected at most ${maxOffset} calls before the page; go on with 'before' or a filter`,
    { field: 'page' },
  );
}

async function reportOf(dialouts: DialoutsPort, id: string) {
  const view = await dialouts.get(id);
  return view === undefined ? undefined : { ...view, notifications: await dialouts.notificationsOf(id) };
}

function noCall(id: string): ApiError {
  return new ApiError('not_found', `There is no call ${id}`, { field: 'id' });
}
