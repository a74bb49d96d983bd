import type { TextToSpeech, TtsRequest } from './ports.ts';
import { splitSentences } from './sentences.ts';
import { isSsml } from './ssml.ts';

const MAX_CHARS = 300;
const FIRST_MAX_CHARS = 120;

/**
 * A service that gives no audio before a whole text is synthesised, sentence by sentence: the first is spoken while the next is
 * made. SSML is left whole.
 */
export function sentencewise(tts: TextToSpeech): TextToSpeech {
  return {
    id: tts.id,
    get capabilities() {
      return { ...tts.capabilities, streaming: true };
    },
    synthesize: (request, signal) =>
      tts.capabilities.streaming || isSsml(request.text)
        ? tts.synthesize(request, signal)
        : inTurn(tts, request, signal),
  };
}

async function* inTurn(tts: TextToSpeech, request: TtsRequest, signal: AbortSignal): AsyncGenerator<Int16Array> {
  const sentences = splitSentences(request.text, {
    maxChars: MAX_CHARS,
    firstMaxChars: FIRST_MAX_CHARS,
    language: request.language,
  });
  const abandoned = new AbortController();
  const either = AbortSignal.any([signal, abandoned.signal]);
  const start = (index: number) => {
    const sentence = sentences[index];
    return sentence === undefined ? undefined : collect(tts.synthesize({ ...request, text: sentence.text }, either));
  };
  try {
    for (let i = 0, next = start(0); next !== undefined; i += 1) {
      const current = next;
      const chunks = await current;
      if (signal.aborted) return;
      next = start(i + 1);
      for (const chunk of chunks) {
        yield chunk;
        if (signal.aborted) return;
      }
    }
  } finally {
    abandoned.abort();
  }
}

function collect(audio: AsyncIterable<Int16Array>): Promise<Int16Array[]> {
  const all = drain(audio);
  // Waited for later; until then nobody listens.
  all.catch(() => undefined);
  return all;
}

async function drain(audio: AsyncIterable<Int16Array>): Promise<Int16Array[]> {
  const chunks: Int16Array[] = [];
  for await (const chunk of audio) chunks.push(chunk);
  return chunks;
}
