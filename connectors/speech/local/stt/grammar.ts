import { createHash } from 'node:crypto';
import { SpeechError } from '../../../../src/speech/ports.ts';
import { GRAMMAR_SETS, type GrammarLanguage, type GrammarSets } from './grammar-sets.ts';
import { hintWords } from './grammar-words.ts';

/** What one decoder needs to recognise one set of hints. Plain data: it travels to the worker threads as it is. */
export interface CompiledGrammar {
  /** Equal keys mean equal grammars. */
  readonly key: string;
  readonly language: GrammarLanguage;
  readonly jsgf: string;
  /** Every word of the grammar, once. */
  readonly words: readonly string[];
  /** Those of `words` that are said letter by letter when the dictionary does not know them. */
  readonly spelled: readonly string[];
  /** Hints that did not fit within the limits, or hold nothing that can be said. */
  readonly ignoredHints: number;
}

/** Bounds on untrusted hints: a decoder's search network grows with them. */
export const GRAMMAR_LIMITS = {
  hints: 500,
  wordsPerHint: 24,
  lettersPerWord: 32,
  /** Sum over all hints, a placeholder counted as the size of its set. */
  words: 4000,
} as const;

/** Models that the engine ships, as BCP 47 tags; every region of a language uses its one model. */
export const LOCAL_STT_LANGUAGES: readonly string[] = ['en-US', 'fr-FR'];

/** @throws SpeechError `speech_rejected` for a language without a model */
export function grammarLanguage(tag: string): GrammarLanguage {
  const primary = tag.toLowerCase().split(/[-_]/)[0];
  if (primary === 'en' || primary === 'fr') return primary;
  throw new SpeechError(
    'speech_rejected',
    `the local recogniser has no model for "${tag}"; it knows ${LOCAL_STT_LANGUAGES.join(' and ')}`,
  );
}

/**
 * Compiles what a bot expects to hear into a JSGF grammar: any one of the hints, optionally surrounded by words of
 * politeness ("i would like", "please"), or one of the built-in sets (yes, no, digits, numbers, ordinals, days, dates,
 * times, commands, greetings, goodbye, thanks).
 *
 * A hint is matched as a whole. `{digits}`, `{number}`, `{day}`, `{city}` and so on inside a hint stand for any member
 * of that set (see `GrammarSets.placeholders`); other braces are read as ordinary words. Never throws on any hint.
 */
export function compileGrammar(contextPhrases: readonly string[], language: GrammarLanguage): CompiledGrammar {
  const sets = GRAMMAR_SETS[language];
  const hints = new Map<string, true>();
  const spelled = new Set<string>();
  let budget: number = GRAMMAR_LIMITS.words;
  let ignoredHints = 0;
  for (const phrase of contextPhrases) {
    const hint = compileHint(phrase, language, sets);
    if (hint === undefined || hints.size >= GRAMMAR_LIMITS.hints || hint.cost > budget) {
      ignoredHints += 1;
      continue;
    }
    if (hints.has(hint.body)) continue;
    hints.set(hint.body, true);
    budget -= hint.cost;
    for (const word of hint.spelled) spelled.add(word);
  }
  const jsgf = assemble([...hints.keys()], sets);
  const words = wordsOf(jsgf);
  const key = createHash('sha256')
    .update(language)
    .update(jsgf)
    .update([...spelled].join(' '))
    .digest('base64url');
  return { key, language, jsgf, words, spelled: [...spelled], ignoredHints };
}

interface CompiledHint {
  body: string;
  cost: number;
  spelled: string[];
}

function compileHint(phrase: string, language: GrammarLanguage, sets: GrammarSets): CompiledHint | undefined {
  const parts: string[] = [];
  const spelled: string[] = [];
  let cost = 0;
  // Longer than any hint within the limits: cut before the regular expressions see it.
  const text = phrase.slice(0, GRAMMAR_LIMITS.wordsPerHint * (GRAMMAR_LIMITS.lettersPerWord + 1));
  for (const piece of text.split(/(\{[\p{L}_]{1,20}\})/u)) {
    const rule = piece.startsWith('{') ? placeholderRule(piece.slice(1, -1).toLowerCase(), sets) : undefined;
    if (rule !== undefined) {
      parts.push(`<${rule}>`);
      cost += setSize(rule, sets);
      continue;
    }
    for (const word of hintWords(piece, language)) {
      if (word.text.length > GRAMMAR_LIMITS.lettersPerWord) return undefined;
      parts.push(word.text);
      cost += 1;
      if (word.spelled) spelled.push(word.text);
    }
  }
  if (parts.length === 0 || parts.length > GRAMMAR_LIMITS.wordsPerHint) return undefined;
  return { body: parts.join(' '), cost, spelled };
}

function placeholderRule(name: string, sets: GrammarSets): string | undefined {
  return Object.hasOwn(sets.placeholders, name) ? sets.placeholders[name] : undefined;
}

/** Words that a rule brings into the search network, those of the rules inside it included. */
function setSize(rule: string, sets: GrammarSets): number {
  const body = sets.rules[rule] ?? '';
  let size = 0;
  for (const [, inner] of body.matchAll(/<(\w+)>|[\p{L}'.]+/gu)) {
    size += inner === undefined ? 1 : setSize(inner, sets);
  }
  return size;
}

/** Alternatives per rule: the engine's parser recurses once per alternative on a small stack. */
const ALTERNATIVES_PER_RULE = 40;

function assemble(hints: readonly string[], sets: GrammarSets): string {
  const rules = new Map<string, string>();
  const top: string[] = [];
  if (hints.length > 0) {
    const groups: string[] = [];
    for (let i = 0; i < hints.length; i += ALTERNATIVES_PER_RULE) {
      const name = `hints_${groups.length}`;
      rules.set(name, hints.slice(i, i + ALTERNATIVES_PER_RULE).join(' | '));
      groups.push(`<${name}>`);
    }
    rules.set('hint', groups.join(' | '));
    rules.set('hint_frame', sets.hintFrame);
    top.push('/1/ <hint_frame>', ...sets.builtIn);
  } else {
    top.push(...sets.builtIn, ...sets.builtInWithoutHints);
  }
  const queue = [...rules.values(), ...top];
  for (let body = queue.pop(); body !== undefined; body = queue.pop()) {
    for (const [, name] of body.matchAll(/<(\w+)>/g)) {
      const inner = name === undefined || rules.has(name) ? undefined : sets.rules[name];
      if (name === undefined || inner === undefined) continue;
      rules.set(name, inner);
      queue.push(inner);
    }
  }
  const lines = [...rules].map(([name, body]) => `<${name}> = ${body};`);
  return `#JSGF V1.0;\ngrammar patchbay;\npublic <utterance> = ${top.join(' | ')};\n${lines.join('\n')}\n`;
}

function wordsOf(jsgf: string): string[] {
  const words = new Set<string>();
  for (const line of jsgf.split('\n')) {
    const body = /^[^=]*<\w+> = (.*);$/.exec(line)?.[1] ?? '';
    for (const [word] of body.replace(/<\w+>|\/[\d.]+\//g, ' ').matchAll(/[\p{L}'.]+/gu)) words.add(word);
  }
  return [...words];
}
