import { type Selectable, sql } from 'kysely';
import type {
  Acceptance,
  Cancellation,
  Claim,
  ClaimOptions,
  DialoutNews,
  DialoutState,
  DialoutStore,
  DialoutView,
  NewDialout,
  Transition,
} from '../dialout/dialout-store.ts';
import type { DialoutLimits, HubDialoutLimits } from '../dialout/limits.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import type { DialoutOutcome, MachineVerdict } from '../dialout/status.ts';
import { BatchWriter } from './batch-writer.ts';
import { claim, giveBack } from './dialouts-claim.ts';
import { type DialoutContext, tell } from './dialouts-context.ts';
import { applyBatch, cancelQueued, endOrphans, type PendingTransition } from './dialouts-end.ts';
import { dialoutChannel, dialoutQueue, readNotice } from './dialouts-names.ts';
import { rememberedKey, type Submission, submitBatch } from './dialouts-submit.ts';
import { StoreError } from './errors.ts';
import { cleanText } from './json-text.ts';
import type { DialoutTable } from './schema.ts';

/** Dialouts of one moment share a transaction, which may be this large. */
const maxBatch = 200;
/** Submits that wait for the database; their senders are told to come back. */
const maxWaiting = 5_000;
/** Somebody waits for the answer: a database that is away for longer is an error. */
const retrySubmitMs = 2_000;
/** As many calls as a node can have, each with few changes. */
const maxTransitions = 50_000;
const pruneChunk = 500;

/** The durable side of dialouts on PGlite and on a PostgreSQL server. */
export class SqlDialoutStore implements DialoutStore {
  readonly #context: DialoutContext;
  readonly #submits: BatchWriter<Submission>;
  readonly #transitions: BatchWriter<PendingTransition>;
  readonly #prepared = new Map<string, Promise<void>>();
  #order = 0;

  constructor(context: DialoutContext) {
    this.#context = context;
    this.#submits = new BatchWriter((batch) => submitBatch(context, batch), {
      maxBatch,
      maxWaiting,
      retryForMs: retrySubmitMs,
    });
    this.#transitions = new BatchWriter((batch) => applyBatch(context, batch), {
      maxBatch,
      maxWaiting: maxTransitions,
    });
  }

  async submit(dialout: NewDialout, limits: DialoutLimits, hub: HubDialoutLimits): Promise<Acceptance> {
    await this.#prepare(dialout.request.bot);
    const submission: Submission = { dialout, limits, hub, acceptance: undefined };
    await this.#submits.write(dialout.request.id, submission);
    if (submission.acceptance === undefined) throw new StoreError('store_failed', 'the dialout was passed over');
    return submission.acceptance;
  }

  rememberedKey(client: string, key: string): Promise<{ conversationId: string; fingerprint: string } | undefined> {
    return rememberedKey(this.#context, client, key);
  }

  async claim(options: ClaimOptions): Promise<Claim> {
    await this.#prepare(options.bot);
    return claim(this.#context, options);
  }

  giveBack(requests: readonly DialoutRequest[]): Promise<void> {
    return giveBack(this.#context, requests);
  }

  async apply(transition: Transition): Promise<boolean> {
    const pending: PendingTransition = { transition, applied: false };
    this.#order += 1;
    await this.#transitions.write(String(this.#order), pending);
    return pending.applied;
  }

  async cancel(id: string, by: string): Promise<Cancellation> {
    if (!isUuid(id)) return { kind: 'unknown' };
    const { db } = this.#context.database;
    for (;;) {
      const row = await db.selectFrom('dialouts').select(['state', 'bot']).where('id', '=', id).executeTakeFirst();
      if (row === undefined) return { kind: 'unknown' };
      if (row.state === 'ended') return { kind: 'ended' };
      if (row.state === 'queued') {
        await this.#prepare(row.bot);
        if (await cancelQueued(this.#context, id, row.bot, cancelledOutcome(by))) return { kind: 'cancelled' };
        continue; // it has been begun, or has ended, since
      }
      const node = await this.#askToEnd(id, by);
      if (node !== undefined) return { kind: 'asked', node };
    }
  }

  async cancelsMissed(): Promise<{ id: string; by: string }[]> {
    const rows = await this.#context.database.db
      .selectFrom('dialouts')
      .select(['id', 'cancel_by'])
      .where('state', 'in', ['dialling', 'answered'])
      .where('node', '=', this.#context.node)
      .where('cancel_by', 'is not', null)
      .execute();
    return rows.map(({ id, cancel_by }) => ({ id, by: cancel_by ?? '' }));
  }

  async endedElsewhere(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const { rows } = await sql<{ id: string }>`select id::text from dialouts
      where id in (select jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb)::uuid)
        and (state = 'ended' or node is distinct from ${this.#context.node})`.execute(this.#context.database.db);
    return rows.map(({ id }) => id);
  }

  endOrphans(): Promise<number> {
    return endOrphans(this.#context);
  }

  async get(id: string): Promise<DialoutView | undefined> {
    if (!isUuid(id)) return undefined;
    const row = await this.#context.database.db
      .selectFrom('dialouts')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirst();
    return row === undefined ? undefined : viewOf(row);
  }

  async waitingBots(): Promise<string[]> {
    const rows = await this.#context.database.db
      .selectFrom('dialouts')
      .select('bot')
      .distinct()
      .where('state', '=', 'queued')
      .execute();
    return rows.map(({ bot }) => bot);
  }

  async prepare(bots: readonly string[]): Promise<void> {
    for (const bot of bots) await this.#prepare(bot);
  }

  async subscribe(news: DialoutNews): Promise<() => Promise<void>> {
    const { database } = this.#context;
    if (database.kind === 'pglite') return async () => {}; // there are no others
    return database.listen(dialoutChannel, {
      onNotification(payload) {
        const notice = readNotice(payload);
        if (notice === undefined) return;
        if ('queued' in notice) news.queued(notice.queued);
        else if ('freed' in notice) news.freed(notice.freed);
        else news.cancel(notice.cancel, notice.by);
      },
      onReconnect: () => news.missed(),
    });
  }

  async prune(olderThan: string): Promise<number> {
    let deleted = 0;
    for (let count = pruneChunk; count === pruneChunk; deleted += count) {
      const result = await sql`delete from dialouts where id in (
        select id from dialouts where state = 'ended' and ended_at < ${olderThan}::timestamptz
        order by ended_at limit ${pruneChunk})`.execute(this.#context.database.db);
      count = Number(result.numAffectedRows ?? 0);
    }
    return deleted;
  }

  async idle(): Promise<void> {
    await Promise.all([this.#submits.idle(), this.#transitions.idle()]);
  }

  /** The queue and the row that claims of a bot need; once in the life of the process. */
  #prepare(bot: string): Promise<void> {
    const before = this.#prepared.get(bot);
    if (before !== undefined) return before;
    const { database, jobs } = this.#context;
    const preparing = (async () => {
      await database.db
        .insertInto('dialout_limits')
        .values([{ bot: '' }, { bot }])
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      // Taken once, and not by pg-boss's workers: the dispatcher is told by a channel of its own.
      await jobs.queue(dialoutQueue(bot), { retryLimit: 0 });
    })();
    this.#prepared.set(bot, preparing);
    preparing.catch(() => this.#prepared.delete(bot));
    return preparing;
  }

  /** @returns the node that dials it; undefined: it has ended since */
  async #askToEnd(id: string, by: string): Promise<string | undefined> {
    return this.#context.database.db.transaction().execute(async (transaction) => {
      const asked = await transaction
        .updateTable('dialouts')
        .set({ cancel_by: cleanText(by) })
        .where('id', '=', id)
        .where('state', 'in', ['dialling', 'answered'])
        .returning('node')
        .executeTakeFirst();
      if (asked === undefined) return undefined;
      await tell(this.#context, transaction, [{ cancel: id, by }]);
      return asked.node ?? '';
    });
  }
}

function cancelledOutcome(by: string): DialoutOutcome {
  const text = `Cancelled through the API by ${by} before it was begun`;
  return {
    status: 'failed',
    reasonCode: 'error',
    reason: text,
    end: { category: 'api', by: 'operator', text },
  };
}

function isUuid(text: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text);
}

function viewOf(row: Selectable<DialoutTable>): DialoutView {
  return {
    id: row.id,
    client: row.client,
    bot: row.bot,
    state: row.state as DialoutState,
    request: row.request as DialoutRequest,
    acceptedAt: row.accepted_at.toISOString(),
    dialledAt: row.dialled_at?.toISOString(),
    answeredAt: row.answered_at?.toISOString(),
    endedAt: row.ended_at?.toISOString(),
    outcome: (row.outcome ?? undefined) as DialoutOutcome | undefined,
    machine: (row.machine ?? undefined) as MachineVerdict | undefined,
  };
}
