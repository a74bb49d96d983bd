import type { WebSocket } from 'ws';
import type { Clock } from '../../clock.ts';
import { type AudioServer, audioUrl } from './audio-server.ts';
import type { Channel } from './channel.ts';
import { FreeSwitchError } from './errors.ts';

export interface ForkOptions {
  channel: Channel;
  audio: AudioServer;
  /** How the channel's FreeSWITCH reaches the audio socket. */
  address: string;
  /** Whether a connection from that address is that FreeSWITCH. */
  admits(address: string): boolean;
  /** Each fork of a channel needs a name of its own: one without cannot be stopped. */
  name: string;
  mix: 'mono' | 'stereo';
  /** It takes audio for the party, too. */
  withPlayout: boolean;
  /** Told of a refused connection by the channel's event. */
  onRefused(listener: (reason: string) => void): () => void;
  clock: Clock;
}

const CONNECT_MS = 3_000;

/**
 * Has FreeSWITCH connect the channel to the audio socket, and resolves with the connection. The command itself succeeds before
 * anything is connected.
 * @throws FreeSwitchError
 */
export async function openFork(options: ForkOptions): Promise<WebSocket> {
  const { channel, audio, address, admits, name, mix, withPlayout, onRefused, clock } = options;
  const { promise, resolve, reject } = Promise.withResolvers<WebSocket>();
  const ticket = audio.tickets.issue({ admits, accept: resolve });
  const url = audioUrl(address, audio.port, ticket.token);
  const fail = (message: string) => reject(new FreeSwitchError('freeswitch_refused', message));
  const cancelTimer = clock.after(CONNECT_MS, () =>
    fail(`FreeSWITCH has not connected to the audio socket at ${address}:${audio.port} within ${CONNECT_MS} ms`),
  );
  const forget = onRefused((reason) =>
    fail(`FreeSWITCH cannot connect to the audio socket at ${address}:${audio.port}: ${reason}`),
  );
  void channel.gone.then(() => reject(new FreeSwitchError('freeswitch_gone', 'the channel has ended')));
  try {
    const started = channel.startFork({ url, name, mix, withPlayout });
    started.catch(reject);
    const socket = await promise;
    await started;
    return socket;
  } catch (error) {
    promise.then(
      (late) => late.terminate(),
      () => {},
    );
    await channel.stopFork(name);
    throw error;
  } finally {
    ticket.revoke();
    forget();
    cancelTimer();
  }
}

/**
 * Cuts what comes from mod_audio_fork into frames: a message holds one frame, or after a delay several; little-endian samples,
 * stereo ones in turn. `samples` is used again for the next frame.
 */
export class FrameReader {
  readonly samples: Int16Array;
  #filled = 0;

  /** `length`: samples of a frame, of both channels together. */
  constructor(length: number) {
    this.samples = new Int16Array(length);
  }

  /** Calls `each` for every frame that the message completes. */
  read(message: Buffer, each: () => void): void {
    const { samples } = this;
    for (let at = 0; at + 1 < message.length; at += 2) {
      samples[this.#filled++] = ((message[at + 1] ?? 0) << 8) | (message[at] ?? 0);
      if (this.#filled < samples.length) continue;
      this.#filled = 0;
      each();
    }
  }
}
