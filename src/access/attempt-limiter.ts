import type { Clock } from '../clock.ts';
import { parseIpAddress } from '../routing/cidr.ts';

/** Wrong attempts that are taken at once, and how long it takes until one more is. */
interface Allowance {
  burst: number;
  everyMs: number;
}

const perSource: Allowance = { burst: 10, everyMs: 6_000 };
const perClient: Allowance = { burst: 30, everyMs: 2_000 };
const perPair: Allowance = { burst: 10, everyMs: 6_000 };
/** For a client that is under attack, from an address from which it never came. */
const perStrangePair: Allowance = { burst: 2, everyMs: 60_000 };

const maxEntries = 10_000;

/**
 * Slows down who guesses secrets. Only wrong attempts count. An address may fail so often, whatever it tries; a client
 * id so often, from wherever: beyond that an address from which the client never proved itself has two attempts a
 * minute. An address from which it did is judged by its own attempts for this client alone. So a stranger who hammers
 * on a client's id, or on others from the same proxy, locks out nobody who knows the secret. All tables are bounded;
 * the entry that was not used for the longest time makes room.
 */
export class AttemptLimiter {
  readonly #clock: Clock;
  readonly #bySource = new RecentTable<Bucket>(maxEntries);
  readonly #byClient = new RecentTable<Bucket>(maxEntries);
  readonly #byPair = new RecentTable<Bucket>(maxEntries);
  readonly #proven = new RecentTable<true>(maxEntries);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Milliseconds until an attempt is welcome; 0: now. `clientId` is undefined where a token is tried. */
  waitMs(address: string, clientId: string | undefined): number {
    const now = this.#clock.now();
    const source = sourceOf(address);
    if (clientId === undefined) return waitOf(this.#bySource.get(source), perSource, now);
    const pair = pairOf(source, clientId);
    if (this.#proven.get(pair)) return waitOf(this.#byPair.get(pair), perPair, now);
    const underAttack = waitOf(this.#byClient.get(clientKey(clientId)), perClient, now) > 0;
    return Math.max(
      waitOf(this.#bySource.get(source), perSource, now),
      underAttack ? waitOf(this.#byPair.get(pair), perStrangePair, now) : 0,
    );
  }

  failed(address: string, clientId: string | undefined): void {
    const now = this.#clock.now();
    const source = sourceOf(address);
    take(this.#bySource, source, perSource, now);
    if (clientId === undefined) return;
    const pair = pairOf(source, clientId);
    take(this.#byClient, clientKey(clientId), perClient, now);
    take(this.#byPair, pair, this.#proven.get(pair) ? perPair : perStrangePair, now);
  }

  succeeded(address: string, clientId: string): void {
    const pair = pairOf(sourceOf(address), clientId);
    this.#proven.set(pair, true);
  }
}

/** How many failures are owed, as of `at`; they are forgiven one per `everyMs`. */
interface Bucket {
  owed: number;
  at: number;
}

function owedAt(bucket: Bucket | undefined, { everyMs }: Allowance, now: number): number {
  return bucket === undefined ? 0 : Math.max(0, bucket.owed - (now - bucket.at) / everyMs);
}

function waitOf(bucket: Bucket | undefined, allowance: Allowance, now: number): number {
  const over = owedAt(bucket, allowance, now) - (allowance.burst - 1);
  return over <= 0 ? 0 : Math.ceil(over * allowance.everyMs);
}

function take(table: RecentTable<Bucket>, key: string, allowance: Allowance, now: number): void {
  const owed = Math.min(allowance.burst, owedAt(table.get(key), allowance, now) + 1);
  table.set(key, { owed, at: now });
}

/** The address; of IPv6 the /64, which one subscriber has to himself. */
function sourceOf(text: string): string {
  const address = parseIpAddress(text);
  if (address === undefined) return text.slice(0, 64);
  return address.family === 4 ? address.value.toString(16) : `${(address.value >> 64n).toString(16)}/64`;
}

function clientKey(clientId: string): string {
  return clientId.slice(0, 64);
}

function pairOf(source: string, clientId: string): string {
  return `${source} ${clientKey(clientId)}`;
}

/** Keeps what was written last. */
class RecentTable<Value> {
  readonly #entries = new Map<string, Value>();
  readonly #max: number;

  constructor(max: number) {
    this.#max = max;
  }

  get(key: string): Value | undefined {
    return this.#entries.get(key);
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    if (this.#entries.size <= this.#max) return;
    const oldest = this.#entries.keys().next();
    if (!oldest.done) this.#entries.delete(oldest.value);
  }
}
