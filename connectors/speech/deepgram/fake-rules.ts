import { languagesOf } from './languages.ts';

/** What Deepgram's reference names for "Live Audio" and for "Continuous Text Stream". */
const LISTEN_PARAMETERS = new Set(
  (
    'callback callback_method channels detect_entities diarize dictation encoding endpointing extra filler_words interim_results ' +
    'keyterm keywords language mip_opt_out model multichannel no_delay numerals profanity_filter punctuate redact replace ' +
    'sample_rate search smart_format tag utterance_end_ms vad_events version'
  ).split(' '),
);
const SPEAK_PARAMETERS = new Set('container encoding mip_opt_out model sample_rate speed tag'.split(' '));
const SWITCHES = 'interim_results punctuate smart_format diarize dictation multichannel numerals vad_events'.split(' ');
const SPEAK_RATES = new Set(['8000', '16000', '24000', '32000', '48000']);
/** Of all key terms together; a token is taken for four characters. */
const MAX_KEYTERM_TOKENS = 500;

/** What Deepgram says in `dg-error` to an upgrade with this address, which it answers with 400; undefined: it takes it. */
export function refusalOf({ pathname, searchParams }: URL): string | undefined {
  if (pathname === '/v1/listen') return wrongListening(searchParams);
  if (pathname === '/v1/speak') return wrongSpeaking(searchParams);
  return 'Bad Request: no such path';
}

function wrongListening(query: URLSearchParams): string | undefined {
  const model = query.get('model') ?? '';
  const terms = query.getAll('keyterm').join('');
  const utteranceEndMs = query.get('utterance_end_ms');
  if (!languagesOf(model)?.includes(query.get('language') ?? 'en')) {
    return 'Bad Request: No such model/language/tier combination found.';
  }
  if (model.startsWith('nova-3') && query.has('keywords')) {
    return 'Keywords are not supported for Nova-3. Please use `keyterm` instead.';
  }
  if (!model.startsWith('nova-3') && terms !== '') return 'Keyterms are only supported with the Nova 3 models.';
  if (terms.length / 4 > MAX_KEYTERM_TOKENS) {
    return 'Keyterm limit exceeded. The maximum number of tokens across all keyterms is 500.';
  }
  if (utteranceEndMs !== null && (Number(utteranceEndMs) < 1_000 || query.get('interim_results') !== 'true')) {
    return 'Invalid query string: utterance_end_ms needs interim_results, and is 1000 or more.';
  }
  const bad =
    unknown(query, LISTEN_PARAMETERS) ??
    SWITCHES.find((name) => !['true', 'false', null].includes(query.get(name))) ??
    ['sample_rate', 'channels', 'endpointing'].find((name) => !/^\d+$/.test(query.get(name) ?? ''));
  if (bad === undefined && query.get('encoding') === 'linear16') return undefined;
  return `Invalid query string: ${bad ?? 'encoding'}.`;
}

function wrongSpeaking(query: URLSearchParams): string | undefined {
  const model = query.get('model') ?? '';
  if (!/^aura-(2-[a-z]+-(en|es|de|fr|it|ja|nl)|[a-z]+-en)$/.test(model)) return 'Bad Request: No such model found.';
  if (query.get('encoding') !== 'linear16' || !SPEAK_RATES.has(query.get('sample_rate') ?? '')) {
    return 'Unsupported audio format.';
  }
  const bad = unknown(query, SPEAK_PARAMETERS);
  return bad === undefined ? undefined : `Invalid query string: ${bad}.`;
}

function unknown(query: URLSearchParams, known: ReadonlySet<string>): string | undefined {
  return [...query.keys()].find((name) => !known.has(name));
}
