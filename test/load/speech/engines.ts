import { setTimeout as sleep } from 'node:timers/promises';
import { pino } from 'pino';
import { systemClock } from '../../../src/clock.ts';
import { connectorRegistry, createSpeechService } from '../../../src/hub/connectors.ts';
import type { SpeechService, SttSessionEvents, TextToSpeech } from '../../../src/speech/ports.ts';

/** Services that recognise and speak in the hub or in processes of its own: nothing is on loopback, and most of the time is the engine's. */
export const ENGINES = ['local', 'moonshine'] as const;
export type Engine = (typeof ENGINES)[number];

export interface EngineFigures {
  /** From the end of an utterance to its text, and how much of that was neither decoding nor waiting for a decoder. */
  finalMs: number[];
  beyondDecoderMs: number[];
  /** From the request to the first samples; undefined: it does not speak. */
  firstAudioMs: number[] | undefined;
  wrong: number;
}

const TIMES = 20;
/** The first ones load models and compile code. */
const SETTLED = 5;
const PHRASES = ['no thank you', 'goodbye', 'operator', 'main menu', 'cancel'] as const;
const TRAILING_MS = 500;
const LIMIT_MS = 20_000;
const FRAME = 160;

async function open(vendor: Engine): Promise<SpeechService> {
  const { speech } = await connectorRegistry.load({ bots: [], speech: [vendor] });
  const settings = speech[vendor]?.settings.parse({ id: vendor, vendor });
  const service = await createSpeechService(
    { id: vendor, vendor, settings },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
  await service.warmUp();
  return service;
}

/** One call at a time, at its pace. @throws SpeechError where the engine is not installed */
export async function measureEngine(vendor: Engine): Promise<EngineFigures> {
  const voice = await open('local');
  const service = vendor === 'local' ? voice : await open(vendor);
  try {
    const clips = await Promise.all(PHRASES.map((text) => spoken(voice.tts, text)));
    const firstAudioMs = service.tts === undefined ? undefined : await firstAudio(service.tts);
    return { ...(await recognise(service, clips)), firstAudioMs };
  } finally {
    await voice.close();
    if (service !== voice) await service.close();
  }
}

async function recognise(service: SpeechService, clips: readonly Int16Array[]) {
  const { stt } = service;
  if (stt === undefined) throw new TypeError(`${service.id} has no recogniser`);
  const options = {
    callId: 'bench',
    language: 'en-US',
    sampleRate: 8000,
    contextBoost: 0,
    vendorOptions: undefined,
  } as const;
  const session = await stt.open({ ...options, contextPhrases: PHRASES }, new AbortController().signal);
  const figures = { finalMs: [] as number[], beyondDecoderMs: [] as number[], wrong: 0 };
  for (let i = 0; i < TIMES; i += 1) {
    const clip = clips[i % clips.length] as Int16Array;
    const told = Promise.withResolvers<SttSessionEvents['final'][0]>();
    session.once('final', told.resolve);
    session.startUtterance(0);
    const startedAt = performance.now();
    for (let at = 0; at + FRAME <= clip.length; at += FRAME) {
      session.write({ samples: clip.subarray(at, at + FRAME), sampleRate: 8000, timestampMs: at / 8 });
      await sleep(Math.max(0, startedAt + at / 8 - performance.now()));
    }
    const endedAt = performance.now();
    session.endUtterance(TRAILING_MS);
    const limit = setTimeout(() => told.reject(new Error(`${service.id}: no text`)), LIMIT_MS);
    const { text, raw } = await told.promise;
    clearTimeout(limit);
    const ms = performance.now() - endedAt;
    const { decodeMs, queuedMs } = raw as { decodeMs: number; queuedMs: number };
    if (i < SETTLED) continue;
    figures.finalMs.push(ms);
    figures.beyondDecoderMs.push(ms - decodeMs - queuedMs);
    const plain = text
      .toLowerCase()
      .replaceAll(/[^a-z ]/g, '')
      .trim();
    if (plain !== PHRASES[i % clips.length]) figures.wrong += 1;
  }
  session.close();
  return figures;
}

async function firstAudio(tts: TextToSpeech): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < TIMES; i += 1) {
    const startedAt = performance.now();
    let first: number | undefined;
    for await (const _ of tts.synthesize(request(`This is sentence number ${i}.`), new AbortController().signal)) {
      first ??= performance.now() - startedAt;
    }
    times.push(first ?? Number.NaN);
  }
  return times.slice(SETTLED);
}

/** A phrase, and the silence that ends it. */
async function spoken(tts: TextToSpeech | undefined, text: string): Promise<Int16Array> {
  const chunks: Int16Array[] = [];
  for await (const chunk of tts?.synthesize(request(text), new AbortController().signal) ?? []) chunks.push(chunk);
  const clip = new Int16Array(chunks.reduce((sum, { length }) => sum + length, 8 * TRAILING_MS));
  let at = 0;
  for (const chunk of chunks) {
    clip.set(chunk, at);
    at += chunk.length;
  }
  return clip;
}

function request(text: string) {
  return { callId: 'bench', text, language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
}
