import { messageOf } from '../errors.ts';
import type { GuardedFetcher } from '../net/guarded-fetcher.ts';
import type { MetaDataTarget } from './effects.ts';
import type { CallControl } from './ports.ts';

/** Metadata of one call on its way; more is dropped. */
const MAX_UNDER_WAY = 8;

export interface MetaDataSenderOptions {
  fetcher: GuardedFetcher | undefined;
  control: Pick<CallControl, 'sendInfo'>;
  warn: (message: string, details: Readonly<Record<string, unknown>>) => void;
  signal: AbortSignal;
}

/** Carries a bot's metadata to whoever the configuration names (Bot API 6.5). What fails is told in the log. */
export class MetaDataSender {
  readonly #options: MetaDataSenderOptions;
  #underWay = 0;

  constructor(options: MetaDataSenderOptions) {
    this.#options = options;
  }

  send(metadata: unknown, target: MetaDataTarget | undefined): void {
    if (this.#underWay >= MAX_UNDER_WAY) {
      this.#options.warn('metadata was dropped: too much of it is under way', {});
      return;
    }
    this.#underWay += 1;
    const body = JSON.stringify(metadata);
    const sending = target === undefined ? this.#info(body) : this.#post(body, target);
    sending
      .catch((error: unknown) => {
        if (!this.#options.signal.aborted) this.#options.warn('metadata was not sent', { error: messageOf(error) });
      })
      .finally(() => {
        this.#underWay -= 1;
      });
  }

  async #post(body: string, { url, timeoutMs, username, password }: MetaDataTarget): Promise<void> {
    const { fetcher, signal } = this.#options;
    if (fetcher === undefined) throw new Error('HTTP is not available');
    const credentials = Buffer.from(`${username}:${password}`).toString('base64');
    // The host is the administrator's: what the bot fills in stands behind it.
    await fetcher.post(url, {
      ...{ body, contentType: 'application/json', timeoutMs, signal, trusted: true },
      ...(username === '' && password === '' ? {} : { authorization: `Basic ${credentials}` }),
    });
  }

  async #info(body: string): Promise<void> {
    const { control } = this.#options;
    if (control.sendInfo === undefined) throw new Error('this call cannot send a SIP INFO');
    await control.sendInfo({ contentType: 'application/json', body });
  }
}
