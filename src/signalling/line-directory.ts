import type { CallLine } from './call-line.ts';
import type { ReplacedDialog } from './refer-messages.ts';
import type { DialogName } from './sip-dialog.ts';

/** The calls of this hub by their dialogs: who names one in Replaces (RFC 3891) means its call. */
export class LineDirectory {
  readonly #lines = new Map<string, CallLine>();

  add(dialog: DialogName, line: CallLine): void {
    this.#lines.set(keyOf(dialog.callId, dialog.localTag, dialog.remoteTag), line);
  }

  remove(dialog: DialogName): void {
    this.#lines.delete(keyOf(dialog.callId, dialog.localTag, dialog.remoteTag));
  }

  /** Undefined: it is no call of this hub, or it has ended. */
  find({ callId, toTag, fromTag }: ReplacedDialog): CallLine | undefined {
    return this.#lines.get(keyOf(callId, toTag, fromTag));
  }

  get size(): number {
    return this.#lines.size;
  }
}

function keyOf(callId: string, localTag: string, remoteTag: string): string {
  return `${callId}\n${localTag}\n${remoteTag}`;
}
