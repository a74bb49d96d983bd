import type { CastName, Language, Voice } from './clip.ts';

/** Voices per cast and language; no voice speaks in two casts, but flite's and those of the casts `i` and `j`, which have others' at other pitches and speeds. */
export const CASTING: Readonly<Record<CastName, Readonly<Record<Language, readonly Voice[]>>>> = {
  a: {
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
      { engine: 'espeak-ng', name: 'fr+f3', speed: 175 },
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
  b: {
    en: [
      { engine: 'flite', name: 'rms' },
      { engine: 'espeak-ng', name: 'en+f2', speed: 165 },
      { engine: 'flite', name: 'kal' },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m7', speed: 155 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+linda', speed: 180 },
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
  c: {
    en: [
      { engine: 'flite', name: 'awb' },
      { engine: 'espeak-ng', name: 'en-gb-x-gbclan+steph2', speed: 170 },
      { engine: 'espeak-ng', name: 'en-us+m6', speed: 168, pitch: 45 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbcwmd+m5', speed: 158 },
      { engine: 'espeak-ng', name: 'en-us+Denis', speed: 172 },
      { engine: 'espeak-ng', name: 'en+f1', speed: 178 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'de+m5', speed: 162 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-ch+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'fr+m5', speed: 162 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'es-419+m5', speed: 162 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'it+m5', speed: 162 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'pt-br+m5', speed: 162 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+steph3', speed: 172 },
      { engine: 'espeak-ng', name: 'nl+m5', speed: 162 },
    ],
  },
  d: {
    en: [
      { engine: 'espeak-ng', name: 'en-us+Jacky', speed: 176 },
      { engine: 'espeak-ng', name: 'en+grandma', speed: 165 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+rob', speed: 172 },
      { engine: 'espeak-ng', name: 'en-us+shelby', speed: 182 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+Storm', speed: 170 },
      { engine: 'espeak-ng', name: 'en-029+travis', speed: 168 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+Hugo', speed: 178 },
      { engine: 'espeak-ng', name: 'de+shelby', speed: 170 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-be+michel', speed: 178 },
      { engine: 'espeak-ng', name: 'fr+shelby', speed: 170 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+miguel', speed: 178 },
      { engine: 'espeak-ng', name: 'es-419+shelby', speed: 170 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+Marco', speed: 178 },
      { engine: 'espeak-ng', name: 'it+shelby', speed: 170 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+pedro', speed: 178 },
      { engine: 'espeak-ng', name: 'pt+shelby', speed: 170 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+victor', speed: 178 },
      { engine: 'espeak-ng', name: 'nl+shelby', speed: 170 },
    ],
  },
  e: {
    en: [
      { engine: 'espeak-ng', name: 'en-us+paul', speed: 174 },
      { engine: 'espeak-ng', name: 'en+m2', speed: 168 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m4', speed: 178 },
      { engine: 'espeak-ng', name: 'en-us+antonio', speed: 166 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+m1', speed: 182 },
      { engine: 'espeak-ng', name: 'en-029+john', speed: 170 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+ed', speed: 172 },
      { engine: 'espeak-ng', name: 'de+grandpa', speed: 166 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-be+antonio', speed: 172 },
      { engine: 'espeak-ng', name: 'fr+m1', speed: 166 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+pablo', speed: 172 },
      { engine: 'espeak-ng', name: 'es-419+edward', speed: 166 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+antonio', speed: 172 },
      { engine: 'espeak-ng', name: 'it+ed', speed: 166 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+david', speed: 172 },
      { engine: 'espeak-ng', name: 'pt+m1', speed: 166 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+norbert', speed: 172 },
      { engine: 'espeak-ng', name: 'nl+m1', speed: 166 },
    ],
  },
  f: {
    en: [
      { engine: 'flite', name: 'slt' },
      { engine: 'flite', name: 'rms' },
      { engine: 'flite', name: 'awb' },
      { engine: 'flite', name: 'kal16' },
      { engine: 'flite', name: 'kal' },
    ],
    de: [],
    fr: [],
    es: [],
    it: [],
    pt: [],
    nl: [],
  },
  g: {
    en: [
      { engine: 'espeak-ng', name: 'en-us+Adam', speed: 172 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+belinda', speed: 168 },
      { engine: 'espeak-ng', name: 'en-us-nyc+benjamin', speed: 176 },
      { engine: 'espeak-ng', name: 'en+caleb', speed: 184, pitch: 45 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+Gene', speed: 170 },
      { engine: 'espeak-ng', name: 'en-us+max', speed: 164 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbclan+michael', speed: 179, pitch: 58 },
      { engine: 'espeak-ng', name: 'en-029+robert', speed: 166 },
      { engine: 'espeak-ng', name: 'en-us+Andy', speed: 188 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbcwmd+Lee', speed: 174 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+Kaukovalta', speed: 174 },
      { engine: 'espeak-ng', name: 'de+iven', speed: 168 },
      { engine: 'espeak-ng', name: 'de+belinda', speed: 180 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-fr+marcelo', speed: 176 },
      { engine: 'espeak-ng', name: 'fr-be+quincy', speed: 168 },
      { engine: 'espeak-ng', name: 'fr-ch+benjamin', speed: 182, pitch: 55 },
      { engine: 'espeak-ng', name: 'fr+gustave', speed: 170 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+Diogo', speed: 180 },
      { engine: 'espeak-ng', name: 'es-419+sandro', speed: 170 },
      { engine: 'espeak-ng', name: 'es+m8', speed: 164, pitch: 62 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+Henrique', speed: 176 },
      { engine: 'espeak-ng', name: 'it+iven2', speed: 168 },
      { engine: 'espeak-ng', name: 'it+robert', speed: 182 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+RicishayMax', speed: 174 },
      { engine: 'espeak-ng', name: 'pt+edward2', speed: 168 },
      { engine: 'espeak-ng', name: 'pt-br+marcelo', speed: 180 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+klatt3', speed: 172 },
      { engine: 'espeak-ng', name: 'nl+caleb', speed: 166 },
      { engine: 'espeak-ng', name: 'nl+belinda', speed: 178, pitch: 56 },
    ],
  },
  h: {
    en: [
      { engine: 'flite', name: 'slt', scale: 0.92 },
      { engine: 'flite', name: 'rms', scale: 1.07 },
      { engine: 'flite', name: 'awb', scale: 0.94 },
      { engine: 'flite', name: 'kal16', scale: 1.08 },
      { engine: 'flite', name: 'slt', scale: 1.06 },
      { engine: 'flite', name: 'kal', scale: 0.94 },
      { engine: 'flite', name: 'rms', scale: 0.93 },
      { engine: 'flite', name: 'awb', scale: 1.08 },
      { engine: 'flite', name: 'kal16', scale: 0.95 },
      { engine: 'flite', name: 'slt', scale: 0.96 },
    ],
    de: [],
    fr: [],
    es: [],
    it: [],
    pt: [],
    nl: [],
  },
  i: {
    en: [
      { engine: 'flite', name: 'slt', scale: 1.03 },
      { engine: 'espeak-ng', name: 'en-us+f3', speed: 178, pitch: 57 },
      { engine: 'flite', name: 'rms', scale: 0.97 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+m3', speed: 170, pitch: 44 },
      { engine: 'flite', name: 'awb', scale: 1.03 },
      { engine: 'espeak-ng', name: 'en-us+m7', speed: 182, pitch: 54 },
      { engine: 'flite', name: 'kal16', scale: 0.98 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+f2', speed: 166, pitch: 60 },
      { engine: 'flite', name: 'slt', scale: 0.94 },
      { engine: 'espeak-ng', name: 'en+m4', speed: 176, pitch: 46 },
      { engine: 'flite', name: 'rms', scale: 1.04 },
      { engine: 'espeak-ng', name: 'en-us+steph2', speed: 184, pitch: 48 },
      { engine: 'flite', name: 'awb', scale: 0.98 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbclan+m1', speed: 163, pitch: 58 },
      { engine: 'flite', name: 'kal', scale: 1.04 },
      { engine: 'espeak-ng', name: 'en-029+f5', speed: 172, pitch: 42 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f3', speed: 178, pitch: 58 },
      { engine: 'espeak-ng', name: 'de+m7', speed: 168, pitch: 42 },
      { engine: 'espeak-ng', name: 'de+m1', speed: 182, pitch: 54 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-fr+f5', speed: 178, pitch: 56 },
      { engine: 'espeak-ng', name: 'fr+m7', speed: 170, pitch: 44 },
      { engine: 'espeak-ng', name: 'fr-be+m4', speed: 184, pitch: 52 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+f5', speed: 180, pitch: 56 },
      { engine: 'espeak-ng', name: 'es-419+m4', speed: 170, pitch: 43 },
      { engine: 'espeak-ng', name: 'es+m1', speed: 186, pitch: 54 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+f2', speed: 178, pitch: 57 },
      { engine: 'espeak-ng', name: 'it+m3', speed: 168, pitch: 43 },
      { engine: 'espeak-ng', name: 'it+m1', speed: 184, pitch: 55 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+f2', speed: 178, pitch: 57 },
      { engine: 'espeak-ng', name: 'pt+m7', speed: 168, pitch: 44 },
      { engine: 'espeak-ng', name: 'pt-br+m4', speed: 182, pitch: 53 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+f2', speed: 178, pitch: 56 },
      { engine: 'espeak-ng', name: 'nl+m4', speed: 168, pitch: 43 },
      { engine: 'espeak-ng', name: 'nl+m3', speed: 182, pitch: 54 },
    ],
  },
  j: {
    en: [
      { engine: 'flite', name: 'rms', scale: 1.02 },
      { engine: 'espeak-ng', name: 'en-us+Andrea', speed: 170, pitch: 54 },
      { engine: 'flite', name: 'slt', scale: 0.98 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m7', speed: 174, pitch: 46 },
      { engine: 'flite', name: 'awb', scale: 1.05 },
      { engine: 'espeak-ng', name: 'en-us+paul', speed: 180, pitch: 55 },
      { engine: 'flite', name: 'kal16', scale: 1.03 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+linda', speed: 172, pitch: 45 },
      { engine: 'flite', name: 'slt', scale: 1.05 },
      { engine: 'espeak-ng', name: 'en+m2', speed: 178, pitch: 57 },
      { engine: 'flite', name: 'rms', scale: 0.95 },
      { engine: 'espeak-ng', name: 'en-us+shelby', speed: 174, pitch: 44 },
      { engine: 'flite', name: 'kal', scale: 0.97 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbclan+steph2', speed: 178, pitch: 56 },
      { engine: 'flite', name: 'awb', scale: 0.96 },
      { engine: 'espeak-ng', name: 'en-us+Denis', speed: 166, pitch: 57 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f5', speed: 172, pitch: 44 },
      { engine: 'espeak-ng', name: 'de+m5', speed: 176, pitch: 56 },
      { engine: 'espeak-ng', name: 'de+ed', speed: 180, pitch: 45 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-fr+f3', speed: 182, pitch: 44 },
      { engine: 'espeak-ng', name: 'fr+m5', speed: 174, pitch: 57 },
      { engine: 'espeak-ng', name: 'fr-ch+m7', speed: 166, pitch: 56 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es-419+f5', speed: 178, pitch: 44 },
      { engine: 'espeak-ng', name: 'es+pablo', speed: 180, pitch: 56 },
      { engine: 'espeak-ng', name: 'es-419+m7', speed: 168, pitch: 57 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+f5', speed: 182, pitch: 44 },
      { engine: 'espeak-ng', name: 'it+antonio', speed: 178, pitch: 57 },
      { engine: 'espeak-ng', name: 'it+m5', speed: 170, pitch: 45 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+f5', speed: 178, pitch: 44 },
      { engine: 'espeak-ng', name: 'pt+m1', speed: 172, pitch: 57 },
      { engine: 'espeak-ng', name: 'pt-br+david', speed: 180, pitch: 45 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+f5', speed: 178, pitch: 44 },
      { engine: 'espeak-ng', name: 'nl+norbert', speed: 166, pitch: 57 },
      { engine: 'espeak-ng', name: 'nl+m5', speed: 174, pitch: 45 },
    ],
  },
};

/** Children: high and fast. */
export const CHILDREN: Readonly<Record<CastName, readonly Voice[]>> = {
  a: [
    { engine: 'espeak-ng', name: 'en-us+f4', speed: 180, pitch: 95 },
    { engine: 'espeak-ng', name: 'en-us+Annie', speed: 165, pitch: 90 },
  ],
  b: [
    { engine: 'espeak-ng', name: 'en+Alicia', speed: 175, pitch: 99 },
    { engine: 'espeak-ng', name: 'en+anika', speed: 185, pitch: 92 },
  ],
  c: [
    { engine: 'espeak-ng', name: 'en-us+f5', speed: 178, pitch: 97 },
    { engine: 'espeak-ng', name: 'en-gb-scotland+aunty', speed: 170, pitch: 94 },
  ],
  d: [
    { engine: 'espeak-ng', name: 'en-us+steph', speed: 176, pitch: 96 },
    { engine: 'espeak-ng', name: 'en+Alex', speed: 184, pitch: 99 },
  ],
  e: [
    { engine: 'espeak-ng', name: 'en-us+linda', speed: 182, pitch: 93 },
    { engine: 'espeak-ng', name: 'en+klatt4', speed: 174, pitch: 98 },
  ],
  f: [],
  g: [
    { engine: 'espeak-ng', name: 'en-us+iven3', speed: 180, pitch: 97 },
    { engine: 'espeak-ng', name: 'en-gb-scotland+klatt6', speed: 172, pitch: 94 },
  ],
  h: [],
  i: [
    { engine: 'espeak-ng', name: 'en-gb-x-rp+f4', speed: 172, pitch: 98 },
    { engine: 'espeak-ng', name: 'en-us+anika', speed: 180, pitch: 95 },
  ],
  j: [
    { engine: 'espeak-ng', name: 'en-us+f2', speed: 176, pitch: 96 },
    { engine: 'espeak-ng', name: 'en+f4', speed: 184, pitch: 93 },
  ],
};
