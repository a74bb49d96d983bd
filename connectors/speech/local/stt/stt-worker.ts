import { parentPort } from 'node:worker_threads';
import { messageOf } from '../../../../src/errors.ts';
import type { GrammarLanguage } from './grammar-sets.ts';
import { GreetingDecoder } from './greeting-decoder.ts';
import { type Decoded, GrammarDecoder } from './stt-decoder.ts';
import type { DecoderReply, DecoderRequest, Recognition } from './stt-messages.ts';

/** Decoders by language, loaded when they are asked for. */
function loading<D>(load: (language: GrammarLanguage) => Promise<D>): (language: GrammarLanguage) => Promise<D> {
  const decoders = new Map<GrammarLanguage, Promise<D>>();
  return (language) => {
    let decoder = decoders.get(language);
    if (decoder === undefined) {
      decoder = load(language);
      decoders.set(language, decoder);
      decoder.catch(() => decoders.delete(language));
    }
    return decoder;
  };
}

/** A decoder thread: one request at a time, in order. */
function serve(port: NonNullable<typeof parentPort>): void {
  const grammarDecoder = loading(GrammarDecoder.load);
  const greetingDecoder = loading(GreetingDecoder.load);

  /** Makes ready what decodes with this. */
  async function decoderFor(grammar: Recognition): Promise<(samples: Int16Array, partial: boolean) => Decoded> {
    if ('greetings' in grammar) {
      const greetings = await greetingDecoder(grammar.language);
      return (samples) => greetings.decode(samples);
    }
    const decoder = await grammarDecoder(grammar.language);
    await decoder.setGrammar(grammar);
    return (samples, partial) => decoder.decode(samples, partial);
  }

  async function handle(request: DecoderRequest): Promise<DecoderReply> {
    try {
      const decode = await decoderFor(request.grammar);
      if (request.type === 'warm-up') return { type: 'warm', id: request.id };
      const started = performance.now();
      const decoded = decode(request.samples, request.partial);
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
