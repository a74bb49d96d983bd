import type { Socket } from 'node:net';

export interface EslCommand {
  /** The first line. */
  line: string;
  headers: ReadonlyMap<string, string>;
}

/** FreeSWITCH's side of an event socket connection: reads commands, writes replies and events. */
export class EslPeer {
  readonly #socket: Socket;
  readonly #subscribed = new Set<string>();
  #text = '';

  constructor(socket: Socket, onCommand: (command: EslCommand) => void) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      this.#text += chunk.toString('utf8');
      for (let end = this.#text.indexOf('\n\n'); end >= 0; end = this.#text.indexOf('\n\n')) {
        const [line = '', ...rest] = this.#text.slice(0, end).split('\n');
        this.#text = this.#text.slice(end + 2);
        onCommand({ line: line.trim(), headers: new Map(rest.map(splitHeader)) });
      }
    });
  }

  write(headers: Readonly<Record<string, string>>, body = ''): void {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
    if (body !== '') lines.push(`Content-Length: ${Buffer.byteLength(body)}`);
    if (this.#socket.writable) this.#socket.write(`${lines.join('\n')}\n\n${body}`);
  }

  reply(text: string): void {
    this.write({ 'Content-Type': 'command/reply', 'Reply-Text': text });
  }

  apiReply(body: string): void {
    this.write({ 'Content-Type': 'api/response' }, body);
  }

  /** `event json NAMES`: custom ones stand behind the word CUSTOM. */
  subscribe(names: readonly string[]): void {
    for (const name of names) this.#subscribed.add(name);
  }

  /** To whoever has asked for it. */
  event(name: string, headers: Readonly<Record<string, string>>, body?: string): void {
    if (!this.#subscribed.has(headers['Event-Subclass'] ?? name)) return;
    this.write(
      { 'Content-Type': 'text/event-json' },
      JSON.stringify({ 'Event-Name': name, ...headers, ...(body === undefined ? {} : { _body: body }) }),
    );
  }

  end(): void {
    this.write({ 'Content-Type': 'text/disconnect-notice' }, 'Disconnected, goodbye.\n');
    this.#socket.end();
  }

  destroy(): void {
    this.#socket.destroy();
  }
}

function splitHeader(line: string): [string, string] {
  const colon = line.indexOf(': ');
  return colon < 0 ? [line, ''] : [line.slice(0, colon), line.slice(colon + 2)];
}
