import type { KeyPress } from './port.ts';

export type SendKey = (press: KeyPress) => Promise<void>;

/** Keys that go to a party another way than in its media: one after the other, as they were pressed. */
export class KeySender {
  #send: SendKey | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `undefined`: keys go in the media again; what waits is dropped. */
  use(send: SendKey | undefined): void {
    this.#send = send;
  }

  get active(): boolean {
    return this.#send !== undefined;
  }

  /** Resolves when the key has gone out, or could not; never rejects. */
  send(press: KeyPress): Promise<void> {
    this.#last = this.#last.then(() => this.#send?.(press)).catch(() => {});
    return this.#last;
  }
}
