import type { Half, Language, Voice } from './clip.ts';

/** Voices per half and language; no voice speaks in both halves. */
export const CASTING: Readonly<Record<Half, Readonly<Record<Language, readonly Voice[]>>>> = {
  development: {
    en: [
      { engine: 'flite', name: 'slt' },
      { engine: 'espeak-ng', name: 'en-us', speed: 160 },
      { engine: 'flite', name: 'kal16' },
      { engine: 'espeak-ng', name: 'en-us+f3', speed: 170 },
      { engine: 'espeak-ng', name: 'en-us+m3', speed: 150, pitch: 40 },
      { engine: 'espeak-ng', name: 'en-us+Andrea', speed: 175 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de', speed: 160 },
      { engine: 'espeak-ng', name: 'de+f3', speed: 170 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-fr', speed: 165 },
      { engine: 'espeak-ng', name: 'fr-fr+f3', speed: 175 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es', speed: 165 },
      { engine: 'espeak-ng', name: 'es+f3', speed: 175 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it', speed: 160 },
      { engine: 'espeak-ng', name: 'it+f3', speed: 170 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt', speed: 160 },
      { engine: 'espeak-ng', name: 'pt+f3', speed: 170 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl', speed: 160 },
      { engine: 'espeak-ng', name: 'nl+f3', speed: 170 },
    ],
  },
  'held-out': {
    en: [
      { engine: 'flite', name: 'rms' },
      { engine: 'espeak-ng', name: 'en-gb+f2', speed: 165 },
      { engine: 'flite', name: 'awb' },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m7', speed: 155 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+Linda', speed: 180 },
      { engine: 'espeak-ng', name: 'en-029+Mario', speed: 150, pitch: 60 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f5', speed: 180 },
      { engine: 'espeak-ng', name: 'de+m7', speed: 155 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-be+f5', speed: 170 },
      { engine: 'espeak-ng', name: 'fr-ch+m7', speed: 155 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es-419+f5', speed: 170 },
      { engine: 'espeak-ng', name: 'es-419+m7', speed: 155 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+f5', speed: 175 },
      { engine: 'espeak-ng', name: 'it+m7', speed: 155 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+f5', speed: 170 },
      { engine: 'espeak-ng', name: 'pt-br+m7', speed: 155 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+f5', speed: 170 },
      { engine: 'espeak-ng', name: 'nl+m7', speed: 155 },
    ],
  },
};

/** Children: high and fast. */
export const CHILDREN: Readonly<Record<Half, readonly Voice[]>> = {
  development: [
    { engine: 'espeak-ng', name: 'en-us+f4', speed: 180, pitch: 95 },
    { engine: 'espeak-ng', name: 'en-us+Annie', speed: 165, pitch: 90 },
  ],
  'held-out': [
    { engine: 'espeak-ng', name: 'en-gb+Alicia', speed: 175, pitch: 99 },
    { engine: 'espeak-ng', name: 'en-gb+anika', speed: 185, pitch: 92 },
  ],
};
