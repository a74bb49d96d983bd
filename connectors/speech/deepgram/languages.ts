/**
 * What Deepgram takes for `language` (its pages "Models & Languages Overview" and the changelog up to August 2026). A region that is
 * not named here is refused (400): `de-DE` is none of nova-3's, `de` is.
 */
const NOVA_3 = languages(
  'multi ar ar-AE ar-DZ ar-EG ar-IQ ar-IR ar-JO ar-KW ar-LB ar-MA ar-PS ar-QA ar-SA ar-SD ar-SY ar-TD ar-TN be bg bn bs ca cs ' +
    'da da-DK de de-CH el en en-AU en-GB en-IN en-NZ en-US es es-419 et fa fi fr fr-CA gu gu-IN he hi hr hu id it ja kn ko ko-KR ' +
    'lt lv mk mr ms ne nl nl-BE no pa pa-IN pl pt pt-BR pt-PT ro ru sk sl sr sv sv-SE ta te th th-TH tl tr uk ur vi ' +
    'zh zh-CN zh-HK zh-Hans zh-Hant zh-TW',
);
const NOVA_3_MEDICAL = languages('en en-AU en-CA en-GB en-IE en-IN en-NZ en-US');
const NOVA_2 = languages(
  'multi bg ca cs da da-DK de de-CH el en en-AU en-GB en-IN en-NZ en-US es es-419 et fi fr fr-CA hi hu id it ja ko ko-KR lt lv ms ' +
    'nl nl-BE no pl pt pt-BR pt-PT ro ru sk sv sv-SE th th-TH tr uk vi zh zh-CN zh-HK zh-Hans zh-Hant zh-TW',
);
const NOVA_2_SPECIAL = languages('en en-US');

const MODELS: readonly (readonly [model: RegExp, languages: ReadonlyMap<string, string>])[] = [
  [/^nova-3(-general)?$/, NOVA_3],
  [/^nova-3-medical$/, NOVA_3_MEDICAL],
  [/^nova-2(-general)?$/, NOVA_2],
  [
    /^nova-2-(meeting|phonecall|finance|conversationalai|voicemail|video|medical|drivethru|automotive|atc)$/,
    NOVA_2_SPECIAL,
  ],
];

/** Other names of languages, in small letters: BCP 47 knows Norwegian and Chinese by more than one. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  nb: 'no',
  nn: 'no',
  cmn: 'zh',
  yue: 'zh-hk',
  fil: 'tl',
  iw: 'he',
  in: 'id',
};
/** Where Spanish is that of `es-419`. */
const LATIN_AMERICA = new Set('AR BO CL CO CR CU DO EC GT HN MX NI PA PE PR PY SV UY VE'.split(' '));

/** Voices that a language, or its region, is spoken with (Deepgram, "Voices and Languages", Aura-2). */
const VOICES: ReadonlyMap<string, string> = new Map([
  ['en', 'aura-2-thalia-en'],
  ['en-gb', 'aura-2-pandora-en'],
  ['en-au', 'aura-2-theia-en'],
  ['es', 'aura-2-celeste-es'],
  ['es-es', 'aura-2-nestor-es'],
  ['es-mx', 'aura-2-estrella-es'],
  ['de', 'aura-2-viktoria-de'],
  ['fr', 'aura-2-agathe-fr'],
  ['it', 'aura-2-livia-it'],
  ['ja', 'aura-2-izanami-ja'],
  ['nl', 'aura-2-rhea-nl'],
]);
export const SPOKEN_LANGUAGES: readonly string[] = [...VOICES.keys()];

/** What `language` may be with this model; undefined: the model is not known here. */
export function languagesOf(model: string): readonly string[] | undefined {
  const known = MODELS.find(([pattern]) => pattern.test(model))?.[1];
  return known === undefined ? undefined : [...known.values()];
}

/**
 * A bot's tag (`de-DE`) as the model takes it (`de`): the region, or script, where it knows it, else the language. A model that is not
 * known here gets the tag as it is. @returns undefined where the model does not have the language
 */
export function listenLanguage(model: string, tag: string): string | undefined {
  const known = MODELS.find(([pattern]) => pattern.test(model))?.[1];
  if (known === undefined) return tag;
  const [name = '', ...subtags] = tag.toLowerCase().split('-');
  const language = OTHER_NAMES[name] ?? name;
  if (language === 'es' && subtags.some((subtag) => LATIN_AMERICA.has(subtag.toUpperCase()))) {
    const latin = known.get('es-419');
    if (latin !== undefined) return latin;
  }
  return longest(known, [language, ...subtags].join('-'));
}

/**
 * The voice for a text: the configured one where it is of the language, which its name ends with, or tells none.
 * @returns undefined where Deepgram has no voice for the language
 */
export function voiceFor(configured: string | undefined, tag: string): string | undefined {
  const language = tag.toLowerCase().split('-', 1)[0];
  const own = configured === undefined ? undefined : /-([a-z]{2})$/.exec(configured)?.[1];
  if (configured !== undefined && (own ?? language) === language) return configured;
  return longest(VOICES, tag.toLowerCase());
}

/** Of a tag in small letters, or the longest beginning of it that is known. */
function longest(known: ReadonlyMap<string, string>, tag: string): string | undefined {
  for (let rest = tag; rest !== ''; rest = rest.slice(0, Math.max(0, rest.lastIndexOf('-')))) {
    const found = known.get(rest);
    if (found !== undefined) return found;
  }
  return undefined;
}

function languages(tags: string): ReadonlyMap<string, string> {
  return new Map(tags.split(' ').map((tag) => [tag.toLowerCase(), tag]));
}
