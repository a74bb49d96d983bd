import { ENGLISH } from './grammar-en.ts';
import { FRENCH } from './grammar-fr.ts';

/** Languages of the models that the engine ships. */
export type GrammarLanguage = 'en' | 'fr';

/** What the recogniser always understands in one language, as JSGF rule bodies. */
export interface GrammarSets {
  rules: Readonly<Record<string, string>>;
  /** Name in a hint's braces -> rule. */
  placeholders: Readonly<Record<string, string>>;
  /** What may stand around a hint; `<hint>` is the hint. */
  hintFrame: string;
  /** What is always understood beside the hints: weighted alternatives. */
  builtIn: readonly string[];
  /** What is understood in addition while there are no hints: sets that hints ask for by placeholder. */
  builtInWithoutHints: readonly string[];
}

export const GRAMMAR_SETS: Readonly<Record<GrammarLanguage, GrammarSets>> = { en: ENGLISH, fr: FRENCH };
