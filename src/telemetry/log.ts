import { type DestinationStream, type Logger, type LoggerOptions, pino } from 'pino';
import { createRedactor } from './redact.ts';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/**
 * Fields that hold what was said or keyed in a call. Whoever logs such content puts it into one of these and nowhere
 * else, above all not into the message.
 */
export const callerContentFields = ['text', 'transcript', 'digits', 'digit', 'utterance', 'heard', 'spoken'] as const;

const boundSecrets = ['token', 'secret', 'password', 'authorization', 'credentials'];
/** A chain of causes is followed so far. */
const maxCauses = 8;

export interface LoggerSettings {
  level: LogLevel;
  /** True shows `callerContentFields` too. */
  callerContent: boolean;
}

type Fields = Record<string, unknown>;

/** The serialised error and its causes as plain objects, which the redactor looks into. */
function plain(error: object, causes: number): Fields {
  const fields: Fields = { ...error };
  const { cause } = fields;
  if (typeof cause === 'object' && cause !== null) {
    fields.cause = causes > 0 ? plain(cause, causes - 1) : '[more causes]';
  }
  return fields;
}

/**
 * The hub's structured log: one JSON object per line. The values of secret keys never appear, what callers say and key
 * only when the configuration asks for it. Loggers of a call are `log.child({ callId, conversationId })`. Errors belong
 * into `err`; their messages are shown as they are.
 * @param destination standard output where absent
 */
export function createLogger(settings: LoggerSettings, destination?: DestinationStream): Logger {
  const redact = createRedactor(settings.callerContent ? [] : callerContentFields);
  const options: LoggerOptions = {
    level: settings.level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: {
      level: (label) => ({ level: label }),
      bindings: (bindings) => redact(bindings) as Fields,
      log: (fields) => redact(fields) as Fields,
    },
    serializers: {
      err: (error: Error) => redact(plain(pino.stdSerializers.errWithCause(error), maxCauses)),
    },
    // The formatters do not see what `child` binds.
    redact: {
      paths: settings.callerContent ? boundSecrets : [...boundSecrets, ...callerContentFields],
      censor: '[redacted]',
    },
  };
  return destination === undefined ? pino(options) : pino(options, destination);
}
