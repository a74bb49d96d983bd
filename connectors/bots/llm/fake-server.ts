import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from '../../../src/clock.ts';
import { MinuteQuota, openAiLimitError, openAiLimitHeaders } from '../../../src/testing-quota.ts';
import type { ChatMessage, ToolDefinition } from './wire.ts';

/** A request as the server has read it. */
export interface FakeRequest {
  authorization: string | undefined;
  body: { model: string; messages: ChatMessage[]; tools?: ToolDefinition[]; stream: boolean; [field: string]: unknown };
  /** The client has gone before the end of the answer. */
  aborted: boolean;
}

export type FakeAnswer =
  | { text: string; pieceMs?: number }
  | { text?: string; tools: { name: string; args: unknown }[] }
  | { status: number; headers?: Record<string, string>; body?: string }
  /** Raw bytes of the stream. */
  | { raw: string }
  /** Says nothing, or stops in the middle. */
  | { hang: true; text?: string }
  | { reset: true; text?: string };

/** Of an account on usage tier 1, for a model such as gpt-4o-mini: https://platform.openai.com/docs/models/gpt-4o-mini */
export const REQUESTS_PER_MINUTE = 500;

/** A server of chat completions that holds clients to the rules: known roles, a result for each tool call, nothing empty, requests per minute. */
export class FakeLlmServer {
  readonly requests: FakeRequest[] = [];
  /** Answers, one after another; the last one is repeated. */
  answer: (request: FakeRequest) => FakeAnswer | Promise<FakeAnswer> = () => ({ text: 'Hello.' });
  apiKey: string | undefined;
  models: readonly string[] | undefined = ['fake-model'];
  readonly quota: MinuteQuota;
  readonly #server = createServer((request, response) => void this.#handle(request, response));

  constructor({ clock = systemClock }: { clock?: Clock } = {}) {
    this.quota = new MinuteQuota(REQUESTS_PER_MINUTE, clock);
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refuse = (status: number, message: string) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: { message } }));
    if (this.apiKey !== undefined && request.headers.authorization !== `Bearer ${this.apiKey}`) {
      refuse(401, 'Incorrect API key provided');
      return;
    }
    if (request.method === 'GET' && request.url === '/v1/models') {
      if (this.models === undefined) refuse(404, 'not found');
      else response.end(JSON.stringify({ object: 'list', data: this.models.map((id) => ({ id, object: 'model' })) }));
      return;
    }
    if (request.method !== 'POST' || request.url !== '/v1/chat/completions') {
      refuse(404, `no such path: ${request.url}`);
      return;
    }
    let text = '';
    for await (const piece of request) text += piece;
    const taken = this.quota.take();
    for (const [name, value] of Object.entries(openAiLimitHeaders(this.quota))) response.setHeader(name, value);
    if (!taken) {
      response.writeHead(429).end(openAiLimitError((JSON.parse(text) as FakeRequest['body']).model, this.quota));
      return;
    }
    const entry: FakeRequest = {
      authorization: request.headers.authorization,
      body: JSON.parse(text) as FakeRequest['body'],
      aborted: false,
    };
    this.requests.push(entry);
    response.on('close', () => {
      if (!response.writableEnded) entry.aborted = true;
    });
    const wrong = broken(entry.body);
    if (wrong !== undefined) refuse(400, wrong);
    else await this.#reply(await this.answer(entry), response);
  }

  async #reply(answer: FakeAnswer, response: ServerResponse): Promise<void> {
    if ('status' in answer) {
      response
        .writeHead(answer.status, answer.headers)
        .end(answer.body ?? JSON.stringify({ error: { message: 'no' } }));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    if ('raw' in answer) {
      response.end(answer.raw);
      return;
    }
    const send = (delta: unknown, reason: string | null = null) =>
      response.write(
        `data: ${JSON.stringify({ id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: reason }] })}\n\n`,
      );
    send({ role: 'assistant', content: '' });
    for (const piece of answer.text?.match(/\s*\S+/g) ?? []) {
      send({ content: piece });
      if ('pieceMs' in answer && answer.pieceMs) await new Promise((resolve) => setTimeout(resolve, answer.pieceMs));
    }
    if ('hang' in answer) return;
    if ('reset' in answer) {
      setImmediate(() => response.destroy());
      return;
    }
    if ('tools' in answer) {
      for (const [index, { name, args }] of answer.tools.entries()) {
        send({ tool_calls: [{ index, id: `call_${index}`, type: 'function', function: { name, arguments: '' } }] });
        const json = JSON.stringify(args);
        for (const part of [json.slice(0, 5), json.slice(5)]) {
          send({ tool_calls: [{ index, function: { arguments: part } }] });
        }
      }
      send({}, 'tool_calls');
    } else {
      send({}, 'stop');
    }
    response.end('data: [DONE]\n\n');
  }
}

/** What a real server would refuse; undefined: nothing. */
function broken({ messages, stream, model }: FakeRequest['body']): string | undefined {
  if (!stream || !model) return 'stream and model are needed';
  const open = new Set<string>();
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!open.delete(message.tool_call_id)) return `messages with role 'tool' must follow 'tool_calls'`;
      continue;
    }
    if (open.size > 0) return 'an assistant message with tool_calls must be followed by tool messages';
    if (message.role === 'assistant') {
      for (const { id } of message.tool_calls ?? []) open.add(id);
      if (message.content === null && open.size === 0) return 'content may not be null';
    } else if (message.content === '') {
      return 'content may not be empty';
    }
  }
  return open.size > 0 ? 'tool_calls without results' : undefined;
}
