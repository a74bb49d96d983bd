import { ok } from 'node:assert/strict';
import { vi } from 'vitest';
import { wordFrames } from '../../../src/speech/fake-stt.ts';
import { SpeechError, type SpeechToText, type SttOptions, type SttSession } from '../../../src/speech/ports.ts';

/** What a test can do to the vendor behind a recogniser. */
export interface SttHands {
  /** The vendor refuses the credentials. */
  refuse(): void;
  /** Nobody is there. */
  vanish(): Promise<void>;
  /** The vendor never answers a new session. */
  hang(): void;
  /** From now on the vendor takes everything and says nothing. */
  freeze(): void;
  /** What is under way breaks. */
  break(): void;
}

export type SttHand = keyof SttHands;

/** A recogniser under test, and the hands of a test on its vendor: some of them, or none. */
export interface SttHarness extends Partial<SttHands> {
  stt: SpeechToText;
  /** How words are said to it; absent: as `wordFrames`, which fakes understand. */
  voice?: KitVoice;
  /** Time between two frames; absent: none, since fakes hear as fast as they are spoken to. */
  frameMs?: number;
  /** How long anything may take; absent: 5 s. */
  patienceMs?: number;
  dispose(): Promise<void>;
}

/** The words of the kit are numbers from 1 to 5, and 0 is 20 ms of silence. */
export interface KitVoice {
  /** Frames of 20 ms at 8 kHz. */
  say(words: readonly number[]): Promise<readonly Int16Array[]>;
  /** The words in a text of the recogniser. */
  read(text: string): readonly number[];
}

export const sttOptions: SttOptions = {
  callId: 'kit',
  language: 'en-US',
  sampleRate: 8000,
  contextPhrases: [],
  contextBoost: 0,
  vendorOptions: undefined,
};

/** Of silence, after each utterance. */
const SILENT_FRAMES = 60;

export interface Heard {
  session: SttSession;
  finals: { text: string; rejected: boolean }[];
  interims: string[];
  errors: SpeechError[];
  closes: number;
  /** All that the session told, by name. */
  order: string[];
  say(...words: number[]): Promise<void>;
  /** An utterance as the hub tells of it where it endpoints; for a vendor that endpoints itself, followed by silence. */
  utter(...words: number[]): Promise<void>;
  /** The same, all of it at once. */
  pour(...words: number[]): Promise<void>;
}

export async function openOne(
  { stt, voice, frameMs = 0 }: SttHarness,
  signal = new AbortController().signal,
): Promise<Heard> {
  const session = await stt.open(sttOptions, signal);
  const hub = stt.capabilities.endpointing === 'hub';
  const read = (text: string) => voice?.read(text).join(' ') ?? text.trim();
  const said = async (words: readonly number[]) => (voice === undefined ? wordFrames(words) : await voice.say(words));
  const write = async (frames: readonly Int16Array[], paceMs: number) => {
    const begunAt = performance.now();
    for (const [index, samples] of frames.entries()) {
      session.write({ samples, sampleRate: 8000, timestampMs: 20 * index });
      const early = begunAt + paceMs * (index + 1) - performance.now();
      if (paceMs > 0 && early > 0) await pause(early);
    }
  };
  const utterance = async (words: readonly number[], paceMs: number) => {
    const frames = await said(words);
    if (hub) session.startUtterance(0);
    await write(frames, paceMs);
    if (hub) session.endUtterance(0);
    await write(wordFrames(Array<number>(SILENT_FRAMES).fill(0)), paceMs);
  };
  const heard: Heard = {
    ...{ session, finals: [], interims: [], errors: [], closes: 0, order: [] },
    say: async (...words) => await write(await said(words), frameMs),
    utter: (...words) => utterance(words, frameMs),
    pour: (...words) => utterance(words, 0),
  };
  session.on('final', ({ text, rejected }) => heard.finals.push({ text: read(text), rejected }));
  session.on('interim', ({ text }) => heard.interims.push(text));
  session.on('error', (error) => heard.errors.push(error));
  session.on('closed', () => {
    heard.closes += 1;
  });
  for (const event of ['final', 'interim', 'error', 'closed'] as const)
    session.on(event, () => heard.order.push(event));
  return heard;
}

/** Everything that was understood. */
export function texts({ finals }: Heard): string {
  return finals.flatMap(({ text }) => (text === '' ? [] : [text])).join(' ');
}

export const pause = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function eventually({ patienceMs = 5_000 }: SttHarness, check: () => void): Promise<void> {
  await vi.waitFor(check, { timeout: patienceMs, interval: 5 });
}

/** A hand that the case needs. @throws Error where the kind should have named it among what it lacks */
export function hand<H extends SttHand>(harness: SttHarness, name: H): SttHands[H] {
  const found = harness[name];
  if (found === undefined) throw new Error(`the harness has no hand '${name}', and its kind does not say so`);
  return found as SttHands[H];
}

/** What the opening, or the first utterance, fails with. */
export async function failureOf(harness: SttHarness, opensAlone: true | undefined): Promise<SpeechError> {
  if (opensAlone === true) {
    const heard = await openOne(harness);
    await heard.utter(1);
    await eventually(harness, () => ok(heard.errors.length > 0));
    return heard.errors[0] as SpeechError;
  }
  const failure: unknown = await harness.stt.open(sttOptions, new AbortController().signal).catch((error) => error);
  ok(failure instanceof SpeechError, `expected a SpeechError, got ${String(failure)}`);
  return failure;
}
