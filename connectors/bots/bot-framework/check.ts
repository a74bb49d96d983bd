import type { BotCheckReport, BotCheckStep } from '../../../src/bots/port.ts';
import type { Clock } from '../../../src/clock.ts';
import type { BotFrameworkConfig } from './config.ts';
import type { DirectLine } from './direct-line.ts';
import { asBotError } from './errors.ts';

/** Asks for a token, which begins no conversation and does not reach the bot. */
export async function check(
  directLine: DirectLine,
  config: BotFrameworkConfig,
  clock: Clock,
  signal: AbortSignal,
): Promise<BotCheckReport> {
  const steps: BotCheckStep[] = [];
  const step = async (name: string, run: () => Promise<string>): Promise<boolean> => {
    const startedAt = clock.now();
    const done = (ok: boolean, message: string): boolean => {
      steps.push({ step: name, ok, message, ms: Math.round(clock.now() - startedAt) });
      return ok;
    };
    try {
      return done(true, await run());
    } catch (error) {
      const { code, message } = asBotError(error);
      const refused = config.secret === undefined ? 'check tokenEndpoint' : 'check secret and region';
      return done(false, code === 'bot_rejected' ? `${message}: ${refused}` : message);
    }
  };
  const isCopilotStudio = config.tokenEndpoint !== undefined;
  const found = await step('region', async () => `Direct Line is ${(await directLine.region(signal)).origin}`);
  const granted =
    found &&
    (await step('token', async () => {
      await directLine.grant({ id: 'dl_check', name: 'check' }, signal);
      return isCopilotStudio ? 'the token endpoint gives tokens' : 'Direct Line takes the secret';
    }));
  return { ok: granted, steps };
}
