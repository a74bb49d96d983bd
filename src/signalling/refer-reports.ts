import type { Clock } from '../clock.ts';
import type { IncomingRefer } from './refer-messages.ts';
import type { SipDialog } from './sip-dialog.ts';

/** A far side that does not take its reports holds nobody up. */
const REPORT_LIMIT_MS = 1_000;

/** Tells whoever has sent the REFER how it goes on, in order. */
export class Reports {
  readonly #dialog: SipDialog;
  readonly #refer: IncomingRefer;
  #last: Promise<void> = Promise.resolve();

  constructor(dialog: SipDialog, refer: IncomingRefer) {
    this.#dialog = dialog;
    this.#refer = refer;
  }

  tell(status: number, words: string): void {
    if (!this.#refer.wantsReports) return;
    const send = () => this.#dialog.notifyReferrer(this.#refer, `SIP/2.0 ${status} ${words}`, status >= 200);
    this.#last = this.#last.then(send);
  }

  /** Resolves when all has been told, or after a while: a dialog must not end before. */
  async told(clock: Clock): Promise<void> {
    const limit = Promise.withResolvers<void>();
    const cancel = clock.after(REPORT_LIMIT_MS, limit.resolve);
    await Promise.race([this.#last, limit.promise]);
    cancel();
  }
}
