/*
 * Parameters of bots (Bot API 8.5 and 8.6) that not every speech service knows what to do with, under their own names. A
 * connector names in `honours` of its capabilities those that it acts on; the hub warns of the others.
 */

/** Of recognition, as the bot or hub.yaml set them; absent: not set. */
export interface SttParameters {
  /** Custom model or context. */
  readonly sttContextId?: string;
  /** The hub takes punctuation out of all texts; a vendor that is told does not put it in. */
  readonly sttDisablePunctuation?: boolean;
  /** Audio with a WAV header. */
  readonly sttPreferWave?: boolean;
  /** Fields of the vendor's request, laid over those of the connector but for what the call depends on. */
  readonly sttOverrideConfig?: Readonly<Record<string, unknown>>;
  readonly azureSpeechRecognitionMode?: 'conversation' | 'dictation' | 'interactive';
  readonly azureEnableAudioLogging?: boolean;
  readonly googleInteractionType?: string;
}

/** Of speech. */
export interface TtsParameters {
  /** Engine of the voice. */
  readonly ttsEnhancedVoice?: string;
  /** As `sttOverrideConfig`. */
  readonly ttsOverrideConfig?: Readonly<Record<string, unknown>>;
}

/** What a recogniser may name in its `honours`. */
export type SttHonour =
  | 'sttContextPhrases'
  | 'sttContextBoost'
  | 'sttGenericData'
  | Exclude<keyof SttParameters, 'sttDisablePunctuation'>;

/** What a synthesiser may name in its `honours`. */
export type TtsHonour = 'voiceName' | keyof TtsParameters;
