import { deepEqual, equal, ok } from 'node:assert/strict';
import { describe, test, vi } from 'vitest';
import { rms } from '../../../src/media/level.ts';
import { SpeechError, type TextToSpeech, type TtsRequest } from '../../../src/speech/ports.ts';

/** What a test can do to the vendor behind a synthesiser, and see of it. */
export interface TtsHands {
  refuse(): void;
  vanish(): Promise<void>;
  /** The vendor takes texts and gives no audio. */
  freeze(): void;
  /** Audio breaks off after so many characters. */
  breakAfter(chars: number): void;
  /** Requests that the vendor works on at this moment. */
  running(): number;
}

export type TtsHand = keyof TtsHands;

/** A synthesiser under test, and the hands of a test on its vendor: some of them, or none. */
export interface TtsHarness extends Partial<TtsHands> {
  tts: TextToSpeech;
  /** What the vendor makes of a text, at 8 kHz; absent: real speech, of which only the length can be guessed. */
  audioOf?(text: string): Int16Array;
  /** How long anything may take; absent: 5 s. */
  patienceMs?: number;
  dispose(): Promise<void>;
}

export interface TtsKind {
  /** Nothing is resampled on the way. */
  exact: boolean;
  /** Hands that the harness does not have. */
  lacks?: readonly TtsHand[];
}

export interface TtsContractCase {
  name: string;
  needs?: readonly TtsHand[];
  run(harness: TtsHarness, kind: TtsKind): Promise<void>;
}

/** Of real speech: from what is said hastily to what is said with pauses. */
const CHAR_MS = { min: 25, max: 200 };
const PAUSE_MS = 1_500;

/** What the hub relies on, whatever the vendor: the words of src/speech/ports.ts. */
export const ttsContractCases: readonly TtsContractCase[] = [
  {
    name: 'gives the whole audio of a text, again and again',
    async run(harness, kind) {
      for (const text of ['Hello there.', 'And again, somewhat longer than before.']) {
        same(await say(harness, text), text, harness, kind);
      }
    },
  },
  {
    name: 'a long text is not cut',
    async run(harness, kind) {
      const text = 'A sentence of many. '.repeat(harness.audioOf === undefined ? 12 : 150);
      same(await say(harness, text), text, harness, kind);
    },
  },
  {
    name: 'texts at the same time do not touch each other',
    async run(harness, kind) {
      const texts = ['one', 'two two', 'three three three'];
      const all = await Promise.all(texts.map((text) => say(harness, text)));
      for (const [index, text] of texts.entries()) same(all[index] as Int16Array, text, harness, kind);
    },
  },
  {
    name: 'an abort ends it without an error, and the vendor is let go',
    needs: ['freeze', 'running'],
    async run(harness) {
      hand(harness, 'freeze')();
      const abort = new AbortController();
      setTimeout(() => abort.abort(), 50);
      equal((await say(harness, 'never mind', abort.signal)).length, 0);
      await isLetGo(harness);
    },
  },
  {
    name: 'an abort in the middle ends it, without an error',
    async run(harness) {
      const abort = new AbortController();
      const chunks: number[] = [];
      const request = requestFor('Hello. '.repeat(20));
      await inTime(harness, async () => {
        for await (const chunk of harness.tts.synthesize(request, abort.signal)) {
          chunks.push(abort.signal.aborted ? chunk.length : 0);
          abort.abort();
        }
      });
      deepEqual(chunks, [0]);
    },
  },
  {
    name: 'one that is aborted before it begins asks nobody',
    async run(harness) {
      equal((await say(harness, 'x', AbortSignal.abort())).length, 0);
      equal(harness.running?.() ?? 0, 0);
    },
  },
  {
    name: 'a reader that goes lets the vendor go',
    needs: ['running'],
    async run(harness) {
      const request = requestFor('Hello. '.repeat(100));
      for await (const _ of harness.tts.synthesize(request, new AbortController().signal)) break;
      await isLetGo(harness);
    },
  },
  {
    name: 'audio that breaks off is an error that may be tried again',
    needs: ['breakAfter'],
    async run(harness) {
      hand(harness, 'breakAfter')(20);
      equal((await failure(harness)).retryable, true);
    },
  },
  {
    name: 'refused credentials are told as such',
    needs: ['refuse'],
    async run(harness) {
      hand(harness, 'refuse')();
      const { code, retryable } = await failure(harness);
      deepEqual({ code, retryable }, { code: 'speech_rejected', retryable: false });
    },
  },
  {
    name: 'a vendor that is not there can be tried again',
    needs: ['vanish'],
    async run(harness) {
      await hand(harness, 'vanish')();
      const { code, retryable } = await failure(harness);
      deepEqual({ code, retryable }, { code: 'speech_unavailable', retryable: true });
    },
  },
];

/** Runs the kit on one kind of synthesiser; every case gets a fresh harness. Cases that need what the kind lacks are left out. */
export function describeTtsContract(name: string, makeHarness: () => Promise<TtsHarness>, kind: TtsKind): void {
  describe(`synthesiser: ${name}`, () => {
    for (const { name: rule, run, needs = [] } of ttsContractCases) {
      if (needs.some((ability) => kind.lacks?.includes(ability))) continue;
      test(rule, async () => {
        const harness = await makeHarness();
        try {
          await run(harness, kind);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
}

const requestFor = (text: string): TtsRequest => ({
  callId: 'kit',
  text,
  language: 'en-US',
  voice: undefined,
  sampleRate: 8000,
});

async function say(harness: TtsHarness, text: string, signal = new AbortController().signal): Promise<Int16Array> {
  const chunks: number[] = [];
  await inTime(harness, async () => {
    for await (const chunk of harness.tts.synthesize(requestFor(text), signal))
      for (const sample of chunk) chunks.push(sample);
  });
  return Int16Array.from(chunks);
}

/** Fails where the reader is kept waiting. */
async function inTime({ patienceMs = 15_000 }: TtsHarness, read: () => Promise<void>): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`not over after ${patienceMs} ms`)), patienceMs);
  try {
    await Promise.race([read(), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function same(heard: Int16Array, text: string, { audioOf }: TtsHarness, { exact }: TtsKind): void {
  if (audioOf === undefined) {
    const ms = heard.length / 8;
    ok(
      ms >= text.length * CHAR_MS.min && ms <= text.length * CHAR_MS.max + PAUSE_MS,
      `${text.length} characters: ${ms} ms`,
    );
    ok(rms(heard) > 100, 'nothing can be heard');
  } else if (exact) {
    const wanted = audioOf(text);
    equal(heard.length, wanted.length, 'number of samples');
    equal(
      heard.findIndex((sample, index) => sample !== wanted[index]),
      -1,
      'first sample that differs',
    );
  } else {
    ok(Math.abs(heard.length - audioOf(text).length) <= 2, `${heard.length} samples of ${audioOf(text).length}`);
  }
}

async function isLetGo(harness: TtsHarness): Promise<void> {
  const running = hand(harness, 'running');
  await vi.waitFor(() => equal(running(), 0), { timeout: harness.patienceMs ?? 2_000 });
}

async function failure(harness: TtsHarness): Promise<SpeechError> {
  const thrown: unknown = await say(harness, 'A text that is long enough to break off in the middle of it.').then(
    () => 'nothing',
    (error: unknown) => error,
  );
  ok(thrown instanceof SpeechError, `expected a SpeechError, got ${String(thrown)}`);
  return thrown;
}

/** A hand that the case needs. @throws Error where the kind should have named it among what it lacks */
function hand<H extends TtsHand>(harness: TtsHarness, name: H): TtsHands[H] {
  const found = harness[name];
  if (found === undefined) throw new Error(`the harness has no hand '${name}', and its kind does not say so`);
  return found as TtsHands[H];
}
