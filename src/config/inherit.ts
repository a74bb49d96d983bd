import type { Path } from './source.ts';
import type { BotConfig, ConnectorSchemas } from './types.ts';

/** A bot of the file and the id of the bot that it is based on. */
export interface BotEntry<Parameters> {
  bot: BotConfig<Parameters>;
  base: string | undefined;
}

/**
 * Gives every bot the parameters of its base, the base's base and so on, its own first (Bot API 6.1). Bases that are
 * not there are reported elsewhere; circles of bases, and inherited parameters that contradict its own,
 * are reported here.
 * @param entries by the position in the file
 */
export function inheritBots<Parameters>(
  entries: ReadonlyMap<number, BotEntry<Parameters>>,
  connectors: Pick<ConnectorSchemas<Parameters>, 'inheritParameters'>,
  report: (path: Path, message: string) => void,
): BotConfig<Parameters>[] {
  const { inheritParameters } = connectors;
  const byId = new Map([...entries.values()].map((entry) => [entry.bot.id, entry]));
  const done = new Map<BotEntry<Parameters>, Parameters | undefined>();

  /** Undefined: the bot is part of a circle, or based on one that is. */
  const parametersOf = (entry: BotEntry<Parameters>): Parameters | undefined => {
    if (done.has(entry)) return done.get(entry);
    done.set(entry, undefined);
    const base = entry.base === undefined ? undefined : byId.get(entry.base);
    if (base === undefined || inheritParameters === undefined) {
      done.set(entry, entry.bot.parameters);
      return entry.bot.parameters;
    }
    const inherited = parametersOf(base);
    const merged = inherited && inheritParameters(inherited, entry.bot.parameters).parameters;
    done.set(entry, merged);
    return merged;
  };

  return [...entries].map(([index, entry]) => {
    const parameters = parametersOf(entry);
    if (parameters === undefined) {
      report(['bots', index, 'base'], `bots that are based on each other in a circle: ${circle(entry, byId)}`);
      return entry.bot;
    }
    const base = entry.base === undefined ? undefined : byId.get(entry.base);
    const inherited = base && parametersOf(base);
    if (inherited !== undefined && inheritParameters !== undefined) {
      for (const { parameter, message } of inheritParameters(inherited, entry.bot.parameters).problems) {
        report(['bots', index, 'base'], `with what comes from '${entry.base}', parameters.${parameter}: ${message}`);
      }
    }
    return { ...entry.bot, parameters };
  });
}

function circle<Parameters>(entry: BotEntry<Parameters>, byId: ReadonlyMap<string, BotEntry<Parameters>>): string {
  const ids = [entry.bot.id];
  for (let next = byId.get(entry.base ?? ''); next !== undefined; next = byId.get(next.base ?? '')) {
    const seen = ids.includes(next.bot.id);
    ids.push(next.bot.id);
    if (seen) break;
  }
  return ids.join(' -> ');
}
