import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { ChallengeAnswers } from './challenge-answers.ts';
import type { Credentials } from './digest.ts';
import { afterProbe, type GatewayHealth, unknownHealth } from './gateway-health.ts';

/** The part of a SIP connection that the monitor needs. */
export interface MonitoredConnection {
  id: string;
  gateways: readonly string[];
  auth?: Credentials | undefined;
  /** Absent: its gateways are not asked. */
  keepAlive?: { intervalMs: number; timeoutMs: number } | undefined;
}

export interface GatewayMonitorOptions {
  connections: readonly MonitoredConnection[];
  /** Sends OPTIONS; resolves with the status of the final response. */
  ask(gateway: string, connection: MonitoredConnection, answers: ChallengeAnswers): Promise<number>;
  /** The state of a gateway has changed, or it was asked. */
  observed?(connection: string, gateway: string, health: GatewayHealth): void;
  clock: Clock;
  log: Logger;
  /** 0 to 1. */
  random?: () => number;
}

/** A gateway that has failed once is asked again so soon, so that its state is certain. */
const CONFIRM_MS = 2_000;
/** Gateways are asked for the first time within so long, not all at once. */
const FIRST_WITHIN_MS = 1_000;

interface Watched {
  connection: MonitoredConnection;
  gateway: string;
  keepAlive: { intervalMs: number; timeoutMs: number };
  answers: ChallengeAnswers;
  health: GatewayHealth;
}

/** Asks gateways by OPTIONS (RFC 3261 11) from time to time whether they are there. */
export class GatewayMonitor {
  readonly #options: GatewayMonitorOptions;
  readonly #watched = new Map<string, Watched>();
  readonly #timers = new Map<Watched, () => void>();
  readonly #random: () => number;
  #closed = false;

  constructor(options: GatewayMonitorOptions) {
    this.#options = options;
    this.#random = options.random ?? Math.random;
    for (const connection of options.connections) {
      const { keepAlive } = connection;
      if (keepAlive === undefined) continue;
      for (const gateway of connection.gateways) {
        const answers = new ChallengeAnswers(connection.auth);
        const watched: Watched = { connection, gateway, keepAlive, answers, health: unknownHealth };
        this.#watched.set(keyOf(connection.id, gateway), watched);
      }
    }
  }

  /** To be called once, when requests can be sent. */
  start(): void {
    for (const watched of this.#watched.values()) {
      this.#schedule(watched, this.#random() * Math.min(watched.keepAlive.intervalMs, FIRST_WITHIN_MS));
    }
  }

  /** Of a gateway that is not asked: `unknown`. */
  healthOf(connection: string, gateway: string): GatewayHealth {
    return this.#watched.get(keyOf(connection, gateway))?.health ?? unknownHealth;
  }

  isDown(connection: string, gateway: string): boolean {
    return this.healthOf(connection, gateway).state === 'down';
  }

  /** Idempotent. Answers that are still to come are passed over. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #schedule(watched: Watched, ms: number): void {
    if (this.#closed) return;
    this.#timers.set(
      watched,
      this.#options.clock.after(ms, () => void this.#probe(watched)),
    );
  }

  /** Never rejects. */
  async #probe(watched: Watched): Promise<void> {
    const { connection, gateway, keepAlive, answers } = watched;
    const { clock, ask } = this.#options;
    const startedAt = clock.now();
    const status = await new Promise<number | undefined>((resolve) => {
      const cancel = clock.after(keepAlive.timeoutMs, () => resolve(undefined));
      this.#timers.set(watched, cancel);
      const answered = (value: number | undefined) => {
        cancel();
        resolve(value);
      };
      ask(gateway, connection, answers).then(answered, () => answered(undefined));
    });
    if (this.#closed) return;
    const roundTripMs = Math.round((clock.now() - startedAt) * 10) / 10;
    const before = watched.health;
    watched.health = afterProbe(before, { status, roundTripMs }, clock.date());
    if (watched.health.state !== before.state) this.#tell(watched);
    this.#options.observed?.(connection.id, gateway, watched.health);
    const { failures, state } = watched.health;
    const soon = failures > 0 && state !== 'down';
    const spread = 0.9 + 0.2 * this.#random();
    this.#schedule(watched, soon ? Math.min(CONFIRM_MS, keepAlive.intervalMs) : keepAlive.intervalMs * spread);
  }

  #tell({ connection, gateway, health }: Watched): void {
    const { log } = this.#options;
    const facts = { connection: connection.id, gateway, status: health.lastStatus, roundTripMs: health.roundTripMs };
    if (health.state === 'down') log.warn(facts, 'gateway is down: it is tried last from now on');
    else log.info(facts, 'gateway is up');
  }
}

function keyOf(connection: string, gateway: string): string {
  return `${connection}\n${gateway}`;
}
