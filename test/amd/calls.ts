import { K } from './calls/k.ts';
import { L } from './calls/l.ts';
import { T } from './calls/t.ts';
import { U } from './calls/u.ts';
import type { CallCastName, Language } from './clip.ts';

/** Who or what answers, by what is said. */
export interface Calls {
  person: readonly string[];
  /** Of somebody, of an office that is closed, of a network for those who recorded nothing. */
  voicemail: readonly string[];
  menu: readonly string[];
  screening: readonly string[];
  /** An announcement of the network: no such number, switched off. */
  carrier: readonly string[];
}

export type CallBook = Readonly<Record<Language, Calls>>;

/** Answers as a dialer meets them, `k` and `l`, and others to fit on. */
export const CALLS: Readonly<Record<CallCastName, CallBook>> = { t: T, u: U, k: K, l: L };
