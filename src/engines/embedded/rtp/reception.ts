/** What to do with a packet: play it, forget it, or play it as the first of a new stream. */
export type Arrival = 'fresh' | 'duplicate' | 'stray' | 'restart';

const MAX_DROPOUT = 3000;
const MAX_MISORDER = 100;
/** Sequence numbers behind the newest that are remembered, to tell duplicates from late packets. */
const WINDOW = 128;

/** Figures of one report block (RFC 3550 section 6.4.1). */
export interface ReceptionReport {
  ssrc: number;
  /** Since the last report, in 1/256. */
  fractionLost: number;
  cumulativeLost: number;
  extendedSequence: number;
  /** Timestamp units. */
  jitter: number;
}

/**
 * Sequence numbers, loss and interarrival jitter of one stream: RFC 3550 appendices A.1, A.3 and A.8. A jump of the
 * sequence is believed when the next packet continues it; a new SSRC at once. Allocates nothing per packet.
 */
export class Reception {
  ssrc = 0;
  private started = false;
  private maxSequence = 0;
  private cycles = 0;
  private baseSequence = 0;
  private badSequence = -1;
  private received = 0;
  /** Loss of the streams before a restart. */
  private lostBefore = 0;
  private expectedPrior = 0;
  private receivedPrior = 0;
  private transit = 0;
  private hasTransit = false;
  private jitterScaled = 0;
  /** Ring of the extended sequence number last seen at that place. */
  private readonly seen = new Float64Array(WINDOW).fill(-1);

  /** `arrival`: the local clock in timestamp units at arrival. */
  packet(ssrc: number, sequence: number, timestamp: number, arrival: number): Arrival {
    if (!this.started) {
      this.start(ssrc, sequence);
      this.count(sequence, timestamp, arrival);
      return 'restart';
    }
    if (ssrc !== this.ssrc) {
      this.restart(ssrc, sequence);
      this.count(sequence, timestamp, arrival);
      return 'restart';
    }
    const ahead = (sequence - this.maxSequence) & 0xffff;
    if (ahead !== 0 && ahead < MAX_DROPOUT) {
      if (sequence < this.maxSequence) this.cycles += 0x10000;
      this.maxSequence = sequence;
    } else if (ahead !== 0 && ahead <= 0x10000 - MAX_MISORDER) {
      if (sequence === this.badSequence) {
        this.restart(ssrc, sequence);
        this.count(sequence, timestamp, arrival);
        return 'restart';
      }
      this.badSequence = (sequence + 1) & 0xffff;
      return 'stray';
    }
    this.badSequence = -1;
    const extended = this.extend(sequence);
    if (this.seen[((extended % WINDOW) + WINDOW) % WINDOW] === extended) return 'duplicate';
    this.count(sequence, timestamp, arrival);
    return 'fresh';
  }

  /** Packets that never arrived, over all streams of the call; a late one is no longer lost. */
  get lost(): number {
    return this.lostBefore + Math.max(0, this.expected - this.received);
  }

  /** Timestamp units. */
  get jitter(): number {
    return this.jitterScaled / 16;
  }

  get active(): boolean {
    return this.started;
  }

  /** Fills `report` and begins the next interval (RFC 3550 A.3). */
  report(report: ReceptionReport): void {
    const expected = this.expected;
    const expectedInterval = expected - this.expectedPrior;
    const lostInterval = expectedInterval - (this.received - this.receivedPrior);
    this.expectedPrior = expected;
    this.receivedPrior = this.received;
    report.ssrc = this.ssrc;
    report.fractionLost =
      expectedInterval <= 0 || lostInterval <= 0
        ? 0
        : Math.min(255, Math.floor((lostInterval * 256) / expectedInterval));
    report.cumulativeLost = Math.max(-0x800000, Math.min(0x7fffff, expected - this.received));
    report.extendedSequence = (this.cycles + this.maxSequence) >>> 0;
    report.jitter = Math.floor(this.jitter);
  }

  private get expected(): number {
    return this.started ? this.cycles + this.maxSequence - this.baseSequence + 1 : 0;
  }

  /** The sequence number with its cycles; one of the cycle before when it is far above the newest. */
  private extend(sequence: number): number {
    return sequence > this.maxSequence ? this.cycles - 0x10000 + sequence : this.cycles + sequence;
  }

  private start(ssrc: number, sequence: number): void {
    this.started = true;
    this.ssrc = ssrc;
    this.baseSequence = sequence;
    this.maxSequence = sequence;
    this.cycles = 0;
    this.badSequence = -1;
    this.received = 0;
    this.expectedPrior = 0;
    this.receivedPrior = 0;
    this.hasTransit = false;
    this.seen.fill(-1);
  }

  private restart(ssrc: number, sequence: number): void {
    this.lostBefore = this.lost;
    this.start(ssrc, sequence);
  }

  private count(sequence: number, timestamp: number, arrival: number): void {
    this.received++;
    const extended = this.extend(sequence);
    this.seen[((extended % WINDOW) + WINDOW) % WINDOW] = extended;
    // A.8, with the difference kept in 32 bits so that a wrapping timestamp does no harm.
    const transit = (arrival - timestamp) | 0;
    if (this.hasTransit) {
      const difference = Math.abs((transit - this.transit) | 0);
      this.jitterScaled += difference - this.jitterScaled / 16;
    }
    this.transit = transit;
    this.hasTransit = true;
  }
}
