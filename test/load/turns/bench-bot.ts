import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One message of the caller: when its request was complete, when the answer went out (`performance.now()`). */
export interface BotTurn {
  text: string;
  requestAt: number;
  replyAt: number;
}

interface Talk {
  turns: BotTurn[];
  waiting: ((turn: BotTurn) => void) | undefined;
}

/** A bot that answers at once, in the rig's own process so that there is one clock. It always says the same. */
export class BenchBot {
  readonly #server: Server;
  readonly #replies: ReadonlyMap<string, string>;
  /** By the SIP user that called. */
  readonly #talks = new Map<string, Talk>();
  readonly #callers = new Map<string, string>();

  private constructor(server: Server, replies: ReadonlyMap<string, string>) {
    this.#server = server;
    this.#replies = replies;
  }

  /** `replies`: what is said by the bot of that name. */
  static async start(replies: ReadonlyMap<string, string>): Promise<BenchBot> {
    const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const at = performance.now();
        response.setHeader('content-type', 'application/json');
        response.end(bot.#answer(request.url ?? '', Buffer.concat(chunks).toString(), at));
      });
    });
    const bot = new BenchBot(server, replies);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bot;
  }

  urlOf(name: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${name}`;
  }

  turnsOf(caller: string): readonly BotTurn[] {
    return this.#talk(caller).turns;
  }

  /** The next message of that caller, or undefined after `ms`. */
  nextTurn(caller: string, ms: number): Promise<BotTurn | undefined> {
    const talk = this.#talk(caller);
    return new Promise((resolve) => {
      const waiting = (turn: BotTurn) => {
        clearTimeout(timer);
        resolve(turn);
      };
      const timer = setTimeout(() => {
        // Somebody else may wait by now.
        if (talk.waiting === waiting) talk.waiting = undefined;
        resolve(undefined);
      }, ms);
      talk.waiting = waiting;
    });
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #talk(caller: string): Talk {
    const talk = this.#talks.get(caller) ?? { turns: [], waiting: undefined };
    this.#talks.set(caller, talk);
    return talk;
  }

  #answer(path: string, body: string, at: number): string {
    const [, name = '', conversation, action] = path.split('/');
    if (body === '') return '{"type":"ac-bot-api","success":true}';
    const message = JSON.parse(body) as {
      conversation?: string;
      activities?: { type: string; name?: string; text?: string; parameters?: { caller?: string } }[];
    };
    if (conversation === undefined) {
      const base = `/${name}/${message.conversation}`;
      return JSON.stringify({
        activitiesURL: `${base}/activities`,
        refreshURL: `${base}/refresh`,
        disconnectURL: `${base}/disconnect`,
        expiresSeconds: 600,
      });
    }
    if (action !== 'activities') return '{"expiresSeconds":600}';
    const activity = message.activities?.find(
      ({ type, name: event }) => type === 'message' || event === 'start' || event === 'notUnderstood',
    );
    if (activity === undefined) return '{"activities":[]}';
    if (activity.name === 'start') this.#callers.set(conversation, activity.parameters?.caller ?? '');
    else this.#tell(conversation, activity.text ?? '', at);
    const reply = { id: crypto.randomUUID(), timestamp: new Date().toISOString(), type: 'message' };
    return JSON.stringify({ activities: [{ ...reply, text: this.#replies.get(name) }] });
  }

  #tell(conversation: string, text: string, requestAt: number): void {
    const talk = this.#talk(this.#callers.get(conversation) ?? '');
    const turn = { text, requestAt, replyAt: performance.now() };
    talk.turns.push(turn);
    talk.waiting?.(turn);
    talk.waiting = undefined;
  }
}
