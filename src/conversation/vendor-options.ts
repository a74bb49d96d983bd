import type { BotParameters } from '../bots/parameters.ts';
import type { SttParameters, TtsParameters } from '../speech/parameters.ts';

/** What is set for the vendor of recognition, beyond the options that every recogniser has. */
export function sttParameters(p: BotParameters): SttParameters {
  return {
    ...(p.sttContextId !== '' && { sttContextId: p.sttContextId }),
    ...(p.sttDisablePunctuation && { sttDisablePunctuation: true }),
    ...(p.sttPreferWave && { sttPreferWave: true }),
    ...(hasFields(p.sttOverrideConfig) && { sttOverrideConfig: p.sttOverrideConfig }),
    ...(p.azureSpeechRecognitionMode !== 'conversation' && {
      azureSpeechRecognitionMode: p.azureSpeechRecognitionMode,
    }),
    ...(p.azureEnableAudioLogging && { azureEnableAudioLogging: true }),
    ...(p.googleInteractionType !== 'INTERACTION_TYPE_UNSPECIFIED' && {
      googleInteractionType: p.googleInteractionType,
    }),
  };
}

/** The same of speech; undefined: nothing. */
export function ttsParameters(p: BotParameters): TtsParameters | undefined {
  const parameters = {
    ...(p.ttsEnhancedVoice !== '' && { ttsEnhancedVoice: p.ttsEnhancedVoice }),
    ...(hasFields(p.ttsOverrideConfig) && { ttsOverrideConfig: p.ttsOverrideConfig }),
  };
  return hasFields(parameters) ? parameters : undefined;
}

/** Objects are the same where they are the same object: layers of parameters keep what they were given. */
export function sameSttParameters(a: SttParameters, b: SttParameters): boolean {
  const keys = Object.keys(a) as (keyof SttParameters)[];
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

function hasFields(value: object): boolean {
  return Object.keys(value).length > 0;
}
