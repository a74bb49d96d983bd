import { z } from 'zod';
import { anything, choice, decimal, flag, objects, text, texts } from './parameter-spec.ts';

const MAX_OVERRIDE_CHARS = 10_000;

/** Fields of a vendor's request; {} stands for none. */
const overrideConfig = z
  .record(z.string().min(1).max(100), z.unknown())
  .refine((value) => JSON.stringify(value).length <= MAX_OVERRIDE_CHARS, {
    error: `at most ${MAX_OVERRIDE_CHARS} characters of JSON`,
  });

const speechContext = z.looseObject({ phrases: z.array(z.string().max(1000)).max(1000), boost: z.number().optional() });

/** `RecognitionMetadata.InteractionType` of Cloud Speech-to-Text v1. */
const GOOGLE_INTERACTION_TYPES = [
  'INTERACTION_TYPE_UNSPECIFIED',
  'DISCUSSION',
  'PRESENTATION',
  'PHONE_CALL',
  'VOICEMAIL',
  'PROFESSIONALLY_PRODUCED',
  'VOICE_SEARCH',
  'VOICE_COMMAND',
  'DICTATION',
] as const;

/** Parameters of recognition that not every speech service honours: rows of `PARAMETER_TABLE`. */
export const VENDOR_RECOGNITION = {
  sttContextPhrases: texts('What the caller is expected to say.', { honouredBy: 'stt' }),
  sttContextBoost: decimal(0, "Weight of the hints; 0 = the vendor's default.", {
    unit: 'weight',
    min: 0,
    max: 1000,
    honouredBy: 'stt',
  }),
  sttSpeechContexts: objects(
    'object[]',
    z.array(speechContext).max(100),
    [],
    'Hints with their own weights: `{ phrases, boost }`. Phrases are joined with `sttContextPhrases`; the largest boost counts.',
    { honouredBy: 'stt' },
  ),
  sttGenericData: anything('Passed on to the speech vendor untouched.', { honouredBy: 'stt' }),
  sttContextId: text('', 'Custom model or context of the vendor; what it names is in the README of the connector.', {
    maxLength: 500,
    honouredBy: 'stt',
  }),
  sttDisablePunctuation: flag(false, 'No punctuation in recognised text.'),
  sttPreferWave: flag(false, 'Audio with a WAV header, for vendors that take either.', { honouredBy: 'stt' }),
  azureSpeechRecognitionMode: choice(
    ['conversation', 'dictation', 'interactive'],
    'conversation',
    'Azure: the recognition mode. No service of this version is Azure.',
    { honouredBy: 'stt' },
  ),
  azureEnableAudioLogging: flag(false, 'Azure: it may keep the audio. No service of this version is Azure.', {
    honouredBy: 'stt',
  }),
  googleInteractionType: choice(
    GOOGLE_INTERACTION_TYPES,
    'INTERACTION_TYPE_UNSPECIFIED',
    'Google (API v1): the kind of audio, for its choice of model.',
    { honouredBy: 'stt' },
  ),
  sttOverrideConfig: objects(
    'object',
    overrideConfig,
    {},
    "Fields of the speech vendor's request, laid over what the hub asks for, but for those that the call depends on. At most 10,000 characters of JSON.",
    { honouredBy: 'stt' },
  ),
} as const;

/** The same of speech. */
export const VENDOR_SPEECH = {
  voiceName: text('', "The speech vendor's name of a voice; '' = its default for the language.", { honouredBy: 'tts' }),
  ttsEnhancedVoice: text('', 'AWS: the engine of the voice. No service of this version is AWS.', { honouredBy: 'tts' }),
  ttsOverrideConfig: objects(
    'object',
    overrideConfig,
    {},
    "Fields of the speech vendor's request, laid over what the hub asks for, but for those that the call depends on. At most 10,000 characters of JSON.",
    { honouredBy: 'tts' },
  ),
} as const;
