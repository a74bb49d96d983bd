import { messageOf } from '../../../src/errors.ts';
import type { MoonshineReply, MoonshineRequest } from './processes.ts';
import { Transcriber } from './transcriber.ts';

/** A process with a model of its own: one request at a time, in order, until the hub is gone. */
function serve(send: (reply: MoonshineReply) => void): void {
  let loading: Promise<Transcriber> | undefined;
  const handle = async (request: MoonshineRequest): Promise<MoonshineReply> => {
    const { id } = request;
    try {
      loading ??= Transcriber.load();
      const transcriber = await loading;
      if (request.type === 'warm-up') return { type: 'warm', id };
      const started = performance.now();
      const decoded = await transcriber.transcribe(request.samples);
      return { type: 'decoded', id, decoded, decodeMs: performance.now() - started };
    } catch (error) {
      return { type: 'failed', id, message: messageOf(error) };
    }
  };
  let queue: Promise<void> = Promise.resolve();
  process.on('message', (request: MoonshineRequest) => {
    queue = queue.then(async () => send(await handle(request)));
  });
  process.on('disconnect', () => process.exit(0));
  // What ends the hub from the keyboard reaches its children too: the hub decides when they end.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
}

if (process.send !== undefined) serve((reply) => process.send?.(reply));
