import type { Logger } from 'pino';
import type { BotError } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { BotFrameworkConfig } from './config.ts';
import type { DirectLine } from './direct-line.ts';
import type { TokenKeeper } from './token-keeper.ts';
import type { ActivitySet } from './wire.ts';

/** How the activities of a conversation come in: over a stream, or by asking. */
export interface Receiver {
  /** Something was sent: an answer is to be expected. */
  nudge(): void;
  /** Resolves when nothing is under way any more; what is awaited is given up through the signal. */
  readonly stopped: Promise<void>;
}

export interface ReceiverDeps {
  directLine: DirectLine;
  keeper: TokenKeeper;
  conversationId: string;
  config: BotFrameworkConfig;
  clock: Clock;
  log: Logger;
  signal: AbortSignal;
  /** The one that was taken last. */
  watermark: () => string | undefined;
  onSet: (set: ActivitySet) => void;
  /** Nothing will come any more. */
  onLost: (error: BotError) => void;
}
