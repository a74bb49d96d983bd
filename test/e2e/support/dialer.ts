import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One notification that a dialer got. */
export interface SeenNotification {
  conversationId: string;
  status: 'initiated' | 'ringing' | 'answered' | 'failed' | 'completed';
  reasonCode?: string;
  reason?: string;
  eventId: string;
  signature: string;
  body: string;
  /** `performance.now()` */
  at: number;
}

/** A dialer: takes notifications, and remembers all of them. */
export class Dialer {
  readonly notifications: SeenNotification[] = [];
  /** What the next requests are answered with; 200 when it is empty. */
  readonly answers: number[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(): Promise<Dialer> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const status = dialer.answers.shift() ?? 200;
        if (status === 200) dialer.#take(Buffer.concat(chunks).toString(), request.headers);
        response.writeHead(status).end();
      });
    });
    const dialer = new Dialer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return dialer;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/status`;
  }

  /** The statuses of one dialout in the order in which they came; an event that came again counts once. */
  statusesOf(conversationId: string): string[] {
    const seen = new Set<string>();
    return this.notifications.flatMap((notification) => {
      if (notification.conversationId !== conversationId || seen.has(notification.eventId)) return [];
      seen.add(notification.eventId);
      return [notification.status];
    });
  }

  finalOf(conversationId: string): SeenNotification | undefined {
    return this.notifications.find(
      ({ conversationId: id, status }) => id === conversationId && (status === 'failed' || status === 'completed'),
    );
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #take(body: string, headers: NodeJS.Dict<string | string[]>): void {
    this.notifications.push({
      ...(JSON.parse(body) as Pick<SeenNotification, 'conversationId' | 'status'>),
      eventId: String(headers['x-patchbay-event-id']),
      signature: String(headers['x-patchbay-signature']),
      body,
      at: performance.now(),
    });
  }
}
