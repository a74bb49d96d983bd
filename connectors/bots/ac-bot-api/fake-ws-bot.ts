import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';

type Json = Record<string, unknown>;

/** What the fake does with an upgrade instead of accepting it. */
export type FakeUpgrade =
  | { kind: 'status'; status: number; headers?: Record<string, string> }
  /** Takes the request and never answers. */
  | { kind: 'hang' }
  /** Closes the TCP connection without an answer. */
  | { kind: 'drop' }
  /** These bytes, and the end of the connection. */
  | { kind: 'bytes'; bytes: string };

export interface FakeWsConversation {
  id: string;
  /** Headers of the upgrade that led to it. */
  headers: IncomingHttpHeaders;
  /** `session.initiate` as it came. */
  initiate: Json;
  /** Types of all messages, in order, `userStream.chunk` left out. */
  types: string[];
  received: Json[];
  ends: { reasonCode: string; reason: string }[];
  resumes: number;
  /** Decoded `audioChunk`s, unless `onChunk` takes them. */
  chunks: Buffer[];
  /** `playStream.mark.reached` as they came. */
  marks: Json[];
  /** The latest connection. */
  socket: WebSocket;
  /** Sends one message, as it is. */
  say(message: Json): void;
}

export interface FakeWsBotOptions {
  token?: string;
  /** `mediaFormat` of `session.accepted`, whatever was offered: the vendor's SDK says this; undefined leaves it out. */
  mediaFormat?: string | undefined;
  /** What `session.initiate` is answered with; by default `session.accepted` in the next turn of the event loop. */
  onInitiate?: (conversation: FakeWsConversation) => void | Promise<void>;
  /** By default as the vendor's SDK does: `session.error`, since it keeps conversations by socket. */
  resume?: 'error' | 'accept' | 'silence';
  /** Whether `userStream.start` and `.stop` are answered. */
  answersStreams?: boolean;
  /** Whether it knows `connection.validate`; the vendor's SDK does not. */
  validates?: boolean | 'refuse';
  /** Is told of every piece of the caller's audio, decoded, and of `session.end`. */
  onChunk?: (audio: Buffer, conversation: FakeWsConversation) => void;
  onEnd?: (end: { reasonCode: string; reason: string }) => void;
  /** Over TLS, with this certificate. */
  tls?: { key: string; cert: string };
  /** Answer to plain GET, none: 426. */
  health?: unknown;
}

/**
 * A bot on a loopback port that behaves as those built on the vendor's SDK were observed to: no `id`, `timestamp` or
 * `conversationId` in what it sends, acceptance after a pause, one format whatever was offered, an error to
 * `session.resume`, the socket closed after `session.end`.
 */
export class FakeWsBot {
  readonly conversations = new Map<string, FakeWsConversation>();
  readonly upgrades: IncomingHttpHeaders[] = [];
  readonly gets: IncomingHttpHeaders[] = [];
  token: string | undefined;
  options: FakeWsBotOptions;
  /** What the next upgrades meet, one each; then they are accepted. */
  readonly script: FakeUpgrade[] = [];
  /** Activities that answer; none: no message. */
  answer: (activities: Json[], conversation: FakeWsConversation) => readonly Json[] | Promise<readonly Json[]> =
    () => [];
  readonly #server: Server;
  readonly #wss = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #sockets = new Set<Socket>();

  private constructor(options: FakeWsBotOptions) {
    this.options = options;
    this.token = options.token;
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.gets.push(request.headers);
      const { health } = this.options;
      response.writeHead(health === undefined ? 426 : 200, { 'content-type': 'application/json' });
      response.end(health === undefined ? 'Upgrade Required' : JSON.stringify(health));
    };
    this.#server = options.tls === undefined ? createServer(serve) : createTlsServer(options.tls, serve);
    this.#server.on('tlsClientError', () => {});
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
      socket.on('error', () => {});
    });
    this.#server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket as Socket, head));
  }

  static async start(options: FakeWsBotOptions = {}): Promise<FakeWsBot> {
    const bot = new FakeWsBot({ mediaFormat: 'raw/lpcm16', answersStreams: true, ...options });
    await new Promise<void>((resolve) => bot.#server.listen(0, '127.0.0.1', resolve));
    return bot;
  }

  get url(): string {
    return `${this.options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${(this.#server.address() as AddressInfo).port}/bot`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  /** The latest conversation. @throws when there is none */
  get conversation(): FakeWsConversation {
    const last = [...this.conversations.values()].at(-1);
    if (last === undefined) throw new Error('no conversation was begun');
    return last;
  }

  /** Cuts every connection without a goodbye. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Stops reading from every connection: a bot that hangs. */
  freeze(): void {
    for (const socket of this.#sockets) socket.pause();
  }

  /** Closes every connection and the port. Idempotent. */
  async close(): Promise<void> {
    this.cut();
    if (!this.#server.listening) return;
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    this.upgrades.push(request.headers);
    const fault = this.script.shift();
    const refused = this.token !== undefined && request.headers.authorization !== `Bearer ${this.token}`;
    const behaviour: FakeUpgrade | undefined = fault ?? (refused ? { kind: 'status', status: 401 } : undefined);
    switch (behaviour?.kind) {
      case 'hang':
        socket.on('end', () => socket.destroy());
        socket.resume();
        return;
      case 'drop':
        socket.destroy();
        return;
      case 'bytes':
        socket.end(behaviour.bytes);
        return;
      case 'status': {
        const headers = Object.entries({ 'content-length': '0', connection: 'close', ...behaviour.headers });
        const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`).join('');
        socket.end(`HTTP/1.1 ${behaviour.status} Status\r\n${lines}\r\n`);
        return;
      }
      case undefined:
        this.#wss.handleUpgrade(request, socket, head, (ws) => this.#serve(ws, request.headers));
    }
  }

  #serve(ws: WebSocket, headers: IncomingHttpHeaders): void {
    let conversation: FakeWsConversation | undefined;
    ws.on('error', () => {});
    ws.on('message', (data) => {
      const message = JSON.parse(String(data)) as Json;
      const type = String(message.type);
      const id = String(message.conversationId);
      if (type === 'connection.validate') this.#validated(ws);
      if (type === 'session.initiate') conversation = this.#begin(ws, id, message, headers);
      if (type === 'session.resume') conversation = this.#resume(ws, id);
      if (conversation === undefined) return;
      if (type !== 'userStream.chunk') conversation.types.push(type);
      this.#take(ws, type, message, conversation);
    });
  }

  #begin(socket: WebSocket, id: string, initiate: Json, headers: IncomingHttpHeaders): FakeWsConversation {
    const conversation: FakeWsConversation = {
      ...{ id, headers, initiate, types: [], received: [], ends: [], resumes: 0, chunks: [], marks: [], socket },
      say(message) {
        if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
      },
    };
    this.conversations.set(id, conversation);
    const accept = async (): Promise<void> => {
      if (this.options.onInitiate !== undefined) await this.options.onInitiate(conversation);
      else await new Promise(setImmediate);
      conversation.say({ type: 'session.accepted', mediaFormat: this.options.mediaFormat });
    };
    void accept();
    return conversation;
  }

  #resume(socket: WebSocket, id: string): FakeWsConversation | undefined {
    const known = this.conversations.get(id);
    if (this.options.resume === 'silence') return undefined;
    if (known === undefined || this.options.resume !== 'accept') {
      socket.send(JSON.stringify({ type: 'session.error', conversationId: id, reason: 'conversation not found' }));
      return undefined;
    }
    known.resumes += 1;
    known.socket = socket;
    socket.send(JSON.stringify({ type: 'session.accepted' }));
    return known;
  }

  #take(ws: WebSocket, type: string, message: Json, conversation: FakeWsConversation): void {
    switch (type) {
      case 'activities': {
        const activities = message.activities as Json[];
        conversation.received.push(...activities);
        void Promise.resolve(this.answer(activities, conversation)).then((replies) => {
          if (replies.length > 0) conversation.say({ type: 'activities', activities: replies });
        });
        return;
      }
      case 'userStream.start':
        if (this.options.answersStreams === true) conversation.say({ type: 'userStream.started' });
        return;
      case 'userStream.chunk': {
        const audio = Buffer.from(String(message.audioChunk), 'base64');
        if (this.options.onChunk === undefined) conversation.chunks.push(audio);
        else this.options.onChunk(audio, conversation);
        return;
      }
      case 'userStream.stop':
        if (this.options.answersStreams === true) conversation.say({ type: 'userStream.stopped' });
        return;
      case 'playStream.mark.reached':
        conversation.marks.push(message);
        return;
      case 'session.end':
        conversation.ends.push({ reasonCode: String(message.reasonCode), reason: String(message.reason) });
        this.options.onEnd?.({ reasonCode: String(message.reasonCode), reason: String(message.reason) });
        ws.close();
        return;
    }
  }

  #validated(ws: WebSocket): void {
    const { validates } = this.options;
    if (validates === undefined || validates === false) return;
    ws.send(JSON.stringify({ type: 'connection.validated', success: validates === true }));
  }
}
