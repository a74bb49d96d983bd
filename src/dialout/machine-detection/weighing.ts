import type { HeardWord, Scores } from './lexicon.ts';
import type { Listener } from './listener.ts';
import type { PhraseKind } from './phrases.ts';
import { WEIGHTS } from './weights.ts';

/** How far the greeting is when something may be decided. */
export interface Timing {
  /** `phrase`: a phrase that decides was just found; `over`: silence says that the greeting is over; `late`: the time is over. */
  at: 'phrase' | 'over' | 'late';
  /** Of the greeting so far, the silence since, and the longest pause within. */
  spanMs: number;
  silenceMs: number;
  longestPauseMs: number;
  /** Statements that were over while the same voice went on. */
  statements: number;
}

/** What is known then. */
export interface Moment extends Timing {
  heard: readonly HeardWord[];
  scores: Scores;
  kinds: readonly PhraseKind[];
}

/** Probabilities, 0 to 1; with that of a person they are 1. */
export interface Probabilities {
  machine: number;
  screening: number;
}

/** What a feature adds to the logarithm of the odds against a person. */
export type Weight = Readonly<Probabilities>;

/** Words that are surer than this count in full; those below the least are as if they were not heard. */
const FULL_CONFIDENCE = 0.6;
const LEAST_CONFIDENCE = 0.18;
const COUNTS = 0.5;
/** A greeting is over where the silence is at least this. */
const OVER_MS = 500;
const SPANS_MS = [1300, 2000, 2600, 3200, 3800] as const;
const PAUSES_MS = [360, 440] as const;
const WORDS = [1, 3, 6, 9, 12] as const;
const MOST_WORDS = 40;
/** The lexicon's weights beyond this add nothing. */
const MOST_SCORE = 8;
const SCORE_UNIT = 3;

export function timingOf(at: Timing['at'], { activity, sentences }: Listener): Timing {
  const { spanMs, silenceMs, longestPauseMs } = activity;
  return { at, spanMs, silenceMs, longestPauseMs, statements: sentences.ended };
}

/** What the words, alone and two by two, the lexicon, the phrases and the timing say together, by a logistic regression. */
export function weigh(moment: Moment, language: string | undefined): Probabilities {
  let machine = 0;
  let screening = 0;
  for (const [feature, value] of featuresOf(moment, language)) {
    const weight = WEIGHTS.get(feature);
    if (weight === undefined) continue;
    machine += weight.machine * value;
    screening += weight.screening * value;
  }
  const highest = Math.max(0, machine, screening);
  const all = Math.exp(-highest) + Math.exp(machine - highest) + Math.exp(screening - highest);
  return { machine: Math.exp(machine - highest) / all, screening: Math.exp(screening - highest) / all };
}

/**
 * Features by name, with what they count for. Those of words begin with the language and a colon; `<s>` stands before the first word,
 * `</s>` behind the last one when the greeting is over.
 */
export function featuresOf(moment: Moment, language: string | undefined): Map<string, number> {
  const { at, spanMs, silenceMs, longestPauseMs, statements, heard, scores, kinds } = moment;
  const features = new Map<string, number>([
    ['bias', 1],
    [`at ${at}`, 1],
  ]);
  const set = (feature: string, value = 1) => features.set(feature, Math.max(value, features.get(feature) ?? 0));
  const over = silenceMs >= OVER_MS;
  if (over) set('over');
  for (const ms of SPANS_MS) if (spanMs >= ms) set(`${over ? 'over' : 'on'} ${ms}`);
  for (const ms of PAUSES_MS) if (longestPauseMs >= ms) set(`pause ${ms}`);
  if (statements > 0) set('statement');
  const count = heard.filter(({ confidence }) => confidence >= COUNTS).length;
  for (const words of WORDS) if (count >= words) set(`words ${words}`);
  for (const side of ['machine', 'person', 'screening'] as const) {
    set(`score ${side}`, Math.min(scores[side], MOST_SCORE) / SCORE_UNIT);
  }
  if (count >= 3 && scores.machine === 0) set('no machine');
  if (count >= 3 && scores.person === 0) set('no person');
  for (const kind of kinds) set(`phrase ${kind}`);
  const code = language?.toLowerCase().split(/[-_]/u)[0] ?? 'en';
  let before = '<s>';
  let sureBefore = 1;
  for (const { word, confidence } of heard.slice(0, MOST_WORDS)) {
    const sure = Math.min(1, Math.max(0, confidence) / FULL_CONFIDENCE);
    const known = word !== '' && confidence >= LEAST_CONFIDENCE;
    if (known) set(`${code}:${word}`, sure);
    if (known && before !== '') set(`${code}:${before} ${word}`, Math.min(sure, sureBefore));
    before = known ? word : '';
    sureBefore = sure;
  }
  if (over && before !== '') set(`${code}:${before} </s>`, sureBefore);
  return features;
}
