import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import type { Closed, FromStreams, ToStreams } from './rtp-streams.ts';

/** RTP phones in a process of their own; what each does is in `rtp-streams.ts`. */
export class Phones {
  readonly #child: ChildProcess;
  readonly #opened = new Map<number, (port: number) => void>();
  readonly #closed = new Map<number, (closed: Closed) => void>();

  constructor() {
    this.#child = fork(join(import.meta.dirname, 'rtp-phones-process.ts'), [], { serialization: 'advanced' });
    this.#child.on('message', (message: FromStreams) => this.#take(message));
  }

  get pid(): number {
    return this.#child.pid ?? Number.NaN;
  }

  send(message: ToStreams): void {
    this.#child.send(message);
  }

  /** Resolves to the phone's port. */
  open(message: Omit<Extract<ToStreams, { type: 'open' }>, 'type'>): Promise<number> {
    this.send({ type: 'open', ...message });
    return new Promise((resolve) => this.#opened.set(message.id, resolve));
  }

  close(id: number): Promise<Closed> {
    this.send({ type: 'close', id });
    return new Promise((resolve) => this.#closed.set(id, resolve));
  }

  end(): void {
    this.#child.disconnect();
  }

  #take(message: FromStreams): void {
    switch (message.type) {
      case 'opened':
        this.#opened.get(message.id)?.(message.port);
        return;
      case 'closed':
        this.#closed.get(message.result.id)?.(message);
        return;
      case 'failed':
        throw new Error(`the phones failed: ${message.message}`);
    }
  }
}

/** The SDP of such a phone; payload type 0 or 8. */
export function phoneOffer(port: number, payloadType = 0): string {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 'c=IN IP4 127.0.0.1', 't=0 0'];
  return `${[...lines, `m=audio ${port} RTP/AVP ${payloadType}`].join('\r\n')}\r\n`;
}
