import { describe, expect, test } from 'vitest';
import { SpeechError, type TextToSpeech } from '../../../src/speech/ports.ts';
import { memoryTts } from './memory.ts';
import { ttsContractCases } from './tts-contract.ts';

/** Ways to break a synthesiser that works, and a case of the kit that has to notice each. */
const breakages: { fault: string; noticedBy: string; wrap: (inner: TextToSpeech) => TextToSpeech }[] = [
  {
    fault: 'loses the end',
    noticedBy: 'gives the whole audio of a text, again and again',
    wrap: speaking(async function* (chunks) {
      let held: Int16Array | undefined;
      for await (const chunk of chunks) {
        if (held !== undefined) yield held;
        held = chunk;
      }
    }),
  },
  {
    fault: 'says pieces twice',
    noticedBy: 'gives the whole audio of a text, again and again',
    wrap: speaking(async function* (chunks) {
      for await (const chunk of chunks) yield* [chunk, chunk];
    }),
  },
  {
    fault: 'speaks at another rate',
    noticedBy: 'gives the whole audio of a text, again and again',
    wrap: speaking(async function* (chunks) {
      for await (const chunk of chunks) yield chunk.filter((_, index) => index % 2 === 0);
    }),
  },
  {
    fault: 'uses the memory of a piece again',
    noticedBy: 'gives the whole audio of a text, again and again',
    wrap: speaking(async function* (chunks) {
      for await (const chunk of chunks) yield chunk.fill(0);
    }),
  },
  {
    fault: 'speaks once only',
    noticedBy: 'gives the whole audio of a text, again and again',
    wrap(inner) {
      let spoken = false;
      return speaking(async function* (chunks) {
        if (spoken) return;
        spoken = true;
        yield* chunks;
      })(inner);
    },
  },
  {
    fault: 'cuts long texts',
    noticedBy: 'a long text is not cut',
    wrap: (inner) => ({
      ...silent(inner),
      synthesize: (request, signal) => inner.synthesize({ ...request, text: request.text.slice(0, 2_000) }, signal),
    }),
  },
  {
    fault: 'mixes texts',
    noticedBy: 'texts at the same time do not touch each other',
    wrap(inner) {
      let last = '';
      return {
        ...silent(inner),
        async *synthesize(request, signal) {
          last = request.text;
          await new Promise((resolve) => setTimeout(resolve, 5));
          yield* inner.synthesize({ ...request, text: last }, signal);
        },
      };
    },
  },
  {
    fault: 'takes an abort for an error',
    noticedBy: 'an abort ends it without an error, and the vendor is let go',
    wrap: speaking(async function* (chunks, signal) {
      yield* chunks;
      signal.throwIfAborted();
    }),
  },
  {
    fault: 'does not let the vendor go at an abort',
    noticedBy: 'an abort ends it without an error, and the vendor is let go',
    wrap: (inner) => ({
      ...silent(inner),
      async *synthesize(request, signal) {
        const chunks = inner.synthesize(request, new AbortController().signal)[Symbol.asyncIterator]();
        const aborted = new Promise<IteratorResult<Int16Array>>((resolve) =>
          signal.addEventListener('abort', () => resolve({ done: true, value: undefined })),
        );
        for (;;) {
          const { done, value } = await Promise.race([chunks.next(), aborted]);
          if (done === true) return;
          yield value;
        }
      },
    }),
  },
  {
    fault: 'speaks on after an abort',
    noticedBy: 'an abort in the middle ends it, without an error',
    wrap: (inner) => ({
      ...silent(inner),
      synthesize: (request) => inner.synthesize(request, new AbortController().signal),
    }),
  },
  {
    fault: 'speaks although it was aborted before',
    noticedBy: 'one that is aborted before it begins asks nobody',
    wrap: (inner) => ({
      ...silent(inner),
      synthesize: (request) => inner.synthesize(request, new AbortController().signal),
    }),
  },
  {
    fault: 'does not let the vendor go when its reader goes',
    noticedBy: 'a reader that goes lets the vendor go',
    wrap: (inner) => ({
      ...silent(inner),
      async *synthesize(request, signal) {
        const chunks = inner.synthesize(request, signal)[Symbol.asyncIterator]();
        for (let next = await chunks.next(); next.done !== true; next = await chunks.next()) yield next.value;
      },
    }),
  },
  {
    fault: 'takes audio that breaks off for the whole',
    noticedBy: 'audio that breaks off is an error that may be tried again',
    wrap: speaking(async function* (chunks) {
      try {
        yield* chunks;
      } catch {}
    }),
  },
  {
    fault: 'throws what is no SpeechError',
    noticedBy: 'refused credentials are told as such',
    wrap: throwing(() => new Error('401')),
  },
  {
    fault: 'wants refused credentials to be tried again',
    noticedBy: 'refused credentials are told as such',
    wrap: throwing((cause) => new SpeechError('speech_rejected', String(cause), { retryable: true })),
  },
  {
    fault: 'takes a vendor that is not there for one that refuses',
    noticedBy: 'a vendor that is not there can be tried again',
    wrap: throwing((cause) => new SpeechError('speech_rejected', String(cause))),
  },
];

/** Of the kit, with a synthesiser that does not do what it should. */
const PATIENCE_MS = 300;

describe.concurrent('the contract kit of speech', () => {
  test.each(breakages)('notices one that $fault', async ({ noticedBy, wrap }) => {
    const contractCase = ttsContractCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const harness = { ...memoryTts(true, wrap), patienceMs: PATIENCE_MS };
    const failure: unknown = await contractCase.run(harness, { exact: true }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(Error);
    expect(failure).not.toBeInstanceOf(TypeError);
  });

  test('each case is shown to fail', () => {
    const shown = new Set(breakages.map(({ noticedBy }) => noticedBy));
    expect(ttsContractCases.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
  });
});

function silent({ id, capabilities }: TextToSpeech): Pick<TextToSpeech, 'id' | 'capabilities'> {
  return { id, capabilities };
}

function speaking(
  change: (chunks: AsyncIterable<Int16Array>, signal: AbortSignal) => AsyncGenerator<Int16Array>,
): (inner: TextToSpeech) => TextToSpeech {
  return (inner) => ({
    ...silent(inner),
    synthesize: (request, signal) => change(inner.synthesize(request, signal), signal),
  });
}

function throwing(change: (cause: unknown) => Error): (inner: TextToSpeech) => TextToSpeech {
  return speaking(async function* (chunks) {
    try {
      yield* chunks;
    } catch (cause) {
      throw change(cause);
    }
  });
}
