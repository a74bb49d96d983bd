import { describe, expect, test } from 'vitest';
import {
  type BotConnection,
  BotError,
  type BotSession,
  type BotSessionHandlers,
  type HubActivity,
} from '../../../src/bots/port.ts';
import { botContractCases } from './bot-contract.ts';
import { memoryHarness } from './memory.ts';

/** Ways to break a connection that works, and a case of the kit that has to notice each. */
const breakages: { fault: string; noticedBy: string; wrap: (inner: BotConnection) => BotConnection }[] = [
  {
    fault: 'changes activities on their way',
    noticedBy: 'delivers activities as they are, in order',
    wrap: (inner) =>
      withSession(inner, (session) => ({
        send: (activities) => session.send(activities.map((activity) => ({ ...activity, timestamp: 'now' }))),
      })),
  },
  {
    fault: 'gives activities no ids',
    noticedBy: 'a message is answered, by activities with ids',
    wrap: (inner) =>
      withHandlers(inner, (handlers) => ({
        onActivities: (all) => handlers.onActivities(all.map((activity) => ({ ...activity, id: '' }))),
      })),
  },
  {
    fault: 'answers after the end',
    noticedBy: 'what was asked before the end is not answered after it',
    wrap: (inner) =>
      withHandlers(
        inner,
        (handlers) => ({ onActivities: handlers.onActivities }),
        (session, handlers) => ({
          end: async (reason) => {
            await session.end(reason);
            setTimeout(() => handlers.onActivities([]), 10);
          },
        }),
      ),
  },
  {
    fault: 'hands replies over in reverse',
    noticedBy: 'hands over the replies, in order and with ids, before send resolves where it waits for them',
    wrap: (inner) =>
      withHandlers(inner, (handlers) => ({ onActivities: (all) => handlers.onActivities(all.toReversed()) })),
  },
  {
    fault: 'hands over empty replies',
    noticedBy: 'a reply without activities calls no handler',
    wrap: (inner) =>
      withHandlers(
        inner,
        (handlers) => ({ onActivities: handlers.onActivities }),
        (session, handlers) => ({
          send: async (activities) => {
            await session.send(activities);
            handlers.onActivities([]);
          },
        }),
      ),
  },
  {
    fault: 'lets the last delivery overtake the others',
    noticedBy: 'keeps the order of deliveries that overlap',
    wrap: (inner) =>
      withSession(inner, (session) => {
        let waiting: Promise<void> = Promise.resolve();
        return {
          send: (activities: readonly HubActivity[]) => {
            if (activities[0]?.text === 'c') return session.send(activities);
            waiting = waiting.then(() => session.send(activities));
            return waiting;
          },
        };
      }),
  },
  {
    fault: 'delivers nothing as something',
    noticedBy: 'sending nothing is no delivery',
    wrap: (inner) =>
      withSession(inner, (session) => ({
        send: (activities) => session.send(activities.length === 0 ? [filler()] : activities),
      })),
  },
  {
    fault: 'gives every reply to the first conversation',
    noticedBy: 'conversations do not touch each other',
    wrap: (inner) => {
      let first: BotSessionHandlers | undefined;
      return withHandlers(inner, (handlers) => {
        first ??= handlers;
        return { onActivities: first.onActivities };
      });
    },
  },
  {
    fault: 'reports a loss twice',
    noticedBy: 'a lost conversation is reported once and takes nothing more',
    wrap: (inner) =>
      withHandlers(inner, (handlers) => ({
        onLost: (error) => {
          handlers.onLost(error);
          handlers.onLost(error);
        },
      })),
  },
  {
    fault: 'swallows a loss',
    noticedBy: 'a lost conversation is reported once and takes nothing more',
    wrap: (inner) =>
      withSession(inner, (session) => ({ send: (activities) => session.send(activities).catch(() => {}) })),
  },
  {
    fault: 'throws what is no BotError',
    noticedBy: 'refused credentials reject the opening',
    wrap: (inner) => ({
      ...connectionOf(inner),
      open: (context, handlers) =>
        inner.open(context, handlers).catch(() => {
          throw new Error('401');
        }),
    }),
  },
  {
    fault: 'takes a bot that is not there for one that refuses',
    noticedBy: 'a bot that is not there rejects the opening',
    wrap: (inner) => ({
      ...connectionOf(inner),
      open: (context, handlers) =>
        inner.open(context, handlers).catch((cause: Error) => {
          throw new BotError('bot_rejected', cause.message);
        }),
    }),
  },
  {
    fault: 'hands over nothing more when a handler has thrown',
    noticedBy: 'a handler that throws harms nobody',
    wrap(inner) {
      let broken = false;
      return withHandlers(inner, (handlers) => ({
        onActivities(all) {
          if (broken) return;
          broken = true;
          handlers.onActivities(all);
        },
      }));
    },
  },
  {
    fault: 'takes activities after the end',
    noticedBy: 'after the end nothing is sent and no handler is called',
    wrap: (inner) =>
      withSession(inner, (session) => {
        let ended = false;
        return {
          send: async (activities) => (ended ? undefined : await session.send(activities)),
          end: async (reason) => {
            ended = true;
            await session.end(reason);
          },
        };
      }),
  },
  {
    fault: 'opens for a call that goes meanwhile',
    noticedBy: 'a call that goes while the bot is opening leaves no conversation behind',
    wrap: (inner) => ({
      ...connectionOf(inner),
      async open(context, handlers) {
        const gone = new Promise<BotSession>((resolve) =>
          context.signal.addEventListener('abort', () => resolve({ send: async () => {}, end: async () => {} })),
        );
        const opened = inner.open({ ...context, signal: new AbortController().signal }, handlers);
        return await Promise.race([opened, gone]);
      },
    }),
  },
  {
    fault: 'never tells the end',
    noticedBy: 'the end is told once, with its reason',
    wrap: (inner) => withSession(inner, () => ({ end: async () => {} })),
  },
  {
    fault: 'calls handlers after the end',
    noticedBy: 'the end overtakes a delivery under way, whose reply is dropped',
    wrap: (inner) =>
      withHandlers(
        inner,
        (handlers) => ({ onActivities: handlers.onActivities }),
        (session, handlers) => ({
          end: async (reason) => {
            await session.end(reason);
            handlers.onActivities([]);
          },
        }),
      ),
  },
  {
    fault: 'does not tell the end of a call that has gone',
    noticedBy: 'the end of the call drops a delivery under way and the bot still learns of the end',
    wrap: (inner) => ({
      ...connectionOf(inner),
      async open(context, handlers) {
        const session = await inner.open(context, handlers);
        return {
          send: (activities) => session.send(activities),
          end: async (reason) => {
            if (!context.signal.aborted) await session.end(reason);
          },
        };
      },
    }),
  },
  {
    fault: 'rejects the end',
    noticedBy: 'the end never rejects, also when nobody is there',
    wrap: (inner) => withSession(inner, () => ({ end: () => Promise.reject(new Error('unreachable')) })),
  },
  {
    fault: 'opens for a call that has gone',
    noticedBy: 'a call that has gone opens no conversation',
    wrap: (inner) => ({
      ...connectionOf(inner),
      open: (context, handlers) => inner.open({ ...context, signal: new AbortController().signal }, handlers),
    }),
  },
  {
    fault: 'opens after close',
    noticedBy: 'close ends what is open, can be repeated, and nothing opens afterwards',
    wrap: (inner) => ({ ...connectionOf(inner), close: async () => {} }),
  },
];

describe('the contract kit', () => {
  test.each(breakages)('notices a connection that $fault', async ({ noticedBy, wrap }) => {
    const contractCase = botContractCases.find(({ name }) => name === noticedBy);
    if (contractCase === undefined) throw new Error(`no such case: ${noticedBy}`);
    const whole = await memoryHarness();
    await contractCase.run(whole);
    await whole.dispose();
    const broken = { ...(await memoryHarness(wrap)), patienceMs: 200 };
    await expect(contractCase.run(broken)).rejects.toThrow();
    await broken.dispose();
  });
});

test('each case is shown to fail', () => {
  const shown = new Set(breakages.map(({ noticedBy }) => noticedBy));
  expect(botContractCases.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});

function connectionOf(inner: BotConnection): BotConnection {
  return {
    id: inner.id,
    name: inner.name,
    open: (context, handlers) => inner.open(context, handlers),
    close: () => inner.close(),
  };
}

function withSession(inner: BotConnection, change: (session: BotSession) => Partial<BotSession>): BotConnection {
  return withHandlers(inner, () => ({}), change);
}

function withHandlers(
  inner: BotConnection,
  change: (handlers: BotSessionHandlers) => Partial<BotSessionHandlers>,
  changeSession: (session: BotSession, handlers: BotSessionHandlers) => Partial<BotSession> = () => ({}),
): BotConnection {
  return {
    ...connectionOf(inner),
    async open(context, handlers) {
      const given: BotSessionHandlers = {
        onActivities: (activities) => handlers.onActivities(activities),
        onLost: (error) => handlers.onLost(error),
      };
      const session = await inner.open(context, { ...given, ...change(given) });
      const whole: BotSession = {
        send: (activities) => session.send(activities),
        end: (reason) => session.end(reason),
      };
      return { ...whole, ...changeSession(whole, given) };
    },
  };
}

function filler(): HubActivity {
  return { id: 'filler', timestamp: '', language: 'en-US', type: 'event', name: 'nothing' };
}
