import type { protos } from '@google-cloud/dialogflow';
import { type Answer, AnswerBuilder } from '../answer.ts';
import type { Heard } from '../heard.ts';
import { type Question, recognitionOf } from '../question.ts';
import type { Conversation } from '../session.ts';
import { fromStruct, toStruct } from '../struct.ts';
import type { DialogflowEsConfig } from './config.ts';

export type DetectIntentRequest = protos.google.cloud.dialogflow.v2.IDetectIntentRequest;
export type DetectIntentResponse = protos.google.cloud.dialogflow.v2.IDetectIntentResponse;
export type StreamingRequest = protos.google.cloud.dialogflow.v2.IStreamingDetectIntentRequest;
export type StreamingResponse = protos.google.cloud.dialogflow.v2.IStreamingDetectIntentResponse;
type QueryResult = protos.google.cloud.dialogflow.v2.IQueryResult;
type Message = protos.google.cloud.dialogflow.v2.Intent.IMessage;
type QueryInput = protos.google.cloud.dialogflow.v2.IQueryInput;

/** The context that carries the call's parameters; intents read `#patchbay.caller`. */
const CONTEXT = 'patchbay';
/** Requests for which it stays. */
const CONTEXT_LIFESPAN = 1_000;

/** The name of a conversation at the agent. */
export function sessionPath(
  { project, location, environment }: Pick<DialogflowEsConfig, 'project' | 'location' | 'environment'>,
  id: string,
): string {
  const place = location === 'global' ? '' : `/locations/${location}`;
  const version = environment === undefined ? '' : `/environments/${environment}/users/-`;
  return `projects/${project}${place}/agent${version}/sessions/${id}`;
}

/** What an agent is asked: an event's fields are its parameters (Bot API 4.2), and keys are an event. */
export function requestOf(
  { query, language, event, payload }: Question,
  config: DialogflowEsConfig,
  { id, first }: Conversation,
): DetectIntentRequest {
  const session = sessionPath(config, id);
  return {
    session,
    queryInput: inputOf(query, language, event?.parameters, config),
    queryParams: {
      payload: toStruct(payload),
      ...(config.timeZone === undefined ? {} : { timeZone: config.timeZone }),
      ...(first
        ? {
            contexts: [
              {
                name: `${session}/contexts/${CONTEXT}`,
                lifespanCount: CONTEXT_LIFESPAN,
                parameters: toStruct({ ...config.sessionParams, ...event?.parameters }),
              },
            ],
          }
        : {}),
    },
  };
}

function inputOf(
  query: Question['query'],
  languageCode: string,
  parameters: Record<string, unknown> | undefined,
  { recognition }: DialogflowEsConfig,
): QueryInput {
  switch (query.type) {
    case 'text':
      return { text: { text: query.text, languageCode } };
    case 'event':
      return { event: { name: query.name, languageCode, parameters: toStruct(parameters ?? {}) } };
    case 'dtmf':
      return { event: { name: 'DTMF', languageCode, parameters: toStruct({ value: query.digits }) } };
    case 'audio': {
      const phrases = [...recognition.phraseHints];
      const contexts = phrases.length === 0 ? {} : { speechContexts: [{ phrases }] };
      return { audioConfig: { ...recognitionOf(recognition, query.format), languageCode, ...contexts } };
    }
  }
}

/** What a stream of audio tells. */
export function heardOf(response: StreamingResponse, newId: () => string): Heard[] {
  const heard: Heard[] = [];
  const { messageType, transcript, isFinal, confidence } = response.recognitionResult ?? {};
  if (messageType === 'END_OF_SINGLE_UTTERANCE') heard.push({ type: 'endOfUtterance' });
  else if (transcript && isFinal) heard.push({ type: 'final', text: transcript, confidence: confidence || undefined });
  else if (transcript) heard.push({ type: 'interim', text: transcript });
  const answer = answerOf(response, newId);
  if (answer !== undefined) heard.push({ type: 'answer', answer });
  return heard;
}

/** @returns undefined for a response without a result */
export function answerOf(
  { queryResult, webhookStatus }: Pick<DetectIntentResponse, 'queryResult' | 'webhookStatus'>,
  newId: () => string,
): Answer | undefined {
  if (queryResult === undefined || queryResult === null) return undefined;
  const builder = new AnswerBuilder(newId);
  const messages = (queryResult.fulfillmentMessages ?? []).filter(isForEveryPlatform);
  for (const message of messages) readMessage(message, builder);
  if (messages.length === 0) builder.say(queryResult.fulfillmentText ?? '');
  if (queryResult.intent?.liveAgentHandoff) builder.event('transfer');
  if (endsConversation(queryResult)) builder.hangUp();
  if (webhookStatus?.code) {
    builder.warnings.push(`the agent's webhook has failed: ${webhookStatus.message ?? ''} (${webhookStatus.code})`);
  }
  return builder.answer(false);
}

/** What intents have for messengers is not for the telephone. */
function isForEveryPlatform({ platform }: Message): boolean {
  return !platform || platform === 'PLATFORM_UNSPECIFIED';
}

function readMessage(message: Message, builder: AnswerBuilder): void {
  if (message.text) {
    builder.say((message.text.text ?? []).filter((text) => text.trim() !== '').join(' '));
  } else if (message.payload) {
    builder.payload(fromStruct(message.payload));
  } else if (message.simpleResponses) {
    for (const { ssml, textToSpeech } of message.simpleResponses.simpleResponses ?? []) {
      builder.say(ssml || textToSpeech || '');
    }
  } else if (message.quickReplies) {
    builder.say(message.quickReplies.title ?? '');
  }
}

/** "Set this intent as end of conversation" of the console. */
function endsConversation({ intent, diagnosticInfo }: QueryResult): boolean {
  return intent?.endInteraction === true || fromStruct(diagnosticInfo).end_conversation === true;
}
