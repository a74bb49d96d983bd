import type { Socket } from 'node:net';
import Mrf from 'drachtio-fsmrf';
import MediaServer, { type Endpoint } from 'drachtio-fsmrf/lib/mediaserver.js';
import type Srf from 'drachtio-srf';
import { FreeSwitchError } from './errors.ts';
import { type EventSocket, guardSocket } from './event-socket.ts';

/** Events of mod_audio_fork that the engine wants to know of. */
export const ForkEvent = {
  connected: 'mod_audio_fork::connect',
  refused: 'mod_audio_fork::connect_failed',
  closed: 'mod_audio_fork::disconnect',
  overrun: 'mod_audio_fork::buffer_overrun',
} as const;

export interface MediaServerOptions {
  srf: Srf;
  events: EventSocket;
  /** Where FreeSWITCH connects to for each channel: an address of this machine. */
  listenAddress: string;
  /** What FreeSWITCH is told instead. */
  advertisedAddress: string;
  profile: string;
  /** Whether a connection from that address may be FreeSWITCH. */
  admits(address: string): boolean;
  onWarning(message: string, error: unknown): void;
}

/** The typed edge of drachtio-fsmrf: channels of one FreeSWITCH. */
export interface ChannelFactory {
  /** Calls on it, of all hubs, by its last heartbeat. */
  readonly reportedCalls: number;
  /** A channel that exchanges RTP with the party whose SDP this is. Rejects with what drachtio-srf or -fsmrf reject with. */
  createEndpoint(partySdp: string): Promise<Endpoint>;
  close(): void;
}

/** @throws FreeSwitchError `freeswitch_silent`, `freeswitch_incomplete` */
export async function openMediaServer(options: MediaServerOptions): Promise<ChannelFactory> {
  const { srf, events, listenAddress, advertisedAddress, profile } = options;
  const mrf = new Mrf(srf, { customEvents: Object.values(ForkEvent) });
  const server = new MediaServer(events.connection, mrf, listenAddress, 0, advertisedAddress, undefined, profile);
  const { promise: ready, resolve, reject } = Promise.withResolvers<void>();
  server.once('ready', resolve);
  server.once('error', (error: Error) => reject(new FreeSwitchError('freeswitch_silent', error.message)));
  const forget = events.onLost(reject);
  try {
    await ready;
  } catch (error) {
    server.disconnect();
    throw error;
  } finally {
    forget();
  }
  guardListener(server, options);
  return {
    get reportedCalls() {
      return server.currentSessions;
    },
    createEndpoint: (partySdp) => server.createEndpoint({ remoteSdp: partySdp }),
    close: () => server.disconnect(),
  };
}

/** drachtio-fsmrf takes a connection from anybody; only FreeSWITCH has business there. */
function guardListener(server: MediaServer, { admits, onWarning }: MediaServerOptions): void {
  const listener = server._server.server;
  const accepts = listener.listeners('connection') as ((socket: Socket) => void)[];
  listener.removeAllListeners('connection');
  listener.on('connection', (socket: Socket) => {
    if (!admits(socket.remoteAddress ?? '')) {
      onWarning('a connection to the event socket of the hub was refused', new Error(String(socket.remoteAddress)));
      socket.destroy();
      return;
    }
    for (const accept of accepts) accept(socket);
    guardSocket(socket, (error) => onWarning('FreeSWITCH sent what cannot be read', error));
  });
}
