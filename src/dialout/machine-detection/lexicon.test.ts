import { describe, expect, test } from 'vitest';
import { LEXICONS, NO_SCORES, scoresOf } from './lexicon.ts';
import { PHRASE_LANGUAGES, wordsOf } from './phrases.ts';

const heard = (text: string, confidence = 1) => wordsOf(text).map((word) => ({ word, confidence }));
const leaning = (text: string, language: string, confidence?: number) => {
  const { machine, person } = scoresOf(heard(text, confidence), language);
  return machine - person;
};

test.each(Object.entries(LEXICONS))('%s: every entry weighs once', (_, entries) => {
  const written = entries.map(({ side, words }) => `${side}: ${words.join(' ')}`);
  expect(written.filter((entry, at) => written.indexOf(entry) !== at)).toEqual([]);
});

describe('words weigh for machines', () => {
  test.each([
    ['en', 'the family is away for the week and nobody will hear you before Sunday, a message is welcome'],
    ['en', 'our showroom opens again on Tuesday'],
    ['de', 'wir sind ab Donnerstag wieder im Haus, Nachrichten werden abgehört'],
    ['fr', 'la boutique ouvre de nouveau mardi, nos horaires sont sur notre site internet'],
    ['es', 'la tienda abre el martes, el horario está en nuestra página web'],
    ['it', 'il negozio riapre martedì, gli orari sono sul sito'],
    ['pt', 'a loja abre na terça, o horário está no nosso site'],
    ['nl', 'de winkel is dinsdag weer geopend, laat het nummer achter'],
  ])('%s: "%s"', (language, text) => {
    expect(leaning(text, language)).toBeGreaterThanOrEqual(2);
    expect(leaning(text, `${language}-XX`)).toBe(leaning(text, language));
  });
});

describe('words weigh for people', () => {
  test.each([
    ['en', 'good morning, Hill Street Bakery, Joan speaking, what would you like?'],
    ['de', 'Gasthof Krone, guten Abend, was darf es sein?'],
    ['fr', 'mairie, bonjour, je vous écoute'],
    ['es', 'hotel Sol, buenas tardes, ¿en qué le puedo ayudar?'],
    ['it', 'albergo Sole, buonasera, mi dica'],
    ['pt', 'hotel do Sol, boa tarde, em que posso ser útil?'],
    ['nl', 'hotel Zon, goedemiddag, wat kan ik voor u doen?'],
  ])('%s: "%s"', (language, text) => {
    expect(leaning(text, language)).toBeLessThan(0);
  });

  test('whatever the language, "hello" is nothing that a machine says', () => {
    const said: Record<string, string> = { de: 'hallo', fr: 'allô', es: 'diga', it: 'pronto', pt: 'alô', nl: 'hallo' };
    for (const language of PHRASE_LANGUAGES) expect(leaning(said[language] ?? 'hello', language)).toBeLessThan(0);
  });
});

test('screening is told from voicemail', () => {
  const { screening, machine } = scoresOf(heard('an assistant takes this call, what is the reason for it'), 'en');
  expect(screening).toBeGreaterThanOrEqual(2.5);
  expect(screening).toBeGreaterThan(machine);
});

describe('words that were not heard well', () => {
  test('one letter may be wrong, missing or too many, in words that are long enough', () => {
    const right = scoresOf(heard('message'), 'en').machine;
    for (const text of ['massage', 'messge', 'messages']) {
      expect(scoresOf(heard(text), 'en').machine).toBeGreaterThan(0.5 * right);
    }
    expect(scoresOf(heard('mirage'), 'en')).toEqual({ machine: 0, person: 0, screening: 0 });
    expect(scoresOf(heard('bone'), 'en').machine).toBe(0);
  });

  test('unsure words weigh less', () => {
    expect(leaning('leave a message', 'en', 0.3)).toBeCloseTo(leaning('leave a message', 'en') / 2);
    expect(leaning('leave a message', 'en', 0.6)).toBeCloseTo(leaning('leave a message', 'en'));
  });

  test('each entry weighs once, however often it is heard', () => {
    expect(leaning('beep beep beep', 'en')).toBe(leaning('beep', 'en'));
  });
});

test('without words, and in languages that are not known, nothing weighs', () => {
  expect(scoresOf([], 'en')).toBe(NO_SCORES);
  expect(scoresOf(heard('leave a message'), 'ja-JP')).toBe(NO_SCORES);
  expect(scoresOf(heard('leave a message'), undefined).machine).toBeGreaterThan(0);
});
