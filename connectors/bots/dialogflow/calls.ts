import type { ClientReadableStream, ClientUnaryCall, ServiceError } from '@grpc/grpc-js';

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
