import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type SipAgent, startSipAgent } from '../../../src/engines/embedded/sip/agent.ts';
import { FreeSwitchDouble } from '../../../src/engines/freeswitch/testing/freeswitch-double.ts';

const SECRET = 'a-secret-of-the-tests';

/** What stands in for drachtio-server: the embedded SIP agent, which speaks its protocol, behind a port that can be cut. */
export class DrachtioStandIn {
  readonly agent: SipAgent;
  readonly #proxy: Server;
  readonly #sockets = new Set<Socket>();

  private constructor(agent: SipAgent) {
    this.agent = agent;
    this.#proxy = createServer((hub) => {
      const link = connect(agent.applicationPort, '127.0.0.1');
      for (const [from, to] of [
        [hub, link],
        [link, hub],
      ] as const) {
        this.#sockets.add(from);
        from.on('error', () => {});
        from.on('data', (bytes) => to.write(bytes));
        from.on('close', () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async start(): Promise<DrachtioStandIn> {
    const agent = await startSipAgent({ host: '127.0.0.1', port: 0, transports: ['udp', 'tcp'] });
    const standIn = new DrachtioStandIn(agent);
    standIn.#proxy.listen(0, '127.0.0.1');
    await once(standIn.#proxy, 'listening');
    return standIn;
  }

  get address() {
    const { port } = this.#proxy.address() as AddressInfo;
    return { host: '127.0.0.1', port, secret: this.agent.applicationSecret };
  }

  /** All connections of hubs break; new ones are taken. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.#proxy.close();
    this.cut();
    await this.agent.close();
  }
}

export function startFreeSwitch(port = 0): Promise<FreeSwitchDouble> {
  return FreeSwitchDouble.start({ secret: SECRET, port });
}

/** Sections of hub.yaml in place of those of the embedded engine. */
export function freeSwitchSections(
  drachtio: DrachtioStandIn,
  servers: readonly { port: number }[],
): Record<string, unknown> {
  return {
    engine: 'freeswitch',
    drachtio: drachtio.address,
    freeswitch: servers.map(({ port }) => ({ host: '127.0.0.1', port, secret: SECRET, maxCalls: 20 })),
    audioSocket: { port: 0 },
    // JSON leaves out what is undefined
    sip: undefined,
    media: { timeoutMs: 30_000 },
  };
}
