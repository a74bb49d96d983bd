import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';
import { FakeLlmServer } from '../../../connectors/bots/llm/fake-server.ts';
import { openAgent } from './agents.ts';

/** A bot that answers in texts. Its fake answers at once, and says when. */
export interface TextBot {
  /** What is measured. */
  what: string;
  /** Starts its fake. @returns the fields of the bot in hub.yaml that lead to it */
  startFake(): Promise<Record<string, unknown>>;
}

/** When a text went out, milliseconds since 1970. */
export type SaidAt = [text: string, at: number];

const saidAt: SaidAt[] = [];
const now = () => performance.timeOrigin + performance.now();
const REST = ' And there is more to come of it, which nobody waits for.';

/** Those that the fakes of this process have said since the last question. */
export const takeSaid = (): SaidAt[] => saidAt.splice(0);

export const TEXT_BOTS: Readonly<Record<string, TextBot>> = {
  llm: {
    what: "from the model's first sentence to the first text that is spoken",
    startFake: async () => {
      const server = new FakeLlmServer();
      server.answer = ({ body }) => {
        const first = sentence(body.messages.at(-1)?.content ?? '');
        saidAt.push([first, now()]);
        return { text: first + REST };
      };
      return { url: await server.listen(), model: 'fake-model', systemPrompt: 'Be brief.', welcome: 'Hello.' };
    },
  },
  'bot-framework': {
    what: 'from the message on the stream of Direct Line to the activity at the hub',
    startFake: async () => {
      const server = await FakeDirectLine.start();
      server.bot = (activity, _, say) => {
        if (activity.type !== 'message') return 200;
        const text = sentence(String(activity.text));
        // Direct Line has taken the message before the bot answers.
        setTimeout(() => {
          saidAt.push([text, now()]);
          say({ type: 'message', text });
        }, 5);
        return 200;
      };
      return { secret: server.secret, url: server.origin };
    },
  },
};

const question = (turn: number) => `question ${turn}`;

function sentence(about: string): string {
  return `This is the answer to ${about}.`;
}

const TURNS = 120;
/** The first ones open connections and compile code. */
const SETTLED = 20;
const LIMIT_MS = 5_000;

/** Milliseconds of each turn of a conversation, from what the fake has said to the hub's text. */
export async function measureTextBot(name: string): Promise<number[]> {
  const fake = fork(join(import.meta.dirname, 'fake-process.ts'), [name]);
  try {
    const [fields] = (await once(fake, 'message')) as [Record<string, unknown>];
    return await turns(name, fields, fake);
  } finally {
    fake.kill('SIGKILL');
  }
}

async function turns(name: string, fields: Record<string, unknown>, fake: ChildProcess): Promise<number[]> {
  const bot = await openAgent(name, fields);
  const call = new AbortController();
  let onText = () => {};
  const session = await bot.open(
    {
      ...{ callId: 'bench', conversationId: randomUUID(), botName: bot.name, caller: '+15551230001' },
      signal: call.signal,
    },
    {
      onActivities: () => onText(),
      onLost: (error) => {
        throw error;
      },
    },
  );
  const told = { language: 'en-US', timestamp: new Date().toISOString() };
  const parameters = { caller: '+15551230001' };
  await session.send([{ ...told, id: randomUUID(), type: 'event', name: 'start', parameters }]);
  const heardAt: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    const first = Promise.withResolvers<number>();
    onText = () => first.resolve(now());
    const late = setTimeout(() => first.reject(new Error(`${name}: no text for turn ${turn}`)), LIMIT_MS);
    const taken = session.send([{ ...told, id: randomUUID(), type: 'message', text: question(turn) }]);
    heardAt.push(await first.promise);
    clearTimeout(late);
    await taken;
    await sleep(20);
  }
  fake.send('how long?');
  const [said] = (await once(fake, 'message')) as [SaidAt[]];
  await session.end({ reasonCode: 'client-disconnected', reason: 'the bench is over' });
  call.abort();
  await bot.close();
  const when = new Map(said);
  return heardAt.map((at, turn) => at - (when.get(sentence(question(turn))) ?? Number.NaN)).slice(SETTLED);
}
