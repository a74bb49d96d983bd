import { z } from 'zod';
import {
  choice,
  choices,
  count,
  flag,
  milliseconds,
  objects,
  optionalTexts,
  pattern,
  switched,
  text,
  texts,
} from './parameter-spec.ts';
import { VENDOR_RECOGNITION, VENDOR_SPEECH } from './vendor-parameters.ts';

const BCP_47 = /^[A-Za-z]{2,8}([-_][A-Za-z0-9]{1,8})*$/;
const TAG = 'BCP 47 language tag';

const sipHeaders = z.array(z.object({ name: z.string().max(100), value: z.coerce.string().max(1000) })).max(20);

/** `http:`, `https:` or `data:`; '' stands for none. */
function audioUrl(doc: string) {
  return text('', doc, { maxLength: 2_000_000 });
}

/** Events that a bot gets only when it asks for them (Bot API 7.1), and those that the hub can send. */
export const BOT_EVENTS = [
  'agentConnected',
  'conversationEnd',
  'dialoutInitiated',
  'noUserInput',
  'playFinished',
  'silenceDetected',
  'speakerVerificationActionResult',
  'speakerVerificationEnrollCompleted',
  'speakerVerificationEnrollProgress',
  'speakerVerificationSpeakerStatus',
  'speakerVerificationVerifyCompleted',
  'speakerVerificationVerifyProgress',
  'speechHypothesis',
  'voiceDetected',
] as const;

export type BotEventName = (typeof BOT_EVENTS)[number];

/** Those of `BOT_EVENTS` that this version sends. */
export const SENT_BOT_EVENTS: ReadonlySet<BotEventName> = new Set([
  'conversationEnd',
  'dialoutInitiated',
  'noUserInput',
  'playFinished',
  'silenceDetected',
  'speechHypothesis',
  'voiceDetected',
]);

/**
 * Every bot parameter (Bot API section 8; those marked "extension" are the hub's own). The one source of types,
 * defaults, validation and documentation.
 */
export const PARAMETER_TABLE = {
  // Language and voice
  language: pattern('en-US', BCP_47, TAG, 'Language of recognition and of speech.'),
  sttLanguage: pattern(
    '',
    /^$|^[A-Za-z]/,
    `${TAG} or ''`,
    "Language of recognition where it differs from `language`; '' = `language`.",
  ),
  ttsLanguage: pattern(
    '',
    /^$|^[A-Za-z]/,
    `${TAG} or ''`,
    "Language of speech where it differs from `language`; '' = `language`.",
  ),
  ...VENDOR_SPEECH,
  disableTtsCache: flag(false, 'Keeps a prompt out of the cache of synthesised speech.'),

  // Barge-in
  bargeIn: flag(
    false,
    'The caller may interrupt prompts by speaking; without it what is said during a prompt does not exist.',
  ),
  bargeInMinWordCount: count(
    1,
    'Words that must be recognised before speech stops a prompt; 0 = voice alone suffices.',
    { unit: 'words', max: 5 },
  ),
  bargeInOnDTMF: flag(
    true,
    'A key press stops the prompt. Needs `sendDTMF`, because otherwise key presses are not input.',
  ),
  bargeInDecisionTimeoutMS: milliseconds(
    1000,
    'Extension. How long a prompt stays paused while it is undecided whether the caller interrupts: whoever still speaks then does. When he has just fallen silent, his text is waited for, at most another second; then he interrupts if `bargeInMinVoicedMS` of it were voiced.',
    { min: 100, max: 10_000 },
  ),

  bargeInIgnorePhrases: optionalTexts(
    'Extension. What does not interrupt a prompt when nothing else is said ("okay", "uh-huh"), in any case and number; by default a list for the language of recognition (en, de, es, fr, it, nl, pt); [] = everything interrupts. Needs `bargeInMinWordCount` of 1 or more, because otherwise voice alone interrupts.',
  ),
  bargeInMinVoicedMS: milliseconds(
    500,
    'Extension. Speech that could not be recognised interrupts a prompt when this much of it was voiced; 0 = never.',
    { max: 10_000 },
  ),
  bargeInReplayTimeoutMS: milliseconds(
    5000,
    'Extension. When speech stopped a prompt and nothing that could be understood follows for this long, the prompt is said again; 0 = never.',
    { max: 120_000 },
  ),

  // DTMF
  sendDTMF: flag(false, "The caller's key presses are sent to the bot."),
  sendDTMFAsText: flag(
    false,
    'Key presses are sent as a message instead of an event. The default for agents of Copilot Studio is true.',
  ),
  dtmfCollect: flag(false, 'Key presses are collected and sent together.'),
  dtmfCollectFirstDigitTimeoutMS: milliseconds(
    0,
    'Extension. How long the hub waits for the caller after a prompt while key presses are collected (`sendDTMF`, `dtmfCollect`), instead of `userNoInputTimeoutMS`; 0 = as that says.',
  ),
  dtmfCollectInterDigitTimeoutMS: milliseconds(2000, 'Pause that ends a collection.', { min: 1 }),
  dtmfCollectTimeoutMS: milliseconds(
    0,
    'Extension. How long a collection may last, from its first key; what is there then is sent. 0 = without limit.',
  ),
  dtmfCollectMaxDigits: count(5, 'Number of digits that ends a collection; 0 = no limit but 100.', {
    unit: 'digits',
    max: 100,
  }),
  dtmfCollectSubmitDigit: pattern(
    '#',
    /^[0-9*#A-D]?$/,
    "one key or ''",
    "Key that ends a collection and is not part of it; '' = none.",
  ),

  // Silence of the caller
  userNoInputTimeoutMS: milliseconds(0, 'How long the hub waits for the caller after a prompt; 0 = without limit.'),
  userNoInputRetries: count(
    0,
    'Time-outs that are forgiven; the next one ends the call. With 0 and `noUserInput` events the bot decides.',
    { unit: 'repetitions' },
  ),
  userNoInputSpeech: text('', "Spoken at each forgiven time-out; '' = nothing."),
  userNoInputUrl: audioUrl('Audio played at each forgiven time-out where `userNoInputSpeech` is empty.'),
  userNoInputSendEvent: flag(false, 'Older form of `sendEventsToBot: [noUserInput]`.'),
  userNoInputGiveUpTimeoutMS: milliseconds(
    0,
    'Total silence of the caller that ends the call, re-prompts included; 0 = without limit.',
  ),
  userMaxSpeechDurationMS: milliseconds(
    0,
    "Longest utterance; it is ended there and recognised. 0 = the endpointing profile's, and a minute where the speech vendor decides.",
    { max: 600_000 },
  ),
  silenceWatchdogMS: milliseconds(
    30_000,
    'Extension. When both sides have been silent this long and no other timer runs, recognition is started anew.',
    { scope: 'session', min: 1000, max: 600_000 },
  ),
  enableSpeechDetectionEvent: flag(
    false,
    'Watches for voice and silence of the caller; the events voiceDetected and silenceDetected must be asked for in `sendEventsToBot` as well.',
    { scope: 'session' },
  ),
  speechActivitySilencePeriodMS: milliseconds(1000, 'Silence after voice that raises silenceDetected.', {
    scope: 'session',
    max: 10_000,
  }),
  speechActivityVoicePeriodMS: milliseconds(0, 'Voice that raises voiceDetected; 0 = at once.', {
    scope: 'session',
    max: 10_000,
  }),

  // Speech that fits nothing
  notUnderstoodSpeech: text(
    'Sorry, I did not get that.',
    "Extension. Spoken when speech was heard that could not be recognised; '' = nothing. The default is said in de, en, es, fr, it, nl and pt.",
  ),
  notUnderstoodSendToBot: flag(
    false,
    'Extension. Sends the event notUnderstood (value: how often in a row) to the bot instead of speaking.',
  ),

  // Delay of the bot
  botNoInputTimeoutMS: milliseconds(0, 'Delay of the bot after which the caller is told to wait; 0 = never.'),
  botNoInputRetries: count(0, 'How often that is repeated.', { unit: 'repetitions' }),
  botNoInputSpeech: text('', "What the caller is told then; '' = nothing."),
  botNoInputUrl: audioUrl('Audio played then where `botNoInputSpeech` is empty.'),
  botNoInputGiveUpTimeoutMS: milliseconds(0, 'Delay of the bot that counts as its failure; 0 = without limit.'),
  resumeRecognitionTimeoutMS: milliseconds(
    10_000,
    'When the bot stays silent this long, the hub listens again; 0 = `silenceWatchdogMS`.',
  ),
  resumeRecognitionSpeech: text('', "Spoken then; '' = nothing."),
  resumeRecognitionPlayUrl: audioUrl('Audio played then where `resumeRecognitionSpeech` is empty.'),
  expectAnotherBotMessage: flag(
    false,
    'After this message the turn stays with the bot: its timers run, not those of the caller.',
  ),
  botFailOnErrors: flag(
    false,
    'Errors of the bot framework after which a message would be sent again are failures of the bot at once.',
    { honouredBy: 'bot' },
  ),
  botFailureSpeech: text(
    'Sorry, we have a technical problem. Please call again later.',
    "Extension. Spoken before the call is ended because the bot or speech failed; '' = nothing. The default is said in de, en, es, fr, it, nl and pt.",
    { scope: 'session' },
  ),

  // Recognition
  continuousASR: flag(false, 'Joins several recognitions into one message.'),
  continuousASRDigits: pattern('#', /^[0-9*#A-D]*$/, 'keys', 'Keys that submit the joined message at once.'),
  continuousASRTimeoutInMS: milliseconds(
    3000,
    'Pause that ends the joined message; less than `userNoInputTimeoutMS`.',
    { min: 500, max: 60_000 },
  ),
  ...VENDOR_RECOGNITION,
  speechDetection: switched(
    ['disabled', 'enabled', 'auto'],
    'Recognition is open, and paid for, only while the caller speaks: opened when he is heard, with a second of what came before, and closed `speechDetectionSilencePeriodMS` after he was understood. `auto`: so during prompts and while the bot thinks, but open throughout in his turn. `disabled`: open as long as he is listened to.',
  ),
  speechDetectionSilencePeriodMS: milliseconds(
    500,
    'Silence after which recognition is closed where `speechDetection` is on. A recogniser that decides itself when the caller has finished, and has not done so, gets the time that it may take besides.',
    { min: 10, max: 10_000 },
  ),
  endpointingProfile: choice(
    ['default', 'digits', 'yesNo', 'address'],
    'default',
    'Extension. What kind of answer is expected: how long a pause may be before the utterance counts as finished.',
  ),
  endpointingSilenceMS: milliseconds(0, "Extension. Silence that ends an utterance; 0 = the profile's.", {
    max: 10_000,
  }),
  endpointingMinSpeechMS: milliseconds(0, "Extension. Voice that begins an utterance; 0 = the profile's.", {
    max: 2000,
  }),

  // Connection
  connectOnPrompt: flag(true, 'The call is answered when the first prompt is ready; false: at once.', { scope: 'bot' }),
  connectTimeoutMS: milliseconds(
    5000,
    'Extension. The call is answered at the latest after this time, while the bot and its first prompt are still being prepared.',
    { scope: 'bot', max: 120_000 },
  ),
  startRecognitionOnConnect: flag(
    false,
    'Of a call that the hub places: recognition starts when the call is answered; false: when the callee is first heard to speak, with what he has said so far. Either way his first utterance is sent to the bot.',
    { scope: 'bot' },
  ),
  sendEventsToBot: choices(BOT_EVENTS, 'Events that the bot wants to get.', { scope: 'session' }),
  sipHeadersToBot: objects(
    'object',
    z.record(z.string().min(1).max(100), z.string().min(1).max(200)),
    {},
    'Parameters of the start event that are taken from SIP header fields: `{ name: "Header" }` or `{ name: "Header.n" }`, n counting from 0.',
    { scope: 'bot' },
  ),
  sendMetaDataUrl: pattern(
    '',
    /^$|^https?:\/\/[^\s/?#${}]+(?:[/?#]\S*)?$/,
    "an http(s) URL or ''",
    `Where sendMetaData posts the bot's metadata as JSON. \`\${botMessageMetadata.name}\` behind the host is replaced from the metadata, percent-encoded. '' = a SIP INFO to the caller's side.`,
    { scope: 'bot' },
  ),
  sendMetaDataTimeoutMs: milliseconds(10_000, 'How long the answer to that may take.', {
    scope: 'bot',
    min: 10,
    max: 60_000,
  }),
  sendMetaDataUsername: text('', 'User name of Basic authentication at `sendMetaDataUrl`.', { scope: 'bot' }),
  sendMetaDataPassword: text('', 'Password of Basic authentication at `sendMetaDataUrl`.', { scope: 'bot' }),
  sendMetadataAsSipInfo: flag(false, 'sendMetaData sends a SIP INFO even where `sendMetaDataUrl` is set.', {
    scope: 'session',
  }),
  metaDataContentTypes: texts(
    'Extension. Media types such as `application/json`: a SIP INFO with such a body is told to the bot as the event metaData. Any other body is refused with 415.',
    { scope: 'session' },
  ),
  botEventsWhitelist: optionalTexts('The only events that are taken from the bot; an empty list = none.', {
    scope: 'bot',
  }),
  botEventsBlacklist: optionalTexts('Events that are not taken from the bot.', { scope: 'bot' }),
  botParametersWhitelist: optionalTexts('The only parameters that the bot may set; an empty list = none.', {
    scope: 'bot',
  }),
  botParametersBlacklist: optionalTexts('Parameters that the bot may not set.', { scope: 'bot' }),
  storeTranscript: flag(true, 'Keeps what was said in the call record.', { scope: 'session' }),

  autoCallRecording: flag(
    false,
    'Records every call of the bot from its answer on, also when it has been transferred.',
    {
      scope: 'bot',
    },
  ),

  // Arguments of single activities; a configured value is their default
  hangupReason: text('', 'Argument of hangup: goes to the SIP Reason header and the call record.'),
  hangupSipHeaders: objects(
    'object[]',
    sipHeaders,
    [],
    'Argument of hangup: header fields of the BYE, `{ name, value }` each. Those that SIP itself needs are left out.',
  ),
  callRecordingId: text(
    '',
    'Argument of startCallRecording, stopCallRecording, pauseCallRecording and resumeCallRecording: the name of the recording, up to 128 characters. Without one a new recording is named by its id, and all that are under way are meant.',
  ),
  dtmfDigits: text('', 'Argument of sendDtmf: up to 20 of 0-9, * and #.'),
  playUrlUrl: audioUrl('Argument of playUrl: what to play.'),
  playUrlMediaFormat: choice(
    [
      'wav/lpcm16',
      'wav/lpcm16_8',
      'wav/lpcm16_24',
      'wav/mulaw',
      'raw/lpcm16',
      'raw/lpcm16_8',
      'raw/lpcm16_24',
      'raw/mulaw',
    ],
    'wav/lpcm16',
    'Argument of playUrl: the format of the audio, also of the other URLs. A WAV file is read by its own header, whatever this says.',
  ),
  playUrlAltText: text('', 'Argument of playUrl: what the transcript says.', { maxLength: 15_000 }),
  playUrlCaching: flag(
    false,
    'Argument of playUrl: keeps the audio in memory for an hour, or less where its Cache-Control says so; for all calls.',
  ),
  transferTarget: text(
    '',
    'Argument of transfer: whom to call, `tel:` and a number with its country code, or `sip:user@host`. Never rewritten.',
    { maxLength: 256 },
  ),
  handoverReason: text('', 'Argument of transfer: stands in the call record.'),
  transferReferredByURL: text(
    '',
    "Argument of transfer: a `sip:`, `sips:` or `tel:` URI for the header field Referred-By of the INVITE or REFER; '' = none.",
    { maxLength: 256 },
  ),
  transferSipHeaders: objects(
    'object[]',
    sipHeaders,
    [],
    'Argument of transfer: header fields of the INVITE or REFER, `{ name, value }` each. Those that SIP itself needs are left out.',
  ),
  transferNotifications: flag(
    false,
    'Argument of transfer: the bot stays until the transfer is answered, is told of a failure by the event transferStatus, and has the caller back. Otherwise it is told the end (`transferred`) as soon as the transfer is being tried.',
  ),
  transferReturnToBot: flag(
    false,
    'Extension. Argument of transfer: when the other party hangs up, the caller returns to the bot, which stays meanwhile and is told by transferStatus (`answered`, then `ended`). Not possible by REFER.',
  ),
} as const;
