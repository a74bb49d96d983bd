/** RTP ports are even and their RTCP neighbour is one above (RFC 3550 section 11). */
export interface PortRange {
  from: number;
  to: number;
}

/**
 * Even ports of a range, handed out oldest first. A returned port rests for `drainMs`, so that packets still on
 * their way to the call before do not reach the next one. Pure: the time comes in.
 */
export class PortPool {
  private readonly drainMs: number;
  /** In the order of return; `restedMs` grows along it. */
  private readonly free: { port: number; restedMs: number }[] = [];
  private head = 0;
  private taken = 0;

  constructor(range: PortRange, drainMs: number) {
    this.drainMs = drainMs;
    for (let port = range.from + (range.from & 1); port + 1 <= range.to; port += 2) {
      this.free.push({ port, restedMs: Number.NEGATIVE_INFINITY });
    }
  }

  get inUse(): number {
    return this.taken;
  }

  /** Ports that are not in use, resting or not. */
  get idle(): number {
    return this.free.length - this.head;
  }

  /** Ports that `take` would give now, one after the other. */
  rested(nowMs: number): number {
    let [from, to] = [this.head, this.free.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if ((this.free[middle]?.restedMs ?? 0) <= nowMs) from = middle + 1;
      else to = middle;
    }
    return from - this.head;
  }

  take(nowMs: number): number | undefined {
    const first = this.free[this.head];
    if (first === undefined || first.restedMs > nowMs) return undefined;
    this.head++;
    this.taken++;
    if (this.head > 1024 && this.head * 2 > this.free.length) {
      this.free.splice(0, this.head);
      this.head = 0;
    }
    return first.port;
  }

  /** Returns a port that `take` gave. */
  release(port: number, nowMs: number): void {
    this.taken--;
    this.free.push({ port, restedMs: nowMs + this.drainMs });
  }
}
