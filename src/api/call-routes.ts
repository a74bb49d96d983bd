import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { ApiError } from './errors.ts';
import { type Cursor, listCalls, parseCursor, printCursor } from './list-calls.ts';
import type { ApiDependencies } from './ports.ts';
import { addRoute } from './route.ts';

/** A record comes with its transcript: a page of so many is still quickly written. */
const maxLimit = 100;

const listQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^\d{1,4}$/, 'expected a whole number')
    .transform(Number)
    .pipe(z.int().min(1, 'expected at least 1').max(maxLimit, `expected at most ${maxLimit}`))
    .default(20),
  before: z
    .string()
    .transform((text, context): Cursor => {
      const cursor = parseCursor(text);
      if (cursor !== undefined) return cursor;
      context.addIssue({ code: 'custom', message: "expected the value of 'next' of an earlier page", input: text });
      return z.NEVER;
    })
    .optional(),
});

const callParameters = z.strictObject({ id: z.uuid({ error: 'expected a UUID' }) });

export function callRoutes(app: FastifyInstance, { calls }: ApiDependencies): void {
  addRoute(app, {
    method: 'GET',
    url: '/calls',
    access: 'callDataManager',
    id: 'listCalls',
    tag: 'Calls',
    summary: 'Live and recent calls, newest first',
    query: listQuery,
    responses: { 200: { description: 'A page; `next` goes into `before` for the next', schema: z.looseObject({}) } },
    handle: async ({ query: { limit, before } }) => {
      const page = await listCalls(calls, { limit, before });
      return { calls: page.calls, next: page.next === undefined ? null : printCursor(page.next) };
    },
  });

  addRoute(app, {
    method: 'GET',
    url: '/calls/:id',
    access: 'callDataManager',
    id: 'getCall',
    tag: 'Calls',
    summary: 'One call with its transcript',
    params: callParameters,
    responses: { 200: { description: 'The record', schema: z.looseObject({}) } },
    errors: [404],
    handle: async ({ params: { id } }) => {
      const record = calls.listLive().find((live) => live.id === id) ?? (await calls.records.get(id));
      if (record === undefined) throw new ApiError('not_found', `There is no call ${id}`, { field: 'id' });
      return record;
    },
  });
}
