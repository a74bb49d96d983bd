/** What a byte stream contains (RFC 3261 18.3, RFC 5626 4.4.1). */
export type Frame =
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** A double CRLF: answer with one CRLF. */
  | { readonly kind: 'ping' }
  /**
   * The stream cannot be cut any further and must be closed. `bytes` is the header block, where there is one that a last answer can
   * be made from; `status` is that answer's.
   */
  | { readonly kind: 'lost'; readonly status: 400 | 513; readonly reason: string; readonly bytes: Buffer | undefined };

export interface FramerLimits {
  readonly maxHeaderBytes: number;
  /** Header block and body together. */
  readonly maxMessageBytes: number;
}

const contentLength = /(?:^|\r\n)(?:content-length|l)[ \t]*:((?:[^\r\n]|\r\n[ \t])*)/gi;

/** Cuts a stream into messages. Holds at most `maxMessageBytes` plus one chunk; work is linear in what arrives. */
export class StreamFramer {
  readonly #limits: FramerLimits;
  #buffer: Buffer = Buffer.alloc(0);
  #used = 0;
  #scanned = 0;
  #bodyEnd = -1;
  #crlfSeen = false;
  #lost = false;

  constructor(limits: FramerLimits) {
    this.#limits = limits;
  }

  /** True while a message has begun and is not complete. */
  get partial(): boolean {
    return this.#used > 0 && !this.#lost;
  }

  push(chunk: Buffer): Frame[] {
    const frames: Frame[] = [];
    if (this.#lost) return frames;
    this.#append(chunk);
    while (!this.#lost && this.#next(frames));
    return frames;
  }

  #append(chunk: Buffer): void {
    const needed = this.#used + chunk.length;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, 2 * this.#buffer.length, 4_096));
      this.#buffer.copy(grown, 0, 0, this.#used);
      this.#buffer = grown;
    }
    chunk.copy(this.#buffer, this.#used);
    this.#used = needed;
  }

  #consume(count: number): void {
    this.#buffer.copyWithin(0, count, this.#used);
    this.#used -= count;
    this.#scanned = 0;
    this.#bodyEnd = -1;
    if (this.#used === 0 && this.#buffer.length > 65_536) this.#buffer = Buffer.alloc(0);
  }

  #lose(frames: Frame[], status: 400 | 513, reason: string, bytes: Buffer | undefined): boolean {
    this.#lost = true;
    this.#buffer = Buffer.alloc(0);
    this.#used = 0;
    frames.push({ kind: 'lost', status, reason, bytes });
    return false;
  }

  /** Takes one frame off the front; false when more octets are needed. */
  #next(frames: Frame[]): boolean {
    if (this.#used === 0) return false;
    if (this.#bodyEnd === -1) {
      if (this.#scanned === 0) {
        let at = 0;
        while (at + 1 < this.#used && this.#buffer[at] === 13 && this.#buffer[at + 1] === 10) {
          if (this.#crlfSeen) frames.push({ kind: 'ping' });
          this.#crlfSeen = !this.#crlfSeen;
          at += 2;
        }
        if (at > 0) this.#consume(at);
        if (this.#used === 0 || (this.#used === 1 && this.#buffer[0] === 13)) return false;
        this.#crlfSeen = false;
      }
      const end = this.#buffer.subarray(0, this.#used).indexOf('\r\n\r\n', Math.max(0, this.#scanned - 3), 'latin1');
      this.#scanned = this.#used;
      if (end === -1) {
        if (this.#used <= this.#limits.maxHeaderBytes) return false;
        return this.#lose(frames, 400, 'Header Block Too Large', undefined);
      }
      if (end > this.#limits.maxHeaderBytes) return this.#lose(frames, 400, 'Header Block Too Large', undefined);
      const head = Buffer.from(this.#buffer.subarray(0, end + 4));
      const lengths = [...head.toString('latin1').matchAll(contentLength)].map((found) => (found[1] ?? '').trim());
      if (lengths.length === 0) return this.#lose(frames, 400, 'Missing Content-Length', head);
      if (lengths.length > 1) return this.#lose(frames, 400, 'Multiple Content-Length Fields', head);
      const length = lengths[0] ?? '';
      if (!/^\d{1,10}$/.test(length)) return this.#lose(frames, 400, 'Malformed Content-Length', head);
      if (head.length + Number(length) > this.#limits.maxMessageBytes) {
        return this.#lose(frames, 513, 'Message Too Large', head);
      }
      this.#bodyEnd = head.length + Number(length);
    }
    if (this.#used < this.#bodyEnd) return false;
    frames.push({ kind: 'message', bytes: Buffer.from(this.#buffer.subarray(0, this.#bodyEnd)) });
    this.#consume(this.#bodyEnd);
    return true;
  }
}
