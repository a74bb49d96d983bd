import type { Client, ClientDuplexStream, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js';
import type { BotConnection } from '../../../../src/bots/port.ts';
import { stubClassLoader } from '../access.ts';
import { answerOrThrow } from '../answer.ts';
import { audioCall, unary } from '../calls.ts';
import { createDialogflowBot, type DialogflowDeps } from '../connector.ts';
import type { Heard } from '../heard.ts';
import type { AgentPort } from '../session.ts';
import type { DialogflowEsConfig } from './config.ts';
import {
  answerOf,
  type DetectIntentRequest,
  type DetectIntentResponse,
  heardOf,
  requestOf,
  type StreamingRequest,
  type StreamingResponse,
  sessionPath,
} from './wire.ts';

/** Of `google.cloud.dialogflow.v2.Sessions`, what is used here. */
export interface EsStub extends Client {
  detectIntent(
    request: DetectIntentRequest,
    metadata: Metadata,
    callback: (error: ServiceError | null, answer?: DetectIntentResponse) => void,
  ): ClientUnaryCall;
  streamingDetectIntent(metadata: Metadata): ClientDuplexStream<StreamingRequest, StreamingResponse>;
}

const loadEsStub = stubClassLoader<EsStub>(async ({ options }) => {
  const { SessionsClient } = await import('@google-cloud/dialogflow/build/src/v2/sessions_client.js');
  return new SessionsClient(options);
});

export interface DialogflowEsOptions {
  id: string;
  name: string;
  config: DialogflowEsConfig;
}

/** An agent of Dialogflow ES as a bot. Opens nothing by itself. */
export function createDialogflowEs({ id, name, config }: DialogflowEsOptions, deps: DialogflowDeps): BotConnection {
  return createDialogflowBot<EsStub>(
    { id, name },
    (newId) => ({
      config,
      agent: esAgent(config, newId),
      location: config.location,
      loadStubClass: loadEsStub,
      async check({ stub, metadataOf }, signal) {
        const session = sessionPath(config, 'check');
        const queryInput = { text: { text: 'hello', languageCode: config.language ?? 'en' } };
        const answer = await unary<DetectIntentResponse>(
          (callback) => stub.detectIntent({ session, queryInput }, metadataOf(session), callback),
          signal,
        );
        const intent = answer.queryResult?.intent?.displayName;
        return intent ? `the agent answers 'hello' with its intent '${intent}'` : 'the agent answers';
      },
    }),
    deps,
  );
}

function esAgent(config: DialogflowEsConfig, newId: () => string): AgentPort<EsStub> {
  return {
    async *ask({ stub, metadataOf }, question, conversation, signal) {
      const request = requestOf(question, config, conversation);
      const response = await unary<DetectIntentResponse>(
        (callback) => stub.detectIntent(request, metadataOf(request.session ?? ''), callback),
        signal,
      );
      yield answerOrThrow(answerOf(response, newId));
    },
    listen(open, question, conversation, on) {
      const { stub, metadataOf } = open;
      const request = requestOf(question, config, conversation);
      return audioCall<StreamingRequest, StreamingResponse, Heard>(
        stub.streamingDetectIntent(metadataOf(request.session ?? '')),
        {
          first: request,
          audio: (audio) => ({ inputAudio: audio }),
          read: (response) => heardOf(response, newId),
        },
        on,
        open,
      );
    },
  };
}
