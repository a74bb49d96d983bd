import { ok } from 'node:assert/strict';
import { describe, test } from 'vitest';
import type { BotConnection } from '../../../src/bots/port.ts';
import { type BotHarness, describeBotContract } from './bot-contract.ts';
import { type Environment, type LiveBot, liveBots, type Way } from './live-bots.ts';

const CASE_MS = 120_000;
const PATIENCE_MS = 30_000;

/** Runs the kit on the bots that the environment leads to. `only` absent: the others are listed as skipped. */
export function describeLiveBots(environment: Environment, only?: (name: string) => boolean): void {
  for (const bot of liveBots(environment)) {
    const { name, open, lacks } = bot;
    if (only !== undefined && (open === undefined || !only(name))) continue;
    if (open === undefined) {
      test.skip(`${name} itself`, () => {});
      continue;
    }
    describe('the bot itself', { timeout: CASE_MS }, () => {
      describeBotContract(name, async () => liveHarness(open), lacks);
      test(`${name} is found by check-bot`, async () => {
        const connection = open('right');
        const report = await connection.validate?.(AbortSignal.timeout(PATIENCE_MS));
        await connection.close();
        ok(report?.ok !== false, JSON.stringify(report));
      });
    });
  }
}

/** What can be done to a real bot: to go there with other credentials, and to go somewhere else. */
function liveHarness(open: NonNullable<LiveBot['open']>): BotHarness {
  const connections: BotConnection[] = [];
  const go = (way: Way) => void connections.push(open(way));
  const current = () => connections.at(-1) as BotConnection;
  const close = async () => {
    for (const connection of connections) await connection.close();
  };
  go('right');
  return {
    connection: {
      ...{ id: current().id, name: current().name, close },
      open: (context, handlers) => current().open(context, handlers),
    },
    acknowledges: false,
    refuse: () => go('refused'),
    vanish: async () => go('absent'),
    patienceMs: PATIENCE_MS,
    dispose: close,
  };
}
