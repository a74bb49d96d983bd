import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

/** Which of the bot's addresses a request is for; `token` is the endpoint of OAuth. */
export type FakeStep = 'check' | 'create' | 'activities' | 'refresh' | 'disconnect' | 'token';

export interface FakeRequest {
  step: FakeStep;
  method: string;
  /** Path and query. */
  target: string;
  headers: IncomingMessage['headers'];
  /** As it arrived. */
  body: string;
}

/** What the fake does with one request instead of answering it properly. */
export type FakeBehaviour =
  | { kind: 'status'; status: number; headers?: Record<string, string>; body?: string }
  /** The proper effect, but this body. */
  | { kind: 'body'; body: string }
  /** The proper answer once `until` resolves. */
  | { kind: 'hold'; until: Promise<void> }
  /** Takes the request and never answers. */
  | { kind: 'silence' }
  /** Header and half of a body, then nothing more. */
  | { kind: 'stall' }
  /** Part of a header, then nothing more. */
  | { kind: 'slow-header' }
  /** Closes the connection without an answer; `taken` says whether the request had its effect. */
  | { kind: 'drop'; taken: boolean }
  /** Has its effect; closes the connection in the middle of the answer. */
  | { kind: 'drop-mid-body' }
  /** These bytes on the connection, which is then closed. */
  | { kind: 'bytes'; bytes: string };

export interface FakeWireConversation {
  id: string;
  /** The body that asked for it. */
  created: Record<string, unknown>;
  /** In order of arrival, repetitions left out. */
  received: Record<string, unknown>[];
  /** Activities that came again with an id that was known. */
  repeated: number;
  refreshes: number;
  ends: { reasonCode: string; reason: string }[];
  forgotten: boolean;
}

export interface FakeBotServerOptions {
  /** Bearer token that is asked for; without one everybody may come. May change through `token`. */
  token?: string;
  /** Path and query of the bot's URL. */
  path?: string;
  /** How the addresses of a conversation are written. */
  urlStyle?: 'relative' | 'rooted' | 'absolute';
  /** Origin of absolute addresses, when it is not the server's own. */
  absoluteOrigin?: string;
  /** As it stands in the answer to create: bots write numbers and strings. */
  expiresSeconds?: unknown;
  /** More keys of the answer to create; undefined takes a key away. */
  createExtras?: Record<string, unknown>;
  /** Activities of the answer. */
  answer?: (
    activities: Record<string, unknown>[],
    conversation: FakeWireConversation,
  ) => unknown[] | Promise<unknown[]>;
  /** Over TLS, with this certificate. */
  tls?: { key: string; cert: string };
  /** What to do with one request, by what it says; a proper answer where it returns nothing. `next` and `always` come first. */
  behave?: (step: FakeStep, body: string) => FakeBehaviour | undefined;
}

/** A bot on a loopback port whose faults are scripted; speaks HTTP mode as the wire has it (Bot API section 1). */
export class FakeBotServer {
  readonly requests: FakeRequest[] = [];
  readonly conversations = new Map<string, FakeWireConversation>();
  answer: NonNullable<FakeBotServerOptions['answer']>;
  token: string | undefined;
  /** Answer of the token endpoint, `<origin>/token`. */
  tokenAnswer: () => unknown = () => ({ access_token: 'fake-access', token_type: 'Bearer', expires_in: 3600 });
  readonly #options: FakeBotServerOptions;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #script = new Map<FakeStep, FakeBehaviour[]>();
  readonly #always = new Map<FakeStep, FakeBehaviour>();

  private constructor(options: FakeBotServerOptions) {
    this.#options = options;
    this.answer = options.answer ?? (() => []);
    this.token = options.token;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serve(request, response).catch(() => response.destroy());
    };
    this.#server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
    this.#server.on('tlsClientError', () => {});
    this.#server.keepAliveTimeout = 30_000;
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
  }

  static async start(options: FakeBotServerOptions = {}): Promise<FakeBotServer> {
    const bot = new FakeBotServer(options);
    await new Promise<void>((resolve) => bot.#server.listen(0, '127.0.0.1', resolve));
    return bot;
  }

  get origin(): string {
    return `${this.#options.tls === undefined ? 'http' : 'https'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The address to configure. */
  get url(): string {
    return `${this.origin}${this.#options.path ?? '/bot'}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** The next requests of this step are treated like this, one each, in order. */
  next(step: FakeStep, ...behaviours: FakeBehaviour[]): void {
    this.#script.set(step, [...(this.#script.get(step) ?? []), ...behaviours]);
  }

  /** All requests of this step are treated like this. */
  always(step: FakeStep, behaviour: FakeBehaviour): void {
    this.#always.set(step, behaviour);
  }

  count(step: FakeStep): number {
    return this.requests.filter((request) => request.step === step).length;
  }

  bodies(step: FakeStep): string[] {
    return this.requests.filter((request) => request.step === step).map((request) => request.body);
  }

  /** Closes every connection and the port. Idempotent. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const target = request.url ?? '/';
    const { step, id } = this.#stepOf(request.method ?? '', target);
    let body = '';
    for await (const chunk of request) body += String(chunk);
    this.requests.push({ step, method: request.method ?? '', target, headers: request.headers, body });
    const behaviour = this.#script.get(step)?.shift() ?? this.#always.get(step) ?? this.#options.behave?.(step, body);
    const proper = (): Promise<Answer> => this.#properAnswer(step, id, request, body);
    switch (behaviour?.kind) {
      case undefined:
        return reply(response, await proper());
      case 'hold': {
        const answer = proper();
        await behaviour.until;
        return reply(response, await answer);
      }
      case 'status':
        response.writeHead(behaviour.status, behaviour.headers);
        response.end(behaviour.body ?? '');
        return;
      case 'body':
        await proper();
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(behaviour.body);
        return;
      case 'silence':
        return;
      case 'stall':
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"activities":');
        return;
      case 'slow-header':
        request.socket.write('HTTP/1.1 200 OK\r\ncontent-ty');
        return;
      case 'drop':
        if (behaviour.taken) await proper();
        request.socket.destroy();
        return;
      case 'drop-mid-body':
        await proper();
        response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' });
        response.write('{"activities":', () => request.socket.destroy());
        return;
      case 'bytes':
        request.socket.end(behaviour.bytes);
        return;
    }
  }

  #stepOf(method: string, target: string): { step: FakeStep; id: string } {
    const path = new URL(target, this.origin).pathname;
    if (path === '/token') return { step: 'token', id: '' };
    const match = /\/conversation\/([^/]+)\/(activities|refresh|disconnect)$/.exec(path);
    if (match !== null) return { step: match[2] as FakeStep, id: decodeURIComponent(match[1] as string) };
    return { step: method === 'GET' ? 'check' : 'create', id: '' };
  }

  async #properAnswer(step: FakeStep, id: string, request: IncomingMessage, text: string): Promise<Answer> {
    if (step === 'token') return { status: 200, body: this.tokenAnswer() };
    if (this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`) {
      return { status: 401, body: { error: 'unauthorized' } };
    }
    if (step === 'check') return { status: 200, body: { type: 'ac-bot-api', success: true } };
    const body = JSON.parse(text) as Record<string, unknown>;
    if (step === 'create') return this.#create(body);
    const conversation = this.conversations.get(id);
    if (conversation === undefined || conversation.forgotten) return { status: 404, body: { error: 'unknown' } };
    switch (step) {
      case 'activities': {
        const fresh = (body.activities as Record<string, unknown>[]).filter(
          (activity) => !conversation.received.some((known) => known.id === activity.id),
        );
        conversation.repeated += (body.activities as unknown[]).length - fresh.length;
        conversation.received.push(...fresh);
        return { status: 200, body: fresh.length === 0 ? {} : { activities: await this.answer(fresh, conversation) } };
      }
      case 'refresh':
        conversation.refreshes += 1;
        return { status: 200, body: { expiresSeconds: this.#options.expiresSeconds ?? 60 } };
      case 'disconnect':
        conversation.ends.push({ reasonCode: String(body.reasonCode), reason: String(body.reason) });
        return { status: 200, body: {} };
    }
  }

  #create(body: Record<string, unknown>): Answer {
    const id = String(body.conversation);
    if (!this.conversations.has(id)) {
      this.conversations.set(id, {
        id,
        created: body,
        received: [],
        repeated: 0,
        refreshes: 0,
        ends: [],
        forgotten: false,
      });
    }
    const { urlStyle = 'relative', absoluteOrigin = this.origin, expiresSeconds = 60, createExtras } = this.#options;
    const prefix = { relative: '', rooted: '/', absolute: `${absoluteOrigin}/` }[urlStyle];
    const base = `${prefix}conversation/${encodeURIComponent(id)}`;
    return {
      status: 200,
      body: {
        activitiesURL: `${base}/activities`,
        refreshURL: `${base}/refresh`,
        disconnectURL: `${base}/disconnect`,
        expiresSeconds,
        ...createExtras,
      },
    };
  }
}

interface Answer {
  status: number;
  body: unknown;
}

function reply(response: ServerResponse, answer: Answer): void {
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answer.body));
}
