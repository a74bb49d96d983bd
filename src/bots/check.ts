import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { BotCheckReport, BotCheckStep, BotConnection } from './port.ts';

/** What a whole check may take; each step has a shorter limit of its own. */
export const CHECK_LIMIT_MS = 30_000;

/**
 * Asks a bot whether it is one: the check of `patchbay check-bot` and of the API. Never rejects and ends within
 * `limitMs`; what goes wrong is a step of the report.
 */
export async function checkBot(
  connection: BotConnection,
  deps: { clock: Clock; signal?: AbortSignal; limitMs?: number },
): Promise<BotCheckReport> {
  const { clock, limitMs = CHECK_LIMIT_MS } = deps;
  const startedAt = clock.now();
  const only = (step: Omit<BotCheckStep, 'step' | 'ms'>): BotCheckReport => ({
    ok: step.ok,
    steps: [{ step: 'check', ...step, ms: Math.round(clock.now() - startedAt) }],
  });
  if (connection.validate === undefined) {
    return only({ ok: true, warning: true, message: 'bots of this kind cannot be asked; place a call to try it' });
  }
  const limit = new AbortController();
  const { promise: cutShort, resolve: cut } = Promise.withResolvers<BotCheckReport>();
  const stop = (message: string): void => {
    cut(only({ ok: false, message }));
    limit.abort();
  };
  const onAbort = (): void => stop('the check was given up');
  const cancel = clock.after(limitMs, () => stop(`the check took longer than ${limitMs} ms`));
  deps.signal?.addEventListener('abort', onAbort, { once: true });
  if (deps.signal?.aborted === true) onAbort();
  try {
    return await Promise.race([connection.validate(limit.signal), cutShort]);
  } catch (error) {
    return only({ ok: false, message: messageOf(error) });
  } finally {
    cancel();
    deps.signal?.removeEventListener('abort', onAbort);
  }
}

/** A report for the terminal, one line per step. */
export function checkReportLines(report: BotCheckReport): string[] {
  const lines = report.steps.map(({ step, ok, warning, message, ms }) => {
    const sign = !ok ? (report.ok ? 'no' : 'FAILED') : warning === true ? 'warning' : 'ok';
    return `${sign.padEnd(8)} ${step.padEnd(14)} ${String(ms).padStart(6)} ms  ${message}`;
  });
  return [...lines, report.ok ? 'The bot can be used.' : 'The bot cannot be used as it is configured.'];
}
