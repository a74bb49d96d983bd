import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'vitest';
import {
  type BotActivity,
  type BotConnection,
  type BotConversationContext,
  BotError,
  type BotErrorCode,
  type BotReasonCode,
  type BotSession,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { eventually } from './eventually.ts';

/** A connection under test and the hands of a test on the bot behind it. */
export interface BotHarness {
  connection: BotConnection;
  /** Whether a delivery is over only when the bot has answered it, as over HTTP; otherwise when it was sent. */
  acknowledges: boolean;
  /** What the bot answers from now on: texts of messages. A promise delays it. */
  answerWith(answer: (activities: readonly HubActivity[]) => readonly string[] | Promise<readonly string[]>): void;
  /** What of an activity reaches the bot; absent: all of it. */
  carries?(activity: HubActivity): unknown;
  /** What the bot has taken in this conversation, without repetitions. */
  received(conversationId: string): readonly HubActivity[];
  /** How often, and why, the bot was told that this conversation is over. */
  ends(conversationId: string): readonly { reasonCode: string; reason: string }[];
  /** Every conversation that the bot has ever been asked for. */
  conversationIds(): readonly string[];
  /** The bot forgets this conversation. */
  forget(conversationId: string): void;
  /** The bot refuses new conversations because of the credentials. */
  refuse(): void;
  /** Nobody is there any more. */
  vanish(): Promise<void>;
  /** New conversations are accepted only after `release()`; `asked` resolves when the bot was asked for one. */
  holdOpening(): { asked: Promise<void>; release(): void };
  dispose(): Promise<void>;
}

/**
 * What a kind of bot may be without: `session`, a conversation of its own that is opened, can be lost, and is told of its end;
 * `batches`, replies of several messages; `queue`, an answer to each input, also where another input comes before it.
 */
export type BotAbility = 'session' | 'batches' | 'queue';

export interface ContractCase {
  name: string;
  /** Without these the case says nothing. */
  needs?: readonly BotAbility[];
  run(harness: BotHarness): Promise<void>;
}

/** What the hub's core relies on, whatever the bot's framework: the words of src/bots/port.ts. */
export const botContractCases: readonly ContractCase[] = [
  {
    name: 'delivers activities as they are, in order',
    async run(harness) {
      const { session, id } = await openOne(harness);
      const sent = [event('start', { caller: '+15551230001' }), message('hello'), message('how are you')];
      await session.send([sent[0] as HubActivity]);
      await session.send(sent.slice(1));
      await eventually(() => harness.received(id).length >= 3, 'the activities');
      const carries = harness.carries ?? ((activity: HubActivity) => activity);
      deepEqual(harness.received(id).map(carries), sent.map(carries));
    },
  },
  {
    name: 'hands over the replies, in order and with ids, before send resolves where it waits for them',
    needs: ['batches'],
    async run(harness) {
      harness.answerWith(() => ['one', 'two', 'three']);
      const { session, texts, activities } = await openOne(harness);
      await session.send([message('count')]);
      if (!harness.acknowledges) await eventually(() => texts().length >= 3, 'three replies');
      deepEqual(texts(), ['one', 'two', 'three']);
      for (const activity of activities) {
        equal(activity.type, 'message');
        match(activity.id, /./);
      }
      equal(new Set(activities.map((activity) => activity.id)).size, 3);
    },
  },
  {
    name: 'a reply without activities calls no handler',
    async run(harness) {
      harness.answerWith(([first]) => (first?.text === 'hello' ? [] : ['yes']));
      const { session, calls } = await openOne(harness);
      await session.send([message('hello')]);
      await session.send([message('are you there')]);
      await eventually(() => calls.activities > 0, 'a reply');
      equal(calls.activities, 1);
    },
  },
  {
    name: 'keeps the order of deliveries that overlap',
    needs: ['queue'],
    async run(harness) {
      harness.answerWith(async ([first]) => {
        if (first?.text === 'a') await new Promise((resolve) => setTimeout(resolve, 20));
        return [`re ${first?.text}`];
      });
      const { session, id, texts } = await openOne(harness);
      await Promise.all(['a', 'b', 'c'].map((text) => session.send([message(text)])));
      await eventually(() => texts().length >= 3, 'three replies');
      deepEqual(
        harness.received(id).map((activity) => activity.text),
        ['a', 'b', 'c'],
      );
      deepEqual(texts(), ['re a', 're b', 're c']);
    },
  },
  {
    name: 'sending nothing is no delivery',
    async run(harness) {
      harness.answerWith(() => ['what?']);
      const { session, id, calls } = await openOne(harness);
      await session.send([]);
      equal(harness.received(id).length, 0);
      equal(calls.activities, 0);
    },
  },
  {
    name: 'conversations do not touch each other',
    needs: ['session'],
    async run(harness) {
      harness.answerWith(([first]) => [`re ${first?.text}`]);
      const [one, two] = [await openOne(harness), await openOne(harness)];
      await Promise.all([one.session.send([message('one')]), two.session.send([message('two')])]);
      await eventually(() => one.texts().length > 0 && two.texts().length > 0, 'both replies');
      deepEqual([one.texts(), two.texts()], [['re one'], ['re two']]);
      await loseOne(harness, one);
      await two.session.send([message('three')]);
      await eventually(() => two.texts().length > 1, 'another reply');
      deepEqual(two.texts(), ['re two', 're three']);
      equal(two.calls.lost.length, 0);
    },
  },
  {
    name: 'a lost conversation is reported once and takes nothing more',
    needs: ['session'],
    async run(harness) {
      const opened = await openOne(harness);
      await opened.session.send([message('hello')]);
      await loseOne(harness, opened);
      deepEqual(
        opened.calls.lost.map((error) => error.code),
        ['bot_conversation_lost'],
      );
    },
  },
  {
    name: 'a handler that throws harms nobody',
    async run(harness) {
      harness.answerWith(() => ['hi']);
      const { session, calls } = await openOne(harness, { throwing: true });
      await session.send([message('one')]);
      await eventually(() => calls.activities >= 1, 'a reply');
      await session.send([message('two')]);
      await eventually(() => calls.activities >= 2, 'two replies');
      equal(calls.activities, 2);
      equal(calls.lost.length, 0);
    },
  },
  {
    name: 'refused credentials reject the opening',
    needs: ['session'],
    async run(harness) {
      harness.refuse();
      await rejectsWith('bot_rejected', harness.connection.open(contextOf(), silentHandlers));
    },
  },
  {
    name: 'a bot that is not there rejects the opening',
    needs: ['session'],
    async run(harness) {
      await harness.vanish();
      await rejectsWith('bot_unreachable', harness.connection.open(contextOf(), silentHandlers));
    },
  },
  {
    name: 'the end is told once, with its reason',
    needs: ['session'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      const end: { reasonCode: BotReasonCode; reason: string } = { reasonCode: 'client-disconnected', reason: 'BYE' };
      await Promise.all([session.end(end), session.end({ reasonCode: 'error', reason: 'again' })]);
      await session.end({ reasonCode: 'error', reason: 'and again' });
      deepEqual(harness.ends(id), [end]);
    },
  },
  {
    name: 'after the end nothing is sent and no handler is called',
    async run(harness) {
      const { session, id, calls } = await openOne(harness);
      await session.end({ reasonCode: 'bot-disconnected', reason: 'goodbye' });
      await rejectsWith(undefined, session.send([message('late')]));
      equal(harness.received(id).length, 0);
      deepEqual([calls.activities, calls.lost.length], [0, 0]);
    },
  },
  {
    name: 'the end overtakes a delivery under way, whose reply is dropped',
    needs: ['session'],
    async run(harness) {
      const gate = gateOf();
      harness.answerWith(async () => {
        await gate.opened;
        return ['too late'];
      });
      const { session, id, calls } = await openOne(harness);
      const sent = dropped(harness, session.send([message('slow')]));
      await eventually(() => harness.received(id).length === 1, 'the delivery');
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      gate.open();
      await sent;
      equal(harness.ends(id).length, 1);
      deepEqual([calls.activities, calls.lost.length], [0, 0]);
    },
  },
  {
    name: 'the end of the call drops a delivery under way and the bot still learns of the end',
    needs: ['session'],
    async run(harness) {
      const gate = gateOf();
      harness.answerWith(async () => {
        await gate.opened;
        return ['too late'];
      });
      const { session, id, calls, abort } = await openOne(harness);
      const sent = dropped(harness, session.send([message('slow')]));
      await eventually(() => harness.received(id).length === 1, 'the delivery');
      abort();
      await sent;
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      gate.open();
      deepEqual(
        harness.ends(id).map((end) => end.reasonCode),
        ['client-disconnected'],
      );
      deepEqual([calls.activities, calls.lost.length], [0, 0]);
    },
  },
  {
    name: 'the end never rejects, also when nobody is there',
    async run(harness) {
      const { session } = await openOne(harness);
      await harness.vanish();
      await session.end({ reasonCode: 'error', reason: 'the bot went away' });
    },
  },
  {
    name: 'a call that has gone opens no conversation',
    async run(harness) {
      const controller = new AbortController();
      controller.abort();
      await rejectsWith(undefined, harness.connection.open(contextOf(controller.signal), silentHandlers));
      equal(harness.conversationIds().length, 0);
    },
  },
  {
    name: 'a call that goes while the bot is opening leaves no conversation behind',
    needs: ['session'],
    async run(harness) {
      const held = harness.holdOpening();
      const controller = new AbortController();
      const context = contextOf(controller.signal);
      const opening = rejectsWith(undefined, harness.connection.open(context, silentHandlers));
      await held.asked;
      controller.abort();
      await opening;
      held.release();
      const begun = harness.conversationIds().includes(context.conversationId);
      if (begun) await eventually(() => harness.ends(context.conversationId).length === 1, 'the end at the bot');
    },
  },
  {
    name: 'close ends what is open, can be repeated, and nothing opens afterwards',
    needs: ['session'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      await harness.connection.close();
      await harness.connection.close();
      equal(harness.ends(id).length, 1);
      await rejectsWith(undefined, session.send([message('late')]));
      await rejectsWith('bot_unreachable', harness.connection.open(contextOf(), silentHandlers));
    },
  },
];

/** Runs the kit on one kind of connection; every case gets a fresh harness. Cases that need what the kind lacks are left out. */
export function describeBotContract(
  kind: string,
  makeHarness: () => Promise<BotHarness>,
  lacks: readonly BotAbility[] = [],
): void {
  describe(`bot port: ${kind}`, () => {
    for (const { name, run, needs = [] } of botContractCases) {
      if (needs.some((ability) => lacks.includes(ability))) continue;
      test(name, async () => {
        const harness = await makeHarness();
        try {
          await run(harness);
        } finally {
          await harness.dispose();
        }
      });
    }
  });
}

interface Opened {
  session: BotSession;
  id: string;
  activities: BotActivity[];
  calls: { activities: number; lost: BotError[] };
  texts(): (string | undefined)[];
  abort(): void;
}

async function openOne(harness: BotHarness, options: { throwing?: boolean } = {}): Promise<Opened> {
  const controller = new AbortController();
  const context = contextOf(controller.signal);
  const activities: BotActivity[] = [];
  const calls: Opened['calls'] = { activities: 0, lost: [] };
  const session = await harness.connection.open(context, {
    onActivities(batch) {
      calls.activities += 1;
      activities.push(...batch);
      if (options.throwing === true) throw new Error('the handler is broken');
    },
    onLost(error) {
      calls.lost.push(error);
    },
  });
  return {
    session,
    id: context.conversationId,
    activities,
    calls,
    texts: () => activities.map((activity) => activity.text),
    abort: () => controller.abort(),
  };
}

const silentHandlers = { onActivities: () => {}, onLost: () => {} };

function contextOf(signal = new AbortController().signal): BotConversationContext {
  return { callId: randomUUID(), conversationId: randomUUID(), botName: 'Kit', caller: '+15551230001', signal };
}

function message(text: string): HubActivity {
  return { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'message', text };
}

function event(name: string, parameters: Record<string, unknown>): HubActivity {
  return { id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'event', name, parameters };
}

/** Fails unless `promise` rejects with a BotError, of this code where one is given. */
async function rejectsWith(code: BotErrorCode | undefined, promise: Promise<unknown>): Promise<void> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => ({ error }),
  );
  ok(outcome !== undefined, 'expected a rejection');
  ok(outcome.error instanceof BotError, `expected a BotError, got ${String(outcome.error)}`);
  if (code !== undefined) equal(outcome.error.code, code);
}

/** The bot forgets the conversation; that is found out at the next delivery at the latest. */
async function loseOne(harness: BotHarness, { id, session, calls }: Opened): Promise<void> {
  harness.forget(id);
  const next = session.send([message('still there?')]);
  if (harness.acknowledges) await rejectsWith('bot_conversation_lost', next);
  else await next.catch(() => {});
  await eventually(() => calls.lost.length > 0, 'the loss');
  await rejectsWith('bot_conversation_lost', session.send([message('really?')]));
}

/** A delivery that the end overtakes: it rejects, unless it was over when it was sent. */
async function dropped(harness: BotHarness, sent: Promise<void>): Promise<void> {
  if (harness.acknowledges) await rejectsWith(undefined, sent);
  else await sent.catch(() => {});
}

function gateOf(): { opened: Promise<void>; open(): void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
