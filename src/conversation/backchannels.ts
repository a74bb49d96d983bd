/** What listeners say while they listen, by the first part of the language tag. */
const BACKCHANNELS: Readonly<Record<string, readonly string[]>> = {
  en: [
    'uh huh',
    'uhuh',
    'mm hm',
    'mm hmm',
    'mhm',
    'mmhm',
    'mm',
    'mmm',
    'hm',
    'hmm',
    'uh',
    'um',
    'ah',
    'aha',
    'oh',
  ].concat(['okay', 'ok', 'yeah', 'yep', 'yup', 'right', 'alright', 'all right', 'sure', 'i see', 'got it']),
  de: [
    'mhm',
    'mm hm',
    'hm',
    'hmm',
    'äh',
    'ähm',
    'ah',
    'aha',
    'ach so',
    'achso',
    'oh',
    'ja ja',
    'okay',
    'ok',
    'genau',
  ].concat(['gut', 'alles klar', 'verstehe', 'ich verstehe', 'stimmt', 'richtig']),
  es: [
    'ajá',
    'aja',
    'mhm',
    'mm',
    'hm',
    'hmm',
    'eh',
    'ah',
    'oh',
    'ok',
    'okay',
    'vale',
    'ya',
    'claro',
    'entiendo',
    'bueno',
  ].concat(['de acuerdo', 'ya veo', 'exacto']),
  fr: [
    'mhm',
    'mm',
    'hm',
    'hmm',
    'euh',
    'ah',
    'oh',
    'ouais',
    'ok',
    'okay',
    "d'accord",
    'je vois',
    'bien',
    'très bien',
  ].concat(['ah bon', 'voilà', 'bien sûr', 'entendu', 'je comprends']),
  it: [
    'mhm',
    'mm',
    'hm',
    'hmm',
    'eh',
    'ah',
    'oh',
    'ok',
    'okay',
    'certo',
    'capito',
    'ho capito',
    'va bene',
    'bene',
  ].concat(['esatto', 'già', "d'accordo", 'capisco']),
  nl: [
    'mhm',
    'mm',
    'hm',
    'hmm',
    'eh',
    'ah',
    'aha',
    'oh',
    'ok',
    'oké',
    'okay',
    'ja ja',
    'goed',
    'precies',
    'snap ik',
  ].concat(['ik snap het', 'prima', 'juist', 'duidelijk']),
  pt: [
    'aham',
    'uhum',
    'mhm',
    'mm',
    'hm',
    'hmm',
    'ah',
    'oh',
    'ok',
    'okay',
    'tá',
    'tá bom',
    'certo',
    'entendi',
    'está bem',
  ].concat(['pois', 'pois é', 'claro', 'percebo', 'sei']),
};

/** The default of `bargeInIgnorePhrases` for a BCP 47 tag; none for a language without a list. */
export function backchannelsOf(language: string): readonly string[] {
  return BACKCHANNELS[language.split(/[-_]/, 1)[0]?.toLowerCase() ?? ''] ?? [];
}

/**
 * Whether a text holds nothing but the given phrases, one or several in a row ("okay okay, i see"). Case and punctuation
 * do not matter. An empty text is none.
 */
export function isBackchannel(text: string, phrases: readonly string[]): boolean {
  const words = spokenWords(text);
  if (words.length === 0) return false;
  const known = phrases.map(spokenWords).filter((phrase) => phrase.length > 0);
  // Where the words up to here are phrases altogether.
  const reached = new Set([0]);
  for (let at = 0; at < words.length; at++) {
    if (!reached.has(at)) continue;
    for (const phrase of known) if (phrase.every((word, i) => words[at + i] === word)) reached.add(at + phrase.length);
  }
  return reached.has(words.length);
}

/** The words of a text in lower case, without mark-up and punctuation; hyphens part words. */
export function spokenWords(text: string): string[] {
  const plain = text
    .replace(/<[^>]*>/g, ' ')
    .toLowerCase()
    .replaceAll('’', "'");
  return plain.match(/[\p{L}\p{N}]+(?:'[\p{L}\p{N}]+)*/gu) ?? [];
}
