import type { CallCastName, Language, Voice } from './clip.ts';

/** Voices that other casts have, at other pitches and speeds. */
export const CALL_CASTING: Readonly<Record<CallCastName, Readonly<Record<Language, readonly Voice[]>>>> = {
  t: {
    en: [
      { engine: 'flite', name: 'slt', scale: 0.99 },
      { engine: 'espeak-ng', name: 'en-us+f2', speed: 172, pitch: 46 },
      { engine: 'flite', name: 'rms', scale: 1.01 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+m4', speed: 170, pitch: 55 },
      { engine: 'flite', name: 'awb', scale: 0.99 },
      { engine: 'espeak-ng', name: 'en-us+linda', speed: 176, pitch: 54 },
      { engine: 'flite', name: 'kal16', scale: 1.01 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m3', speed: 178, pitch: 46 },
      { engine: 'flite', name: 'slt', scale: 1.07 },
      { engine: 'espeak-ng', name: 'en-us+edward', speed: 168, pitch: 55 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f4', speed: 178, pitch: 40 },
      { engine: 'espeak-ng', name: 'de+m6', speed: 170, pitch: 55 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr+f4', speed: 178, pitch: 40 },
      { engine: 'espeak-ng', name: 'fr-fr+m4', speed: 170, pitch: 55 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+f4', speed: 178, pitch: 40 },
      { engine: 'espeak-ng', name: 'es+m4', speed: 170, pitch: 56 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+f1', speed: 172, pitch: 55 },
      { engine: 'espeak-ng', name: 'it+m4', speed: 170, pitch: 55 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt+f2', speed: 178, pitch: 45 },
      { engine: 'espeak-ng', name: 'pt+m4', speed: 170, pitch: 56 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+f4', speed: 178, pitch: 40 },
      { engine: 'espeak-ng', name: 'nl+m7', speed: 170, pitch: 46 },
    ],
  },
  u: {
    en: [
      { engine: 'flite', name: 'rms', scale: 0.99 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+f1', speed: 172, pitch: 53 },
      { engine: 'flite', name: 'slt', scale: 0.96 },
      { engine: 'espeak-ng', name: 'en-us+m2', speed: 170, pitch: 45 },
      { engine: 'flite', name: 'awb', scale: 1.04 },
      { engine: 'espeak-ng', name: 'en-us-nyc+steph3', speed: 176, pitch: 46 },
      { engine: 'flite', name: 'kal16', scale: 0.99 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+m2', speed: 178, pitch: 55 },
      { engine: 'flite', name: 'rms', scale: 1.06 },
      { engine: 'espeak-ng', name: 'en-029+f2', speed: 168, pitch: 46 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f2', speed: 170, pitch: 56 },
      { engine: 'espeak-ng', name: 'de+m3', speed: 176, pitch: 45 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr+f1', speed: 172, pitch: 55 },
      { engine: 'espeak-ng', name: 'fr-fr+m3', speed: 178, pitch: 45 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+f1', speed: 172, pitch: 55 },
      { engine: 'espeak-ng', name: 'es+m3', speed: 178, pitch: 45 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+f3', speed: 178, pitch: 44 },
      { engine: 'espeak-ng', name: 'it+m6', speed: 170, pitch: 55 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt+f4', speed: 178, pitch: 40 },
      { engine: 'espeak-ng', name: 'pt+m3', speed: 170, pitch: 56 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+f4', speed: 172, pitch: 44 },
      { engine: 'espeak-ng', name: 'nl+m8', speed: 170, pitch: 46 },
    ],
  },
  k: {
    en: [
      { engine: 'flite', name: 'slt', scale: 1.01 },
      { engine: 'espeak-ng', name: 'en-us+f4', speed: 168, pitch: 40 },
      { engine: 'flite', name: 'rms', scale: 0.96 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+m6', speed: 176, pitch: 52 },
      { engine: 'flite', name: 'awb', scale: 1.02 },
      { engine: 'espeak-ng', name: 'en-us+robert', speed: 172, pitch: 58 },
      { engine: 'flite', name: 'kal16', scale: 1.05 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+Jacky', speed: 180, pitch: 44 },
      { engine: 'flite', name: 'slt', scale: 0.95 },
      { engine: 'espeak-ng', name: 'en-029+m8', speed: 170, pitch: 56 },
      { engine: 'flite', name: 'rms', scale: 1.05 },
      { engine: 'espeak-ng', name: 'en-us+max', speed: 178, pitch: 42 },
      { engine: 'flite', name: 'awb', scale: 0.97 },
      { engine: 'espeak-ng', name: 'en+belinda', speed: 174, pitch: 55 },
      { engine: 'flite', name: 'kal', scale: 1.02 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbcwmd+f1', speed: 166, pitch: 47 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+m4', speed: 174, pitch: 45 },
      { engine: 'espeak-ng', name: 'de+f1', speed: 178, pitch: 46 },
      { engine: 'espeak-ng', name: 'de+grandpa', speed: 168, pitch: 57 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr-fr+m2', speed: 176, pitch: 46 },
      { engine: 'espeak-ng', name: 'fr-be+f1', speed: 180, pitch: 45 },
      { engine: 'espeak-ng', name: 'fr+michel', speed: 168, pitch: 58 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es+m6', speed: 176, pitch: 45 },
      { engine: 'espeak-ng', name: 'es-419+f1', speed: 182, pitch: 46 },
      { engine: 'espeak-ng', name: 'es-419+sandro', speed: 168, pitch: 56 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+m8', speed: 174, pitch: 45 },
      { engine: 'espeak-ng', name: 'it+f4', speed: 180, pitch: 40 },
      { engine: 'espeak-ng', name: 'it+Henrique', speed: 168, pitch: 56 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt+m6', speed: 174, pitch: 45 },
      { engine: 'espeak-ng', name: 'pt-br+f1', speed: 178, pitch: 46 },
      { engine: 'espeak-ng', name: 'pt-br+marcelo', speed: 168, pitch: 56 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+m6', speed: 174, pitch: 56 },
      { engine: 'espeak-ng', name: 'nl+f1', speed: 178, pitch: 46 },
      { engine: 'espeak-ng', name: 'nl+victor', speed: 168, pitch: 55 },
    ],
  },
  l: {
    en: [
      { engine: 'flite', name: 'rms', scale: 0.98 },
      { engine: 'espeak-ng', name: 'en-gb-x-rp+f3', speed: 174, pitch: 46 },
      { engine: 'flite', name: 'slt', scale: 1.04 },
      { engine: 'espeak-ng', name: 'en-us+m5', speed: 170, pitch: 56 },
      { engine: 'flite', name: 'kal16', scale: 0.97 },
      { engine: 'espeak-ng', name: 'en-us-nyc+rob', speed: 178, pitch: 45 },
      { engine: 'flite', name: 'awb', scale: 1.06 },
      { engine: 'espeak-ng', name: 'en-029+belinda', speed: 168, pitch: 54 },
      { engine: 'flite', name: 'slt', scale: 0.97 },
      { engine: 'espeak-ng', name: 'en-gb-scotland+david', speed: 180, pitch: 57 },
      { engine: 'flite', name: 'rms', scale: 1.03 },
      { engine: 'espeak-ng', name: 'en-us+grandma', speed: 172, pitch: 45 },
      { engine: 'flite', name: 'kal', scale: 1.06 },
      { engine: 'espeak-ng', name: 'en-gb-x-gbclan+Michael', speed: 176, pitch: 43 },
      { engine: 'flite', name: 'awb', scale: 0.95 },
      { engine: 'espeak-ng', name: 'en+Adam', speed: 182, pitch: 55 },
    ],
    de: [
      { engine: 'espeak-ng', name: 'de+f2', speed: 176, pitch: 45 },
      { engine: 'espeak-ng', name: 'de+m2', speed: 170, pitch: 56 },
      { engine: 'espeak-ng', name: 'de+iven', speed: 180, pitch: 46 },
    ],
    fr: [
      { engine: 'espeak-ng', name: 'fr+f2', speed: 178, pitch: 46 },
      { engine: 'espeak-ng', name: 'fr-be+m6', speed: 172, pitch: 55 },
      { engine: 'espeak-ng', name: 'fr-fr+gustave', speed: 180, pitch: 45 },
    ],
    es: [
      { engine: 'espeak-ng', name: 'es-419+m2', speed: 174, pitch: 45 },
      { engine: 'espeak-ng', name: 'es+f2', speed: 180, pitch: 46 },
      { engine: 'espeak-ng', name: 'es+miguel', speed: 168, pitch: 56 },
    ],
    it: [
      { engine: 'espeak-ng', name: 'it+m2', speed: 176, pitch: 55 },
      { engine: 'espeak-ng', name: 'it+f1', speed: 180, pitch: 45 },
      { engine: 'espeak-ng', name: 'it+robert', speed: 170, pitch: 45 },
    ],
    pt: [
      { engine: 'espeak-ng', name: 'pt-br+m2', speed: 174, pitch: 45 },
      { engine: 'espeak-ng', name: 'pt+f1', speed: 180, pitch: 46 },
      { engine: 'espeak-ng', name: 'pt+edward2', speed: 170, pitch: 56 },
    ],
    nl: [
      { engine: 'espeak-ng', name: 'nl+m2', speed: 176, pitch: 45 },
      { engine: 'espeak-ng', name: 'nl+f3', speed: 180, pitch: 45 },
      { engine: 'espeak-ng', name: 'nl+caleb', speed: 170, pitch: 56 },
    ],
  },
};
