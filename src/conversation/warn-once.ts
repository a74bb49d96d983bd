import type { Logger } from 'pino';

/** Logs each message the first time. */
export function warnOnce(log: Logger): (message: string, details: Readonly<Record<string, unknown>>) => void {
  const warned = new Set<string>();
  return (message, details) => {
    if (warned.has(message)) return;
    warned.add(message);
    log.warn(details, message);
  };
}
