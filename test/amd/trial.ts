import { createMachineDetector, type MachineEvent } from '../../src/dialout/machine-detection/detector.ts';
import type { MachineVerdict } from '../../src/dialout/status.ts';
import type { Clip, SpokenWord } from './clip.ts';
import type { ClipEar, Ear, Told } from './ear.ts';

/** How long after its end an ideal recogniser knows a word. Streaming recognisers take 200 to 500 ms. */
const WORD_DELAY_MS = 300;
const GREETING_END_TIMEOUT_MS = 20_000;

export interface Trial {
  clip: Clip;
  verdict: MachineVerdict | undefined;
  greetingEnd: Extract<MachineEvent, { type: 'greetingEnd' }> | undefined;
  /** Of the recogniser of greetings; 0 without. */
  cpuMs: number;
}

/**
 * What the detector gets: `guesses`: those of the real recogniser of greetings, where it has a model; `dictation`: the same, with
 * what the real recogniser of dictation understands in English; `words`: the true words, each `WORD_DELAY_MS` after it was spoken; `some words`: the same, with
 * every fourth replaced.
 */
export type Hearing = 'audio' | 'guesses' | 'dictation' | 'words' | 'some words';

/** Who listens to a clip. */
export interface Audience {
  push(frame: Int16Array, sampleRate: 8000 | 16000): void;
  hypothesis(text: string, final: boolean): void;
  tell(told: Told): void;
  readonly elapsedMs: number;
  /** Has no more use for words. */
  readonly decided: boolean;
  /** Has no more use for audio. */
  readonly done: boolean;
}

export const areWords = (hearing: Hearing) => hearing === 'words' || hearing === 'some words';

/** What a local recogniser tells of the clip, where there is one for it. */
export async function earOf(clip: Clip, hearing: Hearing, ear?: Ear): Promise<ClipEar | undefined> {
  return hearing === 'guesses' ? ear?.listen(clip) : hearing === 'dictation' ? await ear?.dictate(clip) : undefined;
}

/** Plays a clip to a detector. @param ear for `guesses` and `dictation` */
export async function tryClip(clip: Clip, hearing: Hearing, ear?: Ear): Promise<Trial> {
  const listening = await earOf(clip, hearing, ear);
  const detector = createMachineDetector({
    language: clip.spec.language,
    greetingEndTimeoutMs: GREETING_END_TIMEOUT_MS,
    wordsExpected: areWords(hearing),
    guessesExpected: listening !== undefined,
  });
  const trial: Trial = { clip, verdict: undefined, greetingEnd: undefined, cpuMs: 0 };
  const note = (event: MachineEvent | undefined) => {
    if (event?.type === 'verdict') trial.verdict = event.verdict;
    if (event?.type === 'greetingEnd') trial.greetingEnd = event;
  };
  await play(clip, hearing, listening, {
    push: (frame, sampleRate) => note(detector.push(frame, sampleRate)),
    hypothesis: (text, final) => note(detector.hypothesis(text, final)),
    tell: (told) => {
      note(
        told.kind === 'guess' ? detector.guess(told.words, told.passMs) : detector.dictation(told.words, told.passMs),
      );
    },
    get elapsedMs() {
      return detector.elapsedMs;
    },
    get decided() {
      return detector.verdict !== undefined;
    },
    get done() {
      return detector.done;
    },
  });
  trial.cpuMs = listening?.cpuMs ?? 0;
  return trial;
}

/** Plays a clip, with what is heard of it in the meantime. */
export async function play(
  clip: Clip,
  hearing: Hearing,
  listening: ClipEar | undefined,
  audience: Audience,
): Promise<void> {
  const script = hearing === 'some words' ? clip.words.map(lostInPart) : clip.words;
  const frame = clip.sampleRate / 50;
  let known = 0;
  for (let from = 0; from + frame <= clip.samples.length && !audience.done; from += frame) {
    audience.push(clip.samples.subarray(from, from + frame), clip.sampleRate);
    if (listening !== undefined && !audience.decided) {
      const told = await listening.take(audience.elapsedMs);
      if (told !== undefined) audience.tell(told);
    }
    if (!areWords(hearing)) continue;
    const before = known;
    while (known < script.length && (script[known]?.endMs ?? 0) + WORD_DELAY_MS <= audience.elapsedMs) known++;
    if (known > before) {
      for (const { text, final } of texts(script, before, known)) audience.hypothesis(text, final);
    }
  }
}

/** The hypotheses that the words from `before` up to `known` lead to. */
function texts(words: readonly SpokenWord[], before: number, known: number): { text: string; final: boolean }[] {
  const said: { text: string; final: boolean }[] = [];
  for (let i = before; i < known; i++) {
    const utterance = words[i]?.utterance;
    const from = words.findIndex((word) => word.utterance === utterance);
    said.push({
      text: words
        .slice(from, i + 1)
        .map(({ word }) => word)
        .join(' '),
      final: words[i + 1]?.utterance !== utterance,
    });
  }
  return said;
}

function lostInPart(word: SpokenWord, index: number): SpokenWord {
  return index % 4 === 2 ? { ...word, word: 'hm' } : word;
}
