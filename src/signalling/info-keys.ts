import type { Clock } from '../clock.ts';
import type { KeyPress, MediaEndpoint } from '../media/port.ts';

/** A key in INFO waits so long for the same one in RTP, where the party may send both. */
const RTP_MAY_FOLLOW_MS = 200;
/** INFO may come so long after the end of a key: it is sent when the key is let go, and again when it is lost. */
const INFO_MAY_FOLLOW_MS = 2_000;
const MAX_REMEMBERED = 64;

interface Remembered extends KeyPress {
  at: number;
}

export interface InfoKeysOptions {
  endpoint: Pick<MediaEndpoint, 'pressKey'> & {
    on(event: 'dtmf', listener: (press: KeyPress) => void): unknown;
    off(event: 'dtmf', listener: (press: KeyPress) => void): unknown;
  };
  clock: Clock;
  /** The party has said that it sends keys by RFC 4733, so that one key may come both ways. */
  bothWays(): boolean;
}

/** Keys of a party that come in INFO: each counts once, also where it comes in RTP too. */
export class InfoKeys {
  readonly #options: InfoKeysOptions;
  /** In RTP, and not in INFO yet. */
  #inRtp: Remembered[] = [];
  /** In INFO, and not in RTP yet; each is taken for a key of its own after a while. */
  readonly #waiting: { press: KeyPress; cancel: () => void }[] = [];
  #pressing = false;

  constructor(options: InfoKeysOptions) {
    this.#options = options;
    options.endpoint.on('dtmf', this.#onDtmf);
  }

  /** A key has come in INFO. */
  press(press: KeyPress): void {
    const { clock, bothWays } = this.#options;
    if (!bothWays()) {
      this.#take(press);
      return;
    }
    const now = clock.now();
    this.#inRtp = this.#inRtp.filter(({ at, durationMs }) => {
      return now - at <= INFO_MAY_FOLLOW_MS + Math.max(durationMs, press.durationMs);
    });
    const known = this.#inRtp.findIndex(({ digit }) => digit === press.digit);
    if (known >= 0) {
      this.#inRtp.splice(known, 1);
      return;
    }
    const waiting = { press, cancel: () => {} };
    waiting.cancel = clock.after(RTP_MAY_FOLLOW_MS, () => {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      this.#take(press);
    });
    this.#waiting.push(waiting);
  }

  /** Idempotent. Keys that wait are dropped. */
  close(): void {
    this.#options.endpoint.off('dtmf', this.#onDtmf);
    for (const { cancel } of this.#waiting.splice(0)) cancel();
  }

  readonly #onDtmf = (press: KeyPress): void => {
    if (this.#pressing) return;
    const index = this.#waiting.findIndex(({ press: { digit } }) => digit === press.digit);
    const [waiting] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (waiting !== undefined) {
      waiting.cancel();
      return;
    }
    this.#inRtp.push({ ...press, at: this.#options.clock.now() });
    if (this.#inRtp.length > MAX_REMEMBERED) this.#inRtp.shift();
  };

  #take(press: KeyPress): void {
    this.#pressing = true;
    try {
      this.#options.endpoint.pressKey(press);
    } finally {
      this.#pressing = false;
    }
  }
}
