import type { AddressInfo } from 'node:net';
import websocket from '@fastify/websocket';
import Fastify, { type FastifyInstance, type FastifyRequest } from 'fastify';
import type { WebSocket } from 'ws';
import { type AudioTicket, AudioTickets } from './audio-tickets.ts';

export interface AudioServerOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Whether anything at all may come from that address. */
  admits(address: string): boolean;
  onWarning(message: string, fields: object): void;
}

/** Where mod_audio_fork connects to. */
export interface AudioServer {
  readonly port: number;
  readonly tickets: AudioTickets<WebSocket>;
  close(): Promise<void>;
}

export const AUDIO_PATH = '/audio/';
/** mod_audio_fork saves up 5 s of stereo at most before it sends them in one message, at 8 kHz. */
const MAX_MESSAGE_BYTES = 5 * 8000 * 2 * 2;
const MAX_HEADER_MS = 5_000;

/**
 * Starts the audio socket. Before the upgrade to a websocket the source address and the ticket are looked at; there is nothing else to be had.
 * Rejects with the system's error when the port cannot be had.
 */
export async function startAudioServer(options: AudioServerOptions): Promise<AudioServer> {
  const { host, port, admits, onWarning } = options;
  const tickets = new AudioTickets<WebSocket>();
  const chosen = new WeakMap<FastifyRequest, AudioTicket<WebSocket>>();
  const app: FastifyInstance = Fastify({
    logger: false,
    bodyLimit: 1,
    requestTimeout: MAX_HEADER_MS,
    keepAliveTimeout: 1_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 64 },
  });
  app.server.headersTimeout = MAX_HEADER_MS;
  app.server.on('connection', (socket) => {
    const address = socket.remoteAddress ?? '';
    if (admits(address)) return;
    onWarning('a connection to the audio socket from an address that is no FreeSWITCH of ours', { remote: address });
    socket.destroy();
  });
  await app.register(websocket, { options: { maxPayload: MAX_MESSAGE_BYTES, perMessageDeflate: false } });
  app.get<{ Params: { ticket: string } }>(
    `${AUDIO_PATH}:ticket`,
    {
      websocket: true,
      preValidation: async (request, reply) => {
        const ticket = request.ws ? tickets.redeem(request.params.ticket, request.ip) : 'unknown';
        if (typeof ticket === 'object') {
          chosen.set(request, ticket);
          return undefined;
        }
        onWarning('a connection to the audio socket was refused', { remote: request.ip, ticket });
        return reply.code(ticket === 'foreign' ? 403 : 404).send();
      },
    },
    (socket, request) => {
      socket.on('error', () => socket.terminate());
      chosen.get(request)?.accept(socket);
    },
  );
  await app.listen({ host, port });
  return {
    port: (app.server.address() as AddressInfo).port,
    tickets,
    close: async () => {
      for (const client of app.websocketServer.clients) client.terminate();
      await app.close();
    },
  };
}

/**
 * The URL that FreeSWITCH is to connect to. mod_audio_fork does not refuse one that it cannot read, but takes that of another call, so
 * none is ever made that it could not: an IPv4 address, because a name would be looked up by the one thread that serves all calls.
 */
export function audioUrl(address: string, port: number, token: string): string {
  const url = `ws://${address}:${port}${AUDIO_PATH}${token}`;
  if (!/^ws:\/\/\d{1,3}(?:\.\d{1,3}){3}:\d{1,5}\/audio\/[A-Za-z0-9_-]+$/.test(url)) {
    throw new TypeError(`not a URL that mod_audio_fork can read: ${url}`);
  }
  return url;
}
