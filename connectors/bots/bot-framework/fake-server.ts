import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { type FakeActivity, FakeConversation } from './fake-conversation.ts';

const MAX_ACTIVITY_CHARS = 256 * 1024;
const STREAM_KEY_MS = 60_000;

export interface FakeAnswer {
  status: number;
  code?: string;
  message?: string;
  headers?: Record<string, string>;
}

/** What a test does to requests: an answer instead, nothing at all, a broken connection before or after the request was taken. */
export type FakeFault = FakeAnswer | { hang: true } | { reset: 'before' | 'after' } | { raw: string };
/** The operations of Direct Line; `token` and `region` are Copilot Studio's. */
export type FakeStep =
  | 'generate'
  | 'refresh'
  | 'start'
  | 'reconnect'
  | 'activities'
  | 'post'
  | 'stream'
  | 'token'
  | 'region';

/** The bot behind it: answers with its HTTP status, and says what it has to say through `say`. */
export type FakeBot = (
  activity: FakeActivity,
  conversation: FakeConversation,
  say: (...activities: FakeActivity[]) => void,
) => number | Promise<number>;

/**
 * Direct Line 3.0 and Copilot Studio's token endpoint, on loopback, with the rules that are published: secrets and expiring tokens,
 * one stream per conversation, watermarks, a copy of everything that a client sends, and limits.
 */
export class FakeDirectLine {
  secret = 'direct-line-secret';
  tokenLifeMs = 1_800_000;
  keepAliveMs = 1_000;
  /** A bot that has not answered by then: 504. */
  botLimitMs = 15_000;
  /** Requests to `post` within a second; those beyond get 429. */
  postsPerSecond = Number.POSITIVE_INFINITY;
  bot: FakeBot = () => 200;
  /** The bot is told who takes part when a conversation begins, as Direct Line does where the token names the user. */
  announcesMembers = false;
  readonly conversations = new Map<string, FakeConversation>();
  readonly requests: { step: FakeStep; url: URL; authorization: string | undefined }[] = [];
  readonly #faults = new Map<FakeStep, FakeFault[]>();
  readonly #holds = new Map<FakeStep, { asked: () => void; until: Promise<void> }>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #timers = new Set<NodeJS.Timeout>();
  #postTimes: number[] = [];
  origin = '';

  constructor() {
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
  }

  static async start(): Promise<FakeDirectLine> {
    const fake = new FakeDirectLine();
    await new Promise<void>((resolve) => fake.#server.listen(0, '127.0.0.1', resolve));
    fake.origin = `http://127.0.0.1:${(fake.#server.address() as AddressInfo).port}`;
    return fake;
  }

  get tokenEndpoint(): string {
    return `${this.origin}/powervirtualagents/botsbyschema/agent/directline/token?api-version=2022-03-01-preview`;
  }

  /** The next requests of this kind fail so. */
  fail(step: FakeStep, ...faults: FakeFault[]): void {
    this.#faults.set(step, [...(this.#faults.get(step) ?? []), ...faults]);
  }

  /** The next request of this kind waits. */
  hold(step: FakeStep): { asked: Promise<void>; release: () => void } {
    const asked = Promise.withResolvers<void>();
    const until = Promise.withResolvers<void>();
    this.#holds.set(step, { asked: asked.resolve, until: until.promise });
    return { asked: asked.promise, release: until.resolve };
  }

  count(step: FakeStep): number {
    return this.requests.filter((request) => request.step === step).length;
  }

  /** The conversation that was begun for a user; the hub's ids end in its own conversation id. */
  of(user: string): FakeConversation | undefined {
    return [...this.conversations.values()].find(({ userId, started }) => started && userId?.endsWith(user));
  }

  /** Open connections, streams included. */
  connections(): Promise<number> {
    return new Promise((resolve) => this.#server.getConnections((_error, count) => resolve(count)));
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.origin);
    const step = stepOf(request.method ?? '', url.pathname);
    const body = await bodyOf(request);
    if (step === undefined) return refuse(response, { status: 404, code: 'NotFound' });
    this.requests.push({ step, url, authorization: request.headers.authorization });
    const hold = this.#holds.get(step);
    this.#holds.delete(step);
    hold?.asked();
    await hold?.until;
    const fault = this.#faults.get(step)?.shift();
    if (fault !== undefined && 'reset' in fault && fault.reset === 'after') {
      await this.#answer(step, url, request, body);
      return void request.socket.destroy();
    }
    if (fault !== undefined) return this.#doWrong(fault, request, response);
    const answer = await this.#answer(step, url, request, body);
    if ('json' in answer) response.writeHead(answer.status, JSON_TYPE).end(JSON.stringify(answer.json));
    else refuse(response, answer);
  }

  #doWrong(fault: FakeFault, request: IncomingMessage, response: ServerResponse): void {
    if ('status' in fault) refuse(response, fault);
    else if ('raw' in fault) response.writeHead(200, JSON_TYPE).end(fault.raw);
    else if ('reset' in fault) request.socket.destroy();
  }

  async #answer(step: FakeStep, url: URL, request: IncomingMessage, body: unknown): Promise<Done | FakeAnswer> {
    if (step === 'region') return { status: 200, json: { channelUrlsById: { directline: `${this.origin}/` } } };
    if (step === 'token') return { status: 200, json: this.#create(undefined).newToken(this.tokenLifeMs) };
    const bearer = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (bearer === undefined) return { status: 401, code: 'Unauthorized', message: 'the authorization is missing' };
    const master = bearer === this.secret;
    const own = [...this.conversations.values()].find(({ tokens }) => tokens.has(bearer));
    if (!master && own === undefined) return { status: 403, code: 'BadArgument', message: 'invalid token or secret' };
    if ((own?.tokens.get(bearer)?.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now()) {
      return { status: 403, code: 'TokenExpired', message: 'Token has expired' };
    }
    const user = (body as { user?: { id?: string } } | undefined)?.user?.id;
    if (step === 'generate') {
      if (!master) return { status: 403, code: 'BadArgument', message: 'a secret is needed' };
      if (user !== undefined && !user.startsWith('dl_')) {
        return { status: 400, code: 'BadArgument', message: 'user ids begin with dl_' };
      }
      return { status: 200, json: this.#create(user).newToken(this.tokenLifeMs) };
    }
    if (step === 'refresh') {
      if (own === undefined) return { status: 403, code: 'BadArgument', message: 'a secret is no token' };
      return { status: 200, json: own.newToken(this.tokenLifeMs) };
    }
    if (step === 'start') {
      const conversation = own ?? this.#create(user);
      const status = conversation.started ? 200 : 201;
      conversation.started = true;
      if (status === 201 && this.announcesMembers) await this.#announce(conversation);
      return {
        status,
        json: { ...conversation.newToken(this.tokenLifeMs), streamUrl: this.#streamUrl(conversation, 0) },
      };
    }
    const conversation = this.conversations.get(url.pathname.split('/')[4] ?? '');
    if (conversation === undefined || conversation.forgotten) return { status: 404, code: 'NotFound' };
    if (!master && own !== conversation)
      return { status: 403, code: 'BadArgument', message: 'of another conversation' };
    if (step === 'post') return this.#post(conversation, body);
    const watermark = url.searchParams.get('watermark');
    const set = conversation.since(watermark);
    if (set === undefined) return { status: 400, code: 'BadArgument', message: 'invalid watermark' };
    if (step === 'activities') return { status: 200, json: set };
    // Without a watermark the stream begins with the present.
    const from = watermark === null ? conversation.history.length : Number(watermark);
    const streamUrl = this.#streamUrl(conversation, from);
    return { status: 200, json: { ...conversation.newToken(this.tokenLifeMs), streamUrl } };
  }

  async #post(conversation: FakeConversation, body: unknown): Promise<Done | FakeAnswer> {
    const activity = body as FakeActivity | undefined;
    if (JSON.stringify(body ?? '').length > MAX_ACTIVITY_CHARS) return { status: 400, code: 'MessageSizeTooBig' };
    const from = activity?.from as { id?: unknown } | undefined;
    if (typeof activity?.type !== 'string' || typeof from?.id !== 'string') {
      return { status: 400, code: 'MissingProperty', message: 'type and from.id are needed' };
    }
    const now = Date.now();
    this.#postTimes = this.#postTimes.filter((at) => now - at < 1_000);
    if (this.#postTimes.length >= this.postsPerSecond) {
      return { status: 429, code: 'TooManyRequests', headers: { 'retry-after': '1' } };
    }
    this.#postTimes.push(now);
    const sent = { ...activity, from: { ...from, id: conversation.userId ?? from.id } };
    const id = conversation.add(sent);
    conversation.received.push(sent);
    const status = await this.#deliver(conversation, { ...sent, id });
    if (status === 504) return { status, code: 'BotTimeout', message: 'the bot did not answer in time' };
    if (status >= 300) return { status: 502, code: 'BotRejectedActivity', message: 'bot returned an error' };
    return { status: 200, json: { id } };
  }

  #announce(conversation: FakeConversation): Promise<number> {
    const membersAdded = [{ id: conversation.userId }, { id: 'bot' }];
    return this.#deliver(conversation, {
      type: 'conversationUpdate',
      id: randomUUID(),
      from: membersAdded[0],
      membersAdded,
    });
  }

  /** @returns the bot's status, or 504 where it takes too long */
  async #deliver(conversation: FakeConversation, activity: FakeActivity): Promise<number> {
    const say = (...activities: FakeActivity[]) => {
      for (const one of activities) {
        conversation.add({ from: { id: 'bot', role: 'bot' }, replyToId: activity.id, ...one });
      }
    };
    const complete = {
      ...activity,
      channelId: 'directline',
      conversation: { id: conversation.id },
      recipient: { id: 'bot', role: 'bot' },
    };
    const limit = Promise.withResolvers<number>();
    const timer = setTimeout(() => limit.resolve(504), this.botLimitMs);
    this.#timers.add(timer);
    const status = await Promise.race([Promise.resolve(this.bot(complete, conversation, say)), limit.promise]);
    clearTimeout(timer);
    this.#timers.delete(timer);
    return status;
  }

  #create(user: string | undefined): FakeConversation {
    const conversation = new FakeConversation(user);
    this.conversations.set(conversation.id, conversation);
    return conversation;
  }

  #streamUrl(conversation: FakeConversation, from: number): string {
    const key = randomUUID();
    conversation.streamKeys.set(key, { until: Date.now() + STREAM_KEY_MS, from });
    return `${this.origin.replace('http', 'ws')}/v3/directline/conversations/${conversation.id}/stream?t=${key}`;
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const url = new URL(request.url ?? '/', this.origin);
    this.requests.push({ step: 'stream', url, authorization: request.headers.authorization });
    const fault = this.#faults.get('stream')?.shift();
    const conversation = this.conversations.get(url.pathname.split('/')[4] ?? '');
    const key = url.searchParams.get('t') ?? '';
    const grant = conversation?.streamKeys.get(key);
    conversation?.streamKeys.delete(key);
    const status = fault === undefined ? undefined : 'status' in fault ? fault.status : 0;
    if (status === 0 && fault !== undefined && 'hang' in fault) return;
    if (status !== undefined || conversation === undefined || grant === undefined || grant.until < Date.now()) {
      socket.end(status === 0 ? undefined : `HTTP/1.1 ${status ?? 403} Refused\r\nconnection: close\r\n\r\n`);
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (stream) => {
      // One stream at a time; the newcomer is the one that goes, unless the other shows no life.
      if (conversation.frozen) conversation.thaw();
      if (conversation.stream !== undefined) return stream.close(1008, 'collision');
      const keepAlive = setInterval(() => {
        if (conversation.frozen) return;
        if (conversation.expiresAt <= Date.now()) stream.close(1008, 'token expired');
        else stream.send('');
      }, this.keepAliveMs);
      this.#timers.add(keepAlive);
      stream.on('error', () => {});
      stream.on('close', () => {
        clearInterval(keepAlive);
        this.#timers.delete(keepAlive);
        if (conversation.stream === stream) conversation.stream = undefined;
      });
      conversation.attach(stream, grant.from);
    });
  }
}

const JSON_TYPE = { 'content-type': 'application/json' };

interface Done {
  status: number;
  json: unknown;
}

function stepOf(method: string, path: string): FakeStep | undefined {
  if (/^\/powervirtualagents\/.+\/directline\/token$/.test(path)) return method === 'GET' ? 'token' : undefined;
  if (path === '/powervirtualagents/regionalchannelsettings') return 'region';
  const rest = /^\/v3\/directline\/(.+)$/.exec(path)?.[1] ?? '';
  if (method === 'POST' && rest === 'tokens/generate') return 'generate';
  if (method === 'POST' && rest === 'tokens/refresh') return 'refresh';
  if (method === 'POST' && rest === 'conversations') return 'start';
  if (/^conversations\/[^/]+\/activities$/.test(rest)) return method === 'POST' ? 'post' : 'activities';
  return method === 'GET' && /^conversations\/[^/]+$/.test(rest) ? 'reconnect' : undefined;
}

function refuse(response: ServerResponse, { status, code = '', message = '', headers = {} }: FakeAnswer): void {
  response.writeHead(status, { ...JSON_TYPE, ...headers }).end(JSON.stringify({ error: { code, message } }));
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += piece;
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
