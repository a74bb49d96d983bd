import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../../../errors.ts';
import {
  ApplicationFramer,
  type ApplicationMessage,
  type CdrEvent,
  formatCdr,
  formatReply,
  formatRequestSent,
  formatResponseSent,
  formatSip,
  type MessageMeta,
  type MessageSource,
  parseApplicationMessage,
} from './application-protocol.ts';
import { listenError } from './errors.ts';
import type { SipLog } from './log.ts';
import type { TimerHandle, TimerQueue } from './timer-queue.ts';

const loopback = '127.0.0.1';
/** What drachtio-srf compares with the versions that brought a feature; pinging needs 0.8.2. */
const protocolVersion = 'v0.9.0';
const maxUnauthenticatedBytes = 4_096;
const maxMessageBytes = 4 * 1024 * 1024;
const maxQueuedBytes = 64 * 1024 * 1024;
const authenticationMs = 10_000;
const maxConnections = 64;

/** The verbs that may be routed (drachtio-server: every SIP method that a user agent answers, and the three records). */
const routable = new Set(
  (
    'invite register info subscribe options message notify update prack refer publish bye cancel ack ' +
    'cdr:attempt cdr:start cdr:stop'
  ).split(' '),
);

export interface ApplicationEvents {
  /** A `sip` or `proxy` verb of an authenticated application. */
  command(application: Application, message: ApplicationMessage): void;
  /** The application is gone; it receives nothing any more. */
  left(application: Application): void;
}

/** One connected drachtio-srf. */
export class Application {
  readonly routes = new Set<string>();
  readonly #socket: Socket;
  authenticated = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  get connected(): boolean {
    return !this.#socket.destroyed;
  }

  reply(requestId: string, result: 'OK' | 'NO' | 'NOK', text?: string): void {
    this.#write(formatReply(randomUUID(), requestId, result, text));
  }

  requestSent(requestId: string, meta: MessageMeta, transactionId: string, raw: Buffer): void {
    this.#write(formatRequestSent(randomUUID(), requestId, meta, transactionId, raw));
  }

  responseSent(
    requestId: string,
    meta: MessageMeta,
    ids: { transactionId: string; dialogId: string },
    raw: Buffer,
  ): void {
    this.#write(formatResponseSent(randomUUID(), requestId, meta, ids, raw));
  }

  sip(
    meta: MessageMeta,
    ids: { transactionId: string; dialogId: string },
    raw: Buffer,
    receivedOn?: { host: string; port: number },
  ): void {
    this.#write(formatSip(randomUUID(), meta, ids, receivedOn, raw));
  }

  cdr(cdr: CdrEvent, source: MessageSource, time: Date, raw: Buffer): void {
    if (this.routes.has(`cdr:${cdr.event}`)) this.#write(formatCdr(randomUUID(), cdr, source, time, raw));
  }

  #write(bytes: Buffer): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength > maxQueuedBytes) this.#socket.destroy();
    else this.#socket.write(bytes);
  }
}

/** The loopback TCP port that applications connect to. Nobody gets further than `authenticate` without the secret. */
export class ApplicationLink {
  readonly #server: Server;
  readonly #secretHash: Buffer;
  readonly #timers: TimerQueue;
  readonly #log: SipLog;
  readonly #events: ApplicationEvents;
  readonly #sockets = new Map<Socket, Application>();
  readonly #hostports: string;
  #turn = 0;
  #closed = false;

  private constructor(options: ApplicationLinkOptions, events: ApplicationEvents, server: Server) {
    this.#server = server;
    this.#secretHash = digest(options.secret);
    this.#timers = options.timers;
    this.#log = options.log;
    this.#hostports = options.hostports;
    this.#events = events;
  }

  static open(options: ApplicationLinkOptions, events: ApplicationEvents): Promise<ApplicationLink> {
    const server = createServer({ noDelay: true });
    const link = new ApplicationLink(options, events, server);
    server.on('connection', (socket) => link.#accept(socket));
    return new Promise((resolve, reject) => {
      const failed = (cause: Error): void => reject(listenError('application', loopback, 0, cause));
      server.once('error', failed);
      server.listen({ host: loopback, port: 0 }, () => {
        server.off('error', failed);
        server.on('error', (error) => options.log.warn({ error: error.message }, 'sip: application port error'));
        resolve(link);
      });
    });
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  }

  /** Connected and authenticated applications. */
  get applications(): Application[] {
    return [...this.#sockets.values()].filter((application) => application.authenticated);
  }

  get hasApplication(): boolean {
    for (const application of this.#sockets.values()) if (application.authenticated) return true;
    return false;
  }

  /** The next application, in turn, that has a route for the method; undefined where none has. */
  choose(method: string): Application | undefined {
    const verb = method.toLowerCase();
    const able = this.applications.filter((application) => application.routes.has(verb));
    return able.length === 0 ? undefined : able[this.#turn++ % able.length];
  }

  /** The methods that any application has a route for, in upper case. */
  get routedMethods(): Set<string> {
    const methods = new Set<string>();
    for (const application of this.applications) {
      for (const verb of application.routes) if (!verb.startsWith('cdr:')) methods.add(verb.toUpperCase());
    }
    return methods;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets.keys()) socket.destroy();
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#closed || this.#sockets.size >= maxConnections) {
      socket.destroy();
      return;
    }
    const application = new Application(socket);
    const framer = new ApplicationFramer(maxUnauthenticatedBytes);
    const deadline: TimerHandle = this.#timers.schedule(authenticationMs, () => {
      if (!application.authenticated) socket.destroy();
    });
    this.#sockets.set(socket, application);
    socket.on('error', () => {});
    socket.on('end', () => socket.end());
    socket.on('data', (chunk) => {
      const messages = framer.push(chunk);
      if (messages === undefined) {
        this.#log.warn({}, 'sip: application port: not the application protocol');
        socket.destroy();
        return;
      }
      for (const bytes of messages) {
        if (socket.destroyed) return;
        this.#received(application, socket, parseApplicationMessage(bytes));
        if (application.authenticated) {
          deadline.cancel();
          framer.maxMessageBytes = maxMessageBytes;
        }
      }
    });
    socket.on('close', () => {
      deadline.cancel();
      this.#sockets.delete(socket);
      if (application.authenticated && !this.#closed) {
        this.#log.info({}, 'sip: application disconnected');
        this.#events.left(application);
      }
    });
  }

  #received(application: Application, socket: Socket, message: ApplicationMessage): void {
    if (message.verb === 'authenticate') {
      if (!timingSafeEqual(digest(message.args[0] ?? ''), this.#secretHash)) {
        this.#log.warn({}, 'sip: application port: wrong secret');
        application.reply(message.id, 'NO', 'incorrect secret');
        socket.end();
        return;
      }
      application.authenticated = true;
      application.reply(message.id, 'OK', `${this.#hostports}|${protocolVersion}|${this.#hostports}`);
      return;
    }
    if (!application.authenticated) {
      application.reply(message.id, 'NO', 'authenticate first');
      socket.end();
      return;
    }
    switch (message.verb) {
      case 'ping':
        application.reply(message.id, 'OK', 'pong');
        return;
      case 'route':
      case 'remove_route': {
        const verb = (message.args[0] ?? '').toLowerCase();
        if (!routable.has(verb)) {
          application.reply(message.id, 'NO', 'Route request includes unsupported verb');
          return;
        }
        if (message.verb === 'route') application.routes.add(verb);
        else application.routes.delete(verb);
        application.reply(message.id, 'OK');
        return;
      }
      case 'sip':
      case 'proxy':
        try {
          this.#events.command(application, message);
        } catch (error) {
          this.#log.error({ error: messageOf(error), verb: message.verb }, 'sip: application command failed');
          application.reply(message.id, 'NOK', 'Server error: internal error');
        }
        return;
      default:
        application.reply(message.id, 'NO', 'Unknown message type');
    }
  }
}

export interface ApplicationLinkOptions {
  readonly secret: string;
  /** `udp/127.0.0.1:5060,tcp/127.0.0.1:5060`: what drachtio-srf's connect event tells. */
  readonly hostports: string;
  readonly timers: TimerQueue;
  readonly log: SipLog;
}

/** Digests have one length, so that comparing them takes the same time for every guess. */
function digest(secret: string): Buffer {
  return createHash('sha256').update(secret, 'utf8').digest();
}
