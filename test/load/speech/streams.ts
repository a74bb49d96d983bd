import { setTimeout as sleep } from 'node:timers/promises';
import type { AudioFrame } from '../../../src/media/audio.ts';
import { WORD_FRAMES, wordFrames } from '../../../src/speech/fake-stt.ts';
import type { SpeechToText } from '../../../src/speech/ports.ts';

const FRAME_MS = 20;

/** What is said over and over: speech, then silence until the next time. */
export interface Utterance {
  frames: readonly Int16Array[];
  /** Index of the frame at which something must be understood. */
  firstWordEnd: number;
  /** Index of the frame at which it is over, for the hub's endpointer and the fakes of vendors. */
  end: number;
  /** The final text. */
  text: string;
}

const SPEECH_END = 2 * WORD_FRAMES - 1;

/** Two words of `wordFrames`, which end with half a second of silence. */
export const WORDS: Utterance = {
  frames: wordFrames([1, 2, ...Array<number>(70).fill(0)]),
  firstWordEnd: WORD_FRAMES - 1,
  end: SPEECH_END + 25,
  text: '1 2',
};

/** What is measured of a recogniser, whatever it belongs to. */
export interface Recognition {
  write(frame: AudioFrame): void;
  startUtterance?(): void;
  endUtterance?(): void;
  close(): void;
}

export interface RecognitionEvents {
  onInterim(): void;
  onFinal(text: string): void;
  onError(): void;
}

export type OpenRecognition = (index: number, events: RecognitionEvents) => Promise<Recognition>;

export interface StreamFigures {
  /** From the frame that completes the first word to the first interim, milliseconds. */
  interimMs: number[];
  /** From the end of the utterance as the hub tells it, or from the frame at which the vendor has to, to the final text. */
  finalMs: number[];
  /** Finals whose words were not those that were spoken. */
  wrong: number;
  failed: number;
}

/** One recognition at the pace of a call. */
class Stream implements RecognitionEvents {
  recognition: Recognition | undefined;
  readonly #utterance: Utterance;
  readonly #figures: StreamFigures;
  readonly #frame: { samples: Int16Array; sampleRate: 8000; timestampMs: number };
  #at: number;
  #firstWordAt = Number.NaN;
  #endedAt = Number.NaN;

  /** @param offset frames of the utterance that are passed over, so that the streams do not speak in step */
  constructor(utterance: Utterance, offset: number, figures: StreamFigures) {
    this.#utterance = utterance;
    this.#figures = figures;
    this.#frame = { samples: utterance.frames[0] as Int16Array, sampleRate: 8000, timestampMs: 0 };
    this.#at = offset;
  }

  onInterim(): void {
    if (Number.isNaN(this.#firstWordAt)) return;
    this.#figures.interimMs.push(performance.now() - this.#firstWordAt);
    this.#firstWordAt = Number.NaN;
  }

  onFinal(text: string): void {
    if (Number.isNaN(this.#endedAt)) return;
    this.#figures.finalMs.push(performance.now() - this.#endedAt);
    if (text !== this.#utterance.text) this.#figures.wrong += 1;
    this.#endedAt = Number.NaN;
  }

  onError(): void {
    this.#figures.failed += 1;
  }

  tick(): void {
    const { frames, firstWordEnd, end } = this.#utterance;
    const at = this.#at++ % frames.length;
    // An offset began within an utterance: the first whole one counts.
    const whole = this.#at > frames.length;
    this.#frame.samples = frames[at] as Int16Array;
    this.#frame.timestampMs += FRAME_MS;
    if (at === 0 && whole) this.recognition?.startUtterance?.();
    const now = performance.now();
    if (at === firstWordEnd && whole) this.#firstWordAt = now;
    if (at === end && whole) this.#endedAt = now;
    this.recognition?.write(this.#frame as AudioFrame);
    if (at === end && whole) this.recognition?.endUtterance?.();
  }
}

export interface StreamsResult extends StreamFigures {
  /** Percent of one core, of the whole process. */
  cpu: number;
  seconds: number;
}

/** Recognitions of a speech service, as the hub holds them. */
export function ofService(stt: SpeechToText): OpenRecognition {
  const hubEndpoints = stt.capabilities.endpointing === 'hub';
  return async (index, events) => {
    const session = await stt.open(
      {
        ...{ callId: `bench-${index}`, language: 'en-US', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
        vendorOptions: undefined,
      },
      new AbortController().signal,
    );
    session.on('interim', () => events.onInterim());
    session.on('final', ({ text }) => events.onFinal(text));
    session.on('error', () => events.onError());
    return {
      write: (frame) => session.write(frame),
      ...(hubEndpoints && {
        startUtterance: () => session.startUtterance(0),
        endUtterance: () => session.endUtterance(500),
      }),
      close: () => session.close(),
    };
  };
}

/** `count` recognitions at once for so long; without `open`, what feeding them alone costs. */
export async function runStreams(
  open: OpenRecognition | undefined,
  options: { utterance: Utterance; count: number; seconds: number; onSettled?(): void },
): Promise<StreamsResult> {
  const figures: StreamFigures = { interimMs: [], finalMs: [], wrong: 0, failed: 0 };
  const { utterance, count, seconds, onSettled } = options;
  const { length } = utterance.frames;
  const streams: Stream[] = [];
  for (let i = 0; i < count; i++) {
    const stream = new Stream(utterance, 2 + ((i * 37) % (length - 2)), figures);
    stream.recognition = await open?.(i, stream);
    streams.push(stream);
  }
  // A quarter of the streams every 5 ms, as packets of many calls come.
  const startedAt = performance.now();
  // Each stream's first whole utterance: it opens connections and compiles code, here and in the fake.
  const settle = 2 * length * FRAME_MS;
  let measured: { at: number; cpu: NodeJS.CpuUsage } | undefined;
  for (let step = 0; ; step++) {
    const now = performance.now();
    if (measured === undefined && now - startedAt >= settle) {
      measured = { at: now, cpu: process.cpuUsage() };
      figures.interimMs.length = 0;
      figures.finalMs.length = 0;
      onSettled?.();
    }
    if (measured !== undefined && now - measured.at >= seconds * 1000) break;
    for (let i = step % 4; i < count; i += 4) streams[i]?.tick();
    await sleep(Math.max(0, startedAt + (step + 1) * 5 - performance.now()));
  }
  const { user, system } = process.cpuUsage(measured.cpu);
  const elapsedMs = performance.now() - measured.at;
  for (const { recognition } of streams) recognition?.close();
  return { ...figures, cpu: ((user + system) / 1000 / elapsedMs) * 100, seconds };
}
