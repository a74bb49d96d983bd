import { SpeechError, type SttOptions } from './ports.ts';
import type { Candidates } from './steady-candidates.ts';
import { MAX_FRUITLESS, openingHedgeMs, ROTATE_RETRY_MS, type SteadySessionOptions } from './steady-limits.ts';
import { dialLine, type Line, planRotation, ROTATE_LATEST_MS } from './steady-line.ts';

/** The session that the lines are of. */
export interface LinesOwner {
  /** A session is open: gets all audio that was not recognised. */
  feed(line: Line): void;
  /** From now on its texts are heard. */
  seated(line: Line): void;
  /** A text is owed. */
  waiting(): boolean;
  /** The first session is long in coming, and no other is to be opened before a text is owed. */
  unhedged(): void;
  /** No service is left, or nothing helps. */
  giveUp(error: unknown): void;
}

/** What is said in the terms of the first vendor is nothing that another one could read. */
function withoutOwnTerms({ parameters = {}, ...options }: SttOptions): SttOptions {
  const { sttDisablePunctuation, sttPreferWave } = parameters;
  return {
    ...options,
    vendorOptions: undefined,
    parameters: {
      ...(sttDisablePunctuation !== undefined && { sttDisablePunctuation }),
      ...(sttPreferWave !== undefined && { sttPreferWave }),
    },
  };
}

/** Sessions of the vendors behind one of the hub's: the one that is heard, and the one that is to follow or races it. */
export class Lines {
  /** Whose texts are heard; it may be on its way yet. */
  heard: Line | undefined;
  next: Line | undefined;
  phrases: readonly string[];
  /** Failures in a row, with nothing recognised between them. */
  fruitless = 0;
  readonly #options: SteadySessionOptions;
  readonly #candidates: Candidates;
  readonly #owner: LinesOwner;
  #closed = false;
  #cancelHedge = () => {};
  /** It opens slowly, and nothing races it. */
  #unhedged: Line | undefined;

  constructor(options: SteadySessionOptions, candidates: Candidates, owner: LinesOwner) {
    this.#options = options;
    this.#candidates = candidates;
    this.#owner = owner;
    this.phrases = options.stt.contextPhrases;
  }

  /**
   * Opens a session of a service, or of those after it. One that was `lost` is tried again where it is the last. Resolves when
   * a session is heard, or none will be.
   */
  async goOn(to: number, lost?: { index: number; error: unknown }): Promise<void> {
    const { clock, limits } = this.#options;
    let from = lost?.index ?? to;
    let error = lost?.error;
    for (let index = to; !this.#closed; index = this.#candidates.after(index)) {
      if (this.fruitless > MAX_FRUITLESS) {
        this.#owner.giveUp(error);
        return;
      }
      if (index !== from) this.announce(from, index, error);
      from = index;
      const line = this.#begin(index);
      const askedAt = clock.now();
      try {
        await line.ready;
      } catch (failure) {
        if (this.heard !== line) return;
        error = failure;
        this.#cancelHedge();
        this.heard = undefined;
        this.#candidates.blame(index, failure);
        if (lost !== undefined) this.fruitless += 1;
        const isLast = index === this.#candidates.after(index);
        if (isLast && (lost === undefined || (failure instanceof SpeechError && !failure.retryable))) {
          this.#owner.giveUp(failure);
          return;
        }
        continue;
      }
      if (clock.now() - askedAt <= openingHedgeMs(limits)) this.#candidates.openedInTime(index);
      if (this.heard === line) this.#seat(line);
      return;
    }
  }

  /** Puts a session that is open in the place of the one before. */
  take(line: Line): void {
    const old = this.heard;
    if (line.session === undefined || old === line) return;
    this.heard = line;
    if (this.next === line) this.next = undefined;
    this.hangUp(old);
    this.#seat(line);
  }

  /** Opens the session that is to follow. */
  dialNext(index: number): Line {
    this.hangUp(this.next);
    const line = this.#dial(index);
    this.next = line;
    return line;
  }

  /** Where the session comes near its vendor's limit, another one is opened and takes over, in a pause as long as there is time. */
  rotate(quiet: () => boolean): void {
    const { heard: line, next } = this;
    const now = this.#options.clock.now();
    if (line?.session === undefined || now < line.rotateAt) return;
    if (next === undefined) {
      const opening = this.dialNext(line.index);
      // One that cannot be opened ahead of time is tried again, at the latest when this one has ended.
      opening.ready.catch(() => {
        if (this.next === opening) this.letGo(opening);
        line.rotateAt = this.#options.clock.now() + ROTATE_RETRY_MS;
      });
      return;
    }
    // Another service is being opened, in case that this one has failed.
    if (next.index !== line.index || next.session === undefined) return;
    if (quiet() || now >= line.rotateLatestAt || now - next.openedAt >= ROTATE_LATEST_MS) this.take(next);
  }

  /** The next service gets the same audio, and whichever has a text first is heard. */
  race(): void {
    if (this.heard === undefined) return;
    const index = this.#candidates.after(this.heard.index);
    if (index === this.heard.index || this.next?.index === index) return;
    const spare = this.dialNext(index);
    // Whether it can be had is found out again when it is needed.
    const forget = () => this.next === spare && this.hangUp(spare);
    spare.ready.then(() => this.next === spare && this.#owner.feed(spare), forget);
  }

  /** A text is owed from now on. */
  textOwed(): void {
    if (this.heard?.session === undefined && this.heard === this.#unhedged) this.race();
  }

  /** The race is over. */
  dropSpare(): void {
    if (this.heard?.session !== undefined && this.next?.index !== this.heard.index) this.hangUp(this.next);
  }

  hangUp(line: Line | undefined): void {
    if (line === undefined) return;
    this.letGo(line);
    line.abort.abort(new SpeechError('speech_failed', 'the session is not needed any more'));
    line.session?.close();
  }

  /** It is none of these any more, and goes on. */
  letGo(line: Line): void {
    if (this.heard === line) {
      this.heard = undefined;
      this.#cancelHedge();
    }
    if (this.next === line) this.next = undefined;
  }

  announce(from: number, to: number, error: unknown): void {
    this.#options.onFailover(this.#candidates.failover(this.#options.stt.callId, from, to, error), to);
  }

  close(): void {
    this.#closed = true;
    this.hangUp(this.heard);
    this.hangUp(this.next);
  }

  #begin(index: number): Line {
    const line = this.next?.index === index ? this.next : this.#dial(index);
    if (this.next === line) this.next = undefined;
    // One that races goes on with that.
    else if (this.next?.index !== this.#candidates.after(index)) this.hangUp(this.next);
    this.heard = line;
    const { clock, limits } = this.#options;
    if (line.session === undefined && this.#candidates.after(index) !== index) {
      this.#cancelHedge = clock.after(openingHedgeMs(limits), () => this.#hedge(line));
    }
    return line;
  }

  /** Who waits for a text does not wait for an opening, whatever that costs. */
  #hedge(line: Line): void {
    if (this.next?.index === this.#candidates.after(line.index)) return;
    if (this.#owner.waiting() || this.#candidates.takeHedge(line.index)) {
      this.race();
      return;
    }
    this.#unhedged = line;
    this.#owner.unhedged();
  }

  #dial(index: number): Line {
    const { clock, limits, stt: options } = this.#options;
    const wanted = { ...(index === 0 ? options : withoutOwnTerms(options)), contextPhrases: this.phrases };
    return dialLine(this.#candidates.stt(index), { index, options: wanted, openMs: limits.openMs, clock });
  }

  #seat(line: Line): void {
    this.#cancelHedge();
    planRotation(line, this.#candidates.stt(line.index).capabilities.sessionLimitMs);
    if (!line.fed) this.#owner.feed(line);
    if (this.heard === line) this.#owner.seated(line);
  }
}
