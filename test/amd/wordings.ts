import type { CastName, Language } from './clip.ts';
import { A } from './wordings/a.ts';
import { B } from './wordings/b.ts';
import { C } from './wordings/c.ts';
import { D } from './wordings/d.ts';
import { E } from './wordings/e.ts';
import { F } from './wordings/f.ts';
import { G } from './wordings/g.ts';
import { H } from './wordings/h.ts';
import { I } from './wordings/i.ts';
import { J } from './wordings/j.ts';

/** What is said, per cast: no sentence stands in two. */
export interface Wordings {
  /** One or two words. */
  hello: readonly string[];
  /** A name, at home. */
  name: readonly string[];
  /** A company's greeting of 1.5 to 3 s. */
  company: readonly string[];
  /** A long greeting that ends in a question. */
  business: readonly string[];
  /** Two or three whole sentences, as receptionists say them. */
  sentences?: readonly string[];
  /** "Hold on", "who is this?" */
  hold?: readonly string[];
  /** A personal greeting of one or two short sentences. */
  shortMachine: readonly string[];
  longMachine: readonly string[];
  /** What a network says for those who recorded nothing. */
  carrier: readonly string[];
  /** What it says where no message can be left. The first casts have such sentences among `carrier`. */
  announcement?: readonly string[];
  /** An office that is closed. Most casts have such sentences among `longMachine`. */
  closed?: readonly string[];
  menu: readonly string[];
  screening: readonly string[];
}

export type WordingBook = Readonly<Record<Language, Wordings>>;

export const WORDINGS: Readonly<Record<CastName, WordingBook>> = {
  a: A,
  b: B,
  c: C,
  d: D,
  e: E,
  f: F,
  g: G,
  h: H,
  i: I,
  j: J,
};
