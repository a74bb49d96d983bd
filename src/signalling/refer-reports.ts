import type { Clock } from '../clock.ts';
import type { IncomingRefer } from './refer-messages.ts';
import type { DialogEvents, SipDialog } from './sip-dialog.ts';
import { phraseOf } from './sip-statuses.ts';

/** A far side that does not take its reports holds nobody up. */
const REPORT_LIMIT_MS = 1_000;

/** 202, and the first report where any are wanted (RFC 3515 2.4.2, RFC 4488). */
export function acceptRefer(dialog: SipDialog, refer: IncomingRefer, respond: DialogEvents['refer'][1]): Reports {
  respond({ status: 202, headers: refer.wantsReports ? {} : { 'Refer-Sub': 'false' } });
  const reports = new Reports(dialog, refer);
  reports.tell(100);
  return reports;
}

/** Tells whoever has sent the REFER how it goes on, in order. */
export class Reports {
  readonly #dialog: SipDialog;
  readonly #refer: IncomingRefer;
  #last: Promise<void> = Promise.resolve();
  #lastStatus = 0;

  constructor(dialog: SipDialog, refer: IncomingRefer) {
    this.#dialog = dialog;
    this.#refer = refer;
  }

  /** The same status is not told again. */
  tell(status: number): void {
    if (!this.#refer.wantsReports || status === this.#lastStatus) return;
    this.#lastStatus = status;
    const send = () => this.#dialog.notifyReferrer(this.#refer, `SIP/2.0 ${status} ${phraseOf(status)}`, status >= 200);
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
