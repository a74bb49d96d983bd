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
  decideWithinMs: number;
}

/**
 * Silence after which what was said is over. People answer with one short phrase and wait: Asterisk's
 * `after_greeting_silence` is 800 ms, Twilio's `MachineDetectionSpeechEndThreshold` 1200 ms. The longer the greeting, the
 * likelier a beep follows, for which some time is given.
 */
const HUMAN_SILENCE = [
  { upToMs: 1300, silenceMs: 900 },
  { upToMs: 2600, silenceMs: 1200 },
  { upToMs: Number.POSITIVE_INFINITY, silenceMs: 1400 },
] as const;
/** Greetings of this length are a machine's. Twilio's `MachineDetectionSpeechThreshold` is 2400 ms, Asterisk's `greeting` 1500 ms. */
const MACHINE_GREETING_MS = 3700;
/** The same at the end of the time, with somebody still speaking. */
const MACHINE_AT_END_MS = 2400;
/** A tone at the beginning of a call may belong to anything; a beep after so much speech is a machine's. */
const SPEECH_BEFORE_BEEP_MS = 300;
/** After a lone beep or fax calling tone, speech may still come for this long. */
const AFTER_TONE_MS = 1500;
const FAX_ANSWER_MS = 600;

/** The verdict, as soon as there is one. */
export function judge(listener: Listener, words: Hypotheses, settings: RuleSettings): Judgement | undefined {
  return byTones(listener) ?? byWords(listener, words) ?? byTiming(listener, words, settings);
}

function byTones({ signals, activity, elapsedMs }: Listener): Judgement | undefined {
  if (signals.faxAnswerMs >= FAX_ANSWER_MS && activity.bursts === 0) {
    return { type: 'fax', because: 'the answering tone of a fax (2100 Hz)' };
  }
  if (signals.callingTones >= 2) return { type: 'fax', because: 'the calling tone of a fax (1100 Hz), twice' };
  if (signals.sitTones >= 2) return { type: 'answering-machine', because: 'special information tones of the network' };
  if (signals.beepEndMs < 0) return undefined;
  const sinceMs = elapsedMs - signals.beepEndMs;
  if (activity.bursts === 0) {
    if (sinceMs < AFTER_TONE_MS) return undefined;
    return signals.callingTones > 0
      ? { type: 'fax', because: 'the calling tone of a fax (1100 Hz), and nothing else' }
      : { type: 'answering-machine', because: 'a beep, and nothing else' };
  }
  const before = activity.initialSilenceMs < signals.beepEndMs && activity.speechMs >= SPEECH_BEFORE_BEEP_MS;
  return before && activity.silenceMs >= sinceMs
    ? { type: 'answering-machine', because: 'a beep after speech' }
    : undefined;
}

function byWords({ activity }: Listener, words: Hypotheses): Judgement | undefined {
  const { found } = words;
  if (found.has('screening'))
    return { type: 'human', because: 'a screening service asks for the caller: the callee may take the call' };
  if (found.has('voicemail')) return { type: 'answering-machine', because: 'words of a voicemail greeting' };
  if (found.has('unreachable')) return { type: 'answering-machine', because: "words of a network's announcement" };
  if (found.has('menu')) return { type: 'answering-machine', because: 'words of a menu' };
  if (found.has('human') && activity.silenceMs >= 500)
    return { type: 'human', because: 'words of a person, then silence' };
  return undefined;
}

function byTiming(
  { activity, signals, elapsedMs }: Listener,
  words: Hypotheses,
  settings: RuleSettings,
): Judgement | undefined {
  const late = elapsedMs >= settings.decideWithinMs;
  const { bursts, spanMs, silenceMs } = activity;
  if (bursts === 0) {
    if (!late) return undefined;
    if (signals.ringbacks > 0) return { type: 'unknown', because: 'the line still rings' };
    return { type: 'unknown', because: 'nobody spoke' };
  }
  const wanted = HUMAN_SILENCE.find(({ upToMs }) => spanMs <= upToMs)?.silenceMs ?? 0;
  if (silenceMs >= wanted) return { type: 'human', because: 'a greeting, then silence' };
  const heard = settings.wordsExpected || words.firstMs >= 0;
  if (!heard && spanMs >= MACHINE_GREETING_MS) return { type: 'answering-machine', because: 'a long greeting' };
  if (!late) return undefined;
  if (words.found.has('human')) return { type: 'human', because: 'words of a person' };
  return spanMs >= MACHINE_AT_END_MS
    ? { type: 'answering-machine', because: 'a long greeting that goes on' }
    : { type: 'human', because: 'a short greeting' };
}
