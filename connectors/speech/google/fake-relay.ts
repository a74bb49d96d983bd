import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** The wire in front of a server, for what a server does not do to itself: it breaks, and it freezes. */
export class Relay {
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (client) => this.#join(client));
  #target = 0;
  #frozen = false;

  /** @returns the port at which it listens */
  async listen(targetPort: number): Promise<number> {
    this.#target = targetPort;
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections at this moment. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** Every connection breaks; new ones are taken. */
  break(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Connections of now, and new ones, stay open and carry nothing any more. */
  freeze(): void {
    this.#frozen = true;
    for (const socket of this.#sockets) socket.unpipe().pause();
  }

  /** New connections carry again. */
  thaw(): void {
    this.#frozen = false;
  }

  async close(): Promise<void> {
    this.break();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket): void {
    const server = connect({ port: this.#target, host: '127.0.0.1', noDelay: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      if (!this.#frozen) one.pipe(other);
    }
  }
}
