import { describe, expect, test, vi } from 'vitest';
import type { SpeechError, TextToSpeech, TtsRequest } from '../../../src/speech/ports.ts';

/** A synthesiser under test and the hands of a test on its vendor, a fake. */
export interface TtsHarness {
  tts: TextToSpeech;
  /** What the vendor makes of a text, at 8 kHz. */
  audioOf(text: string): Int16Array;
  refuse(): void;
  vanish(): Promise<void>;
  /** The vendor takes texts and gives no audio. */
  freeze(): void;
  /** Audio breaks off after so many characters. */
  breakAfter(chars: number): void;
  /** Requests that the vendor works on at this moment. */
  running(): number;
  dispose(): Promise<void>;
}

const requestFor = (text: string): TtsRequest => ({
  callId: 'kit',
  text,
  language: 'en-US',
  voice: undefined,
  sampleRate: 8000,
});

async function say(tts: TextToSpeech, text: string, signal = new AbortController().signal): Promise<Int16Array> {
  const chunks: number[] = [];
  for await (const chunk of tts.synthesize(requestFor(text), signal)) for (const sample of chunk) chunks.push(sample);
  return Int16Array.from(chunks);
}

/** What the hub relies on, whatever the vendor: the words of src/speech/ports.ts. `exact`: nothing is resampled on the way. */
export function describeTtsContract(
  kind: string,
  makeHarness: () => Promise<TtsHarness>,
  { exact }: { exact: boolean },
): void {
  describe(`synthesiser: ${kind}`, () => {
    const same = (heard: Int16Array, wanted: Int16Array) => {
      if (exact) expect(heard).toEqual(wanted);
      else expect(Math.abs(heard.length - wanted.length)).toBeLessThanOrEqual(2);
    };
    const cases: Record<string, (harness: TtsHarness) => Promise<void>> = {
      'gives the whole audio of a text, again and again': async ({ tts, audioOf }) => {
        for (const text of ['Hello there.', 'And again, somewhat longer than before.']) {
          same(await say(tts, text), audioOf(text));
        }
      },
      'a long text is not cut': async ({ tts, audioOf }) => {
        const text = 'A sentence of many. '.repeat(150);
        same(await say(tts, text), audioOf(text));
      },
      'texts at the same time do not touch each other': async ({ tts, audioOf }) => {
        const texts = ['one', 'two two', 'three three three'];
        const all = await Promise.all(texts.map((text) => say(tts, text)));
        for (const [index, text] of texts.entries()) same(all[index] as Int16Array, audioOf(text));
      },
      'an abort ends it without an error, and the vendor is let go': async (harness) => {
        harness.freeze();
        const abort = new AbortController();
        setTimeout(() => abort.abort(), 50);
        expect(await say(harness.tts, 'never mind', abort.signal)).toHaveLength(0);
        await vi.waitFor(() => expect(harness.running()).toBe(0), { timeout: 2_000 });
      },
      'one that is aborted before it begins asks nobody': async (harness) => {
        expect(await say(harness.tts, 'x', AbortSignal.abort())).toHaveLength(0);
        expect(harness.running()).toBe(0);
      },
      'a reader that goes lets the vendor go': async (harness) => {
        for await (const _ of harness.tts.synthesize(requestFor('Hello. '.repeat(100)), new AbortController().signal))
          break;
        await vi.waitFor(() => expect(harness.running()).toBe(0), { timeout: 2_000 });
      },
      'audio that breaks off is an error that may be tried again': async (harness) => {
        harness.breakAfter(20);
        expect(await failure(harness.tts)).toMatchObject({ retryable: true });
      },
      'refused credentials are told as such': async (harness) => {
        harness.refuse();
        expect(await failure(harness.tts)).toMatchObject({ code: 'speech_rejected', retryable: false });
      },
      'a vendor that is not there can be tried again': async (harness) => {
        await harness.vanish();
        expect(await failure(harness.tts)).toMatchObject({ code: 'speech_unavailable', retryable: true });
      },
    };
    for (const [name, run] of Object.entries(cases)) {
      test(name, async () => {
        const harness = await makeHarness();
        try {
          await run(harness);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
}

async function failure(tts: TextToSpeech): Promise<SpeechError | undefined> {
  return await say(tts, 'A text that is long enough to break off in the middle of it.').then(
    () => undefined,
    (error: SpeechError) => error,
  );
}
