import { createHash, timingSafeEqual } from 'node:crypto';
import Fastify, { type FastifyReply } from 'fastify';
import type { Logger } from 'pino';
import { z } from 'zod';
import { Conversations } from './conversations.ts';

export interface DemoBotOptions {
  host: string;
  /** 0 lets the system choose. */
  port: number;
  /** Bearer token that callers must send; without one everybody may. */
  token?: string | undefined;
  log: Pick<Logger, 'info'>;
  /** The time that the bot tells; the system's by default. */
  now?: () => Date;
}

export interface DemoBot {
  /** What to configure as the bot's URL. */
  url: string;
  close(): Promise<void>;
}

/** The hub is asked to show a sign of life this often; it does so at half of the time. */
const EXPIRES_SECONDS = 120;
/** Conversations are kept somewhat longer, so that a late sign of life still finds them. */
const IDLE_MS = EXPIRES_SECONDS * 1500;
const MAX_CONVERSATIONS = 2000;
const MAX_BODY_BYTES = 64 * 1024;
const CLEAN_UP_EVERY_MS = 30_000;

const createRequest = z.object({ conversation: z.string().min(1).max(128) });
const activitiesRequest = z.object({
  activities: z
    .array(
      z.object({
        id: z.coerce.string().min(1).max(256),
        type: z.enum(['message', 'event']),
        name: z.string().optional(),
        text: z.string().optional(),
        value: z.unknown().optional(),
      }),
    )
    .max(50),
});

/**
 * Starts the demo bot: a voice bot that speaks the AudioCodes Bot API over HTTP, in six routes. The hub asks, the bot
 * answers; the bot never calls the hub.
 */
export async function startDemoBot(options: DemoBotOptions): Promise<DemoBot> {
  const now = options.now ?? (() => new Date());
  const conversations = new Conversations({ idleMs: IDLE_MS, max: MAX_CONVERSATIONS }, now);
  const app = Fastify({
    bodyLimit: MAX_BODY_BYTES,
    keepAliveTimeout: 30_000,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 128 },
  });

  app.addHook('onRequest', async (request, reply) => {
    if (!isAuthorised(request.headers.authorization, options.token)) {
      return reply.code(401).send({ error: 'a valid bearer token is needed' });
    }
  });

  // Is anybody there? Hubs ask this when a bot is configured.
  app.get('/bot', async () => ({ type: 'ac-bot-api', success: true }));

  // A call comes in. The addresses are relative to the bot's URL.
  app.post('/bot', async (request, reply) => {
    const body = createRequest.safeParse(request.body);
    if (!body.success) return badRequest(reply, 'conversation is missing');
    const id = body.data.conversation;
    if (!conversations.create(id)) return reply.code(503).send({ error: 'too many conversations' });
    options.log.info({ conversationId: id }, 'conversation begins');
    const base = `conversation/${encodeURIComponent(id)}`;
    return {
      activitiesURL: `${base}/activities`,
      refreshURL: `${base}/refresh`,
      disconnectURL: `${base}/disconnect`,
      expiresSeconds: EXPIRES_SECONDS,
    };
  });

  // The caller said or did something: answer it.
  app.post<{ Params: { id: string } }>('/conversation/:id/activities', async (request, reply) => {
    const body = activitiesRequest.safeParse(request.body);
    if (!body.success) return badRequest(reply, 'activities are missing or malformed');
    const activities = conversations.answer(request.params.id, body.data.activities);
    return activities === undefined ? unknownConversation(reply) : { activities };
  });

  // Nothing happened for a while, but the call is still there.
  app.post<{ Params: { id: string } }>('/conversation/:id/refresh', async (request, reply) => {
    return conversations.touch(request.params.id) ? { expiresSeconds: EXPIRES_SECONDS } : unknownConversation(reply);
  });

  // The call is over.
  app.post<{ Params: { id: string } }>('/conversation/:id/disconnect', async (request, reply) => {
    if (!conversations.end(request.params.id)) return unknownConversation(reply);
    options.log.info({ conversationId: request.params.id }, 'conversation ends');
    return {};
  });

  const cleanUp = setInterval(() => conversations.forgetIdle(), CLEAN_UP_EVERY_MS);
  app.addHook('onClose', async () => clearInterval(cleanUp));
  try {
    const origin = await app.listen({ host: options.host, port: options.port });
    return { url: `${origin}/bot`, close: () => app.close() };
  } catch (error) {
    await app.close();
    throw error;
  }
}

/** Compares digests, which have one length, in constant time: an answer tells nothing about how much was right. */
function isAuthorised(header: string | undefined, token: string | undefined): boolean {
  if (token === undefined) return true;
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(header ?? ''), digest(`Bearer ${token}`));
}

function badRequest(reply: FastifyReply, error: string): FastifyReply {
  return reply.code(400).send({ error });
}

function unknownConversation(reply: FastifyReply): FastifyReply {
  return reply.code(404).send({ error: 'unknown conversation' });
}
