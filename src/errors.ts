/** Everything that can go wrong on purpose derives from this class; `code` is stable, `message` may change. */
export class PatchbayError<Code extends string = string> extends Error {
  /** Stable, snake_case; what logs, metrics and tests compare. */
  readonly code: Code;
  /** True when the same request may succeed if it is repeated unchanged. */
  readonly retryable: boolean;
  /** What may be shown to somebody outside: no addresses, no secrets. */
  readonly publicMessage: string;

  constructor(
    code: Code,
    message: string,
    options: { cause?: unknown; retryable?: boolean; publicMessage?: string } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.retryable = options.retryable ?? false;
    this.publicMessage = options.publicMessage ?? message;
  }
}

/** Marks a branch of a `switch` over a union that the compiler proves unreachable. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}

/** The message of anything that was thrown, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
