import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor } from './wait-for.ts';

export interface SeenActivity {
  type: string;
  name?: string;
  text?: string;
  value?: unknown;
  [key: string]: unknown;
}

export interface SeenConversation {
  id: string;
  activities: SeenActivity[];
  disconnect: { reason?: string; reasonCode?: string } | undefined;
}

/** What the bot does with one activity: activities to answer with, a raw HTTP answer, or silence for ever. */
export type BotAnswer = readonly object[] | { status: number; body: string } | 'no answer';

export interface FakeBotScript {
  /** The create request is answered when it resolves. */
  createGate?: Promise<void>;
  createStatus?: number;
  onActivity: (activity: SeenActivity, conversation: SeenConversation) => BotAnswer | Promise<BotAnswer>;
}

export const say = (text: string, activityParams?: object) => ({
  type: 'message',
  text,
  ...(activityParams ? { activityParams } : {}),
});
export const hangup = (reason?: string) => ({
  type: 'event',
  name: 'hangup',
  ...(reason ? { activityParams: { hangupReason: reason } } : {}),
});

/** A Bot API bot (HTTP mode) that does what a test tells it and remembers all that it was told. */
export class FakeBot {
  readonly conversations: SeenConversation[] = [];
  script: FakeBotScript;
  readonly #server: Server;

  private constructor(server: Server, script: FakeBotScript) {
    this.#server = server;
    this.script = script;
  }

  static async start(script: FakeBotScript): Promise<FakeBot> {
    const server = createServer((request, response) => {
      bot.#serve(request, response).catch(() => response.destroy());
    });
    const bot = new FakeBot(server, script);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return bot;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/bot`;
  }

  get latest(): SeenConversation | undefined {
    return this.conversations.at(-1);
  }

  /** The latest conversation of a caller, by the user part that the start event tells. */
  of(caller: string): SeenConversation | undefined {
    return this.conversations.findLast(({ activities: [start] }) => {
      return (start?.parameters as { caller?: string } | undefined)?.caller === caller;
    });
  }

  /** Waits for an activity in the latest conversation. */
  heard(what: string, matches: (activity: SeenActivity) => boolean, ms = 15_000): Promise<SeenActivity> {
    return waitFor(`the bot to get ${what}`, ms, () => this.latest?.activities.find(matches));
  }

  ended(ms = 15_000): Promise<SeenConversation> {
    return waitFor('the end of the conversation', ms, () => (this.latest?.disconnect ? this.latest : undefined));
  }

  /** Stops at once, open connections included: the bot has died. */
  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? '';
    if (request.method === 'GET') return json(response, 200, { type: 'ac-bot-api', success: true });
    const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>;
    if (path === '/bot') return this.#create(String(body.conversation), response);
    const [, id, action] = /^\/bot\/conversation\/([^/]+)\/(\w+)$/.exec(path) ?? [];
    const conversation = this.conversations.find((known) => known.id === id);
    if (!conversation) return json(response, 404, { error: 'unknown conversation' });
    if (action === 'refresh') return json(response, 200, { expiresSeconds: 120 });
    if (action === 'disconnect') {
      conversation.disconnect = body as { reason?: string; reasonCode?: string };
      return json(response, 200, {});
    }
    const activities = (body.activities ?? []) as SeenActivity[];
    const replies: object[] = [];
    for (const activity of activities) {
      conversation.activities.push(activity);
      const answer = await this.script.onActivity(activity, conversation);
      if (answer === 'no answer') return;
      if ('status' in answer) {
        response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
        return;
      }
      replies.push(
        ...answer.map((reply) => ({ id: crypto.randomUUID(), timestamp: new Date().toISOString(), ...reply })),
      );
    }
    json(response, 200, { activities: replies });
  }

  async #create(id: string, response: ServerResponse): Promise<void> {
    const { createGate, createStatus } = this.script;
    await createGate;
    // the hub has given the call up in the meantime
    if (response.destroyed) return;
    if (createStatus) return json(response, createStatus, { error: 'no' });
    this.conversations.push({ id, activities: [], disconnect: undefined });
    json(response, 200, {
      activitiesURL: `/bot/conversation/${id}/activities`,
      refreshURL: `/bot/conversation/${id}/refresh`,
      disconnectURL: `/bot/conversation/${id}/disconnect`,
      expiresSeconds: 120,
    });
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
