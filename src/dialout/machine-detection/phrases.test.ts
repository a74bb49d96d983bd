import { describe, expect, test } from 'vitest';
import { Hypotheses } from './hypotheses.ts';
import { findPhrases, PHRASE_LANGUAGES, wordsOf } from './phrases.ts';

test('words lose case, accents and punctuation', () => {
  expect(wordsOf('J’ai 2 mots: « ÉTÉ », Straße!')).toEqual(["j'ai", '2', 'mots', 'ete', 'strasse']);
  expect(wordsOf('')).toEqual([]);
});

describe('phrases', () => {
  test.each([
    ['en', 'hi this is Tom, leave me a short message', 'voicemail'],
    ['en', 'The number you have dialled', 'unreachable'],
    ['en', 'for sales press 1', 'menu'],
    ['en', 'Go ahead and say your name', 'screening'],
    ['en', 'good morning how may I help you', 'human'],
    ['en', 'you have reached the Millers', 'reached'],
    ['en', 'thank you for calling Miller and Sons', 'company'],
    ['de', 'bitte hinterlassen Sie eine Nachricht', 'voicemail'],
    ['de', 'kein Anschluss unter dieser Nummer', 'unreachable'],
    ['de', 'was kann ich für Sie tun?', 'human'],
    ['fr', 'parlez après le bip', 'voicemail'],
    ['fr', 'comment puis-je vous aider ?', 'human'],
    ['es', 'deje su mensaje después de la señal', 'voicemail'],
    ['es', '¿en qué puedo ayudarle?', 'human'],
    ['it', 'lasciate un messaggio dopo il segnale acustico', 'voicemail'],
    ['pt', 'deixe a sua mensagem após o sinal', 'voicemail'],
    ['nl', 'spreek een bericht in na de piep', 'voicemail'],
    ['nl', 'waarmee kan ik u helpen', 'human'],
  ] as const)('%s: "%s" is %s', (language, text, kind) => {
    expect([...findPhrases(wordsOf(text), language).keys()]).toContain(kind);
    expect([...findPhrases(wordsOf(text), `${language.toUpperCase()}-XX`).keys()]).toContain(kind);
    expect([...findPhrases(wordsOf(text), undefined).keys()]).toContain(kind);
  });

  test.each([
    'hello',
    'hello?',
    'yes',
    'hallo',
    'ja',
    'allo',
    'digame',
    'pronto',
    'alo',
    'this is Martin',
    'sorry what',
  ])('"%s" is nothing that a machine says', (text) => {
    for (const language of [...PHRASE_LANGUAGES, undefined]) {
      const found = findPhrases(wordsOf(text), language);
      for (const kind of ['voicemail', 'unreachable', 'menu', 'screening'] as const)
        expect(found.has(kind)).toBe(false);
    }
  });

  test('a gap is three words at most', () => {
    const found = (text: string) => findPhrases(wordsOf(text), 'en').get('voicemail');
    expect(found('leave message')).toBe('leave ... message');
    expect(found('leave one two three message')).toBe('leave ... message');
    expect(found('leave one two three four message')).toBeUndefined();
  });

  test('English is known in every language, others only in their own', () => {
    expect(findPhrases(wordsOf('after the tone'), 'de').has('voicemail')).toBe(true);
    expect(findPhrases(wordsOf('nach dem signalton'), 'en').has('voicemail')).toBe(false);
    expect(findPhrases(wordsOf('after the tone'), 'ja-JP').has('voicemail')).toBe(true);
  });
});

describe('hypotheses', () => {
  test('a new text replaces the last until it is final', () => {
    const heard = new Hypotheses('en');
    heard.take('hello', false);
    heard.take('hello you', false);
    expect(heard.count).toBe(2);
    heard.take('hello you have', true);
    heard.take('reached Tom', false);
    expect(heard.count).toBe(5);
    expect(heard.has('reached')).toBe(true);
    expect(heard.figures()).toMatchObject({ words: 5, reachedPhrase: 'you have reached/called' });
  });

  test('what was found stays found, whatever is heard instead', () => {
    const heard = new Hypotheses('en');
    heard.take('leave a message', false);
    heard.take('live a massage', true);
    expect(heard.has('voicemail')).toBe(true);
  });

  test('words without end are cut off', () => {
    const heard = new Hypotheses(undefined);
    for (let i = 0; i < 10; i++) heard.take('word '.repeat(100_000), true);
    expect(heard.count).toBeLessThanOrEqual(200);
  });
});
