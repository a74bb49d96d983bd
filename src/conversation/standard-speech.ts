import { type BotParameters, DEFAULT_BOT_PARAMETERS } from '../bots/parameters.ts';

type Sentence = 'botFailureSpeech' | 'notUnderstoodSpeech';

/** The default sentences in other languages than English, by the first part of the language tag. */
const TRANSLATIONS: Readonly<Record<string, Readonly<Record<Sentence, string>>>> = {
  de: {
    botFailureSpeech: 'Es tut uns leid, wir haben ein technisches Problem. Bitte rufen Sie später noch einmal an.',
    notUnderstoodSpeech: 'Entschuldigung, das habe ich nicht verstanden.',
  },
  es: {
    botFailureSpeech: 'Lo sentimos, tenemos un problema técnico. Por favor, llame más tarde.',
    notUnderstoodSpeech: 'Perdone, no le he entendido.',
  },
  fr: {
    botFailureSpeech: 'Désolé, nous avons un problème technique. Veuillez rappeler plus tard.',
    notUnderstoodSpeech: "Désolé, je n'ai pas compris.",
  },
  it: {
    botFailureSpeech: 'Ci scusiamo, abbiamo un problema tecnico. La preghiamo di richiamare più tardi.',
    notUnderstoodSpeech: 'Mi scusi, non ho capito.',
  },
  nl: {
    botFailureSpeech: 'Sorry, we hebben een technisch probleem. Belt u later nog eens.',
    notUnderstoodSpeech: 'Sorry, dat heb ik niet verstaan.',
  },
  pt: {
    botFailureSpeech: 'Desculpe, temos um problema técnico. Por favor, ligue mais tarde.',
    notUnderstoodSpeech: 'Desculpe, não percebi.',
  },
};

/**
 * What to say: the sentence that was set, otherwise the default one in the language of speech. In a language without
 * a translation nothing ('') is said rather than English with a foreign voice.
 */
export function spokenText(name: Sentence, params: BotParameters): string {
  const set = params[name];
  if (set !== DEFAULT_BOT_PARAMETERS[name]) return set;
  const tag = params.ttsLanguage === '' ? params.language : params.ttsLanguage;
  const language = tag.split(/[-_]/, 1)[0]?.toLowerCase() ?? '';
  return language === 'en' ? set : (TRANSLATIONS[language]?.[name] ?? '');
}
