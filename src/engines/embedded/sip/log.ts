/** The part of a pino logger that the agent uses. Fields never carry message bodies or credentials. */
export interface SipLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: SipLog = { debug() {}, info() {}, warn() {}, error() {} };
