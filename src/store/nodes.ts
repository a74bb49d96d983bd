import { sql } from 'kysely';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { Database } from './database.ts';

export interface NodeTiming {
  beatMs: number;
  /** A node whose beats stood still for so long, watched by another one that could read them, is dead. */
  deadAfterMs: number;
}

export const defaultNodeTiming: NodeTiming = { beatMs: 2_000, deadAfterMs: 10_000 };

export interface NodeEvents {
  /** Nodes that were there are there no longer: what they left behind has to be taken care of. Every node is told. */
  gone(ids: readonly string[]): void;
  /** Others took this node for dead, for it had not beaten: what it was working on may have been ended by them. */
  returned(): void;
}

interface Sight {
  beats: string;
  accepting: boolean;
  changedAtMs: number;
}

/**
 * This hub among those on the same database. Each counts up in a row of its own, and watches the others count. No clock
 * of another machine matters, and a database that was away kills nobody: time only counts while it could be read.
 */
export class NodeRegistry {
  readonly id: string;
  readonly #database: Database;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #timing: NodeTiming;
  readonly #name: string;
  readonly #listeners = new Set<NodeEvents>();
  readonly #seen = new Map<string, Sight>();
  #accepting = true;
  #lastBeatMs = Number.NEGATIVE_INFINITY;
  #failing = false;
  #beating: Promise<void> | undefined;
  #cancelTimer = () => {};
  #left = false;

  constructor(deps: {
    database: Database;
    id: string;
    name: string;
    clock: Clock;
    log: Logger;
    timing?: NodeTiming | undefined;
  }) {
    this.id = deps.id;
    this.#name = deps.name;
    this.#database = deps.database;
    this.#clock = deps.clock;
    this.#log = deps.log;
    this.#timing = deps.timing ?? defaultNodeTiming;
  }

  /** Enters this node. PGlite belongs to one process: whoever was there before is gone. */
  async join(): Promise<void> {
    const { db, kind } = this.#database;
    await db.transaction().execute(async (transaction) => {
      if (kind === 'pglite') await transaction.deleteFrom('nodes').execute();
      await transaction
        .insertInto('nodes')
        .values({
          id: this.id,
          name: this.#name,
          beats: 0,
          accepting: this.#accepting,
          started_at: this.#clock.date().toISOString(),
        })
        .execute();
    });
    await this.beat();
  }

  /** @returns what ends it */
  subscribe(listener: NodeEvents): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ids of the nodes that live, this one included. */
  live(): string[] {
    return [this.id, ...[...this.#seen.keys()].filter((id) => id !== this.id)];
  }

  /** Whether this node takes work, for the others to know. */
  accept(accepting: boolean): void {
    this.#accepting = accepting;
    void this.beat();
  }

  /** Counts up and looks at the others; also at once when it is called. Never rejects. */
  beat(): Promise<void> {
    this.#beating ??= this.#beat().finally(() => {
      this.#beating = undefined;
    });
    return this.#beating;
  }

  /** Tells the others that this node is no longer there. Idempotent. */
  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#cancelTimer();
    await this.#beating;
    await this.#database.db
      .deleteFrom('nodes')
      .where('id', '=', this.id)
      .execute()
      .catch((error: unknown) => this.#log.warn({ reason: messageOf(error) }, 'the node could not sign off'));
  }

  async #beat(): Promise<void> {
    if (this.#left) return;
    this.#cancelTimer();
    try {
      await this.#look();
      if (this.#failing) this.#log.info('nodes: the database answers again');
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.#log.warn({ reason: messageOf(error) }, 'nodes: the database does not answer');
      this.#failing = true;
    }
    if (!this.#left) this.#cancelTimer = this.#clock.after(this.#timing.beatMs, () => void this.beat());
  }

  async #look(): Promise<void> {
    const { db } = this.#database;
    const { rows } = await sql<{ id: string; beats: string; accepting: boolean; mine: boolean }>`
      with mine as (
        insert into nodes (id, name, beats, accepting, started_at)
        values (${this.id}, ${this.#name}, 1, ${this.#accepting}, clock_timestamp())
        on conflict (id) do update set beats = nodes.beats + 1, accepting = excluded.accepting
        returning id, beats
      )
      select nodes.id, nodes.beats::text as beats, nodes.accepting, nodes.id = ${this.id} as mine from nodes`.execute(
      db,
    );
    const now = this.#clock.now();
    // Nobody was watched in between, so nobody can be said to have stood still.
    const watched = now - this.#lastBeatMs <= this.#timing.beatMs * 2;
    const first = this.#lastBeatMs === Number.NEGATIVE_INFINITY;
    this.#lastBeatMs = now;
    const there = new Set(rows.map((row) => row.id));
    const gone = [...this.#seen.keys()].filter((id) => id !== this.id && !there.has(id));
    for (const id of gone) this.#seen.delete(id);
    for (const { id, beats, accepting } of rows) {
      const before = this.#seen.get(id);
      const stood = watched && before?.beats === beats;
      this.#seen.set(id, { beats, accepting, changedAtMs: stood ? before.changedAtMs : now });
    }
    for (const [id, { beats, changedAtMs }] of this.#seen) {
      if (id === this.id || now - changedAtMs < this.#timing.deadAfterMs) continue;
      const result = await db
        .deleteFrom('nodes')
        .where('id', '=', id)
        .where('beats', '=', Number(beats))
        .executeTakeFirst();
      if (result.numDeletedRows === 0n) continue;
      this.#log.warn({ node: id }, 'a hub on the same database has died');
      this.#seen.delete(id);
      gone.push(id);
    }
    if (gone.length > 0) for (const listener of this.#listeners) listener.gone(gone);
    // The statement sees the table as it was before it: a row that is not there had been deleted by others.
    const wasDeleted = !first && !there.has(this.id);
    if (wasDeleted) {
      this.#log.warn('the others took this hub for dead');
      for (const listener of this.#listeners) listener.returned();
    }
  }
}
