import { errors } from 'undici';
import { BotError, type BotErrorCode } from '../../../src/bots/port.ts';
import { messageOf } from '../../../src/errors.ts';

/** What a request to Direct Line came to, where it was not what was asked for. */
export class DirectLineError extends BotError {
  /** 0: there was no answer. */
  status = 0;
  /** The token was good once and has expired: status 403, code `TokenExpired`. */
  expired = false;
  /** The request may have reached the bot all the same. */
  ambiguous = false;
  retryAfterMs = 0;
}

interface Answer {
  status: number;
  /** `error.code` of the body (ErrorResponse of the Bot Framework). */
  code: string;
  message: string;
  retryAfterMs: number;
}

/** Classifies an answer by its status ("HTTP status codes" of the API reference). */
export function errorForAnswer(where: string, { status, code, message, retryAfterMs }: Answer): DirectLineError {
  const words = `${where} answered ${status}${code === '' ? '' : ` ${code}`}${message === '' ? '' : `: ${message}`}`;
  const make = (kind: BotErrorCode, publicMessage: string, retryable = false) => {
    const error = new DirectLineError(kind, words, { retryable, publicMessage });
    error.status = status;
    error.retryAfterMs = retryAfterMs;
    return error;
  };
  if (status === 403 && code === 'TokenExpired') {
    const error = make('bot_conversation_lost', 'the conversation with the bot has expired');
    error.expired = true;
    return error;
  }
  if (status === 404) return make('bot_conversation_lost', 'the bot no longer knows the conversation');
  if (status === 429) return make('bot_unreachable', 'the bot is asked too often', true);
  if (status === 502) return make('bot_failed', 'the bot failed');
  if (status === 504) return make('bot_unreachable', 'the bot did not answer in time', true);
  if (status >= 500) {
    const error = make('bot_unreachable', 'the bot service has a fault', true);
    error.ambiguous = true;
    return error;
  }
  if (status >= 400) return make('bot_rejected', 'the bot refused the request');
  return make('bot_failed', 'the bot gave an unusable answer');
}

/** Trouble below HTTP. */
export function errorForNetwork(where: string, cause: unknown, late: boolean, timeoutMs: number): DirectLineError {
  const code = codeOf(cause);
  const notHttp = cause instanceof errors.HTTPParserError || code.startsWith('HPE_');
  const what = late ? `no answer within ${timeoutMs} ms` : code || messageOf(cause);
  const error = new DirectLineError(notHttp ? 'bot_failed' : 'bot_unreachable', `${where}: ${what}`, {
    cause,
    retryable: !notHttp,
    publicMessage: late ? 'the bot did not answer in time' : 'the bot cannot be reached',
  });
  error.ambiguous = !NEVER_SENT.has(code);
  return error;
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'UND_ERR_CONNECT_TIMEOUT']);

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  if ('code' in error && typeof error.code === 'string') return error.code;
  return error instanceof AggregateError && error.errors.length > 0 ? codeOf(error.errors[0]) : '';
}

/** What the end of a call does to what is under way. */
export function callOver(cause?: unknown): BotError {
  return new BotError('bot_conversation_lost', 'the call has ended', cause === undefined ? {} : { cause });
}

export function asBotError(error: unknown): BotError {
  return error instanceof BotError ? error : new BotError('bot_failed', messageOf(error), { cause: error });
}
