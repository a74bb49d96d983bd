import { backchannelsOf, isBackchannel } from './backchannels.ts';
import { isEcho } from './echo.ts';
import type { ConversationEvent } from './events.ts';
import { mayBargeIn, owesReply, wantsEvent } from './state.ts';
import type { Step } from './step.ts';

/*
 * Whether the caller interrupts. On suspicion the prompt is paused, which costs nothing; it is dropped when there is
 * enough to go by, and goes on when there is not:
 *
 * - the final text decides, whatever the time: enough words, no backchannel, no echo of the prompt; what is short and sounds like an
 *   interjection is none, whatever words were found in it, and a short word that was refused is one all the same;
 * - so does a hypothesis, but for those of a recogniser that makes words of the first syllable;
 * - after `bargeInDecisionTimeoutMS` whoever still speaks interrupts, unless more words are wanted or what is heard so far is
 *   no interruption; whoever has stopped is waited for until his text is there, within bounds, and then interrupts when he
 *   spoke long enough.
 */

function words(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length;
}

/** What was understood during a prompt is an interruption: enough words, no backchannel, and not the prompt itself. */
export function interrupts(step: Step, text: string): boolean {
  const { current, params } = step.state;
  if (words(text) < Math.max(1, params.bargeInMinWordCount)) return false;
  const language = params.sttLanguage === '' ? params.language : params.sttLanguage;
  if (isBackchannel(text, params.bargeInIgnorePhrases ?? backchannelsOf(language))) return false;
  return current?.type !== 'prompt' || !isEcho(text, current.prompt.text);
}

/** A prompt is playing that the caller's voice may stop. */
export function interruptible(step: Step): boolean {
  return step.state.current?.type === 'prompt' && mayBargeIn(step.state);
}

/** The caller stops what is playing, by voice or by a key; prompts that wait behind it go as well. */
export function interrupt(step: Step): void {
  const s = step.state;
  if (s.current?.type !== 'prompt') return;
  const { prompt } = s.current;
  s.interrupted =
    prompt.kind === 'message' ? { promptId: prompt.id, activityId: prompt.activityId, text: prompt.text } : undefined;
  const waiting = s.queue.flatMap((item) => (item.type === 'prompt' ? [item.prompt] : []));
  // The bot's own audio is gone once it is stopped.
  s.dropped = [prompt, ...waiting].filter(({ kind, source }) => kind === 'message' && source.type !== 'stream');
  step.stopPrompts('interrupted');
  // A bot that hears itself gets no input that could carry it.
  if (s.capabilities.botHears === true && s.interrupted !== undefined && wantsEvent(s, 'playFinished')) {
    const { interrupted } = s;
    step.send({ type: 'event', name: 'playFinished', value: { id: prompt.activityId }, interrupted }, false);
  }
  s.turn = owesReply(s) ? 'bot' : 'caller';
}

/** Speech of which there is no text is an interruption: it was long, and did not seem to be something else. `guess`: what it seemed to be, or ''. */
export function longEnough(step: Step, guess = step.state.hypothesis): boolean {
  const { params, voicedMs } = step.state;
  if (params.bargeInMinVoicedMS === 0 || voicedMs < params.bargeInMinVoicedMS) return false;
  return guess === '' || interrupts(step, guess);
}

/** Voiced part of a word that is told from an interjection by its consonants. */
const WORD_VOICED_MS = 200;

/**
 * The recogniser has understood nothing: whoever spoke long enough, or said a word that it does not know, interrupts. What it would have
 * understood of all that was said tells more than what it made of the beginning.
 */
export function refusedInterrupts(step: Step, { shape, refused }: Refused): boolean {
  const { params, voicedMs, hypothesis } = step.state;
  const guess = refused ?? hypothesis;
  if (longEnough(step, guess)) return true;
  if (shape !== 'word' || params.bargeInMinVoicedMS === 0 || params.bargeInMinWordCount > 1) return false;
  if (voicedMs < Math.min(WORD_VOICED_MS, params.bargeInMinVoicedMS)) return false;
  return guess === '' || interrupts(step, guess);
}

type Refused = Pick<Extract<ConversationEvent, { type: 'final' }>, 'shape' | 'refused'>;

/** The caller has begun to speak. */
export function suspect(step: Step): void {
  const s = step.state;
  if (!interruptible(step)) return;
  if (s.params.bargeInMinWordCount === 0) interrupt(step);
  else if (s.current?.type === 'prompt' && s.current.state !== 'paused') {
    s.current = { ...s.current, state: 'paused' };
    step.emit({ type: 'pausePlayout' });
  }
}

/** What the caller is saying, so far. */
export function onHypothesis(step: Step, { text, tentative = false }: { text: string; tentative?: boolean }): void {
  step.state.hypothesis = text;
  if (!tentative && interruptible(step) && interrupts(step, text)) interrupt(step);
}

/** The caller pauses, or goes on after a pause, within the utterance. */
export function onHush(step: Step, hushed: boolean): void {
  const s = step.state;
  if (s.utterance !== 'speaking') return;
  s.hushed = hushed;
  if (!hushed && s.current?.type === 'prompt' && s.current.overdue === true) decideByVoice(step);
}

/** The prompt has been paused as long as it may be. */
export function onBargeInUndecided(step: Step): void {
  const s = step.state;
  if (s.current?.type !== 'prompt' || s.current.state !== 'paused') return;
  const saidIt = s.utterance === 'recognising' || (s.utterance === 'speaking' && s.hushed);
  if (saidIt && s.capabilities.botHears !== true && s.current.overdue !== true) {
    s.current = { ...s.current, overdue: true };
    return;
  }
  if (s.utterance === 'speaking' && !s.hushed) decideByVoice(step);
  // A recogniser that is this late may be overloaded: long speech is an interruption without it, as when it is refused.
  else if (s.utterance === 'recognising' && s.params.bargeInMinWordCount <= 1 && longEnough(step)) interrupt(step);
  else resume(step);
}

/** Nothing is known but that the caller goes on speaking, and perhaps what he seems to say. */
function decideByVoice(step: Step): void {
  const s = step.state;
  const enough = s.params.bargeInMinWordCount <= 1 && (s.hypothesis === '' || interrupts(step, s.hypothesis));
  if (enough) interrupt(step);
  else resume(step);
}

/** The prompt goes on; what the caller says may still interrupt it. */
export function resume(step: Step): void {
  const s = step.state;
  if (s.current?.type !== 'prompt') return;
  s.current = { type: 'prompt', prompt: s.current.prompt, state: 'playing' };
  // Nobody knows whether its text will come.
  if (s.capabilities.botHears === true && s.utterance === 'recognising') s.utterance = 'none';
  step.emit({ type: 'resumePlayout' });
}
