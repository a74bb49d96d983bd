declare module 'drachtio-modesl' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  /** An event or a reply of mod_event_socket. */
  export interface EslEvent {
    getHeader(name: string): string | null;
    getBody(): string;
  }

  /** An event socket connection; what part of it we use. `esl::` events are an EventEmitter2's, with wildcards. */
  export class Connection extends EventEmitter {
    /** Inbound: we connect. `ready` is called when the secret has been accepted. */
    constructor(host: string, port: number, secret: string, ready?: () => void);
    /** undefined once it is closed. */
    socket: Socket | null;
    reconnectOpts: { maxAttempts?: number };
    connected(): boolean;
    /** Calls back with the reply, in order; never when the connection ends before it. */
    api(command: string, callback: (reply: EslEvent) => void): void;
    getInfo(): EslEvent;
    disconnect(): void;
  }

  /** Takes the connections that FreeSWITCH opens, one per channel. */
  export class Server extends EventEmitter {
    server: NetServer;
  }

  const esl: { Connection: typeof Connection; Server: typeof Server };
  export default esl;
}
