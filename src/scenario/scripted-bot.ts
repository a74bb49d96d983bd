import type { Clock } from '../clock.ts';
import type { BotBehaviour } from './host.ts';
import { matchesText, matchesValue } from './match.ts';
import type { BotFault, BotRule } from './schema.ts';

/** An activity as it came over HTTP. */
export interface ReceivedActivity {
  /** The clock's reading. */
  at: number;
  activity: Readonly<Record<string, unknown>>;
}

export interface BotEnd {
  at: number;
  reasonCode: string;
  reason: string;
}

/** A bot that follows the rules of a scenario, and keeps what it was told. The first rule that fits an activity counts. */
export class ScriptedBot implements BotBehaviour {
  readonly received: ReceivedActivity[] = [];
  readonly ends: BotEnd[] = [];
  readonly create: BotFault | undefined;
  readonly #rules: { rule: BotRule; left: number }[];
  readonly #clock: Clock;
  readonly #closing: AbortSignal;
  /** Rules that were chosen by `fault` for activities that are going to be answered. */
  readonly #chosen = new Map<unknown, BotRule | undefined>();
  #nextId = 1;

  /** `closing` cuts delays short. */
  constructor(
    bot: { rules: readonly BotRule[]; create?: BotFault | undefined },
    deps: { clock: Clock; closing: AbortSignal },
  ) {
    this.#rules = bot.rules.map((rule) => ({ rule, left: rule.times ?? Number.POSITIVE_INFINITY }));
    this.create = bot.create;
    this.#clock = deps.clock;
    this.#closing = deps.closing;
  }

  fault(activities: readonly Record<string, unknown>[]): BotFault | undefined {
    for (const activity of activities) {
      if (this.#chosen.has(activity.id)) continue;
      const rule = this.#choose(activity);
      // a failed request comes again and is looked at anew; one that has its effect is not
      if (rule?.fail === undefined || rule.fail === 'brokenJson') this.#chosen.set(activity.id, rule);
      if (rule?.fail !== undefined) return rule.fail;
    }
    return undefined;
  }

  async answer(activities: readonly Record<string, unknown>[]): Promise<readonly object[]> {
    const at = this.#clock.now();
    this.received.push(...activities.map((activity) => ({ at, activity })));
    const replies: object[] = [];
    for (const activity of activities) {
      const rule = this.#chosen.get(activity.id);
      if (rule === undefined) continue;
      if (rule.delay_ms !== undefined) await this.#pause(rule.delay_ms);
      replies.push(...rule.reply.map((reply) => this.#complete(reply)));
    }
    return replies;
  }

  ended({ reasonCode, reason }: { reasonCode: string; reason: string }): void {
    this.ends.push({ at: this.#clock.now(), reasonCode, reason });
  }

  #choose(activity: Record<string, unknown>): BotRule | undefined {
    const found = this.#rules.find(({ rule, left }) => left > 0 && fits(rule.on, activity));
    if (found) found.left--;
    return found?.rule;
  }

  #complete({ say, event, params, session }: BotRule['reply'][number]): object {
    return {
      id: `reply-${this.#nextId++}`,
      timestamp: this.#clock.date().toISOString(),
      ...(say === undefined ? { type: 'event', name: event } : { type: 'message', text: say }),
      ...(params === undefined ? {} : { activityParams: params }),
      ...(session === undefined ? {} : { sessionParams: session }),
    };
  }

  #pause(ms: number): Promise<void> {
    if (this.#closing.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        this.#closing.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.#clock.after(ms, done);
      this.#closing.addEventListener('abort', done, { once: true });
    });
  }
}

function fits(on: BotRule['on'], activity: Record<string, unknown>): boolean {
  const { type, name, text, value } = activity;
  if (on === 'anything') return true;
  if (on === 'start') return type === 'event' && sameName(name, 'start');
  if ('message' in on) return type === 'message' && typeof text === 'string' && matchesText(on.message, text);
  return type === 'event' && sameName(name, on.event) && (on.value === undefined || matchesValue(on.value, value));
}

/** Names of events are compared without regard to case. */
export function sameName(name: unknown, wanted: string): boolean {
  return typeof name === 'string' && name.toLowerCase() === wanted.toLowerCase();
}
