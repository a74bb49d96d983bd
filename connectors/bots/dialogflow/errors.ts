import { BotError } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';

/** Status codes of gRPC, by their names in the field. */
export const STATUS = {
  CANCELLED: 1,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
} as const;

export function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'number' ? error.code : undefined;
}

/** What a request to Dialogflow has failed with, in the words of the port. */
export function botErrorOf(cause: unknown): BotError {
  if (cause instanceof BotError) return cause;
  const message = `Dialogflow: ${messageOf(cause)}`;
  switch (statusOf(cause)) {
    case STATUS.UNAUTHENTICATED:
    case STATUS.PERMISSION_DENIED:
      return new BotError('bot_rejected', message, { cause, publicMessage: 'the agent refuses the credentials' });
    case STATUS.NOT_FOUND:
      return new BotError('bot_rejected', message, {
        cause,
        publicMessage: 'there is no such agent, environment or location',
      });
    case STATUS.INVALID_ARGUMENT:
    case STATUS.FAILED_PRECONDITION:
    case STATUS.OUT_OF_RANGE:
    case STATUS.UNIMPLEMENTED:
      return new BotError('bot_rejected', message, { cause, publicMessage: 'the agent refuses the request' });
    case STATUS.RESOURCE_EXHAUSTED:
      return new BotError('bot_failed', message, {
        cause,
        retryable: true,
        publicMessage: "the agent's quota is used up",
      });
    case STATUS.UNAVAILABLE:
      return new BotError('bot_unreachable', message, {
        cause,
        retryable: true,
        publicMessage: 'the agent cannot be reached',
      });
    case STATUS.DEADLINE_EXCEEDED:
      return new BotError('bot_unreachable', message, { cause, publicMessage: 'the agent does not answer' });
    default:
      return new BotError('bot_failed', message, { cause, publicMessage: 'the agent has failed' });
  }
}

/** The agent ends a stream that lasts too long, and one in which nothing is said. */
export function isLimit(cause: unknown): boolean {
  return cause === undefined || statusOf(cause) === STATUS.OUT_OF_RANGE;
}

/** Whether another stream of audio may do better: with all but what the agent refuses. */
export function mayPass(cause: unknown): boolean {
  return isLimit(cause) || botErrorOf(cause).code !== 'bot_rejected';
}
