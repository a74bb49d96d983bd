import type { Dialer } from './dialer.ts';
import { TEST_AUTHORIZATION } from './hub-config.ts';

export interface CampaignOptions {
  calls: number;
  /** Numbers are this and six digits. */
  prefix: string;
  notifyUrl: string;
  /** Hubs, asked in turns. */
  urls: readonly string[];
  parallel?: number;
}

/** A dialer's campaign: asks for every dialout until it is accepted, with an Idempotency-Key, whatever happens to the hubs. */
export class Campaign {
  /** Number to conversation id. */
  readonly accepted = new Map<string, string>();
  readonly #options: CampaignOptions;

  constructor(options: CampaignOptions) {
    this.#options = options;
  }

  async submit(): Promise<void> {
    const { calls, prefix, parallel = 4 } = this.#options;
    const numbers = Array.from({ length: calls }, (_, i) => `${prefix}${String(100_000 + i)}`);
    const work = async () => {
      for (let number = numbers.shift(); number !== undefined; number = numbers.shift()) await this.#ask(number);
    };
    await Promise.all(Array.from({ length: parallel }, work));
  }

  /** How many dialouts ended for which reason. */
  reasons(dialer: Dialer): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const id of this.accepted.values()) {
      const reason = dialer.finalOf(id)?.reasonCode ?? 'none';
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
    return counts;
  }

  async #ask(number: string): Promise<void> {
    const { urls, notifyUrl } = this.#options;
    for (let attempt = 0; ; attempt++) {
      const url = urls[(this.accepted.size + attempt) % urls.length];
      try {
        const answer = await fetch(`${url}/api/v1/actions/dialout`, {
          method: 'POST',
          headers: {
            authorization: TEST_AUTHORIZATION,
            'content-type': 'application/json',
            'idempotency-key': number,
          },
          body: JSON.stringify({ bot: 'demo', target: `tel:${number}`, notifyUrl }),
          signal: AbortSignal.timeout(5000),
        });
        const body = (await answer.json()) as { conversationId?: string };
        if (answer.status === 200 && body.conversationId !== undefined) {
          this.accepted.set(number, body.conversationId);
          return;
        }
        if (answer.status >= 400 && answer.status < 500 && answer.status !== 429) {
          throw new RangeError(`${number} was refused: ${answer.status} ${JSON.stringify(body)}`);
        }
      } catch (error) {
        if (error instanceof RangeError || attempt > 1000) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}
