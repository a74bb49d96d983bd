import type { RecognitionOptions } from './effects.ts';
import { resume } from './reduce-barge-in.ts';
import { settleDialling } from './reduce-outbound.ts';
import { beginTransfer } from './reduce-transfer.ts';
import { type ConversationState, mayBargeIn, phaseOf, type QueueItem, wantsEvent } from './state.ts';
import type { Step } from './step.ts';
import { isStalled, TIMER_IDS, TIMER_RULES } from './timers.ts';
import { sameSttParameters, sttParameters } from './vendor-options.ts';

/** Activities of one request. */
const MAX_ACTIVITIES = 32;

/** Brings everything that follows from the state in line with it: requests, playout, the answer, recognition, timers. */
export function settle(step: Step): void {
  if (step.state.ended !== undefined) return;
  pumpOutbox(step);
  settlePause(step);
  pumpQueue(step);
  if (step.state.outbound === undefined) settleAnswer(step);
  else settleDialling(step);
  if (step.state.ended !== undefined) return;
  settleRecognition(step);
  settleSpeechActivity(step);
  settleTimers(step);
}

function pumpOutbox(step: Step): void {
  const s = step.state;
  if (s.bot !== 'open' || s.inFlight !== undefined || s.outbox.length === 0) return;
  // What the callee says waits until the bot has been told of the answer.
  if (s.outbound !== undefined && s.call === 'answered' && !s.outbound.begun) return;
  const batch = s.outbox.slice(0, MAX_ACTIVITIES);
  const requestId = s.nextRequestId;
  s.nextRequestId += 1;
  s.outbox = s.outbox.slice(MAX_ACTIVITIES);
  s.inFlight = { requestId, input: batch.some((item) => item.input), replied: false };
  step.emit({
    type: 'sendToBot',
    requestId,
    activities: batch.map((item) => item.activity),
    input: s.inFlight.input,
    ...(s.params.botFailOnErrors && { failOnErrors: true }),
  });
}

/** A pause lasts only while the caller may be interrupting. */
function settlePause(step: Step): void {
  const s = step.state;
  if (s.current?.type !== 'prompt' || s.current.state !== 'paused') return;
  if (s.utterance !== 'none' && mayBargeIn(s)) return;
  resume(step);
}

function pumpQueue(step: Step): void {
  const s = step.state;
  while (s.current === undefined) {
    const item = s.queue[0];
    if (item === undefined || !mayRun(s, item)) return;
    s.queue = s.queue.slice(1);
    switch (item.type) {
      case 'prompt':
        if (item.prompt.kind === 'message') {
          // A bot that hears itself decides itself when the caller has finished.
          if (s.capabilities.botHears === true && s.hangup === undefined) s.utterance = 'none';
          step.setLayers({ overlay: item.prompt.overlay });
          s.interrupted = undefined;
          s.dropped = [];
        }
        s.current = { type: 'prompt', prompt: item.prompt, state: 'starting' };
        s.spoke = true;
        step.emit({ type: 'playPrompt', promptId: item.prompt.id });
        break;
      case 'sendDtmf':
        s.current = { type: 'sendDtmf', id: item.id };
        step.emit({ type: 'sendDtmf', id: item.id, digits: item.digits });
        break;
      case 'transfer':
        beginTransfer(step, item);
        break;
    }
  }
}

/**
 * Nobody talks over the caller: what arrives during an utterance waits for its end, except the last words, a transfer, and
 * what a bot says that hears the caller itself.
 */
function mayRun(s: ConversationState, item: QueueItem): boolean {
  if (s.call !== 'answered' || s.outbound?.held === true) return false;
  if (item.type === 'transfer' || s.hangup !== undefined || (s.utterance === 'none' && s.joined.length === 0))
    return true;
  return s.capabilities.botHears === true && item.type === 'prompt' && item.prompt.kind === 'message';
}

/** When the call is answered (`connectOnPrompt`), and what happens when it never needs to be. */
function settleAnswer(step: Step): void {
  const s = step.state;
  if (s.call !== 'ringing') return;
  const head = s.queue[0];
  if (head === undefined && s.hangup !== undefined) {
    step.end({ ...s.hangup, sipStatus: 603 });
    return;
  }
  const headReady = head !== undefined && (head.type !== 'prompt' || s.ready.has(head.prompt.id));
  if (!headReady && !s.answerNow && s.params.connectOnPrompt) return;
  s.call = 'answering';
  step.emit({ type: 'answer' });
}

function settleRecognition(step: Step): void {
  const s = step.state;
  if (!wantsRecognition(s)) {
    if (s.recognition?.status === 'on') step.emit({ type: 'stopRecognition' });
    s.recognition = undefined;
    s.utterance = 'none';
    return;
  }
  if (s.recognition?.status === 'failed') return;
  const options = recognitionOptions(s);
  if (s.recognition !== undefined) {
    // New options wait for the end of an utterance.
    if (s.utterance !== 'none' || sameOptions(s.recognition.options, options)) return;
  }
  s.recognition = { status: 'on', options };
  step.emit({ type: 'startRecognition', options });
}

/**
 * The caller is heard in his own turn. Where he may interrupt he is heard always; elsewhere what he says during a
 * prompt, or begins to say while the bot thinks, does not exist.
 */
function wantsRecognition(s: ConversationState): boolean {
  if (!s.capabilities.stt) return false;
  const busy = s.utterance !== 'none' || s.joined.length > 0;
  const phase = phaseOf(s);
  if (s.forcedRecognition !== undefined && (phase === 'listening' || phase === 'thinking' || phase === 'speaking')) {
    return s.forcedRecognition === 'on';
  }
  switch (phase) {
    case 'listening':
      return true;
    case 'thinking':
      return s.params.bargeIn || busy;
    case 'speaking':
      return s.params.bargeIn || (s.current === undefined && busy);
    case 'connecting':
      // The callee's first word is not to be missed while the bot is being fetched.
      return s.outbound !== undefined && s.call === 'answered' && s.forcedRecognition !== 'off';
    case 'transferring':
    case 'ending':
    case 'ended':
      return false;
  }
}

/** Voice and silence are watched while the bot wants to know of one of them, the call is up, and the caller is its own. */
function settleSpeechActivity(step: Step): void {
  const s = step.state;
  const p = s.params;
  const wanted =
    s.call === 'answered' &&
    s.current?.type !== 'transfer' &&
    p.enableSpeechDetectionEvent &&
    (wantsEvent(s, 'voiceDetected') || wantsEvent(s, 'silenceDetected'));
  const options = wanted
    ? { voiceMs: p.speechActivityVoicePeriodMS, silenceMs: p.speechActivitySilencePeriodMS }
    : undefined;
  const now = s.speechActivity;
  if (now?.voiceMs === options?.voiceMs && now?.silenceMs === options?.silenceMs) return;
  s.speechActivity = options;
  step.emit({ type: 'watchSpeech', options });
}

function recognitionOptions(s: ConversationState): RecognitionOptions {
  const p = s.params;
  const contexts = p.sttSpeechContexts;
  const gated = p.speechDetection === 'enabled' || (p.speechDetection === 'auto' && phaseOf(s) !== 'listening');
  return {
    language: p.sttLanguage === '' ? p.language : p.sttLanguage,
    contextPhrases: [...p.sttContextPhrases, ...contexts.flatMap((context) => context.phrases)],
    contextBoost: Math.max(p.sttContextBoost, ...contexts.map((context) => context.boost ?? 0)),
    vendorOptions: p.sttGenericData,
    parameters: sttParameters(p),
    closeAfterMs: gated ? p.speechDetectionSilencePeriodMS : undefined,
    openOnSpeech: s.outbound !== undefined && !s.outbound.listens && !p.startRecognitionOnConnect,
    endpointing: {
      profile: p.endpointingProfile,
      silenceMs: p.endpointingSilenceMS,
      minSpeechMs: p.endpointingMinSpeechMS,
      maxSpeechMs: p.userMaxSpeechDurationMS,
    },
  };
}

function sameOptions(a: RecognitionOptions, b: RecognitionOptions): boolean {
  return (
    a.language === b.language &&
    a.contextBoost === b.contextBoost &&
    a.closeAfterMs === b.closeAfterMs &&
    a.vendorOptions === b.vendorOptions &&
    sameSttParameters(a.parameters, b.parameters) &&
    a.endpointing.profile === b.endpointing.profile &&
    a.endpointing.silenceMs === b.endpointing.silenceMs &&
    a.endpointing.minSpeechMs === b.endpointing.minSpeechMs &&
    a.endpointing.maxSpeechMs === b.endpointing.maxSpeechMs &&
    a.contextPhrases.length === b.contextPhrases.length &&
    a.contextPhrases.every((phrase, index) => phrase === b.contextPhrases[index])
  );
}

function settleTimers(step: Step): void {
  const phase = phaseOf(step.state);
  for (const id of TIMER_IDS) {
    if (id === 'watchdog') continue;
    const rule = TIMER_RULES[id];
    const armed = step.state.timers[id] !== undefined;
    const wanted = rule.wanted(step.state, phase);
    if (armed && !wanted) step.cancelTimer(id);
    if (!armed && wanted) step.startTimer(id, rule.ms(step.state));
  }
  const stalled = isStalled(step.state);
  const armed = step.state.timers.watchdog !== undefined;
  if (armed && !stalled) step.cancelTimer('watchdog');
  if (!armed && stalled) step.startTimer('watchdog', step.state.params.silenceWatchdogMS);
}
