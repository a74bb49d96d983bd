import Srf from 'drachtio-srf';
import { messageOf, PatchbayError } from '../../errors.ts';
import { closeSrf } from '../../srf-close.ts';
import type { EngineLog } from './server.ts';

export interface DrachtioAddress {
  host: string;
  port: number;
  secret: string;
}

export interface DrachtioFacts {
  /** `v0.9.10` */
  version: string | undefined;
  /** `udp/192.0.2.1:5060`, one for each of its contacts. */
  listensOn: string[];
}

const MAX_DELAY_MS = 2_000;
const CONNECT_MS = 5_000;

/**
 * The engine's own connection to drachtio-server, for its INVITEs to FreeSWITCH. It asks for no requests, so the calls that come in are
 * never given to it.
 */
export class DrachtioLink {
  readonly srf = new Srf();
  #connected = false;

  constructor(log: EngineLog) {
    this.srf.on('error', (error) => {
      this.#connected = false;
      log.warn({ reason: messageOf(error) }, 'the media engine has no connection to drachtio-server');
    });
    this.srf.on('connect', (error) => {
      this.#connected = !error;
    });
    this.#on('close', () => {
      this.#connected = false;
    });
  }

  get connected(): boolean {
    return this.#connected;
  }

  /** drachtio-srf reconnects by itself later. @throws PatchbayError `sip_agent_unreachable` */
  async connect({ host, port, secret }: DrachtioAddress): Promise<DrachtioFacts> {
    const { promise, resolve, reject } = Promise.withResolvers<DrachtioFacts>();
    const refuse = (why: string) =>
      reject(new PatchbayError('sip_agent_unreachable', `drachtio-server at ${host}:${port}: ${why}`));
    const timer = setTimeout(() => refuse(`no answer within ${CONNECT_MS} ms`), CONNECT_MS);
    this.srf.on('error', (error) => refuse(messageOf(error)));
    this.#on('connect', (error: unknown, contacts?: string, version?: string) => {
      if (error) refuse(messageOf(error));
      else resolve({ version, listensOn: (contacts ?? '').split(',').filter((contact) => contact !== '') });
    });
    const options = { host, port, secret, reconnect: { retryMaxDelay: MAX_DELAY_MS } };
    void this.srf.connect(options);
    try {
      return await promise;
    } catch (error) {
      this.close();
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  close(): void {
    closeSrf(this.srf);
  }

  /** Events, or arguments of them, that drachtio-srf's types do not know. */
  #on(event: 'close' | 'connect', listener: (error: unknown, contacts?: string, version?: string) => void): void {
    (this.srf as NodeJS.EventEmitter).on(event, listener);
  }
}
