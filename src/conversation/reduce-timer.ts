import { assertNever } from '../errors.ts';
import { onBargeInUndecided } from './reduce-barge-in.ts';
import { onBotFailed } from './reduce-bot.ts';
import { submitDigits, submitJoined } from './reduce-caller.ts';
import { onTransferOverdue } from './reduce-transfer.ts';
import { wantsEvent } from './state.ts';
import type { Step } from './step.ts';
import type { TimerId } from './timers.ts';

/** A timer of the present state has fired. */
export function onTimer(step: Step, id: TimerId): void {
  const s = step.state;
  switch (id) {
    case 'connect':
    case 'firstPrompt':
      s.answerNow = true;
      return;
    case 'openBot':
      onBotFailed(step, { code: 'bot_unreachable', message: 'the session did not open' });
      return;
    case 'answer':
    case 'answerLost':
      step.end({ category: 'signalling-failure', by: 'hub', text: 'The answer was not confirmed' });
      return;
    case 'bargeIn':
      onBargeInUndecided(step);
      return;
    case 'utterance':
      s.utterance = 'recognising';
      step.emit({ type: 'endUtterance' });
      return;
    case 'final':
      step.log('warn', 'The recogniser gave no result; recognition is started anew');
      restartRecognition(step);
      return;
    case 'joined':
      submitJoined(step);
      return;
    case 'digits':
    case 'collection':
      submitDigits(step);
      return;
    case 'replay':
      replay(step);
      return;
    case 'userNoInput':
      onUserNoInput(step);
      return;
    case 'userGiveUp':
      step.hangUpAfterPrompts({ category: 'no-user-input', by: 'hub', text: 'The caller was silent for too long' });
      return;
    case 'botNoInput':
      s.botDelayCount += 1;
      step.sayOrPlay('bot-delay', s.params.botNoInputSpeech, s.params.botNoInputUrl);
      return;
    case 'botGiveUp':
      step.fail('bot-failure', 'The bot did not answer in time');
      return;
    case 'resume':
      s.turn = 'caller';
      s.expectAnother = false;
      step.sayOrPlay('resume', s.params.resumeRecognitionSpeech, s.params.resumeRecognitionPlayUrl);
      return;
    case 'sttRetry':
      s.recognition = undefined;
      return;
    case 'sttStable':
      s.sttFailures = 0;
      return;
    case 'transfer':
      onTransferOverdue(step);
      return;
    case 'hangup':
      if (s.hangup !== undefined) step.end(s.hangup);
      return;
    case 'watchdog':
      step.log('info', 'Silence on both sides; the turn goes to the caller and recognition is started anew');
      s.turn = 'caller';
      s.expectAnother = false;
      restartRecognition(step);
      return;
    default:
      assertNever(id);
  }
}

/** The interruption led to nothing: what it took away is said again. */
function replay(step: Step): void {
  const { dropped } = step.state;
  step.state.dropped = [];
  step.log('info', 'An interruption without input: the prompt is said again', { prompts: dropped.length });
  for (const { text, source, overlay, activityId } of dropped) {
    if (source.type === 'text') step.say('message', text, { overlay, activityId });
    else step.play('message', source, text, { overlay, activityId });
  }
}

function restartRecognition(step: Step): void {
  const s = step.state;
  s.utterance = 'none';
  if (s.recognition?.status !== 'on') return;
  s.recognition = undefined;
  step.emit({ type: 'stopRecognition' });
}

/**
 * The caller is silent. The bot is told when it asked for it; time-outs are forgiven `userNoInputRetries` times. A bot
 * that is told and has set no retries handles silence itself and is never hung up on here.
 */
function onUserNoInput(step: Step): void {
  const s = step.state;
  s.noInputCount += 1;
  const told = wantsEvent(s, 'noUserInput');
  if (told) step.send({ type: 'event', name: 'noUserInput', value: s.noInputCount }, false);
  if (s.noInputCount > s.params.userNoInputRetries && !(told && s.params.userNoInputRetries === 0)) {
    step.hangUpAfterPrompts({ category: 'no-user-input', by: 'hub', text: 'The caller said nothing' });
    return;
  }
  step.sayOrPlay('no-input', s.params.userNoInputSpeech, s.params.userNoInputUrl);
}
