import pg from 'pg';
import type { Clock } from '../clock.ts';
import type { ChannelListener } from './database.ts';

/** A connection that does not answer for so long is given up. */
const heartbeatMs = 10_000;
const answerMs = 5_000;
const longestPauseMs = 5_000;

/**
 * LISTEN on a connection of its own, which is opened with the first channel. A connection that is lost, or falls silent,
 * is opened again and again until it stands; then everybody is told that notifications may be missing.
 */
export class ServerListener {
  readonly #config: pg.ClientConfig;
  readonly #clock: Clock;
  readonly #onLost: (error: Error) => void;
  readonly #channels = new Map<string, Set<ChannelListener>>();
  #client: pg.Client | undefined;
  #connecting: Promise<void> | undefined;
  #cancelTimer = () => {};
  #failures = 0;
  #closed = false;

  constructor(config: pg.ClientConfig, deps: { clock: Clock; onLost: (error: Error) => void }) {
    this.#config = config;
    this.#clock = deps.clock;
    this.#onLost = deps.onLost;
  }

  /** @throws what node-postgres throws when the first connection cannot be made */
  async listen(channel: string, listener: ChannelListener): Promise<() => Promise<void>> {
    const others = this.#channels.get(channel);
    if (others === undefined) {
      this.#channels.set(channel, new Set([listener]));
      try {
        if (this.#client === undefined) {
          this.#connecting ??= this.#connect();
          await this.#connecting;
        } else {
          await this.#client.query(listenTo(channel));
        }
      } catch (error) {
        this.#channels.get(channel)?.delete(listener);
        throw error;
      }
    } else {
      others.add(listener);
      await this.#connecting;
    }
    return async () => {
      this.#channels.get(channel)?.delete(listener);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer();
    await this.#connecting?.catch(() => {});
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => {});
  }

  async #connect(): Promise<void> {
    const client = new pg.Client(this.#config);
    const lost = (error: Error) => this.#lost(client, error);
    client.on('error', lost);
    client.on('end', () => lost(new Error('the connection for notifications has ended')));
    client.on('notification', ({ channel, payload }) => {
      for (const listener of this.#channels.get(channel) ?? []) listener.onNotification(payload ?? '');
    });
    try {
      await client.connect();
      // Channels that are added while this goes on are listened to as well: the loop looks at the map as it is then.
      for (const channel of this.#channels.keys()) await client.query(listenTo(channel));
    } catch (error) {
      client.removeAllListeners('end');
      await client.end().catch(() => {});
      throw error;
    } finally {
      this.#connecting = undefined;
    }
    if (this.#closed) {
      client.removeAllListeners('end');
      await client.end().catch(() => {});
      return;
    }
    this.#client = client;
    this.#beat(client);
  }

  #beat(client: pg.Client): void {
    this.#cancelTimer = this.#clock.after(heartbeatMs, () => {
      const cancel = this.#clock.after(answerMs, () =>
        this.#lost(client, new Error('the connection for notifications does not answer')),
      );
      client
        .query('SELECT 1')
        .finally(cancel)
        .then(
          () => {
            if (this.#client === client) this.#beat(client);
          },
          (error: Error) => this.#lost(client, error),
        );
    });
  }

  #lost(client: pg.Client, error: Error): void {
    if (this.#client !== client) return;
    this.#client = undefined;
    this.#cancelTimer();
    client.removeAllListeners('end');
    client.end().catch(() => {});
    if (this.#closed) return;
    this.#onLost(error);
    this.#again();
  }

  #again(): void {
    const pauseMs = Math.min(longestPauseMs, 100 * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    this.#cancelTimer = this.#clock.after(pauseMs, () => {
      this.#connecting = this.#connect();
      this.#connecting.then(
        () => {
          this.#failures = 0;
          for (const listeners of this.#channels.values()) {
            for (const listener of listeners) listener.onReconnect();
          }
        },
        () => {
          if (!this.#closed) this.#again();
        },
      );
    });
  }
}

function listenTo(channel: string): string {
  return `LISTEN ${pg.escapeIdentifier(channel)}`;
}
