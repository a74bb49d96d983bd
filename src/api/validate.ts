import type { z } from 'zod';
import { ApiError } from './errors.ts';

/** Where a value stands, for messages. */
export type Place = 'parameter' | 'header' | 'body';

/** Checks what a request brings. @throws ApiError `bad_request` naming the first field at fault */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown, place: Place): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const what = place === 'parameter' ? 'Parameter' : place === 'header' ? 'Header' : 'Field';
  if (issue?.code === 'unrecognized_keys') {
    const key = (issue.keys[0] ?? '').slice(0, 64);
    const field = [...issue.path.map(String), key].join('.');
    throw new ApiError('bad_request', `There is no ${what.toLowerCase()} '${field}'`, { field });
  }
  const field = issue?.path.map(String).join('.') ?? '';
  const message = issue?.message ?? 'not valid';
  if (field === '') throw new ApiError('bad_request', place === 'body' ? `The body: ${message}` : message);
  throw new ApiError('bad_request', `${what} '${field}': ${message}`, { field });
}
