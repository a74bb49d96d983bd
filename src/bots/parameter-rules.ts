import { PARAMETER_TABLE, SENT_BOT_EVENTS } from './parameter-table.ts';
import type { BotParameterLayer, ParameterName, ParameterWarning } from './parameters.ts';

/** Values of one layer that contradict each other or that would have no effect. */
export function parameterConflicts(layer: BotParameterLayer): ParameterWarning[] {
  const conflicts: ParameterWarning[] = [];
  const conflict = (parameter: ParameterName, message: string) =>
    conflicts.push({ parameter, code: 'conflict', message });
  const noInput = layer.userNoInputTimeoutMS ?? 0;
  if (layer.continuousASR === true && noInput > 0) {
    const pause = layer.continuousASRTimeoutInMS ?? PARAMETER_TABLE.continuousASRTimeoutInMS.default;
    if (pause >= noInput) {
      conflict('continuousASRTimeoutInMS', `${pause} must be less than userNoInputTimeoutMS (${noInput})`);
    }
  }
  const giveUp = layer.userNoInputGiveUpTimeoutMS ?? 0;
  if (giveUp > 0 && noInput >= giveUp) {
    conflict('userNoInputGiveUpTimeoutMS', `${giveUp} must be more than userNoInputTimeoutMS (${noInput})`);
  }
  const [botDelay, botGiveUp] = [layer.botNoInputTimeoutMS ?? 0, layer.botNoInputGiveUpTimeoutMS ?? 0];
  if (botGiveUp > 0 && botDelay >= botGiveUp) {
    conflict('botNoInputGiveUpTimeoutMS', `${botGiveUp} must be more than botNoInputTimeoutMS (${botDelay})`);
  }
  if (layer.dtmfCollect === true && layer.sendDTMF === false) {
    conflict('dtmfCollect', 'has no effect while sendDTMF is false');
  }
  if (layer.sendDTMFAsText === true && layer.sendDTMF === false) {
    conflict('sendDTMFAsText', 'has no effect while sendDTMF is false');
  }
  if (layer.bargeInMinWordCount === 0 && (layer.bargeInIgnorePhrases?.length ?? 0) > 0) {
    conflict('bargeInIgnorePhrases', 'has no effect while bargeInMinWordCount is 0: voice alone interrupts');
  }
  for (const [allowed, denied] of LIST_PAIRS) {
    if (layer[allowed] !== undefined && layer[denied] !== undefined) {
      conflict(denied, `either ${allowed} or ${denied}, not both`);
    }
  }
  for (const [list, known, what] of LISTED) {
    const unknown = layer[list]?.find((name) => !known.has(name.toLowerCase()));
    if (unknown !== undefined) conflict(list, `there is no ${what} '${unknown.slice(0, 100)}' that a bot could use`);
  }
  const events = layer.sendEventsToBot ?? [];
  for (const event of events) {
    if (!SENT_BOT_EVENTS.has(event)) {
      conflicts.push({
        parameter: 'sendEventsToBot',
        code: 'unsupported',
        message: `the event ${event} is not sent by this version`,
      });
    }
  }
  if (layer.enableSpeechDetectionEvent === false && events.some((event) => SPEECH_DETECTION.has(event))) {
    conflict('enableSpeechDetectionEvent', 'voiceDetected and silenceDetected are not sent while it is false');
  }
  return conflicts;
}

/** What is allowed and what is denied; only one of the two can be set. */
export const LIST_PAIRS = [
  ['botEventsWhitelist', 'botEventsBlacklist'],
  ['botParametersWhitelist', 'botParametersBlacklist'],
] as const;

/** Events of a bot (Bot API 6.2), whether or not this version knows what to do. */
const EVENTS_OF_BOTS: ReadonlySet<string> = new Set(
  [
    ...['hangup', 'transfer', 'handover', 'config', 'playUrl', 'startRecognition', 'stopRecognition', 'sendMetaData'],
    ...['startCallRecording', 'stopCallRecording', 'pauseCallRecording', 'resumeCallRecording'],
    ...['speakerVerificationCreateSpeaker', 'speakerVerificationGetSpeakerStatus', 'speakerVerificationDeleteSpeaker'],
    ...['speakerVerificationEnroll', 'speakerVerificationVerify'],
    ...['abortPrompts', 'expectAnotherBotMessage', 'sendDtmf'],
  ].map((name) => name.toLowerCase()),
);

const PARAMETERS: ReadonlySet<string> = new Set(Object.keys(PARAMETER_TABLE).map((name) => name.toLowerCase()));

/** A name that nobody knows would allow or deny nothing. */
const LISTED = [
  ['botEventsWhitelist', EVENTS_OF_BOTS, 'event'],
  ['botEventsBlacklist', EVENTS_OF_BOTS, 'event'],
  ['botParametersWhitelist', PARAMETERS, 'parameter'],
  ['botParametersBlacklist', PARAMETERS, 'parameter'],
] as const;

const SPEECH_DETECTION: ReadonlySet<string> = new Set(['voiceDetected', 'silenceDetected']);

/** Allow and deny lists (Bot API 6.1), names in any case: an empty list of what is allowed allows nothing. */
export function isPermitted(
  name: string,
  allowed: readonly string[] | undefined,
  denied: readonly string[] | undefined,
): boolean {
  const isName = (other: string) => other.toLowerCase() === name.toLowerCase();
  if (allowed !== undefined) return allowed.some(isName);
  return denied === undefined || !denied.some(isName);
}
