import {
  type ServerDuplexStream,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { type Clock, systemClock } from '../../../../src/clock.ts';
import { type FakeAccount, FakeApi, type FakeFault, type FakeRequest, FakeStatus, statusError } from '../fake-api.ts';
import { serviceLoader } from '../fake-protos.ts';
import { type StreamDialect, serveStream } from '../fake-stream.ts';
import { fromStruct } from '../struct.ts';
import type {
  DetectIntentRequest,
  DetectIntentResponse,
  MatchIntentRequest,
  MatchIntentResponse,
  StreamingRequest,
  StreamingResponse,
} from './wire.ts';

export const FAKE_CX_AGENT = 'projects/fake-project/locations/europe-west1/agents/fake-agent';

type ResponseMessages = NonNullable<NonNullable<DetectIntentResponse['queryResult']>['responseMessages']>;

/** What the agent answers, in parts: all but the last one are partial. */
export type FakeCxAnswer = readonly { messages: ResponseMessages; afterMs?: number; webhookFailed?: string }[];

const loadService = serviceLoader('@google-cloud/dialogflow-cx/build/protos/protos.json', ['dialogflow', 'cx', 'v3']);

/** An agent of Dialogflow CX: the service `Sessions` of v3. */
export class FakeCxAgent {
  readonly api: FakeApi;
  /** What the agent says. */
  answer: (request: FakeRequest) => FakeCxAnswer | Promise<FakeCxAnswer> = () => [
    { messages: [{ text: { text: ['Yes.'] } }] },
  ];

  private constructor(account: FakeAccount, clock: Clock) {
    this.api = new FakeApi(account, {
      edition: 'CX',
      clock,
      service: loadService(),
      session: new RegExp(`^${FAKE_CX_AGENT}(?:/environments/production)?/sessions/([^/]+)$`),
      anySession: /^projects\/[^/]+\/locations\/[^/]+\/agents\/[^/]+(?:\/environments\/[^/]+)?\/sessions\/[^/]+$/,
    });
  }

  static async start(account: FakeAccount, { clock = systemClock }: { clock?: Clock } = {}): Promise<FakeCxAgent> {
    const agent = new FakeCxAgent(account, clock);
    await agent.api.listen({
      ServerStreamingDetectIntent: (call: ServerWritableStream<DetectIntentRequest, DetectIntentResponse | Buffer>) =>
        void agent.#detect(call),
      StreamingDetectIntent: (call: ServerDuplexStream<StreamingRequest, StreamingResponse | Buffer>) =>
        serveStream(call, agent.api, agent.#dialect),
      MatchIntent: (
        call: ServerUnaryCall<MatchIntentRequest, MatchIntentResponse>,
        callback: sendUnaryData<MatchIntentResponse>,
      ) => agent.#match(call, callback),
    });
    return agent;
  }

  async #detect(call: ServerWritableStream<DetectIntentRequest, DetectIntentResponse | Buffer>): Promise<void> {
    try {
      this.api.admit(call.metadata, 'text');
      const request = readRequest(call.request);
      this.api.check(request);
      const fault = this.api.faults.shift();
      if (fault !== undefined && !(await this.#fail(call, fault, request))) return;
      for await (const response of this.#parts(request)) call.write(response);
      call.end();
    } catch (error) {
      call.emit('error', statusError(error));
    }
  }

  async *#parts(request: FakeRequest): AsyncGenerator<DetectIntentResponse> {
    const parts = await this.answer(request);
    for (const [index, { messages, afterMs = 0, webhookFailed }] of parts.entries()) {
      if (afterMs > 0) await new Promise((resolve) => setTimeout(resolve, afterMs));
      yield {
        responseId: `${index}`,
        queryResult: {
          languageCode: request.language,
          responseMessages: messages,
          webhookStatuses: webhookFailed === undefined ? [] : [{ code: status.UNAVAILABLE, message: webhookFailed }],
        },
        responseType: index === parts.length - 1 ? 'FINAL' : 'PARTIAL',
        ...(this.api.outputAudio && { outputAudio: this.api.outputAudio }),
      };
    }
  }

  readonly #dialect: StreamDialect<StreamingRequest, StreamingResponse> = {
    first(message) {
      const config = message.queryInput?.audio?.config;
      if (!config || message.queryInput?.audio?.audio?.length) {
        throw new FakeStatus(status.INVALID_ARGUMENT, 'The first request carries the configuration, and no audio');
      }
      return {
        request: readRequest({
          ...message,
          queryInput: { text: {}, languageCode: message.queryInput?.languageCode ?? '' },
        }),
        encoding: String(config.audioEncoding),
        rate: config.sampleRateHertz ?? 0,
        singleUtterance: config.singleUtterance === true,
      };
    },
    audio(message) {
      const { audio, config } = message.queryInput?.audio ?? {};
      if (config || !audio?.length)
        throw new FakeStatus(status.INVALID_ARGUMENT, 'Audio only, after the first request');
      return Buffer.from(audio);
    },
    interim: (transcript) => ({ recognitionResult: { messageType: 'TRANSCRIPT', transcript } }),
    final: (transcript) => ({
      recognitionResult: { messageType: 'TRANSCRIPT', transcript, isFinal: true, confidence: 0.75 },
    }),
    endOfUtterance: { recognitionResult: { messageType: 'END_OF_SINGLE_UTTERANCE' } },
    answer: (request) => this.#streamed(request),
  };

  async *#streamed(request: FakeRequest): AsyncGenerator<StreamingResponse> {
    for await (const detectIntentResponse of this.#parts(request)) yield { detectIntentResponse };
  }

  /** @returns whether the request is answered all the same */
  async #fail(
    call: ServerWritableStream<DetectIntentRequest, DetectIntentResponse | Buffer>,
    fault: FakeFault,
    request: FakeRequest,
  ): Promise<boolean> {
    if (typeof fault === 'object') throw new FakeStatus(fault.code, fault.message ?? 'as told');
    if (fault === 'garbage') {
      call.write(Buffer.from([0xff, 0xff, 0xff, 0xff]));
      call.end();
    }
    if (fault === 'empty') {
      call.write({ responseType: 'FINAL' });
      call.end();
    }
    if (fault === 'cut') {
      const [first, ...rest] = await this.answer(request);
      if (first !== undefined && rest.length > 0) {
        call.write({ queryResult: { responseMessages: first.messages }, responseType: 'PARTIAL' });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      this.api.cut();
    }
    return false;
  }

  #match(
    call: ServerUnaryCall<MatchIntentRequest, MatchIntentResponse>,
    callback: sendUnaryData<MatchIntentResponse>,
  ): void {
    try {
      this.api.admit(call.metadata, 'text');
      this.api.check(readRequest(call.request));
      callback(null, { matches: [{ matchType: 'INTENT', confidence: 1 }] });
    } catch (error) {
      callback(statusError(error));
    }
  }
}

function readRequest({ session, queryInput, queryParams }: DetectIntentRequest): FakeRequest {
  return {
    session: session ?? '',
    id: session?.split('/').at(-1) ?? '',
    query: readQuery(queryInput ?? {}),
    language: queryInput?.languageCode ?? '',
    parameters: fromStruct(queryParams?.parameters),
    payload: fromStruct(queryParams?.payload),
  };
}

function readQuery({ text, event, dtmf }: NonNullable<DetectIntentRequest['queryInput']>): FakeRequest['query'] {
  if (text) return { type: 'text', text: text.text ?? '' };
  if (event) return { type: 'event', name: event.event ?? '', parameters: {} };
  if (dtmf) return { type: 'dtmf', digits: dtmf.digits ?? '' };
  throw new FakeStatus(status.INVALID_ARGUMENT, 'Query input is not set');
}
