import { expect, it } from 'vitest';
import { languagesOf, listenLanguage, voiceFor } from './languages.ts';

it.each([
  ['nova-3', 'de-DE', 'de'],
  ['nova-3', 'it-IT', 'it'],
  ['nova-3', 'de-CH', 'de-CH'],
  ['nova-3', 'en-US', 'en-US'],
  ['nova-3', 'EN-gb', 'en-GB'],
  ['nova-3', 'en-CA', 'en'],
  ['nova-3-medical', 'en-CA', 'en-CA'],
  ['nova-3', 'pt-BR', 'pt-BR'],
  ['nova-3', 'es-ES', 'es'],
  ['nova-3', 'es-MX', 'es-419'],
  ['nova-3', 'nb-NO', 'no'],
  ['nova-3', 'zh-Hant-TW', 'zh-Hant'],
  ['nova-3', 'cmn-Hans-CN', 'zh-Hans'],
  ['nova-3', 'yue-Hant-HK', 'zh-HK'],
  ['nova-3', 'fil-PH', 'tl'],
  ['nova-3', 'multi', 'multi'],
  ['nova-3', 'sw-KE', undefined],
  ['nova-2', 'he-IL', undefined],
  ['nova-2-phonecall', 'en-GB', 'en'],
  ['nova-2-phonecall', 'de-DE', undefined],
  ['one-of-ours', 'de-DE', 'de-DE'],
])('%s hears %s as %s', (model, tag, language) => {
  expect(listenLanguage(model, tag)).toBe(language);
});

it('names what it takes itself', () => {
  for (const model of ['nova-3', 'nova-3-medical', 'nova-2', 'nova-2-atc']) {
    for (const language of languagesOf(model) ?? []) expect(listenLanguage(model, language)).toBe(language);
  }
  expect(languagesOf('one-of-ours')).toBeUndefined();
});

it.each([
  [undefined, 'en-US', 'aura-2-thalia-en'],
  [undefined, 'en-GB', 'aura-2-pandora-en'],
  [undefined, 'de-AT', 'aura-2-viktoria-de'],
  [undefined, 'pl-PL', undefined],
  ['aura-2-draco-en', 'en-US', 'aura-2-draco-en'],
  ['aura-2-draco-en', 'fr-FR', 'aura-2-agathe-fr'],
  ['aura-2-draco-en', 'pl-PL', undefined],
  ['one-of-ours', 'pl-PL', 'one-of-ours'],
])('with the voice %s configured, %s is spoken by %s', (configured, tag, voice) => {
  expect(voiceFor(configured, tag)).toBe(voice);
});
