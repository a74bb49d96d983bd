import type { MachineKind } from './ports.ts';
import { wantsEvent } from './state.ts';
import type { Step } from './step.ts';

/**
 * Rules for calls that the hub places (Bot API 5.2). The call is dialled before the bot is there, unless the bot wants to hear of
 * that (`dialoutInitiated`); the bot is told of the call (`start`) at the answer, and the callee has the first word.
 */
export function onBegin(step: Step): void {
  const s = step.state;
  if (s.outbound !== undefined && !wantsEvent(s, 'dialoutInitiated')) return;
  openBot(step);
}

function openBot(step: Step): void {
  step.state.bot = 'opening';
  step.emit({ type: 'openBot' });
}

export function onCalleeAnswered(step: Step): void {
  const s = step.state;
  s.turn = 'caller';
  if (s.bot === 'unopened') openBot(step);
  else begin(step);
}

/** The session is open: the bot hears of the call as far as it has come. */
export function onOutboundBotOpened(step: Step): void {
  const s = step.state;
  if (s.call === 'answered') {
    begin(step);
    return;
  }
  // Some bots read the data as the event's value, some as that of a copy of the start event.
  const { startParameters } = s;
  step.send({ type: 'event', name: 'dialoutInitiated', value: startParameters, parameters: startParameters }, false);
}

/** The start event, before everything that the callee has said in the meantime. */
function begin(step: Step): void {
  const s = step.state;
  const { outbound } = s;
  if (outbound === undefined || outbound.begun || outbound.held || s.bot !== 'open' || s.call !== 'answered') return;
  s.outbound = { ...outbound, begun: true };
  const waiting = s.outbox;
  s.outbox = [];
  step.send({ type: 'event', name: 'start', parameters: s.startParameters }, false);
  if (outbound.machine !== undefined) sendMachine(step, outbound.machine);
  s.outbox = [...s.outbox, ...waiting];
}

function sendMachine(step: Step, type: MachineKind): void {
  step.send({ type: 'event', name: 'machineDetection', value: { type } }, false);
}

/** It has turned out who has answered (Bot API 5.4). */
export function onMachineDetected(step: Step, machine: MachineKind): void {
  const s = step.state;
  if (s.outbound === undefined || s.outbound.machine !== undefined) return;
  s.outbound = { ...s.outbound, machine };
  if (s.outbound.begun && s.hangup === undefined) sendMachine(step, machine);
}

/** The bot may begin. What a machine has said until then was its greeting, and is for nobody. */
export function onReleased(step: Step): void {
  const s = step.state;
  if (s.outbound?.held !== true) return;
  s.outbound = { ...s.outbound, held: false };
  if (s.outbound.machine === 'answering-machine' || s.outbound.machine === 'fax') {
    s.outbox = [];
    s.joined = [];
    s.utterance = 'none';
    s.turn = 'caller';
    if (s.recognition?.status === 'on') step.emit({ type: 'stopRecognition' });
    s.recognition = undefined;
  }
  begin(step);
}

/** When the call is dialled: at once, or when the bot knows of it, or when it takes too long to tell. */
export function settleDialling(step: Step): void {
  const s = step.state;
  if (s.outbound === undefined || s.call === 'answered' || s.call === 'lost') return;
  if (s.hangup !== undefined) {
    step.end(s.hangup);
    return;
  }
  if (s.call !== 'ringing' || (s.bot !== 'unopened' && !s.started && !s.answerNow)) return;
  s.call = 'answering';
  step.emit({ type: 'answer' });
}
