import { onTestFinished } from 'vitest';
import { type FakeSttOptions, wordFrames } from './fake-stt.ts';
import type { SttSession } from './ports.ts';
import { REQUEST, steadyFakes } from './steady-test-support.ts';

/** What the hub hears: an utterance begins after so much voice, and ends after so much silence. */
const START_FRAMES = 6;
export const END_MS = 600;
export const BUDGET_MS = 1_500;
export const VENDOR = { endpointing: 'vendor', p99TimeToFinalMs: 1_000 } as const;

/** A call with these services behind it and the limits of a hub, whose listener marks utterances as it does. */
export function rig(...services: Omit<FakeSttOptions, 'clock'>[]) {
  const made = steadyFakes({ openMs: 3_000, finalMs: 1_200, silentMs: 2_000 }, services);
  const { clock, fakes, health, stt } = made;
  const finals: { text: string; atMs: number }[] = [];
  const errors: unknown[] = [];
  let session: SttSession | undefined;
  const [waiting, marks]: [Int16Array[], { voiced: number; silentMs: number; speaking: boolean }] = [
    [],
    { voiced: 0, silentMs: 0, speaking: false },
  ];
  /** What the listener does with a frame, once it has a session. */
  const hear = (samples: Int16Array) => {
    session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
    const voiced = samples.at(-1) !== 0;
    marks.silentMs = voiced ? 0 : marks.silentMs + 20;
    marks.voiced = voiced ? marks.voiced + 1 : marks.speaking ? marks.voiced : 0;
    if (!marks.speaking && marks.voiced >= START_FRAMES) {
      marks.speaking = true;
      session?.startUtterance(START_FRAMES * 20);
    }
    if (!marks.speaking || marks.silentMs < END_MS) return;
    marks.speaking = false;
    marks.voiced = 0;
    session?.endUtterance(END_MS);
  };
  const call = {
    ...made,
    ...{ finals, errors },
    get session() {
      return session;
    },
    async open(callId = 'call') {
      const opened = await stt.open({ ...REQUEST, callId }, new AbortController().signal);
      session = opened;
      opened.on('final', ({ text }) => finals.push({ text, atMs: clock.now() }));
      opened.on('error', (error) => errors.push(error));
      for (const samples of waiting.splice(0)) hear(samples);
    },
    /** The caller says words (0: 20 ms of silence), in real time, also while nothing is open. */
    async say(...words: number[]) {
      for (const samples of wordFrames(words)) {
        if (session === undefined) waiting.push(samples);
        else hear(samples);
        await clock.run(20);
      }
    },
    pause: (ms: number) => call.say(...Array<number>(ms / 20).fill(0)),
    /** Milliseconds from the end of what is said now to its text. */
    async answerMs(...words: number[]) {
      const count = call.words().length + words.length;
      await call.say(...words);
      const at = clock.now();
      while (call.words().length < count && clock.now() - at < 10_000) await call.pause(20);
      return clock.now() - at;
    },
    words: () => finals.flatMap(({ text }) => text.split(' ').filter(Boolean).map(Number)),
    sessions: () => fakes.map((fake) => fake.sessions.length),
    freeze() {
      for (const fake of fakes.slice(0, 1)) {
        fake.frozen = true;
        for (const one of fake.sessions) one.frozen = true;
      }
    },
    close() {
      session?.close();
      session = undefined;
    },
    end() {
      session?.close();
      for (const one of health) one.close();
    },
  };
  onTestFinished(() => call.end());
  return call;
}

export type Call = ReturnType<typeof rig>;

/** Something is loud that no recogniser understands. */
export async function knock(call: Call): Promise<void> {
  for (let frame = 0; frame < 20; frame += 1) {
    const samples = new Int16Array(160).fill(6_000);
    samples.set([56, 24, 0, 0, 24]);
    call.session?.write({ samples, sampleRate: 8000, timestampMs: 0 });
    if (frame === START_FRAMES) call.session?.startUtterance(START_FRAMES * 20);
    await call.clock.run(20);
  }
  await call.pause(END_MS);
  call.session?.endUtterance(END_MS);
}

/** Slow openings of the first service cost no session of the next one any more. */
export function useUp({ hedges: [first] }: Call): void {
  while (first?.take());
}
