/**
 * mod_audio_fork as it is (jambonz/freeswitch-modules 30f2189), at the rate of the call, with all that surprises: short audio stays
 * inside, `killAudio` takes effect with the next frame and leaves what was collected, a sample of -1 is taken for a mark, sums wrap.
 */
export class AudioForkModule {
  /** Bytes that a callback of its websocket library carries at most. */
  static readonly receiveBytes = 1024;
  #collected: number[] = [];
  #threshold = 1280;
  #playout: number[] = [];
  #clear = false;
  #odd: number | undefined;
  readonly #marks: { waiting: string[]; inUse: string[]; cleared: string[] } = { waiting: [], inUse: [], cleared: [] };
  readonly #send: (text: string) => void;

  /** `send`: a text message to the hub. */
  constructor(send: (text: string) => void) {
    this.#send = send;
  }

  /** Samples that would be heard next. */
  get playoutLength(): number {
    return this.#playout.length;
  }

  /** Samples that stay until more come. */
  get collectedLength(): number {
    return this.#collected.length;
  }

  /** A binary message. */
  binary(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length; from += AudioForkModule.receiveBytes) {
      this.#piece(bytes.subarray(from, from + AudioForkModule.receiveBytes));
    }
  }

  /** A text message. Returns its type. */
  text(message: string): string | undefined {
    const { type, data } = JSON.parse(message) as { type?: string; data?: { name?: string } };
    if (type === 'killAudio') this.#clear = true;
    else if (type === 'mark' && data?.name !== undefined) {
      if (this.#marks.inUse.length + this.#marks.waiting.length < 30) this.#marks.waiting.push(data.name);
    }
    return type;
  }

  /** What goes into the next packet of 20 ms: `frame`, with the playout added to it. */
  tick(frame: Int16Array): void {
    if (this.#clear) {
      this.#clear = false;
      this.#playout = [];
      for (const name of [...this.#marks.inUse, ...this.#marks.waiting]) this.#tell(name, 'cleared');
      this.#marks.cleared.push(...this.#marks.inUse);
      this.#marks.inUse = [];
      this.#marks.waiting = [];
      return;
    }
    const taken = this.#playout.splice(0, frame.length);
    const marked = this.#marks.inUse.length + this.#marks.cleared.length > 0;
    let at = 0;
    for (const sample of taken) {
      if (marked && sample === -1) this.#mark();
      else {
        frame[at] = (frame[at] ?? 0) + sample; // wraps
        at++;
      }
    }
  }

  #piece(bytes: Uint8Array): void {
    const all = this.#odd === undefined ? [...bytes] : [this.#odd, ...bytes];
    this.#odd = all.length % 2 === 1 ? all.pop() : undefined;
    this.#collected.push(...this.#marks.waiting.map(() => -1));
    this.#marks.inUse.push(...this.#marks.waiting.splice(0));
    for (let i = 0; i < all.length; i += 2) {
      this.#collected.push((((all[i + 1] ?? 0) << 24) >> 16) | (all[i] ?? 0));
    }
    if (this.#collected.length < this.#threshold) return;
    this.#threshold = 640;
    this.#playout.push(...this.#collected);
    this.#collected = [];
  }

  #mark(): void {
    if (this.#marks.cleared.length > 0) {
      this.#marks.cleared.shift();
      return;
    }
    const name = this.#marks.inUse.shift();
    if (name !== undefined) this.#tell(name, 'playout');
  }

  #tell(name: string, event: 'playout' | 'cleared'): void {
    this.#send(JSON.stringify({ type: 'mark', data: { name, event } }));
  }
}
