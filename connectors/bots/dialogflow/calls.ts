import type { ClientDuplexStream, ClientReadableStream, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';

/** One request with one answer; an abort ends it. @throws ServiceError */
export function unary<T>(
  start: (callback: (error: ServiceError | null, answer?: T) => void) => ClientUnaryCall,
  signal: AbortSignal,
): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    signal.throwIfAborted();
    const call = start((error, answer) => {
      signal.removeEventListener('abort', cancel);
      if (error !== null) reject(error);
      else if (answer === undefined) reject(new Error('an answer without content'));
      else resolve(answer);
    });
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel, { once: true });
  });
}

/** The messages of a stream, until it ends; an abort, or a reader that stops, ends it. @throws ServiceError */
export async function* messagesOf<T>(stream: ClientReadableStream<T>, signal: AbortSignal): AsyncGenerator<T> {
  const cancel = () => stream.cancel();
  // The status may come when nobody reads any more.
  stream.on('error', () => {});
  if (signal.aborted) cancel();
  signal.addEventListener('abort', cancel, { once: true });
  try {
    for await (const message of stream) yield message as T;
  } finally {
    signal.removeEventListener('abort', cancel);
    cancel();
  }
}

/** A stream of audio under way. */
export interface AudioCall {
  send(audio: Buffer): void;
  /** No more audio; what was heard is answered. */
  finish(): void;
  /** Nothing more is wanted; `closed` is not called any more. */
  cancel(): void;
  /** Pieces that wait to be sent. */
  readonly waiting: number;
}

/**
 * Opens a stream whose first message tells what the others are.
 * @param on.closed at the end, with what went wrong
 * @param connection counts it as long as it is open, and is told when something has come
 */
export function audioCall<Request, Response, Heard>(
  call: ClientDuplexStream<Request, Response>,
  messages: { first: Request; audio(bytes: Buffer): Request; read(response: Response): Heard[] },
  on: { heard(event: Heard): void; closed(error: unknown): void },
  connection: { streams: number; heard(): void },
): AudioCall {
  let open = true;
  let writable = true;
  connection.streams += 1;
  const leave = () => {
    if (open) connection.streams -= 1;
    open = false;
  };
  const close = (error: unknown) => {
    if (!open) return;
    leave();
    on.closed(error);
  };
  call.on('data', (response: Response) => {
    if (!open) return;
    connection.heard();
    try {
      for (const event of messages.read(response)) if (open) on.heard(event);
    } catch (error) {
      close(error);
      call.cancel();
    }
  });
  call.on('error', close);
  call.on('end', () => close(undefined));
  call.write(messages.first);
  return {
    send(audio) {
      if (open && writable) call.write(messages.audio(audio));
    },
    finish() {
      if (writable) call.end();
      writable = false;
    },
    cancel() {
      leave();
      call.cancel();
    },
    get waiting() {
      return call.writableLength;
    },
  };
}
