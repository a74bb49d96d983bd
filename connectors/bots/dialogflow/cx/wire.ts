import type { protos } from '@google-cloud/dialogflow-cx';
import { type Answer, AnswerBuilder, answerOrThrow } from '../answer.ts';
import type { Heard } from '../heard.ts';
import { type Question, recognitionOf } from '../question.ts';
import type { Conversation } from '../session.ts';
import { fromStruct, toStruct } from '../struct.ts';
import type { DialogflowCxConfig } from './config.ts';

export type DetectIntentRequest = protos.google.cloud.dialogflow.cx.v3.IDetectIntentRequest;
export type DetectIntentResponse = protos.google.cloud.dialogflow.cx.v3.IDetectIntentResponse;
export type StreamingRequest = protos.google.cloud.dialogflow.cx.v3.IStreamingDetectIntentRequest;
export type StreamingResponse = protos.google.cloud.dialogflow.cx.v3.IStreamingDetectIntentResponse;
export type MatchIntentRequest = protos.google.cloud.dialogflow.cx.v3.IMatchIntentRequest;
export type MatchIntentResponse = protos.google.cloud.dialogflow.cx.v3.IMatchIntentResponse;
type ResponseMessage = protos.google.cloud.dialogflow.cx.v3.IResponseMessage;
type QueryInput = protos.google.cloud.dialogflow.cx.v3.IQueryInput;

/** The name of a conversation at the agent. */
export function sessionPath(config: Pick<DialogflowCxConfig, 'agent' | 'environment'>, id: string): string {
  const environment = config.environment === undefined ? '' : `/environments/${config.environment}`;
  return `${config.agent}${environment}/sessions/${id}`;
}

export function locationOf({ agent }: Pick<DialogflowCxConfig, 'agent'>): string {
  return agent.split('/')[3] ?? '';
}

/** What an agent is asked, in any of its requests: `$session.params.event-<name>.<field>` are an event's fields (Bot API 4.2). */
export function requestOf(
  { query, language, event, payload }: Question,
  config: DialogflowCxConfig,
  { id, first }: Conversation,
): DetectIntentRequest {
  const parameters = {
    ...(first ? config.sessionParams : {}),
    ...(event === undefined ? {} : { [`event-${event.name}`]: event.parameters }),
  };
  return {
    session: sessionPath(config, id),
    queryInput: { ...inputOf(query, config), languageCode: language },
    queryParams: {
      payload: toStruct(payload),
      ...(Object.keys(parameters).length === 0 ? {} : { parameters: toStruct(parameters) }),
      ...(config.timeZone === undefined ? {} : { timeZone: config.timeZone }),
      ...(config.channel === undefined ? {} : { channel: config.channel }),
    },
  };
}

function inputOf(query: Question['query'], { recognition }: DialogflowCxConfig): QueryInput {
  switch (query.type) {
    case 'text':
      return { text: { text: query.text } };
    case 'event':
      return { event: { event: query.name } };
    case 'dtmf':
      return { dtmf: { digits: query.digits } };
    case 'audio': {
      const config = recognitionOf(recognition, query.format);
      return { audio: { config: { ...config, phraseHints: [...recognition.phraseHints] } } };
    }
  }
}

/** What a stream of audio tells. @throws BotError for an answer without a result */
export function heardOf({ recognitionResult, detectIntentResponse }: StreamingResponse, newId: () => string): Heard[] {
  if (detectIntentResponse) return [{ type: 'answer', answer: answerOrThrow(answerOf(detectIntentResponse, newId)) }];
  if (!recognitionResult) return [];
  const { messageType, transcript, isFinal, confidence } = recognitionResult;
  if (messageType === 'END_OF_SINGLE_UTTERANCE') return [{ type: 'endOfUtterance' }];
  if (!transcript) return [];
  return [
    isFinal
      ? { type: 'final', text: transcript, confidence: confidence || undefined }
      : { type: 'interim', text: transcript },
  ];
}

/** @returns undefined for a response without a result */
export function answerOf(response: DetectIntentResponse, newId: () => string): Answer | undefined {
  const { queryResult, responseType } = response;
  if (queryResult === undefined || queryResult === null) return undefined;
  const builder = new AnswerBuilder(newId);
  for (const message of queryResult.responseMessages ?? []) readMessage(message, builder);
  for (const { code, message } of queryResult.webhookStatuses ?? []) {
    if (code) builder.warnings.push(`a webhook of the agent has failed: ${message ?? ''} (${code})`);
  }
  return builder.answer(responseType === 'PARTIAL' || responseType === 1);
}

function readMessage(message: ResponseMessage, builder: AnswerBuilder): void {
  if (message.text) {
    builder.say(joined(message.text.text), interruptible(message.text));
  } else if (message.outputAudioText) {
    const { text, ssml } = message.outputAudioText;
    builder.say(ssml || text || '', interruptible(message.outputAudioText));
  } else if (message.payload) {
    builder.payload(fromStruct(message.payload));
  } else if (message.liveAgentHandoff) {
    builder.event('transfer', fromStruct(message.liveAgentHandoff.metadata));
  } else if (message.telephonyTransferCall) {
    builder.event('transfer', { transferTarget: `tel:${message.telephonyTransferCall.phoneNumber ?? ''}` });
  } else if (message.endInteraction) {
    builder.hangUp();
  } else if (message.playAudio) {
    play(message.playAudio.audioUri, interruptible(message.playAudio), builder);
  } else if (message.mixedAudio) {
    for (const segment of message.mixedAudio.segments ?? []) play(segment.uri, interruptible(segment), builder);
  } else if (message.toolCall) {
    builder.warnings.push('the agent calls a tool of the client, which the hub does not have');
  }
}

/** Variants of a text; the API gives one. */
function joined(texts: readonly string[] | null | undefined): string {
  return (texts ?? []).filter((text) => text.trim() !== '').join(' ');
}

/** An agent's setting for a message may allow to interrupt it; without one the bot's parameters say. */
function interruptible({ allowPlaybackInterruption }: { allowPlaybackInterruption?: boolean | null }) {
  return allowPlaybackInterruption ? { bargeIn: true } : {};
}

/** Public objects of Cloud Storage have an address of the web. */
function play(uri: string | null | undefined, params: Record<string, unknown>, builder: AnswerBuilder): void {
  if (!uri) {
    builder.warnings.push('audio of the agent without an address was left out');
    return;
  }
  builder.event('playUrl', { ...params, playUrlUrl: uri.replace(/^gs:\/\//, 'https://storage.googleapis.com/') });
}
