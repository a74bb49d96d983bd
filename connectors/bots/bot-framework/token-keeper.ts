import type { Logger } from 'pino';
import type { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import { type DirectLine, type Grant, tokenOf } from './direct-line.ts';
import { asBotError, DirectLineError } from './errors.ts';
import { persist } from './http.ts';
import type { ConversationAnswer } from './wire.ts';

/** Direct Line's tokens last half an hour; where an answer does not tell, they are renewed as if they did. */
const DEFAULT_LIFE_MS = 1_800_000;
/** A token is renewed when so much of its life is left, or a third of it where it is short. */
const RENEW_BEFORE_MS = 300_000;

export interface TokenKeeperDeps {
  directLine: DirectLine;
  conversationId: string;
  /** Opens any conversation of the bot, also one whose token has expired. */
  secret: string | undefined;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
}

/** The token of one conversation: renewed before it expires, and won back with the secret when that was too late. */
export class TokenKeeper {
  readonly #deps: TokenKeeperDeps;
  #grant: Grant;
  #expiresAt = 0;
  #cancelRenewal: () => void = () => {};
  #recovery: Promise<void> | undefined;

  constructor(grant: Grant, deps: TokenKeeperDeps) {
    this.#deps = deps;
    this.#grant = grant;
    deps.signal.addEventListener('abort', () => this.#cancelRenewal(), { once: true });
    this.#arm();
  }

  get grant(): Grant {
    return this.#grant;
  }

  /** Takes the token of an answer that has one. */
  take(answer: ConversationAnswer): void {
    const { base, token: before, expiresInMs: lifeBefore } = this.#grant;
    if (answer.token === undefined || (answer.token === before && answer.expires_in === undefined)) return;
    const { token, expiresInMs = lifeBefore } = tokenOf('token', answer);
    this.#grant = { base, token, expiresInMs };
    this.#arm();
  }

  /** After a refusal of an expired token: one that is good. @throws BotError where none can be had */
  recover(expired: BotError): Promise<void> {
    this.#recovery ??= this.#winBack(expired).finally(() => {
      this.#recovery = undefined;
    });
    return this.#recovery;
  }

  async #winBack(expired: BotError): Promise<void> {
    const { directLine, conversationId, secret, log, signal } = this.#deps;
    if (secret === undefined) throw expired;
    log.warn('the token of the conversation has expired: asking for another one with the secret');
    this.take(await directLine.reconnect(this.#grant, conversationId, { token: secret }, signal));
  }

  #arm(): void {
    const { clock, signal } = this.#deps;
    this.#cancelRenewal();
    if (signal.aborted) return;
    const lifeMs = this.#grant.expiresInMs ?? DEFAULT_LIFE_MS;
    this.#expiresAt = clock.now() + lifeMs;
    this.#cancelRenewal = clock.after(lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 3), () => void this.#renew());
  }

  /** Tries until the token expires; who needs it then learns from the refusal. */
  async #renew(): Promise<void> {
    const { directLine, clock, log, signal } = this.#deps;
    const limitMs = this.#expiresAt - clock.now();
    try {
      this.take(await persist(clock, { limitMs, signal }, () => directLine.refresh(this.#grant, signal)));
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ problem: asBotError(error).message }, 'the token of the conversation could not be renewed');
    }
  }
}

/** Runs `attempt`, once more with another token where the one that it used has expired. @throws BotError */
export async function withFreshToken<T>(keeper: TokenKeeper, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof DirectLineError) || !error.expired) throw error;
    await keeper.recover(error);
    return attempt();
  }
}
