import type { MachineVerdict } from '../status.ts';
import type { Hypotheses } from './hypotheses.ts';
import type { Listener } from './listener.ts';

export interface Judgement {
  type: MachineVerdict['type'];
  /** A sentence for a person. */
  because: string;
}

export interface RuleSettings {
  wordsExpected: boolean;
  guessesExpected: boolean;
  decideWithinMs: number;
}

/**
 * Silence after which what was said is over. People answer with one short phrase and wait: Asterisk's
 * `after_greeting_silence` is 800 ms, Twilio's `MachineDetectionSpeechEndThreshold` 1200 ms. The longer the greeting, the
 * likelier a beep follows, for which some time is given.
 */
const SILENCE_MS = { short: 1000, medium: 1200, long: 1400 } as const;
const SHORT_MS = 1300;
const MEDIUM_MS = 2600;
/**
 * Greetings of this length that are made of sentences are a machine's. Twilio's `MachineDetectionSpeechThreshold` is 2400 ms
 * and Asterisk's `greeting` 1500 ms, of any greeting: people who answer for a company talk longer than that.
 */
const MACHINE_GREETING_MS = 4000;
/** A recogniser that has told nothing after so much speech will tell nothing. */
const WORDS_BY_MS = 3000;
/**
 * "Thank you for calling Miller and Sons": people and menus begin alike, and after five seconds often have said no more.
 * People say it in one breath; recorded sentences stand apart. Fitted on the development clips (people up to 320 ms).
 */
const ANNOUNCEMENT_PAUSE_MS = 400;
/**
 * Without words, this is all that tells a recording from a person whose greeting is not over in time: recorded greetings
 * are made of sentences, people who answer for a company say theirs in one breath. Fitted on the development clips
 * (people up to 320 ms).
 */
const SENTENCE_PAUSE_MS = 360;
/** jambonz takes 9 words for a machine's (`thresholdWordCount`), Asterisk 3; people who answer for a company say more. */
const MACHINE_WORDS = 10;
/** "Sorry?" is an answer, "Sorry, you have reached ..." a greeting. */
const REACHED_WORDS = 5;
/** At the end of the time less has to do: pauses between the sentences of a greeting are mostly shorter. */
const HUMAN_SILENCE_AT_END_MS = 500;
/** The same at the end of the time, with somebody still speaking. */
const MACHINE_AT_END_MS = 2400;
/** A tone at the beginning of a call may belong to anything; a beep after so much speech is a machine's. */
const SPEECH_BEFORE_BEEP_MS = 300;
/** A tone after speech that has lasted so long needs no end to be a beep. */
const LONG_BEEP_MS = 400;
/** After a lone beep or fax calling tone, speech may still come for this long. */
const AFTER_TONE_MS = 1500;
/** Nothing may sound then that is closer to it than this; its own end takes some frames. */
const QUIET_AFTER_TONE_DB = 15;
const TONE_DECAY_MS = 80;
/** A beep that follows speech is no weaker than this below its loudest part. */
const BEEP_BELOW_SPEECH_DB = 16;

/**
 * Words decide from these probabilities on: before the greeting is over, and then. A person who is taken for a machine costs more than the
 * reverse.
 */
const SURE = { early: 0.9, atEnd: 0.75 } as const;
/** Words of a person decide early unless a machine is likelier than this. */
const MAY_BE_MACHINE = 0.3;

const SCREENING: Judgement = {
  type: 'human',
  because: 'a screening service asks for the caller: the callee may take the call',
};
/** Phrases that decide at once, the surest first. */
const OF_A_MACHINE = [
  ['voicemail', 'words of a voicemail greeting'],
  ['unreachable', "words of a network's announcement"],
  ['menu', 'words of a menu'],
] as const;
const PERSON: Judgement = { type: 'human', because: 'words of a person, then silence' };
const RECORDED_WORDS: Judgement = { type: 'answering-machine', because: 'words of a recorded greeting' };

/** The verdict, as soon as there is one. */
export function judge(listener: Listener, words: Hypotheses, settings: RuleSettings): Judgement | undefined {
  return byTones(listener, settings) ?? byWords(listener, words) ?? byTiming(listener, words, settings);
}

export function byTones(
  { signals, tones, activity, elapsedMs }: Listener,
  settings: RuleSettings,
): Judgement | undefined {
  const late = elapsedMs >= settings.decideWithinMs;
  if (signals.faxAnswerMs >= signals.faxAnswerFromMs) {
    return { type: 'fax', because: 'the answering tone of a fax (2100 Hz)' };
  }
  if (signals.callingTones >= 2) return { type: 'fax', because: 'the calling tone of a fax (1100 Hz), twice' };
  if (signals.sitTones >= 2) return { type: 'answering-machine', because: 'special information tones of the network' };
  const afterSpeech = activity.speechMs >= SPEECH_BEFORE_BEEP_MS;
  if (signals.melody) return undefined;
  if (
    afterSpeech &&
    isLoud(tones.current?.levelDb, activity) &&
    signals.beepSoFarMs >= (late ? 0 : LONG_BEEP_MS) &&
    signals.beepSoFarMs > 0
  ) {
    return { type: 'answering-machine', because: 'a tone after speech' };
  }
  if (signals.beepEndMs < 0) return undefined;
  const sinceMs = elapsedMs - signals.beepEndMs;
  if (activity.bursts === 0) {
    if (sinceMs < AFTER_TONE_MS) return undefined;
    if (activity.loudestSince(signals.beepEndMs + TONE_DECAY_MS) > signals.beepLevelDb - QUIET_AFTER_TONE_DB)
      return undefined;
    return signals.callingTones > 0
      ? { type: 'fax', because: 'the calling tone of a fax (1100 Hz), and nothing else' }
      : { type: 'answering-machine', because: 'a beep, and nothing else' };
  }
  const before = activity.initialSilenceMs < signals.beepEndMs && afterSpeech;
  return before && isLoud(signals.beepLevelDb, activity) && activity.silenceMs >= sinceMs
    ? { type: 'answering-machine', because: 'a beep after speech' }
    : undefined;
}

/** As loud as speech, or nearly: a weaker tone lies in the background. */
function isLoud(levelDb: number | undefined, { loudestDb }: Listener['activity']): boolean {
  return levelDb !== undefined && levelDb >= loudestDb - BEEP_BELOW_SPEECH_DB;
}

function byWords(listener: Listener, words: Hypotheses): Judgement | undefined {
  const because = OF_A_MACHINE.find(([kind]) => words.has(kind))?.[1];
  const screening = words.has('screening');
  const waits = listener.activity.silenceMs >= 500;
  if (because === undefined && !screening && !(words.has('human') && waits)) return undefined;
  if (!words.haveWeight) {
    if (screening) return SCREENING;
    if (because !== undefined) return { type: 'answering-machine', because };
    return words.has('human') && waits ? PERSON : undefined;
  }
  // "Sunny Tours, where are you going on holiday?" has a word of machines in what a person says.
  const { machine, screening: screened } = words.probabilities(
    'phrase',
    listener,
    waits ? 'phrase, then silence' : 'phrase',
  );
  if (screened >= SURE.early) return SCREENING;
  if (machine >= SURE.early) return { type: 'answering-machine', because: because ?? RECORDED_WORDS.because };
  return words.has('human') && waits && machine <= MAY_BE_MACHINE ? PERSON : undefined;
}

function byTiming(listener: Listener, words: Hypotheses, settings: RuleSettings): Judgement | undefined {
  const { activity, sentences, elapsedMs } = listener;
  const late = elapsedMs >= settings.decideWithinMs;
  const { bursts, spanMs } = activity;
  if (bursts === 0) return late ? nobodySpoke(listener) : undefined;
  if (isOver(listener, words, settings)) {
    const because = 'a greeting, then silence';
    return words.haveWeight ? byWeight('over', listener, words, because) : shortGreeting(words, because);
  }
  const wordsFollow = words.follow(activity.speechMs);
  const timeForWords =
    wordsFollow || settings.guessesExpected || (settings.wordsExpected && activity.speechMs < WORDS_BY_MS);
  const long = !timeForWords && spanMs >= MACHINE_GREETING_MS;
  if (long && (activity.longestPauseMs >= SENTENCE_PAUSE_MS || sentences.ended > 0)) {
    return { type: 'answering-machine', because: 'a long greeting of several sentences' };
  }
  return late ? whenTimeIsOver(listener, words, wordsFollow) : undefined;
}

/** Silence says that the greeting is. */
export function isOver({ activity, tones, elapsedMs }: Listener, words: Hypotheses, settings: RuleSettings): boolean {
  const { spanMs, silenceMs } = activity;
  // What just sounds may become a beep.
  if (tones.current !== undefined || tones.begun) return false;
  const wanted = spanMs <= SHORT_MS ? SILENCE_MS.short : spanMs <= MEDIUM_MS ? SILENCE_MS.medium : SILENCE_MS.long;
  // A word or two is a person's; of more, the end may say that it is a machine's.
  const allGuessed =
    !settings.guessesExpected ||
    spanMs <= SHORT_MS ||
    words.guessedMs >= elapsedMs - silenceMs ||
    elapsedMs >= settings.decideWithinMs;
  return silenceMs >= wanted && allGuessed;
}

/** Somebody has spoken, or still speaks, and nothing was decided. */
function whenTimeIsOver(listener: Listener, words: Hypotheses, wordsFollow: boolean): Judgement {
  if (words.haveWeight) return byWeight('late', listener, words, 'words as of a person');
  const { spanMs, silenceMs, longestPauseMs } = listener.activity;
  if (words.has('human') || words.has('agent')) return { type: 'human', because: 'words of a person' };
  if (silenceMs >= HUMAN_SILENCE_AT_END_MS) return shortGreeting(words, 'a greeting that seems to be over');
  if (spanMs < MACHINE_AT_END_MS) return { type: 'human', because: 'a short greeting' };
  if (words.guessed('reached') && !words.has('company')) return RECORDED_WORDS;
  const oneBreath =
    longestPauseMs < (wordsFollow ? ANNOUNCEMENT_PAUSE_MS : SENTENCE_PAUSE_MS) && listener.sentences.ended === 0;
  if (!wordsFollow) {
    return oneBreath
      ? { type: 'human', because: 'a long greeting in one breath, and no sign of a machine' }
      : { type: 'answering-machine', because: 'a greeting of several sentences that goes on' };
  }
  if (words.has('company') && !words.has('reached') && oneBreath) {
    return { type: 'human', because: 'the greeting of a company in one breath, without words of a machine' };
  }
  return { type: 'answering-machine', because: 'a long greeting that goes on' };
}

/** What words and timing say together. */
function byWeight(at: 'over' | 'late', listener: Listener, words: Hypotheses, because: string): Judgement {
  const { machine, screening } = words.probabilities(at, listener);
  if (machine >= SURE.atEnd) return { type: 'answering-machine', because: 'words as of machines' };
  return screening > 1 - machine - screening && screening > machine ? SCREENING : { type: 'human', because };
}

/** What timing takes for a person, unless the words are too many, or begin as recordings do. */
function shortGreeting(words: Hypotheses, because: string): Judgement {
  if (!words.has('human') && !words.has('agent') && !words.has('company')) {
    if (words.count >= MACHINE_WORDS) {
      return { type: 'answering-machine', because: "many words, and none of a person's" };
    }
    if (words.guessed('reached') || (words.has('reached') && words.count >= REACHED_WORDS)) return RECORDED_WORDS;
  }
  return { type: 'human', because };
}

function nobodySpoke({ signals, activity }: Listener): Judgement {
  if (signals.ringbacks > 0) return { type: 'unknown', because: 'the line still rings' };
  if (signals.busyTones > 0) return { type: 'unknown', because: 'a busy tone' };
  if (activity.musicMs >= 1000) return { type: 'unknown', because: 'music' };
  return { type: 'unknown', because: 'nobody spoke' };
}
