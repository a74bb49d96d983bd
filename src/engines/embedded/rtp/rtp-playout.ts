import { PlayoutLedger } from '../../../media/playout-ledger.ts';
import type { DtmfDigit, Playout } from '../../../media/port.ts';
import { SAMPLE_RATE, type SharedCall, Word } from './shared-call.ts';

export interface DtmfRequest {
  digits: DtmfDigit[];
  durationMs: number;
  gapMs: number;
  done: () => void;
}

type Item = { kind: 'audio'; samples: Int16Array; from: number } | { kind: 'dtmf'; request: DtmfRequest };

/**
 * The main thread's end of the playout: a queue of any length behind the shared ring, which `pump` keeps full.
 * Key presses stand in the same queue: what was written before them goes out first, what comes after waits.
 */
export class RtpPlayout implements Playout {
  private readonly shared: SharedCall;
  private readonly startDtmf: (request: DtmfRequest) => void;
  private readonly ledger = new PlayoutLedger(SAMPLE_RATE);
  private items: Item[] = [];
  private lastRead: number;
  private dtmfUnderWay: DtmfRequest | undefined;
  private isPaused = false;
  private closed = false;

  constructor(shared: SharedCall, startDtmf: (request: DtmfRequest) => void) {
    this.shared = shared;
    this.startDtmf = startDtmf;
    this.lastRead = shared.load(Word.playRead);
  }

  write(samples: Int16Array): void {
    if (this.closed || samples.length === 0) return;
    this.ledger.wrote(samples.length);
    let from = 0;
    if (this.items.length === 0 && this.dtmfUnderWay === undefined) from = this.shared.writePlayout(samples, 0);
    if (from < samples.length) this.items.push({ kind: 'audio', samples: samples.slice(from), from: 0 });
  }

  flush(): number {
    if (this.closed) return 0;
    const dropped = this.shared.flushPlayout();
    const read = this.shared.load(Word.playRead);
    this.ledger.wentOut(((read - this.lastRead) >>> 0) - dropped);
    this.lastRead = read;
    this.items = this.items.filter((item) => item.kind === 'dtmf');
    const droppedMs = this.ledger.flushed();
    this.pump();
    return droppedMs;
  }

  pause(): void {
    this.setPaused(true);
  }

  resume(): void {
    this.setPaused(false);
  }

  get paused(): boolean {
    return this.isPaused;
  }

  get playedMs(): number {
    this.sync();
    return this.ledger.playedMs;
  }

  get queuedMs(): number {
    this.sync();
    return this.ledger.queuedMs;
  }

  drained(): Promise<boolean> {
    this.sync();
    return this.ledger.drained();
  }

  sendDtmf(request: DtmfRequest): void {
    if (this.closed) {
      request.done();
      return;
    }
    this.items.push({ kind: 'dtmf', request });
    this.pump();
  }

  /** The worker has sent the last press of the request under way. */
  dtmfSent(): void {
    const request = this.dtmfUnderWay;
    this.dtmfUnderWay = undefined;
    request?.done();
    this.pump();
  }

  /** Counts what went out and refills the ring. Called at every tick of the worker. */
  pump(): void {
    if (this.closed) return;
    this.sync();
    while (this.dtmfUnderWay === undefined) {
      const item = this.items[0];
      if (item === undefined) return;
      if (item.kind === 'audio') {
        item.from += this.shared.writePlayout(item.samples, item.from);
        if (item.from < item.samples.length) return;
        this.items.shift();
      } else {
        if (this.shared.playoutLength() > 0) return;
        this.items.shift();
        this.dtmfUnderWay = item.request;
        this.startDtmf(item.request);
      }
    }
  }

  close(): void {
    if (this.closed) return;
    this.sync();
    this.closed = true;
    this.ledger.close();
    this.dtmfUnderWay?.done();
    for (const item of this.items) if (item.kind === 'dtmf') item.request.done();
    this.items = [];
  }

  private setPaused(paused: boolean): void {
    this.isPaused = paused;
    if (!this.closed) this.shared.store(Word.paused, paused ? 1 : 0);
  }

  private sync(): void {
    if (this.closed) return;
    const read = this.shared.load(Word.playRead);
    if (read === this.lastRead) return;
    const count = (read - this.lastRead) >>> 0;
    this.lastRead = read;
    this.ledger.wentOut(count);
  }
}
