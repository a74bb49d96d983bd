import type { SttWord } from '../speech/ports.ts';
import type { ConversationEvent } from './events.ts';
import {
  interrupt,
  interruptible,
  interrupts,
  longEnough,
  onHypothesis,
  refusedInterrupts,
  suspect,
} from './reduce-barge-in.ts';
import { spokenText } from './standard-speech.ts';
import { phaseOf, type Recognition, wantsEvent } from './state.ts';
import type { Step } from './step.ts';

type Event<T extends ConversationEvent['type']> = Extract<ConversationEvent, { type: T }>;

/** Failures of the recogniser in a row, after which the conversation gives up. */
const MAX_STT_FAILURES = 3;
/** Parts of one joined message; more are sent at once. */
const MAX_JOINED = 50;
const MAX_COLLECTED_DIGITS = 100;

/** What the recogniser or the bot reports counts only while recognition is on. */
function hears(step: Step): boolean {
  return step.state.recognition?.status === 'on';
}

// ---- speech ----

export function onSpeechStarted(step: Step): void {
  const s = step.state;
  s.botTellsSpeech ||= s.capabilities.botHears === true;
  if (!hears(step)) return;
  s.utterance = 'speaking';
  s.hushed = false;
  s.hypothesis = '';
  suspect(step);
}

export function onSpeechEnded(step: Step, event: Event<'speechEnded'>): void {
  const s = step.state;
  if (!hears(step) || s.utterance !== 'speaking') return;
  s.voicedMs = event.voicedMs ?? 0;
  // A bot that hears itself need not tell what it has understood: only a pause waits for it.
  const waits = s.capabilities.botHears !== true || (s.current?.type === 'prompt' && s.current.state === 'paused');
  s.utterance = waits ? 'recognising' : 'none';
}

export function onSpeechDiscarded(step: Step): void {
  if (hears(step)) step.state.utterance = 'none';
}

export function onInterim(step: Step, event: Event<'interim'>): void {
  const s = step.state;
  if (!hears(step) || event.text.trim() === '') return;
  if (s.utterance === 'none') onSpeechStarted(step);
  onHypothesis(step, event);
  if (s.capabilities.botHears === true || !wantsEvent(s, 'speechHypothesis')) return;
  // Only the newest hypothesis is of use to a bot that is slower than the caller.
  s.outbox = s.outbox.filter((item) => item.activity.name !== 'speechHypothesis');
  step.send({ type: 'event', name: 'speechHypothesis', value: { text: event.text } }, false);
}

export function onFinal(step: Step, event: Event<'final'>): void {
  const s = step.state;
  if (!hears(step)) return;
  s.utterance = event.utterance;
  s.sttFailures = 0;
  const text = event.text.trim();
  const understood = !event.rejected && text !== '';
  if (s.current?.type === 'prompt') {
    if (!understood) {
      // Too little to count as an interruption: it did not happen, and the prompt goes on.
      if (!event.rejected || !interruptible(step) || !refusedInterrupts(step, event)) return;
      interrupt(step);
    } else if (interruptible(step)) {
      if (!interrupts(step, text) || (event.shape === 'interjection' && !longEnough(step, text))) return;
      interrupt(step);
    } else if (s.forcedRecognition !== 'on') return;
  }
  if (!understood) {
    if (event.rejected) onNotUnderstood(step);
    return;
  }
  step.callerActed();
  step.emit({
    type: 'transcript',
    entry: {
      speaker: 'caller',
      kind: 'speech',
      text,
      ...(event.confidence === undefined ? {} : { confidence: event.confidence }),
    },
  });
  s.joined = [...s.joined, { text, confidence: event.confidence, raw: event.raw, words: event.words }];
  if (!s.params.continuousASR || s.joined.length >= MAX_JOINED) submitJoined(step);
}

// ---- a bot that hears itself ----

/** The text is for the transcript; that there is one, and how long it is, counts as it does from a recogniser. */
export function onBotHeard(step: Step, event: Event<'botHeard'>): void {
  const s = step.state;
  const text = event.text.trim();
  if (s.capabilities.botHears !== true || s.call !== 'answered' || text === '') return;
  const { confidence } = event;
  const entry = {
    speaker: 'caller',
    kind: 'speech',
    text,
    ...(confidence === undefined ? {} : { confidence }),
  } as const;
  step.emit({ type: 'transcript', entry });
  // Texts often come late, when the bot's answer is playing already: those tell nothing about the present.
  if (!hears(step)) return;
  const spoke = s.utterance !== 'none' || !s.botTellsSpeech;
  s.utterance = 'none';
  if (s.current?.type === 'prompt') {
    if (!interruptible(step) || !spoke || !interrupts(step, text)) return;
    interrupt(step);
  }
  step.callerActed();
  takeTurn(step);
}

/** The bot has taken the turn: also during an interruption that is undecided, for it knows. */
export function onBotCommitted(step: Step): void {
  const s = step.state;
  if (s.capabilities.botHears !== true || !hears(step)) return;
  s.utterance = 'none';
  if (s.current?.type === 'prompt') {
    if (s.current.state !== 'paused') return;
    interrupt(step);
  }
  step.callerActed();
  takeTurn(step);
}

function takeTurn(step: Step): void {
  if (step.state.turn === 'caller') step.emit({ type: 'botTookTurn' });
  step.handOver();
}

// ---- voice and silence ----

export function onSpeechActivity(step: Step, name: 'voiceDetected' | 'silenceDetected'): void {
  const s = step.state;
  if (s.speechActivity === undefined || s.hangup !== undefined || !wantsEvent(s, name)) return;
  step.send({ type: 'event', name }, false);
}

/** Sends what was recognised since the last message as one message. */
export function submitJoined(step: Step): void {
  const s = step.state;
  const parts = s.joined;
  const last = parts.at(-1);
  if (last === undefined) return;
  s.joined = [];
  const known = parts.flatMap((part) => (part.confidence === undefined ? [] : [part.confidence]));
  step.send(
    {
      type: 'message',
      text: parts.map((part) => part.text).join(' '),
      parameters: {
        ...(known.length === 0 ? {} : { confidence: Math.min(...known) }),
        ...(last.raw === undefined ? {} : { recognitionOutput: last.raw }),
        ...(parts.length === 1 && last.words !== undefined ? { words: last.words.map(wordParameters) } : {}),
        ...(s.params.continuousASR ? { recognitions: parts.map(recognitionParameters) } : {}),
      },
    },
    true,
  );
}

function recognitionParameters(part: Recognition): Record<string, unknown> {
  return {
    text: part.text,
    ...(part.confidence === undefined ? {} : { confidence: part.confidence }),
    ...(part.raw === undefined ? {} : { recognitionOutput: part.raw }),
    ...(part.words === undefined ? {} : { words: part.words.map(wordParameters) }),
  };
}

/** Bot API 7.2: offset and duration in milliseconds. */
function wordParameters({ word, offsetMs, durationMs }: SttWord): Record<string, unknown> {
  return { word, offset: Math.round(offsetMs), duration: Math.round(durationMs) };
}

/**
 * Speech that fits nothing. As in VoiceXML's nomatch it does not count as silence: somebody is there. It is not
 * counted against `userNoInputRetries`, and the silence timers start anew.
 */
function onNotUnderstood(step: Step): void {
  const s = step.state;
  if (phaseOf(s) !== 'listening') return;
  s.noInputCount = 0;
  s.notUnderstoodCount += 1;
  step.log('info', 'Speech was heard that could not be recognised', { inARow: s.notUnderstoodCount });
  if (s.params.notUnderstoodSendToBot) {
    step.send({ type: 'event', name: 'notUnderstood', value: s.notUnderstoodCount }, true);
    return;
  }
  step.say('not-understood', spokenText('notUnderstoodSpeech', s.params));
}

export function onSttFailed(step: Step, event: Event<'sttFailed'>): void {
  const s = step.state;
  if (!hears(step)) return;
  s.utterance = 'none';
  s.sttFailures += 1;
  if (!event.retryable || s.sttFailures > MAX_STT_FAILURES) {
    s.recognition = undefined;
    step.emit({ type: 'stopRecognition' });
    step.fail('speech-failure', `${event.code}: ${event.message}`);
    return;
  }
  step.log('warn', 'Recognition failed and is opened again', { code: event.code, error: event.message });
  s.recognition = { status: 'failed' };
}

// ---- keys ----

export function onDtmf(step: Step, event: Event<'dtmf'>): void {
  const s = step.state;
  // What he keys while he waits for somebody else, or talks to him, is not for the bot.
  if (s.call !== 'answered' || s.current?.type === 'transfer') return;
  const { digit } = event;
  step.emit({ type: 'transcript', entry: { speaker: 'caller', kind: 'dtmf', text: digit } });
  if (s.hangup !== undefined) return;
  if (s.joined.length > 0 && s.params.continuousASRDigits.includes(digit)) {
    submitJoined(step);
    return;
  }
  if (!s.params.sendDTMF) return;
  step.callerActed();
  if (s.params.bargeInOnDTMF) interrupt(step);
  step.cancelTimer('userGiveUp');
  if (!s.params.dtmfCollect) {
    sendDigits(step, digit);
    return;
  }
  if (digit === s.params.dtmfCollectSubmitDigit) {
    // Nothing collected yet: the key itself is the answer.
    s.digits = s.digits === '' ? digit : s.digits;
    submitDigits(step);
    return;
  }
  s.digits += digit;
  step.cancelTimer('digits');
  const limit = s.params.dtmfCollectMaxDigits === 0 ? MAX_COLLECTED_DIGITS : s.params.dtmfCollectMaxDigits;
  if (s.digits.length >= limit) submitDigits(step);
}

export function submitDigits(step: Step): void {
  const { digits } = step.state;
  step.state.digits = '';
  if (digits !== '') sendDigits(step, digits);
}

function sendDigits(step: Step, digits: string): void {
  if (step.state.params.sendDTMFAsText) step.send({ type: 'message', text: digits }, true);
  else step.send({ type: 'event', name: 'DTMF', value: digits }, true);
}
