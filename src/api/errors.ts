import { PatchbayError } from '../errors.ts';

/** Stable codes of the API's own refusals, and their status (RFC 9110 section 15). */
const statusByCode = {
  bad_request: 400,
  unauthorized: 401,
  missing_group: 403,
  forbidden: 403,
  not_found: 404,
  conflict: 409,
  too_large: 413,
  unsupported_media_type: 415,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const;

export type ApiErrorCode = keyof typeof statusByCode;

/** An answer that is not a success; what callers of the API see is `{ error: { code, message, field } }`. */
export class ApiError extends PatchbayError<ApiErrorCode> {
  /** The parameter, key of the body or header field that is at fault. */
  readonly field: string | undefined;
  /** Header fields of the answer. */
  readonly headers: Readonly<Record<string, string | string[]>>;

  constructor(
    code: ApiErrorCode,
    message: string,
    options: { field?: string; cause?: unknown; headers?: Record<string, string | string[]> } = {},
  ) {
    super(code, message, { cause: options.cause });
    this.field = options.field;
    this.headers = options.headers ?? {};
  }
}

export function statusOf(code: ApiErrorCode): number {
  return statusByCode[code];
}

/** How errors of other parts of the hub are answered; they keep their code. */
const knownErrors: Readonly<Record<string, { status: number; field?: string }>> = {
  bad_target: { status: 400, field: 'target' },
  destination_not_allowed: { status: 400, field: 'target' },
  no_route: { status: 409, field: 'bot' },
  no_gateway: { status: 409, field: 'bot' },
  idempotency_conflict: { status: 409, field: 'Idempotency-Key' },
  queue_full: { status: 429 },
  rate_limited: { status: 429 },
  draining: { status: 503 },
  unknown_bot: { status: 404, field: 'bot' },
  bad_client: { status: 400 },
  client_exists: { status: 409, field: 'id' },
  client_declared: { status: 409, field: 'id' },
  client_unknown: { status: 404, field: 'id' },
  recording_unknown: { status: 404, field: 'id' },
  recording_active: { status: 409, field: 'id' },
  recording_elsewhere: { status: 409, field: 'id' },
  call_not_live: { status: 409, field: 'id' },
  too_many_recordings: { status: 409, field: 'id' },
  too_many_clients: { status: 409 },
};

export interface ErrorBody {
  error: { code: string; message: string; field?: string };
}

export interface ErrorAnswer {
  status: number;
  headers: Readonly<Record<string, string | string[]>>;
  body: ErrorBody;
  /** Something is wrong with the hub rather than with the request. */
  fault: boolean;
}

export function errorBody(code: string, message: string, field?: string): ErrorBody {
  return { error: { code, message, ...(field === undefined ? {} : { field }) } };
}

/** `Retry-After` in whole seconds (RFC 9110 section 10.2.3), one at least. */
export function retryAfter(ms: number): Record<string, string> {
  return { 'retry-after': String(Math.max(1, Math.ceil(ms / 1000))) };
}

/** What is answered when a handler throws `error`. Nothing from inside the hub shows. */
export function answerTo(error: unknown): ErrorAnswer {
  if (error instanceof ApiError) {
    const { code, message, field, headers } = error;
    return { status: statusOf(code), headers, body: errorBody(code, message, field), fault: false };
  }
  if (error instanceof PatchbayError) {
    const known = Object.hasOwn(knownErrors, error.code) ? knownErrors[error.code] : undefined;
    const status = known?.status ?? (error.retryable ? 503 : 500);
    const headers = status === 429 || status === 503 ? retryAfter(waitOf(error) ?? 1_000) : {};
    const body = errorBody(error.code, error.publicMessage, known?.field);
    return { status, headers, body, fault: known === undefined };
  }
  return fastifyRefusal(error) ?? internal();
}

function waitOf(error: PatchbayError): number | undefined {
  return 'retryAfterMs' in error && typeof error.retryAfterMs === 'number' ? error.retryAfterMs : undefined;
}

/** Fastify's own refusals (a body too large or of a wrong type, a URL that cannot be decoded) are about the request. */
function fastifyRefusal(error: unknown): ErrorAnswer | undefined {
  if (!(error instanceof Error) || !('statusCode' in error) || typeof error.statusCode !== 'number') return undefined;
  const status = error.statusCode;
  if (status < 400 || (status >= 500 && status !== 503)) return undefined;
  const code =
    (Object.keys(statusByCode) as ApiErrorCode[]).find((name) => statusByCode[name] === status) ?? 'bad_request';
  return { status: statusByCode[code], headers: {}, body: errorBody(code, error.message), fault: false };
}

function internal(): ErrorAnswer {
  const body = errorBody('internal', 'Something went wrong inside the hub; its log has the details');
  return { status: 500, headers: {}, body, fault: true };
}
