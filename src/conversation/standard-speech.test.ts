import { expect, test } from 'vitest';
import { DEFAULT_BOT_PARAMETERS } from '../bots/parameters.ts';
import { spokenText } from './standard-speech.ts';

test.each([
  ['en-GB', {}, 'Sorry, I did not get that.'],
  ['fr-CA', {}, "Désolé, je n'ai pas compris."],
  ['de', {}, 'Entschuldigung, das habe ich nicht verstanden.'],
  ['en-US', { ttsLanguage: 'nl-NL' }, 'Sorry, dat heb ik niet verstaan.'],
  ['fi-FI', {}, ''],
  ['constructor', {}, ''],
  ['fr-FR', { notUnderstoodSpeech: 'Pardon ?' }, 'Pardon ?'],
  ['fr-FR', { notUnderstoodSpeech: '' }, ''],
])('in %s with %j: %s', (language, set, expected) => {
  expect(spokenText('notUnderstoodSpeech', { ...DEFAULT_BOT_PARAMETERS, language, ...set })).toBe(expected);
});
