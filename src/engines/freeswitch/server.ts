import type Srf from 'drachtio-srf';
import type { Clock } from '../../clock.ts';
import { messageOf } from '../../errors.ts';
import { Channel } from './channel.ts';
import { FreeSwitchError } from './errors.ts';
import { EventSocket } from './event-socket.ts';
import { type ChannelFactory, openMediaServer } from './media-server.ts';

export interface FreeSwitchServerOptions {
  host: string;
  /** Of its event socket. */
  port: number;
  secret: string;
  /** Calls of this hub on it at a time. */
  maxCalls: number;
  /** The sofia profile that drachtio-server reaches it by. */
  profile: string;
  /** Whether connections from that address may be its, besides those from `host`. */
  admits(address: string): boolean;
}

export interface EngineLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServerDeps {
  srf: Srf;
  /** An address of this machine; each FreeSWITCH connects to a port of it. */
  listenAddress: string;
  /** How FreeSWITCH reaches it; by default by the address that we have towards it. */
  advertisedAddress: string | undefined;
  clock: Clock;
  log: EngineLog;
}

/** What a server tells those whose calls are on it. */
export interface ServerClient {
  serverLost(error: FreeSwitchError): void;
}

interface Up {
  events: EventSocket;
  channels: ChannelFactory;
  /** How it reaches us. */
  ourAddress: string;
}

const CONNECT_MS = 3_000;
const FIRST_DELAY_MS = 250;
const MAX_DELAY_MS = 5_000;
const ALIVE_MS = 5_000;
const CREATE_MS = 5_000;

/**
 * One configured FreeSWITCH: connected as soon and as long as it can be reached. When it is lost, its calls are told, and it is
 * tried again until it is back.
 */
export class FreeSwitchServer {
  readonly name: string;
  readonly maxCalls: number;
  readonly #options: FreeSwitchServerOptions;
  readonly #deps: ServerDeps;
  readonly #clients = new Set<ServerClient>();
  readonly #firstAttempt = Promise.withResolvers<void>();
  #up: Up | undefined;
  #address: string | undefined;
  #lastError: FreeSwitchError | undefined;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #running: Promise<void>;

  constructor(options: FreeSwitchServerOptions, deps: ServerDeps) {
    this.name = `${options.host}:${options.port}`;
    this.maxCalls = options.maxCalls;
    this.#options = options;
    this.#deps = deps;
    this.#running = this.#run();
  }

  /** Resolves when it is known whether it can be used. */
  get firstAttempt(): Promise<void> {
    return this.#firstAttempt.promise;
  }

  get up(): boolean {
    return this.#up !== undefined;
  }

  /** Why it is not up. */
  get lastError(): FreeSwitchError | undefined {
    return this.#lastError;
  }

  /** Of this hub. */
  get calls(): number {
    return this.#clients.size;
  }

  /** Share of its room that is taken, by this hub or, as far as its last heartbeat told, by anybody. */
  get load(): number {
    return Math.max(this.calls, this.#up?.channels.reportedCalls ?? 0) / this.maxCalls;
  }

  /** How it reaches us; only while it is up. */
  get ourAddress(): string {
    return this.#up?.ourAddress ?? '';
  }

  /** Whether a connection from that address may be this FreeSWITCH. */
  admits(address: string): boolean {
    return plainAddress(address) === this.#address || this.#options.admits(plainAddress(address));
  }

  enter(client: ServerClient): void {
    this.#clients.add(client);
  }

  leave(client: ServerClient): void {
    this.#clients.delete(client);
  }

  /** A channel towards the party with that SDP. @throws FreeSwitchError */
  async openChannel(partySdp: string): Promise<Channel> {
    const up = this.#up;
    if (up === undefined)
      throw new FreeSwitchError('freeswitch_unreachable', `FreeSWITCH at ${this.name} is not there`);
    const { clock } = this.#deps;
    const creating = up.channels.createEndpoint(partySdp);
    const { promise: failure, reject } = Promise.withResolvers<never>();
    const cancel = clock.after(CREATE_MS, () =>
      reject(
        new FreeSwitchError('freeswitch_silent', `FreeSWITCH at ${this.name} makes no channel within ${CREATE_MS} ms`),
      ),
    );
    const forget = up.events.onLost(reject);
    try {
      const endpoint = await Promise.race([creating, failure]);
      return new Channel(endpoint, up.events, clock);
    } catch (error) {
      creating.then(
        (late) => void new Channel(late, up.events, clock).end(),
        () => {},
      );
      if (error instanceof FreeSwitchError) throw error;
      throw new FreeSwitchError(
        'freeswitch_refused',
        `FreeSWITCH at ${this.name} refuses a channel: ${messageOf(error)}`,
        {
          cause: error,
        },
      );
    } finally {
      cancel();
      forget();
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#wake?.();
    this.#up?.events.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    let delayMs = FIRST_DELAY_MS;
    while (!this.#closed) {
      let error: FreeSwitchError;
      try {
        const up = await this.#connect();
        delayMs = FIRST_DELAY_MS;
        error = await this.#serve(up);
      } catch (failure) {
        error =
          failure instanceof FreeSwitchError ? failure : new FreeSwitchError('freeswitch_refused', messageOf(failure));
        if (this.#lastError?.code !== error.code) {
          this.#deps.log.warn({ freeswitch: this.name, code: error.code }, error.message);
        }
      }
      this.#lastError = error;
      this.#firstAttempt.resolve();
      if (this.#closed) return;
      await this.#sleep(delayMs);
      delayMs = Math.min(MAX_DELAY_MS, 2 * delayMs);
    }
  }

  async #connect(): Promise<Up> {
    const { host, port, secret, profile } = this.#options;
    const { srf, listenAddress, advertisedAddress, log } = this.#deps;
    const events = await EventSocket.open({ host, port, secret, timeoutMs: CONNECT_MS });
    try {
      this.#address = plainAddress(events.remoteAddress ?? '');
      await checkModules(events, profile);
      const ourAddress = advertisedAddress ?? plainAddress(events.localAddress ?? '');
      const channels = await openMediaServer({
        srf,
        events,
        listenAddress,
        advertisedAddress: ourAddress,
        profile,
        admits: (address) => this.admits(address),
        onWarning: (message, error) => log.warn({ freeswitch: this.name, err: error }, message),
      });
      return { events, channels, ourAddress };
    } catch (error) {
      events.close();
      throw error;
    }
  }

  /** Until it is lost, or closed. */
  async #serve(up: Up): Promise<FreeSwitchError> {
    this.#up = up;
    this.#lastError = undefined;
    this.#firstAttempt.resolve();
    this.#deps.log.info({ freeswitch: this.name, audioSocket: up.ourAddress }, 'FreeSWITCH is there');
    const stopWatching = this.#watch(up.events);
    const error = await new Promise<FreeSwitchError>((resolve) => up.events.onLost(resolve));
    stopWatching();
    this.#up = undefined;
    up.channels.close();
    if (this.#closed) return error;
    this.#deps.log.error({ freeswitch: this.name, calls: this.calls, reason: error.message }, 'FreeSWITCH is lost');
    for (const client of [...this.#clients]) client.serverLost(error);
    return error;
  }

  /** One that hangs does not close its connection: it is asked now and then. */
  #watch(events: EventSocket): () => void {
    let cancel = () => {};
    const plan = () => {
      cancel = this.#deps.clock.after(ALIVE_MS, () => {
        events.api('uptime').then(plan, () => {});
      });
    };
    plan();
    return () => cancel();
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#deps.clock.after(ms, resolve);
      this.#wake = () => {
        cancel();
        resolve();
      };
    });
  }
}

/** @throws FreeSwitchError `freeswitch_incomplete` with what is missing */
async function checkModules(events: EventSocket, profile: string): Promise<void> {
  const exists = await events.api('module_exists mod_audio_fork');
  if (exists.trim() !== 'true') {
    throw new FreeSwitchError('freeswitch_incomplete', 'FreeSWITCH has not loaded mod_audio_fork');
  }
  const sofia = await events.api('sofia status');
  if (!new RegExp(`^\\s*${profile}\\s.*sip:mod_sofia@\\d`, 'm').test(sofia)) {
    throw new FreeSwitchError(
      'freeswitch_incomplete',
      `FreeSWITCH has no sofia profile '${profile}' with an IPv4 address`,
    );
  }
}

/** An IPv4 address that came as an IPv6 one, as itself. */
export function plainAddress(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}
