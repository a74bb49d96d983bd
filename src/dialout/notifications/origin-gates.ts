/** What is known of a target. */
type Condition =
  | 'new' // nothing yet
  | 'proven' // it answered last time
  | 'failing'; // several requests in a row found nobody, or a server in trouble

export type Start =
  | 'started'
  | 'busy' // as many requests to this origin as it may have are under way
  | 'paused' // the origin is failing, and its next probe is not due or under way
  | 'crowded'; // no room for an origin in its condition, whoever else may have some

export interface GateLimits {
  /** Requests at a time, over all origins. */
  overall: number;
  /** Requests at a time to one origin. */
  perOrigin: number;
}

interface Origin {
  condition: Condition;
  running: number;
  /** Outages in a row. */
  outages: number;
  /** Probes in a row that found the origin as it was. */
  probes: number;
  /** No probe before, on the clock that is handed in. */
  pausedUntil: number;
}

/** Outages in a row that make an origin a failing one. */
const outagesToFail = 5;
const firstPauseMs = 1_000;
const longestPauseMs = 60_000;
/** Parts of all room: new and failing ones together leave a quarter to the proven ones; failing ones get no more than a quarter. */
const share = { new: 0.75, failing: 0.25 } as const;
/** Origins that are remembered without a request under way. */
const maxRemembered = 10_000;

/**
 * Decides who may be sent a request now, so that a target that hangs costs others nothing: each origin has its own
 * limit; one that keeps failing is probed with a single request at a time, after growing pauses; and origins in trouble,
 * however many, never get at the room of those that answer. Pure: times come in, nothing waits here.
 */
export class OriginGates {
  readonly #limits: GateLimits;
  readonly #origins = new Map<string, Origin>();
  readonly #failing = new Set<string>();
  readonly #running: Record<Condition, number> = { new: 0, proven: 0, failing: 0 };

  constructor(limits: GateLimits) {
    this.#limits = limits;
  }

  /** Requests under way. */
  get running(): number {
    return this.#running.new + this.#running.proven + this.#running.failing;
  }

  /** Takes a place for one request; `finish` gives it back. */
  start(name: string, now: number): Start {
    const origin = this.#origins.get(name) ?? this.#remember(name);
    const { condition } = origin;
    if (condition === 'failing' && (origin.running > 0 || now < origin.pausedUntil)) return 'paused';
    if (origin.running >= this.#limits.perOrigin) return 'busy';
    if (this.room(condition) === 0) return 'crowded';
    origin.running += 1;
    this.#running[condition] += 1;
    return 'started';
  }

  /**
   * A request that `start` let through has ended.
   * @param result `outage`: the origin was not there, or in trouble; `unknown`: the request says nothing about it
   */
  finish(name: string, result: 'answered' | 'outage' | 'unknown', now: number): void {
    const origin = this.#origins.get(name);
    if (origin === undefined || origin.running === 0) throw new Error(`no request to ${name} is under way`);
    origin.running -= 1;
    this.#running[origin.condition] -= 1;
    if (result === 'unknown') return;
    if (result === 'answered') {
      origin.outages = 0;
      origin.probes = 0;
      this.#become(name, origin, 'proven');
      return;
    }
    origin.outages += 1;
    if (origin.outages < outagesToFail) return;
    this.#become(name, origin, 'failing');
    // Requests that were under way when the origin began to fail are not probes; the last of them begins the pause.
    if (origin.running > 0) return;
    origin.pausedUntil = now + Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(origin.probes, 16));
    origin.probes += 1;
  }

  /** The origin is failing: what is there for it had better wait elsewhere. */
  isFailing(name: string): boolean {
    return this.#failing.has(name);
  }

  /** The origin answered last time: it is trusted to answer again. */
  isProven(name: string): boolean {
    return this.#origins.get(name)?.condition === 'proven';
  }

  /** Requests that could be started now to origins of this condition, as far as the others leave room. */
  room(condition: Condition): number {
    const { new: fresh, proven, failing } = this.#running;
    const { overall } = this.#limits;
    const all = overall - fresh - proven - failing;
    const part = (condition: 'new' | 'failing') => Math.max(1, Math.floor(overall * share[condition]));
    switch (condition) {
      case 'proven':
        return Math.max(0, all);
      case 'new':
        return Math.max(0, Math.min(all, part('new') - fresh - failing));
      case 'failing':
        return Math.max(0, Math.min(all, part('failing') - failing));
    }
  }

  /** Milliseconds until a failing origin may be probed; 0 where it may be now. */
  pauseMs(name: string, now: number): number {
    const origin = this.#origins.get(name);
    return origin?.condition === 'failing' ? Math.max(0, origin.pausedUntil - now) : 0;
  }

  /** Failing origins that may not be probed at the moment: nothing needs to be fetched for them. */
  paused(now: number): string[] {
    const names: string[] = [];
    for (const name of this.#failing) {
      const origin = this.#origins.get(name);
      if (origin !== undefined && (origin.running > 0 || now < origin.pausedUntil)) names.push(name);
    }
    return names;
  }

  /** When the next failing origin may be probed; undefined where none is waiting for its time. */
  nextProbeAt(now: number): number | undefined {
    let next: number | undefined;
    for (const name of this.#failing) {
      const at = this.#origins.get(name)?.pausedUntil ?? 0;
      if (at > now && (next === undefined || at < next)) next = at;
    }
    return next;
  }

  /** Failing origins. */
  get failing(): number {
    return this.#failing.size;
  }

  /** Origins that something is known of. */
  get remembered(): number {
    return this.#origins.size;
  }

  #become(name: string, origin: Origin, condition: Condition): void {
    if (origin.condition === condition) return;
    this.#running[origin.condition] -= origin.running;
    this.#running[condition] += origin.running;
    origin.condition = condition;
    if (condition === 'failing') this.#failing.add(name);
    else this.#failing.delete(name);
  }

  #remember(name: string): Origin {
    if (this.#origins.size >= maxRemembered) this.#forgetSome();
    const origin: Origin = { condition: 'new', running: 0, outages: 0, probes: 0, pausedUntil: 0 };
    this.#origins.set(name, origin);
    return origin;
  }

  /** Forgets the idle ones of the older half; what is forgotten is new again. */
  #forgetSome(): void {
    let seen = 0;
    for (const [name, origin] of this.#origins) {
      if (seen++ >= maxRemembered / 2) break;
      if (origin.running > 0) continue;
      this.#origins.delete(name);
      this.#failing.delete(name);
    }
  }
}
