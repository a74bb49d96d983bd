import { deepEqual, equal, match } from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { BotReasonCode, HubActivity } from '../../../src/bots/port.ts';
import {
  type BotHarness,
  contextOf,
  dropped,
  event,
  gateOf,
  isReply,
  loseOne,
  message,
  openOne,
  rejectsWith,
  scripted,
  silentHandlers,
} from './bot-harness.ts';
import { eventually } from './eventually.ts';

export type { BotHarness } from './bot-harness.ts';

/**
 * What a kind of bot may be without: `session`, a conversation of its own that is opened, can be lost, and is told of its end;
 * `batches`, replies of several messages; `queue`, an answer to each input, also where another input comes before it; `script`,
 * the hands of a test on what it says; `credentials`, which it asks for.
 */
export type BotAbility = 'session' | 'batches' | 'queue' | 'script' | 'credentials';

export interface ContractCase {
  name: string;
  /** Without these the case says nothing. */
  needs?: readonly BotAbility[];
  run(harness: BotHarness): Promise<void>;
}

/** What the hub's core relies on, whatever the bot's framework: the words of src/bots/port.ts. */
export const botContractCases: readonly ContractCase[] = [
  {
    name: 'a message is answered, by activities with ids',
    async run(harness) {
      harness.answerWith?.(() => ['Yes.']);
      const { session, activities } = await openOne(harness);
      await session.send([message('hello')]);
      await eventually(() => activities.some(isReply), 'a reply', harness.patienceMs);
      for (const { id } of activities) match(id, /./);
      equal(new Set(activities.map(({ id }) => id)).size, activities.length);
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
    },
  },
  {
    name: 'what was asked before the end is not answered after it',
    async run(harness) {
      harness.answerWith?.(() => ['Yes.']);
      const { session, calls } = await openOne(harness);
      const sent = session.send([message('hello')]).catch(() => {});
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      const { activities } = calls;
      await sent;
      await new Promise((resolve) => setTimeout(resolve, 50));
      deepEqual([calls.activities, calls.lost], [activities, []]);
    },
  },
  {
    name: 'delivers activities as they are, in order',
    needs: ['script'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      const sent = [event('start', { caller: '+15551230001' }), message('hello'), message('how are you')];
      await session.send([sent[0] as HubActivity]);
      await session.send(sent.slice(1));
      await eventually(() => scripted(harness).received(id).length >= 3, 'the activities', harness.patienceMs);
      const carries = harness.carries ?? ((activity: HubActivity) => activity);
      deepEqual(scripted(harness).received(id).map(carries), sent.map(carries));
    },
  },
  {
    name: 'hands over the replies, in order and with ids, before send resolves where it waits for them',
    needs: ['script', 'batches'],
    async run(harness) {
      scripted(harness).answerWith(() => ['one', 'two', 'three']);
      const { session, texts, activities } = await openOne(harness);
      await session.send([message('count')]);
      if (!harness.acknowledges) await eventually(() => texts().length >= 3, 'three replies', harness.patienceMs);
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
    needs: ['script'],
    async run(harness) {
      scripted(harness).answerWith(([first]) => (first?.text === 'hello' ? [] : ['yes']));
      const { session, calls } = await openOne(harness);
      await session.send([message('hello')]);
      await session.send([message('are you there')]);
      await eventually(() => calls.activities > 0, 'a reply', harness.patienceMs);
      equal(calls.activities, 1);
    },
  },
  {
    name: 'keeps the order of deliveries that overlap',
    needs: ['script', 'queue'],
    async run(harness) {
      scripted(harness).answerWith(async ([first]) => {
        if (first?.text === 'a') await new Promise((resolve) => setTimeout(resolve, 20));
        return [`re ${first?.text}`];
      });
      const { session, id, texts } = await openOne(harness);
      await Promise.all(['a', 'b', 'c'].map((text) => session.send([message(text)])));
      await eventually(() => texts().length >= 3, 'three replies', harness.patienceMs);
      deepEqual(
        scripted(harness)
          .received(id)
          .map((activity) => activity.text),
        ['a', 'b', 'c'],
      );
      deepEqual(texts(), ['re a', 're b', 're c']);
    },
  },
  {
    name: 'sending nothing is no delivery',
    async run(harness) {
      harness.answerWith?.(() => ['what?']);
      const { session, id, calls } = await openOne(harness);
      await session.send([]);
      deepEqual(harness.received?.(id) ?? [], []);
      equal(calls.activities, 0);
    },
  },
  {
    name: 'conversations do not touch each other',
    needs: ['script', 'session'],
    async run(harness) {
      scripted(harness).answerWith(([first]) => [`re ${first?.text}`]);
      const [one, two] = [await openOne(harness), await openOne(harness)];
      await Promise.all([one.session.send([message('one')]), two.session.send([message('two')])]);
      await eventually(() => one.texts().length > 0 && two.texts().length > 0, 'both replies', harness.patienceMs);
      deepEqual([one.texts(), two.texts()], [['re one'], ['re two']]);
      await loseOne(harness, one);
      await two.session.send([message('three')]);
      await eventually(() => two.texts().length > 1, 'another reply', harness.patienceMs);
      deepEqual(two.texts(), ['re two', 're three']);
      equal(two.calls.lost.length, 0);
    },
  },
  {
    name: 'a lost conversation is reported once and takes nothing more',
    needs: ['script', 'session'],
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
      harness.answerWith?.(() => ['hi']);
      const { session, calls } = await openOne(harness, { throwing: true });
      await session.send([message('one')]);
      await eventually(() => calls.activities >= 1, 'a reply', harness.patienceMs);
      await session.send([message('two')]);
      await eventually(() => calls.activities >= 2, 'two replies', harness.patienceMs);
      equal(calls.activities, 2);
      equal(calls.lost.length, 0);
    },
  },
  {
    name: 'refused credentials reject the opening',
    needs: ['session', 'credentials'],
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
    needs: ['script', 'session'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      const end: { reasonCode: BotReasonCode; reason: string } = { reasonCode: 'client-disconnected', reason: 'BYE' };
      await Promise.all([session.end(end), session.end({ reasonCode: 'error', reason: 'again' })]);
      await session.end({ reasonCode: 'error', reason: 'and again' });
      deepEqual(scripted(harness).ends(id), [end]);
    },
  },
  {
    name: 'after the end nothing is sent and no handler is called',
    async run(harness) {
      const { session, id, calls } = await openOne(harness);
      await session.end({ reasonCode: 'bot-disconnected', reason: 'goodbye' });
      await rejectsWith(undefined, session.send([message('late')]));
      deepEqual(harness.received?.(id) ?? [], []);
      deepEqual([calls.activities, calls.lost.length], [0, 0]);
    },
  },
  {
    name: 'the end overtakes a delivery under way, whose reply is dropped',
    needs: ['script', 'session'],
    async run(harness) {
      const gate = gateOf();
      scripted(harness).answerWith(async () => {
        await gate.opened;
        return ['too late'];
      });
      const { session, id, calls } = await openOne(harness);
      const sent = dropped(harness, session.send([message('slow')]));
      await eventually(() => scripted(harness).received(id).length === 1, 'the delivery', harness.patienceMs);
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      gate.open();
      await sent;
      equal(scripted(harness).ends(id).length, 1);
      deepEqual([calls.activities, calls.lost.length], [0, 0]);
    },
  },
  {
    name: 'the end of the call drops a delivery under way and the bot still learns of the end',
    needs: ['script', 'session'],
    async run(harness) {
      const gate = gateOf();
      scripted(harness).answerWith(async () => {
        await gate.opened;
        return ['too late'];
      });
      const { session, id, calls, abort } = await openOne(harness);
      const sent = dropped(harness, session.send([message('slow')]));
      await eventually(() => scripted(harness).received(id).length === 1, 'the delivery', harness.patienceMs);
      abort();
      await sent;
      await session.end({ reasonCode: 'client-disconnected', reason: 'BYE' });
      gate.open();
      deepEqual(
        scripted(harness)
          .ends(id)
          .map((end) => end.reasonCode),
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
      deepEqual(harness.conversationIds?.() ?? [], []);
    },
  },
  {
    name: 'a call that goes while the bot is opening leaves no conversation behind',
    needs: ['script', 'session'],
    async run(harness) {
      const held = scripted(harness).holdOpening();
      const controller = new AbortController();
      const context = contextOf(controller.signal);
      const opening = rejectsWith(undefined, harness.connection.open(context, silentHandlers));
      await held.asked;
      controller.abort();
      await opening;
      held.release();
      const begun = scripted(harness).conversationIds().includes(context.conversationId);
      if (begun)
        await eventually(
          () => scripted(harness).ends(context.conversationId).length === 1,
          'the end at the bot',
          harness.patienceMs,
        );
    },
  },
  {
    name: 'close ends what is open, can be repeated, and nothing opens afterwards',
    needs: ['session'],
    async run(harness) {
      const { session, id } = await openOne(harness);
      await harness.connection.close();
      await harness.connection.close();
      if (harness.ends !== undefined) equal(harness.ends(id).length, 1);
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
