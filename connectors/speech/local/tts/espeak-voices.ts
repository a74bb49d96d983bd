/** One line of `espeak-ng --voices`. */
export interface EspeakVoice {
  /** What `-v` takes: a language tag of espeak-ng, in lower case ("en-gb", "cmn"). */
  id: string;
  /** "English_(Great_Britain)" */
  name: string;
  /** The voice's file below espeak-ng-data/lang: "gmw/en". */
  file: string;
  /** Further tags that the voice serves; lower priority is better. */
  others: readonly { tag: string; priority: number }[];
}

/** Reads the table that `espeak-ng --voices` prints; lines of another shape are left out. */
export function parseVoiceTable(output: string): EspeakVoice[] {
  const voices: EspeakVoice[] = [];
  for (const line of output.split('\n')) {
    const match = /^\s*\d+\s+(\S+)\s+\S+\s+(\S+)\s+(\S+)\s*(.*)$/u.exec(line);
    if (match === null) continue;
    const [, id = '', name = '', file = '', rest = ''] = match;
    const others = [...rest.matchAll(/\((\S+) (\d+)\)/gu)].map((other) => ({
      tag: (other[1] ?? '').toLowerCase(),
      priority: Number(other[2]),
    }));
    voices.push({ id: id.toLowerCase(), name, file, others });
  }
  return voices;
}

/** Names of the variants ("+f3") that `espeak-ng --voices=variant` prints. */
export function parseVariantTable(output: string): string[] {
  return parseVoiceTable(output).flatMap((voice) => (voice.file.startsWith('!v/') ? [voice.file.slice(3)] : []));
}

/** Tags that callers use and espeak-ng has under another name. */
const ALIASES: Readonly<Record<string, string>> = {
  iw: 'he',
  in: 'id',
  ji: 'yi',
  no: 'nb',
  'zh-hk': 'yue',
  'zh-mo': 'yue',
  tl: 'fil',
};
const LATIN_AMERICA = new Set('ar bo cl co cr cu do ec gt hn mx ni pa pe pr py sv us uy ve'.split(' '));

/**
 * The voice for a BCP 47 language: the exact tag, then the tag shortened from the right, each looked for as a voice's own
 * tag and as one of its further tags, then any voice of the language. undefined: espeak-ng does not speak it.
 */
export function voiceForLanguage(voices: readonly EspeakVoice[], language: string): string | undefined {
  const subtags = language.toLowerCase().replaceAll('_', '-').split('-');
  const primary = subtags[0] ?? '';
  if (primary === 'es' && LATIN_AMERICA.has(subtags.at(-1) ?? '')) subtags.splice(1, subtags.length, '419');
  while (subtags.length > 0) {
    const tag = subtags.join('-');
    const found = voiceForTag(voices, ALIASES[tag] ?? tag);
    if (found !== undefined) return found;
    subtags.pop();
  }
  return voices.find((voice) => voice.id.startsWith(`${primary}-`))?.id;
}

function voiceForTag(voices: readonly EspeakVoice[], tag: string): string | undefined {
  const own = voices.find((voice) => voice.id === tag);
  if (own !== undefined) return own.id;
  let best: { id: string; priority: number } | undefined;
  for (const voice of voices) {
    for (const other of voice.others) {
      if (other.tag === tag && (best === undefined || other.priority < best.priority)) {
        best = { id: voice.id, priority: other.priority };
      }
    }
  }
  return best?.id;
}

/**
 * Checks a voice that somebody asked for by name: "de", "en-gb", "German", each with an optional variant ("de+f3").
 * @returns what `-v` takes, or undefined when there is no such voice
 */
export function voiceByName(
  voices: readonly EspeakVoice[],
  variants: readonly string[],
  name: string,
): string | undefined {
  const [base = '', variant, ...more] = name.split('+');
  const wanted = base.toLowerCase();
  const voice = voices.find(
    (each) => each.id === wanted || each.name.toLowerCase() === wanted || each.file.toLowerCase() === wanted,
  );
  if (voice === undefined || more.length > 0) return undefined;
  if (variant === undefined) return voice.id;
  const known = variants.find((each) => each.toLowerCase() === variant.toLowerCase());
  return known === undefined ? undefined : `${voice.id}+${known}`;
}
