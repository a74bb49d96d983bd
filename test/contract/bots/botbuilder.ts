import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  type ActivityHandler,
  CloudAdapter,
  ConfigurationBotFrameworkAuthentication,
  type Request,
  type TurnContext,
} from 'botbuilder';
import type { FakeActivity } from '../../../connectors/bots/bot-framework/fake-conversation.ts';
import type { FakeDirectLine } from '../../../connectors/bots/bot-framework/fake-server.ts';

/**
 * A bot on botbuilder, as its users write one, behind the emulator of Direct Line: activities are posted to its endpoint, and
 * what it says comes back to a connector service. Without an app id the SDK asks nobody for credentials.
 */
export class BotBuilderBot {
  /** What its handlers threw. */
  readonly errors: unknown[] = [];
  readonly #adapter = new CloudAdapter(new ConfigurationBotFrameworkAuthentication({}));
  readonly #handler: ActivityHandler;
  readonly #direct: FakeDirectLine;
  readonly #endpoint = createServer((request, response) => void this.#process(request, response));
  readonly #connectorService = createServer((request, response) => void this.#takeReply(request, response));

  private constructor(handler: ActivityHandler, direct: FakeDirectLine) {
    this.#handler = handler;
    this.#direct = direct;
    this.#adapter.onTurnError = async (_context, error) => {
      this.errors.push(error);
    };
  }

  /** Everything that `direct` takes goes to the bot from now on. */
  static async start(handler: ActivityHandler, direct: FakeDirectLine): Promise<BotBuilderBot> {
    const bot = new BotBuilderBot(handler, direct);
    const [endpoint, serviceUrl] = await Promise.all([listen(bot.#endpoint), listen(bot.#connectorService)]);
    direct.announcesMembers = true;
    direct.bot = async (activity) => {
      const body = JSON.stringify({ ...activity, serviceUrl, timestamp: new Date().toISOString() });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${endpoint}/api/messages`, { method: 'POST', headers, body });
      await response.text();
      return response.status;
    };
    return bot;
  }

  async close(): Promise<void> {
    for (const server of [this.#endpoint, this.#connectorService]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  /** What Express does for the SDK. */
  async #process(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await jsonOf(request)) as Record<string, unknown>;
    const { method = '', headers } = request;
    const adapted = {
      socket: request.socket,
      status: (code: number) => {
        response.statusCode = code;
      },
      header: (name: string, value: unknown) => response.setHeader(name, String(value)),
      send: (text: unknown) => response.write(typeof text === 'string' ? text : JSON.stringify(text)),
      end: () => response.end(),
    };
    const asked: Request = { body, headers, method };
    await this.#adapter.process(asked, adapted, (context: TurnContext) => this.#handler.run(context));
  }

  /** `POST /v3/conversations/{id}/activities[/{replyTo}]` of the Bot Connector service. */
  async #takeReply(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const activity = (await jsonOf(request)) as FakeActivity;
    const [, id = ''] = /^\/v3\/conversations\/([^/]+)\/activities/.exec(request.url ?? '') ?? [];
    const conversation = this.#direct.conversations.get(decodeURIComponent(id));
    if (conversation === undefined) return void response.writeHead(404).end();
    const given = conversation.add({ ...activity, from: { id: 'bot', role: 'bot' } });
    response.writeHead(201, { 'content-type': 'application/json' }).end(JSON.stringify({ id: given }));
  }
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function jsonOf(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const piece of request) text += piece;
  return JSON.parse(text);
}
