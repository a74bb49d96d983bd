import type { Logger } from 'pino';
import { BotError } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';
import { apiUrl, baseOf, configuredBase, foundUrl, regionalSettingsUrl } from './addresses.ts';
import type { BotFrameworkConfig } from './config.ts';
import { DirectLineError } from './errors.ts';
import { ask, type HttpDeps } from './http.ts';
import {
  type ActivitySet,
  activitySetSchema,
  type ConversationAnswer,
  conversationSchema,
  type DirectLineUser,
  type OutgoingActivity,
  regionalSettingsSchema,
} from './wire.ts';

/** "Limits" of Direct Line: characters of one activity. */
export const MAX_ACTIVITY_CHARS = 256 * 1024;

export interface DirectLineDeps extends HttpDeps {
  config: BotFrameworkConfig;
  log: Logger;
}

/** A token and where it is good for. */
export interface Grant {
  base: URL;
  token: string;
  /** Undefined: it was not told. */
  expiresInMs: number | undefined;
}

/** The operations of Direct Line API 3.0 and of Copilot Studio's token endpoint; each is one request. */
export class DirectLine {
  readonly #deps: DirectLineDeps;
  /** Looked for once; a failure is tried again by the next call. */
  #region: Promise<URL> | undefined;

  constructor(deps: DirectLineDeps) {
    this.#deps = deps;
  }

  /** A token for one conversation. @throws BotError */
  async grant(user: DirectLineUser, signal: AbortSignal): Promise<Grant> {
    const { secret, tokenEndpoint } = this.#deps.config;
    if (tokenEndpoint !== undefined) {
      const [base, answer] = await Promise.all([
        this.region(signal),
        this.#ask({ step: 'token endpoint', method: 'GET', url: new URL(tokenEndpoint) }, signal),
      ]);
      return { base, ...tokenOf('token endpoint', conversationOf('token endpoint', answer)) };
    }
    const base = configuredBase(this.#deps.config);
    const url = apiUrl(base, 'tokens/generate');
    const answer = await this.#ask({ step: 'generate', method: 'POST', url, token: secret, body: { user } }, signal);
    return { base, ...tokenOf('generate', conversationOf('generate', answer)) };
  }

  /**
   * The Direct Line that a Copilot Studio agent is reached through; what the configuration names goes before.
   * @throws BotError
   */
  region(signal: AbortSignal): Promise<URL> {
    const { config } = this.#deps;
    if (config.url !== undefined || config.region !== 'global') return Promise.resolve(configuredBase(config));
    this.#region ??= this.#findRegion(signal).catch((error: unknown) => {
      this.#region = undefined;
      throw error;
    });
    return this.#region;
  }

  /** Opens the conversation; the same token opens the same one again. @throws BotError */
  async start(grant: Grant, user: DirectLineUser, signal: AbortSignal): Promise<ConversationAnswer> {
    const url = apiUrl(grant.base, 'conversations');
    const answer = await this.#ask({ step: 'start', method: 'POST', url, token: grant.token, body: { user } }, signal);
    return conversationOf('start', answer);
  }

  /** A new stream from the watermark on, and a new token. @throws BotError */
  async reconnect(
    grant: Grant,
    conversationId: string,
    { watermark, token = grant.token }: { watermark?: string | undefined; token?: string | undefined },
    signal: AbortSignal,
  ): Promise<ConversationAnswer> {
    const url = apiUrl(grant.base, `conversations/${encodeURIComponent(conversationId)}`, { watermark });
    return conversationOf('reconnect', await this.#ask({ step: 'reconnect', method: 'GET', url, token }, signal));
  }

  /** @throws BotError */
  async refresh(grant: Grant, signal: AbortSignal): Promise<ConversationAnswer> {
    const url = apiUrl(grant.base, 'tokens/refresh');
    return conversationOf(
      'refresh',
      await this.#ask({ step: 'refresh', method: 'POST', url, token: grant.token }, signal),
    );
  }

  /** @throws BotError */
  async activities(
    grant: Grant,
    conversationId: string,
    watermark: string | undefined,
    signal: AbortSignal,
  ): Promise<ActivitySet> {
    const url = apiUrl(grant.base, `conversations/${encodeURIComponent(conversationId)}/activities`, { watermark });
    const answer = await this.#ask({ step: 'activities', method: 'GET', url, token: grant.token }, signal);
    const set = readActivitySet(answer);
    if (set === undefined) throw unusable('activities', 'it is no set of activities');
    return set;
  }

  /** Resolves when the bot has taken the activity. @throws BotError */
  async post(
    grant: Grant,
    conversationId: string,
    activity: OutgoingActivity,
    signal: AbortSignal,
    timeoutMs?: number,
  ): Promise<void> {
    const chars = JSON.stringify(activity).length;
    if (chars > MAX_ACTIVITY_CHARS) {
      throw new BotError('bot_rejected', `an activity of ${chars} characters is more than Direct Line's 256 K`, {
        publicMessage: 'the message is too long for the bot',
      });
    }
    const url = apiUrl(grant.base, `conversations/${encodeURIComponent(conversationId)}/activities`);
    await this.#ask({ step: 'post', method: 'POST', url, token: grant.token, body: activity }, signal, timeoutMs);
  }

  async #findRegion(signal: AbortSignal): Promise<URL> {
    const { config, log } = this.#deps;
    const url = config.tokenEndpoint === undefined ? undefined : regionalSettingsUrl(config.tokenEndpoint);
    if (url === undefined) return configuredBase(config);
    const parsed = regionalSettingsSchema.safeParse(await this.#ask({ step: 'region', method: 'GET', url }, signal));
    if (!parsed.success) throw unusable('region', 'it names no channelUrlsById.directline');
    const base = baseOf(foundUrl(parsed.data.channelUrlsById.directline, 'http', config).href);
    log.info({ directLine: base.origin }, "the agent's Direct Line was found");
    return base;
  }

  #ask(
    wanted: { step: string; method: 'GET' | 'POST'; url: URL; token?: string | undefined; body?: unknown },
    signal: AbortSignal,
    timeoutMs = this.#deps.config.timeouts.responseMs,
  ): Promise<unknown> {
    const { token, ...others } = wanted;
    return ask(this.#deps, { ...others, ...(token === undefined ? {} : { token }), timeoutMs, signal });
  }
}

/** What a stream or a poll brings; undefined where it is nothing of the kind. */
export function readActivitySet(json: unknown): ActivitySet | undefined {
  const parsed = activitySetSchema.safeParse(json);
  if (!parsed.success) return undefined;
  return { activities: parsed.data.activities ?? [], watermark: parsed.data.watermark ?? undefined };
}

/** A token with its life. @throws DirectLineError where the answer has none */
export function tokenOf(step: string, { token, expires_in: seconds }: ConversationAnswer): Omit<Grant, 'base'> {
  if (token === undefined) throw unusable(step, 'it carries no token');
  return { token, expiresInMs: seconds === undefined ? undefined : seconds * 1_000 };
}

function conversationOf(step: string, json: unknown): ConversationAnswer {
  const parsed = conversationSchema.safeParse(json);
  if (!parsed.success) throw unusable(step, messageOf(parsed.error).slice(0, 200));
  return parsed.data;
}

function unusable(step: string, why: string): DirectLineError {
  return new DirectLineError('bot_failed', `the answer to ${step} cannot be used: ${why}`, {
    publicMessage: 'the bot gave an unusable answer',
  });
}
