import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../../src/errors.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { GrammarDecoder } from './stt-decoder.ts';
import type { DecoderReply, DecoderRequest } from './stt-messages.ts';

/** A decoder thread: one decoder per language that was asked for, one request at a time, in order. */
function serve(port: NonNullable<typeof parentPort>): void {
  const decoders = new Map<GrammarLanguage, Promise<GrammarDecoder>>();

  async function decoderFor(language: GrammarLanguage): Promise<GrammarDecoder> {
    let decoder = decoders.get(language);
    if (decoder === undefined) {
      decoder = GrammarDecoder.load(language);
      decoders.set(language, decoder);
      decoder.catch(() => decoders.delete(language));
    }
    return decoder;
  }

  async function handle(request: DecoderRequest): Promise<DecoderReply> {
    try {
      const decoder = await decoderFor(request.grammar.language);
      await decoder.setGrammar(request.grammar);
      if (request.type === 'warm-up') return { type: 'warm', id: request.id };
      const started = performance.now();
      const decoded = decoder.decode(request.samples, request.partial);
      return { type: 'decoded', id: request.id, decoded, decodeMs: performance.now() - started };
    } catch (error) {
      // The engine aborts by throwing from inside WebAssembly; its memory cannot be trusted after that.
      if (error instanceof Error && error.name === 'RuntimeError') throw error;
      return { type: 'failed', id: request.id, message: messageOf(error) };
    }
  }

  let queue: Promise<void> = Promise.resolve();
  port.on('message', (request: DecoderRequest) => {
    queue = queue.then(async () => port.postMessage(await handle(request)));
  });
}

if (parentPort !== null) serve(parentPort);
