import type { z } from 'zod';
import { ApiError } from './errors.ts';

/** Checks a query or path parameters. @throws ApiError `bad_request` naming the first field at fault */
export function validate<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  if (issue?.code === 'unrecognized_keys') {
    const field = issue.keys[0] ?? '';
    throw new ApiError('bad_request', `There is no parameter '${field.slice(0, 64)}'`, { field });
  }
  const field = issue?.path.map(String).join('.') ?? '';
  const message = issue?.message ?? 'not valid';
  throw new ApiError('bad_request', `Parameter '${field}': ${message}`, { field });
}
