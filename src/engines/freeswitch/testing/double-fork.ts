import { WebSocket } from 'ws';
import { AudioForkModule } from './audio-fork-module.ts';

export interface DoubleForkEvents {
  event(subclass: string, body?: string): void;
}

/** One `uuid_audio_fork` of a channel of the double. */
export class DoubleFork {
  readonly name: string;
  readonly stereo: boolean;
  readonly withPlayout: boolean;
  readonly #socket: WebSocket;
  readonly #module: AudioForkModule;
  #stopped = false;

  constructor(options: { url: string; name: string; stereo: boolean; withPlayout: boolean }, events: DoubleForkEvents) {
    this.name = options.name;
    this.stereo = options.stereo;
    this.withPlayout = options.withPlayout;
    const socket = new WebSocket(options.url, 'audio.drachtio.org', { perMessageDeflate: false });
    this.#socket = socket;
    this.#module = new AudioForkModule((text) => socket.send(text));
    let open = false;
    socket.on('open', () => {
      open = true;
      events.event('mod_audio_fork::connect');
    });
    socket.on('unexpected-response', () => {
      events.event('mod_audio_fork::connect_failed', '{"reason":"HS: ws upgrade unauthorized"}');
      socket.terminate();
    });
    socket.on('error', () => {
      if (!open && !this.#stopped) {
        events.event('mod_audio_fork::connect_failed', '{"reason":"Unable to connect"}');
      }
      open = true;
    });
    socket.on('message', (data, isBinary) => {
      const bytes = data as Buffer;
      if (!isBinary) this.#module.text(bytes.toString());
      else if (this.withPlayout) this.#module.binary(bytes);
    });
    socket.on('close', () => {
      if (open && !this.#stopped) events.event('mod_audio_fork::disconnect');
    });
  }

  /** Adds what the hub has sent to a frame for the party. */
  dub(frame: Int16Array): void {
    if (this.withPlayout) this.#module.tick(frame);
  }

  /** Sends the frame of the party, and for stereo what it is sent. */
  forward(read: Int16Array, written: Int16Array): void {
    if (this.#socket.readyState !== WebSocket.OPEN) return;
    const width = this.stereo ? 4 : 2;
    const bytes = Buffer.alloc(read.length * width);
    for (let i = 0; i < read.length; i++) {
      bytes.writeInt16LE(read[i] ?? 0, i * width);
      if (this.stereo) bytes.writeInt16LE(written[i] ?? 0, i * width + 2);
    }
    this.#socket.send(bytes);
  }

  stop(): void {
    this.#stopped = true;
    if (this.#socket.readyState === WebSocket.CONNECTING) this.#socket.terminate();
    else this.#socket.close(1000);
  }

  /** The network between goes away. */
  cut(): void {
    this.#socket.terminate();
  }
}
