import type {
  Client,
  ClientDuplexStream,
  ClientReadableStream,
  ClientUnaryCall,
  Metadata,
  ServiceError,
} from '@grpc/grpc-js';
import type { BotConnection } from '../../../../src/bots/port.ts';
import { stubClassLoader } from '../access.ts';
import { answerOrThrow } from '../answer.ts';
import { audioCall, messagesOf, unary } from '../calls.ts';
import { createDialogflowBot, type DialogflowDeps } from '../connector.ts';
import type { Heard } from '../heard.ts';
import type { AgentPort } from '../session.ts';
import type { DialogflowCxConfig } from './config.ts';
import {
  answerOf,
  type DetectIntentRequest,
  type DetectIntentResponse,
  heardOf,
  locationOf,
  type MatchIntentRequest,
  type MatchIntentResponse,
  requestOf,
  type StreamingRequest,
  type StreamingResponse,
  sessionPath,
} from './wire.ts';

/** Of `google.cloud.dialogflow.cx.v3.Sessions`, what is used here. */
export interface CxStub extends Client {
  serverStreamingDetectIntent(
    request: DetectIntentRequest,
    metadata: Metadata,
  ): ClientReadableStream<DetectIntentResponse>;
  streamingDetectIntent(metadata: Metadata): ClientDuplexStream<StreamingRequest, StreamingResponse>;
  matchIntent(
    request: MatchIntentRequest,
    metadata: Metadata,
    callback: (error: ServiceError | null, answer?: MatchIntentResponse) => void,
  ): ClientUnaryCall;
}

const loadCxStub = stubClassLoader<CxStub>(async ({ options }) => {
  const { SessionsClient } = await import('@google-cloud/dialogflow-cx/build/src/v3/sessions_client.js');
  return new SessionsClient(options);
});

export interface DialogflowCxOptions {
  id: string;
  name: string;
  config: DialogflowCxConfig;
}

/** An agent of Dialogflow CX ("Conversational Agents") as a bot. Opens nothing by itself. */
export function createDialogflowCx({ id, name, config }: DialogflowCxOptions, deps: DialogflowDeps): BotConnection {
  return createDialogflowBot<CxStub>(
    { id, name },
    (newId) => ({
      config,
      agent: cxAgent(config, newId),
      location: locationOf(config),
      loadStubClass: loadCxStub,
      async check({ stub, metadataOf }, signal) {
        const session = sessionPath(config, 'check');
        const queryInput = { text: { text: 'hello' }, languageCode: config.language ?? 'en' };
        const answer = await unary<MatchIntentResponse>(
          (callback) => stub.matchIntent({ session, queryInput }, metadataOf(session), callback),
          signal,
        );
        return `the agent answers; it has ${answer.matches?.length ?? 0} matches for 'hello'`;
      },
    }),
    deps,
  );
}

function cxAgent(config: DialogflowCxConfig, newId: () => string): AgentPort<CxStub> {
  return {
    async *ask({ stub, metadataOf }, question, conversation, signal) {
      const request = requestOf(question, config, conversation);
      const stream = stub.serverStreamingDetectIntent(request, metadataOf(request.session ?? ''));
      const parts = [];
      for await (const response of messagesOf(stream, signal)) {
        const answer = answerOrThrow(answerOf(response, newId));
        if (config.partialResponses) yield answer;
        else parts.push(answer);
      }
      if (parts.length === 0) return;
      const activities = parts.flatMap((part) => part.activities);
      yield { activities, partial: false, warnings: parts.flatMap((part) => part.warnings) };
    },
    listen(open, question, conversation, on) {
      const { stub, metadataOf } = open;
      const request = requestOf(question, config, conversation);
      return audioCall<StreamingRequest, StreamingResponse, Heard>(
        stub.streamingDetectIntent(metadataOf(request.session ?? '')),
        {
          first: { ...request, enablePartialResponse: config.partialResponses },
          audio: (audio) => ({ queryInput: { audio: { audio } } }),
          read: (response) => heardOf(response, newId),
        },
        on,
        open,
      );
    },
  };
}
