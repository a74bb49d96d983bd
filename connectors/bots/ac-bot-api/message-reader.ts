import type { Logger } from 'pino';
import { BotError } from '../../../src/bots/port.ts';
import { type BotMessage, parseBotMessage } from './ws-wire.ts';

/** So many frames that are no messages, and the bot is given up. */
export const MAX_BROKEN_FRAMES = 20;
/** Kinds of oddities that are told once each; beyond this number none is told. */
const MAX_TOLD = 50;

/** Reads the frames of one conversation; what cannot be read is logged once of a kind, counted and dropped. */
export class MessageReader {
  readonly #log: Logger;
  readonly #told = new Set<string>();
  #brokenFrames = 0;

  constructor(log: Logger) {
    this.#log = log;
  }

  /**
   * The message, undefined where the frame is to be dropped.
   * @throws BotError `bot_failed` after `MAX_BROKEN_FRAMES` frames that are no messages
   */
  read(text: string): BotMessage | undefined {
    const parsed = parseBotMessage(text);
    if (parsed.ok) {
      if (parsed.message.type !== 'unknown') return parsed.message;
      this.warnOnce(`message of unknown type ${JSON.stringify(parsed.message.name)} ignored`);
      return undefined;
    }
    this.warnOnce(`frame dropped: ${parsed.problem}`);
    if (parsed.broken) {
      this.#brokenFrames += 1;
      if (this.#brokenFrames >= MAX_BROKEN_FRAMES) {
        const message = `${MAX_BROKEN_FRAMES} frames of the bot could not be read; the last one: ${parsed.problem}`;
        throw new BotError('bot_failed', message, { publicMessage: 'the bot sends what is not of the protocol' });
      }
    }
    return undefined;
  }

  /** Tells an oddity the first time that it is seen. */
  warnOnce(problem: string): void {
    if (this.#told.size >= MAX_TOLD || this.#told.has(problem)) return;
    this.#told.add(problem);
    this.#log.warn({ problem }, 'bot message is not quite right');
  }
}
