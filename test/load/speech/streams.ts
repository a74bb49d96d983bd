import { setTimeout as sleep } from 'node:timers/promises';
import type { AudioFrame } from '../../../src/media/audio.ts';
import { WORD_FRAMES, wordFrames } from '../../../src/speech/fake-stt.ts';
import type { SpeechToText, SttSession } from '../../../src/speech/ports.ts';

const FRAME_MS = 20;
/** Two words, then silence until the next utterance. */
const UTTERANCE = wordFrames([1, 2, ...Array<number>(70).fill(0)]);
const FIRST_WORD_END = WORD_FRAMES - 1;
const SPEECH_END = 2 * WORD_FRAMES - 1;
/** Frames of silence after which the hub's endpointer would tell the end of speech. */
const END_AFTER = SPEECH_END + 25;

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
class Stream {
  readonly #session: SttSession | undefined;
  readonly #hubEndpoints: boolean;
  readonly #frame: { samples: Int16Array; sampleRate: 8000; timestampMs: number } = {
    samples: UTTERANCE[0] as Int16Array,
    sampleRate: 8000,
    timestampMs: 0,
  };
  #at: number;
  #firstWordAt = Number.NaN;
  #endedAt = Number.NaN;

  /** @param offset frames of the utterance that are passed over, so that the streams do not speak in step */
  constructor(session: SttSession | undefined, hubEndpoints: boolean, offset: number, figures: StreamFigures) {
    this.#session = session;
    this.#hubEndpoints = hubEndpoints;
    this.#at = offset;
    session?.on('interim', () => {
      if (Number.isNaN(this.#firstWordAt)) return;
      figures.interimMs.push(performance.now() - this.#firstWordAt);
      this.#firstWordAt = Number.NaN;
    });
    session?.on('final', ({ text }) => {
      if (Number.isNaN(this.#endedAt)) return;
      figures.finalMs.push(performance.now() - this.#endedAt);
      if (text !== '1 2') figures.wrong += 1;
      this.#endedAt = Number.NaN;
    });
    session?.on('error', () => {
      figures.failed += 1;
    });
  }

  tick(): void {
    const at = this.#at++ % UTTERANCE.length;
    // An offset began within an utterance: the first whole one counts.
    const whole = this.#at > UTTERANCE.length;
    this.#frame.samples = UTTERANCE[at] as Int16Array;
    this.#frame.timestampMs += FRAME_MS;
    if (at === 0 && whole && this.#hubEndpoints) this.#session?.startUtterance(0);
    this.#session?.write(this.#frame as AudioFrame);
    if (!whole) return;
    if (at === FIRST_WORD_END) this.#firstWordAt = performance.now();
    if (at !== END_AFTER) return;
    this.#endedAt = performance.now();
    if (this.#hubEndpoints) this.#session?.endUtterance(500);
  }

  close(): void {
    this.#session?.close();
  }
}

export interface StreamsResult extends StreamFigures {
  /** Percent of one core, of the whole process. */
  cpu: number;
  seconds: number;
}

/** `count` recognitions at once for so long; without `stt`, what feeding them alone costs. */
export async function runStreams(
  stt: SpeechToText | undefined,
  count: number,
  seconds: number,
): Promise<StreamsResult> {
  const figures: StreamFigures = { interimMs: [], finalMs: [], wrong: 0, failed: 0 };
  const ended = new AbortController();
  const hubEndpoints = stt?.capabilities.endpointing === 'hub';
  const streams: Stream[] = [];
  for (let i = 0; i < count; i++) {
    const session = await stt?.open(
      {
        ...{ callId: `bench-${i}`, language: 'en-US', sampleRate: 8000, contextPhrases: [], contextBoost: 0 },
        vendorOptions: undefined,
      },
      ended.signal,
    );
    streams.push(new Stream(session, hubEndpoints, 2 + ((i * 37) % (UTTERANCE.length - 2)), figures));
  }
  // A quarter of the streams every 5 ms, as packets of many calls come.
  const startedAt = performance.now();
  const settle = UTTERANCE.length * FRAME_MS;
  let measured: { at: number; cpu: NodeJS.CpuUsage } | undefined;
  for (let step = 0; ; step++) {
    const now = performance.now();
    if (measured === undefined && now - startedAt >= settle) measured = { at: now, cpu: process.cpuUsage() };
    if (measured !== undefined && now - measured.at >= seconds * 1000) break;
    for (let i = step % 4; i < count; i += 4) streams[i]?.tick();
    await sleep(Math.max(0, startedAt + (step + 1) * 5 - performance.now()));
  }
  const { user, system } = process.cpuUsage(measured.cpu);
  const elapsedMs = performance.now() - measured.at;
  for (const stream of streams) stream.close();
  ended.abort();
  return { ...figures, cpu: ((user + system) / 1000 / elapsedMs) * 100, seconds };
}
