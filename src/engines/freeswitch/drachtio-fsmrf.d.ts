declare module 'drachtio-fsmrf' {
  import type { EventEmitter } from 'node:events';
  import type Srf from 'drachtio-srf';

  export default class Mrf extends EventEmitter {
    /** `customEvents`: names without `CUSTOM `, which every endpoint is told of. */
    constructor(srf: Srf, options?: { customEvents?: string[] });
  }
}

declare module 'drachtio-fsmrf/lib/mediaserver.js' {
  import type { EventEmitter } from 'node:events';
  import type Mrf from 'drachtio-fsmrf';
  import type { Connection, EslEvent, Server } from 'drachtio-modesl';
  import type Srf from 'drachtio-srf';

  /** One channel of FreeSWITCH: a SIP dialog, and an event socket that FreeSWITCH has opened to us. */
  export interface Endpoint extends EventEmitter {
    readonly uuid: string;
    readonly dialog: Srf.Dialog | null;
    /** null once it has ended. */
    readonly conn: Connection | null;
    /** Never settles when the channel ends before the reply. */
    api(command: string, args: string): Promise<EslEvent>;
    forkAudioStart(options: {
      wsUrl: string;
      mixType: 'mono' | 'mixed' | 'stereo';
      sampling: string;
      bugname: string;
      bidirectionalAudio: { enabled: 'true' | 'false'; streaming: 'true' | 'false'; sampleRate: string };
    }): Promise<void>;
    forkAudioStop(bugname: string): Promise<void>;
  }

  /** A FreeSWITCH. Emits `ready`, `error`. */
  export default class MediaServer extends EventEmitter {
    constructor(
      connection: Connection,
      mrf: Mrf,
      listenAddress: string,
      listenPort: number,
      advertisedAddress: string | undefined,
      advertisedPort: number | undefined,
      profile: string,
    );
    /** Where FreeSWITCH is told to connect to. */
    advertisedAddress: string;
    /** Of all hubs, by the last heartbeat. */
    readonly currentSessions: number;
    readonly _server: Server;
    createEndpoint(options: { remoteSdp: string; headers?: Record<string, string> }): Promise<Endpoint>;
    disconnect(): void;
  }
}
