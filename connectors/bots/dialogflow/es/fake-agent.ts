import { type ServerDuplexStream, type ServerUnaryCall, type sendUnaryData, status } from '@grpc/grpc-js';
import { type Clock, systemClock } from '../../../../src/clock.ts';
import {
  type DialogflowEdition,
  type FakeAccount,
  FakeApi,
  type FakeRequest,
  FakeStatus,
  statusError,
} from '../fake-api.ts';
import { serviceLoader } from '../fake-protos.ts';
import { type StreamDialect, serveStream } from '../fake-stream.ts';
import { fromStruct } from '../struct.ts';
import type { DetectIntentRequest, DetectIntentResponse, StreamingRequest, StreamingResponse } from './wire.ts';

export const FAKE_ES_PROJECT = 'fake-project';

export type FakeEsAnswer = NonNullable<DetectIntentResponse['queryResult']> & { webhookFailed?: string };

const loadService = serviceLoader('@google-cloud/dialogflow/build/protos/protos.json', ['dialogflow', 'v2']);

/** An agent of Dialogflow ES: the service `Sessions` of v2. */
export class FakeEsAgent {
  readonly api: FakeApi;
  /** What the agent says. */
  answer: (request: FakeRequest) => FakeEsAnswer | Promise<FakeEsAnswer> = () => ({ fulfillmentText: 'Yes.' });

  private constructor(account: FakeAccount, edition: DialogflowEdition, clock: Clock) {
    this.api = new FakeApi(account, {
      ...{ edition, clock, service: loadService() },
      session: new RegExp(
        `^projects/${FAKE_ES_PROJECT}(?:/locations/europe-west1)?/agent(?:/environments/production/users/[^/]+)?/sessions/([^/]+)$`,
      ),
      anySession:
        /^projects\/[^/]+(?:\/locations\/[^/]+)?\/agent(?:\/environments\/[^/]+\/users\/[^/]+)?\/sessions\/[^/]+$/,
    });
  }

  static async start(
    account: FakeAccount,
    { edition = 'ES Essentials', clock = systemClock }: { edition?: DialogflowEdition; clock?: Clock } = {},
  ): Promise<FakeEsAgent> {
    const agent = new FakeEsAgent(account, edition, clock);
    await agent.api.listen({
      StreamingDetectIntent: (call: ServerDuplexStream<StreamingRequest, StreamingResponse | Buffer>) =>
        serveStream(call, agent.api, agent.#dialect),
      DetectIntent: (
        call: ServerUnaryCall<DetectIntentRequest, DetectIntentResponse>,
        callback: sendUnaryData<DetectIntentResponse | Buffer>,
      ) => void agent.#detect(call, callback),
    });
    return agent;
  }

  async #detect(
    call: ServerUnaryCall<DetectIntentRequest, DetectIntentResponse>,
    callback: sendUnaryData<DetectIntentResponse | Buffer>,
  ): Promise<void> {
    try {
      this.api.admit(call.metadata, 'text');
      const request = readRequest(call.request);
      this.api.check(request);
      const fault = this.api.faults.shift();
      if (typeof fault === 'object') throw new FakeStatus(fault.code, fault.message ?? 'as told');
      if (fault === 'garbage') callback(null, Buffer.from([0xff, 0xff, 0xff, 0xff]));
      if (fault === 'empty') callback(null, { responseId: 'empty' });
      if (fault === 'cut') this.api.cut();
      if (fault !== undefined) return;
      callback(null, await this.#response(request));
    } catch (error) {
      callback(statusError(error));
    }
  }

  async #response(request: FakeRequest): Promise<DetectIntentResponse> {
    const { webhookFailed, ...result } = await this.answer(request);
    return {
      responseId: 'answer',
      queryResult: { languageCode: request.language, ...result },
      ...(this.api.outputAudio && { outputAudio: this.api.outputAudio }),
      ...(webhookFailed === undefined ? {} : { webhookStatus: { code: status.UNAVAILABLE, message: webhookFailed } }),
    };
  }

  readonly #dialect: StreamDialect<StreamingRequest, StreamingResponse> = {
    first(message) {
      const config = message.queryInput?.audioConfig;
      if (!config || message.inputAudio?.length) {
        throw new FakeStatus(status.INVALID_ARGUMENT, 'The first request carries the configuration, and no audio');
      }
      const languageCode = config.languageCode ?? '';
      return {
        request: readRequest({ ...message, queryInput: { text: { text: '?', languageCode } } }),
        encoding: String(config.audioEncoding),
        rate: config.sampleRateHertz ?? 0,
        singleUtterance: config.singleUtterance === true,
      };
    },
    audio({ inputAudio, queryInput }) {
      if (queryInput || !inputAudio?.length) {
        throw new FakeStatus(status.INVALID_ARGUMENT, 'Audio only, after the first request');
      }
      return Buffer.from(inputAudio);
    },
    interim: (transcript) => ({ recognitionResult: { messageType: 'TRANSCRIPT', transcript } }),
    final: (transcript) => ({
      recognitionResult: { messageType: 'TRANSCRIPT', transcript, isFinal: true, confidence: 0.75 },
    }),
    endOfUtterance: { recognitionResult: { messageType: 'END_OF_SINGLE_UTTERANCE' } },
    answer: (request) => this.#streamed(request),
  };

  async *#streamed(request: FakeRequest): AsyncGenerator<StreamingResponse> {
    yield await this.#response(request);
  }
}

function readRequest({ session, queryInput, queryParams }: DetectIntentRequest): FakeRequest {
  const contexts = (queryParams?.contexts ?? []).map(({ name, lifespanCount, parameters }) => {
    if (!name?.startsWith(`${session}/contexts/`) || !lifespanCount) {
      throw new FakeStatus(status.INVALID_ARGUMENT, `Invalid context name '${name}'`);
    }
    return fromStruct(parameters);
  });
  return {
    session: session ?? '',
    id: session?.split('/').at(-1) ?? '',
    ...readQuery(queryInput ?? {}),
    parameters: Object.assign({}, ...contexts) as Record<string, unknown>,
    payload: fromStruct(queryParams?.payload),
  };
}

function readQuery({
  text,
  event,
}: NonNullable<DetectIntentRequest['queryInput']>): Pick<FakeRequest, 'query' | 'language'> {
  if (text?.text) return { query: { type: 'text', text: text.text }, language: text.languageCode ?? '' };
  if (event) {
    const query = { type: 'event', name: event.name ?? '', parameters: fromStruct(event.parameters) } as const;
    return { query, language: event.languageCode ?? '' };
  }
  throw new FakeStatus(status.INVALID_ARGUMENT, 'Input text not set.');
}
