import { PatchbayError } from '../errors.ts';

export type ApiErrorCode = 'bad_request' | 'forbidden' | 'not_found' | 'unavailable';

/** An answer that is not a success; what callers of the API see is `{ error: { code, message, field } }`. */
export class ApiError extends PatchbayError<ApiErrorCode> {
  /** The query parameter or path parameter that is at fault. */
  readonly field: string | undefined;

  constructor(code: ApiErrorCode, message: string, options: { field?: string; cause?: unknown } = {}) {
    super(code, message, { cause: options.cause });
    this.field = options.field;
  }
}

export function statusOf(code: ApiErrorCode): number {
  switch (code) {
    case 'bad_request':
      return 400;
    case 'forbidden':
      return 403;
    case 'not_found':
      return 404;
    case 'unavailable':
      return 503;
  }
}

export interface ErrorBody {
  error: { code: string; message: string; field?: string };
}

export function errorBody(code: string, message: string, field?: string): ErrorBody {
  return { error: { code, message, ...(field === undefined ? {} : { field }) } };
}
