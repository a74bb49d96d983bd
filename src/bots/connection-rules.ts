import type { ParameterSpec } from './parameter-spec.ts';
import { PARAMETER_TABLE } from './parameter-table.ts';
import { type BotParameterLayer, PARAMETER_NAMES, type ParameterName, type ParameterWarning } from './parameters.ts';

/** A speech service of the bot, as far as parameters depend on it. */
export interface ServiceFacts {
  id: string;
  /** Names of parameters that it acts on, of those that depend on the vendor. */
  honours: readonly string[];
  /** It tells what it understands while the caller speaks. */
  interimResults?: boolean;
}

/** What a bot's connection can do, as far as parameters depend on it. */
export interface ConnectionFacts {
  /** The bot recognises speech itself. */
  directStt: boolean;
  /** The bot speaks itself. */
  directTts: boolean;
  /** What recognises for the hub, in the order of fallback; undefined: not known. */
  stt?: readonly ServiceFacts[] | undefined;
  /** Who decides that the caller has finished. */
  endpointing?: 'hub' | 'vendor' | undefined;
  /** What speaks for the hub. */
  tts?: readonly ServiceFacts[] | undefined;
  /** Names of parameters that the bot's connector acts on, of those that depend on it. */
  bot?: readonly string[] | undefined;
}

/** Parameters of recognition by the hub, beside those that depend on the vendor. */
const OF_RECOGNITION: readonly ParameterName[] = [
  'sttDisablePunctuation',
  'speechDetection',
  'speechDetectionSilencePeriodMS',
  'continuousASR',
  'continuousASRDigits',
  'continuousASRTimeoutInMS',
  'endpointingProfile',
  'endpointingSilenceMS',
  'endpointingMinSpeechMS',
  'userMaxSpeechDurationMS',
  'notUnderstoodSpeech',
  'notUnderstoodSendToBot',
];

/** The same of speech. */
const OF_SPEECH: readonly ParameterName[] = [
  'ttsLanguage',
  'disableTtsCache',
  'userNoInputSpeech',
  'botNoInputSpeech',
  'resumeRecognitionSpeech',
  'notUnderstoodSpeech',
  'botFailureSpeech',
];

/** What needs the hub to hear where an utterance begins and ends. */
const OF_ENDPOINTING: readonly ParameterName[] = [
  'endpointingProfile',
  'endpointingSilenceMS',
  'endpointingMinSpeechMS',
  'bargeInMinVoicedMS',
];

/** What is said in one vendor's own terms: of several services it is for the first alone. */
const OF_FIRST_SERVICE: ReadonlySet<ParameterName> = new Set([
  'sttGenericData',
  'sttContextId',
  'sttOverrideConfig',
  'azureSpeechRecognitionMode',
  'azureEnableAudioLogging',
  'googleInteractionType',
  'voiceName',
  'ttsEnhancedVoice',
  'ttsOverrideConfig',
] satisfies ParameterName[]);

const honouredBy = (place: ParameterSpec<unknown>['honouredBy']) =>
  PARAMETER_NAMES.filter((name) => PARAMETER_TABLE[name].honouredBy === place);
const BY_STT = honouredBy('stt');
const BY_TTS = honouredBy('tts');
const BY_BOT = honouredBy('bot');

/**
 * Parameters of one layer that the connection of the bot cannot honour: `unsupported` where the bot does itself what they are
 * about, `unhonoured` where a service or the connector takes no notice of them. What is as by default asks for nothing.
 */
export function connectionConflicts(layer: BotParameterLayer, facts: ConnectionFacts): ParameterWarning[] {
  const conflicts: ParameterWarning[] = [];
  const isSet = (name: ParameterName) =>
    layer[name] !== undefined && layer[name] !== '' && !isDefault(name, layer[name]);
  const warn = (parameter: ParameterName, code: ParameterWarning['code'], why: string) =>
    conflicts.push({ parameter, code, message: `${parameter} ${why}` });
  const ignored = (names: readonly ParameterName[], code: ParameterWarning['code'], why: string) => {
    for (const name of names) if (isSet(name)) warn(name, code, `has no effect: ${why}`);
  };

  if (facts.directStt) {
    const why = 'the bot recognises speech itself (directSTT)';
    ignored([...BY_STT, ...OF_RECOGNITION], 'unsupported', why);
    ignored(['bargeInMinVoicedMS'], 'unhonoured', why);
  } else if (facts.stt?.length === 0) {
    ignored([...BY_STT, ...OF_RECOGNITION], 'unhonoured', 'the bot has no speech.stt');
  } else {
    for (const name of BY_STT) if (isSet(name)) unhonoured(name, layer, facts.stt ?? [], warn);
    if (facts.endpointing === 'vendor') {
      const why = `the speech service ${namesOf(facts.stt ?? [])} decides itself when the caller has finished`;
      ignored(OF_ENDPOINTING, 'unhonoured', why);
      if (layer.bargeInMinWordCount === 0 && layer.bargeIn !== false) {
        warn('bargeInMinWordCount', 'unhonoured', `0: not voice, but the first text interrupts, for ${why}`);
      }
    }
    for (const conflict of withoutInterimResults(layer, facts)) conflicts.push(conflict);
  }

  if (facts.tts?.length === 0) {
    const why = facts.directTts
      ? 'the bot speaks itself (directTTS), and there is no speech.tts for the hub'
      : 'the bot has no speech.tts';
    ignored([...BY_TTS, ...OF_SPEECH], 'unhonoured', why);
  } else {
    for (const name of BY_TTS) if (isSet(name)) unhonoured(name, layer, facts.tts ?? [], warn);
  }

  const { bot } = facts;
  if (bot !== undefined) {
    ignored(
      BY_BOT.filter((name) => !bot.includes(name)),
      'unhonoured',
      'the connector of the bot takes no notice of it',
    );
  }
  return conflicts;
}

function unhonoured(
  name: ParameterName,
  layer: BotParameterLayer,
  services: readonly ServiceFacts[],
  warn: (parameter: ParameterName, code: 'unhonoured', why: string) => void,
): void {
  const asked = OF_FIRST_SERVICE.has(name) ? services.slice(0, 1) : services;
  const without = (honour: string) => asked.filter(({ honours }) => !honours.includes(honour));
  if (name !== 'sttSpeechContexts') {
    const deaf = without(name);
    if (deaf.length > 0) warn(name, 'unhonoured', `has no effect with the speech service ${namesOf(deaf)}`);
    return;
  }
  const contexts = layer.sttSpeechContexts ?? [];
  const withoutPhrases = without('sttContextPhrases');
  const withoutBoost = contexts.some(({ boost = 0 }) => boost > 0) ? without('sttContextBoost') : [];
  const other = contexts.flatMap((context) => Object.keys(context)).find((key) => key !== 'phrases' && key !== 'boost');
  if (withoutPhrases.length > 0) {
    warn(name, 'unhonoured', `has no effect with the speech service ${namesOf(withoutPhrases)}`);
  } else if (withoutBoost.length > 0) {
    warn(name, 'unhonoured', `: boost has no effect with the speech service ${namesOf(withoutBoost)}`);
  } else if (other !== undefined) {
    warn(name, 'unhonoured', `: ${other.slice(0, 100)} has no effect, only phrases and boost have`);
  }
}

/** What needs to know what the caller is saying while he says it. */
function withoutInterimResults(
  layer: BotParameterLayer,
  { stt = [], endpointing }: ConnectionFacts,
): ParameterWarning[] {
  const late = stt.filter(({ interimResults }) => interimResults === false);
  if (late.length === 0) return [];
  const conflicts: ParameterWarning[] = [];
  const why = `the speech service ${namesOf(late)} gives no interim results`;
  if (layer.sendEventsToBot?.includes('speechHypothesis')) {
    const message = `speechHypothesis is never sent: ${why}`;
    conflicts.push({ parameter: 'sendEventsToBot', code: 'unsupported', message });
  }
  if (layer.bargeIn === false) return conflicts;
  for (const parameter of ['bargeInMinWordCount', 'bargeInIgnorePhrases'] as const) {
    const value = layer[parameter];
    if (value === undefined || value === 0 || (Array.isArray(value) && value.length === 0)) continue;
    const until =
      endpointing === 'vendor'
        ? 'nothing interrupts before that'
        : 'until then his voice decides (bargeInDecisionTimeoutMS)';
    const message = `${parameter} counts only when the caller has finished: ${why}; ${until}`;
    conflicts.push({ parameter, code: 'unhonoured', message });
  }
  return conflicts;
}

function namesOf(services: readonly ServiceFacts[]): string {
  return services.map(({ id }) => `'${id}'`).join(' and ');
}

function isDefault(name: ParameterName, value: unknown): boolean {
  return JSON.stringify(value) === JSON.stringify(PARAMETER_TABLE[name].default);
}
