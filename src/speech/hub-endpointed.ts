import { EventEmitter } from 'node:events';
import type { Clock } from '../clock.ts';
import { type AudioFrame, durationMs } from '../media/audio.ts';
import { AudioAhead } from './audio-ahead.ts';
import { reachesTo } from './audio-log.ts';
import { joinedFinal, joinedText } from './joined-final.ts';
import type { SpeechToText, SttSession, SttSessionEvents } from './ports.ts';
import { catchUpMs } from './steady-limits.ts';

type Final = SttSessionEvents['final'][0];

/** After the end of an utterance the vendor gets so long to finish its text; then what it has understood counts. */
const FINISH_MS = 900;
/**
 * Of that, counted when the rest is over: timers that are late fire in any order, and what the vendor's own deadline tells, that it is
 * dead, is to come first.
 */
const LAST_MS = 50;

/** A recogniser that endpoints by itself, as one that leaves it to the hub: its texts within an utterance become one. */
export function hubEndpointed(stt: SpeechToText, clock: Clock): SpeechToText {
  return {
    id: stt.id,
    capabilities: { ...stt.capabilities, endpointing: 'hub' },
    open: async (options, signal) => new HubEndpointedSession(await stt.open(options, signal), clock),
  };
}

/** An utterance that is over, and whose text is waited for. */
interface Owed {
  /** Where it begins, and where its speech ends: milliseconds of audio that was written. */
  startMs: number;
  untilMs: number;
  parts: Final[];
  /** What was understood after them. */
  interim: string;
  cancelWait(): void;
}

class HubEndpointedSession extends EventEmitter<SttSessionEvents> implements SttSession {
  readonly #inner: SttSession;
  readonly #clock: Clock;
  /** In the order in which they were said. */
  #owed: Owed[] = [];
  /** Finished parts of what is being said. */
  #parts: Final[] = [];
  /** What was understood after them. */
  #interim = '';
  #speaking = false;
  /** The vendor is to forget an utterance once it owes no text any more: it would forget of that as well. */
  #forgets = false;
  /** Where what is being said begins. */
  #startMs = 0;
  #writtenMs = 0;
  readonly #ahead: AudioAhead;

  constructor(inner: SttSession, clock: Clock) {
    super();
    this.#inner = inner;
    this.#clock = clock;
    this.#ahead = new AudioAhead(clock);
    inner.on('interim', ({ text, ...event }) => {
      const last = this.#owed.at(-1);
      if (last === undefined || this.#speaking) this.#interim = text;
      else last.interim = text;
      if (this.#speaking && last === undefined)
        this.emit('interim', { ...event, text: joinedText([...this.#parts.map((part) => part.text), text]) });
    });
    inner.on('final', (result) => this.#onFinal(result));
    inner.on('error', (error) => this.emit('error', error));
    inner.on('closed', () => {
      this.#forget();
      this.emit('closed');
    });
  }

  get closed(): boolean {
    return this.#inner.closed;
  }

  write(frame: AudioFrame): void {
    const ms = durationMs(frame.samples.length, frame.sampleRate);
    this.#ahead.write(ms);
    this.#writtenMs += ms;
    this.#inner.write(frame);
  }

  startUtterance(preRollMs: number): void {
    // A text that came while nobody spoke belongs to nothing; one that is being made may be the beginning of this.
    this.#parts = [];
    this.#speaking = true;
    this.#startMs = this.#writtenMs - preRollMs;
    this.#inner.startUtterance(preRollMs);
  }

  endUtterance(trailingSilenceMs: number): void {
    if (!this.#speaking) return;
    this.#speaking = false;
    const owed: Owed = {
      startMs: this.#startMs,
      untilMs: this.#writtenMs - trailingSilenceMs,
      parts: this.#parts.splice(0),
      interim: this.#interim,
      cancelWait: this.#clock.after(FINISH_MS - LAST_MS + catchUpMs(this.#ahead.ms), () => {
        owed.cancelWait = this.#clock.after(LAST_MS, () => this.#finish(owed));
      }),
    };
    this.#interim = '';
    this.#owed.push(owed);
    this.#inner.endUtterance(trailingSilenceMs);
    const last = owed.parts.at(-1);
    if (last !== undefined && owed.interim === '' && isWhole(owed, last)) this.#finish(owed);
  }

  cancelUtterance(): void {
    this.#speaking = false;
    this.#parts = [];
    this.#interim = '';
    if (this.#owed.length > 0) this.#forgets = true;
    else this.#inner.cancelUtterance();
  }

  updateHints(contextPhrases: readonly string[]): void {
    this.#inner.updateHints(contextPhrases);
  }

  close(): void {
    this.#forget();
    this.#inner.close();
  }

  #forget(): void {
    for (const { cancelWait } of this.#owed.splice(0)) cancelWait();
  }

  /** Part of the oldest utterance that is owed its text, or else of what is being said. */
  #onFinal(result: Final): void {
    const [owed] = this.#owed;
    // The late text of what was told already, as far as it was understood.
    if (result.endMs !== undefined && result.endMs <= (owed?.startMs ?? this.#startMs)) return;
    if (owed === undefined) this.#interim = '';
    else owed.interim = '';
    if (!result.rejected) (owed?.parts ?? this.#parts).push(result);
    // One that does not say how far it reaches is the text of one utterance.
    const whole = result.endMs === undefined ? owed : this.#owed.findLast((each) => isWhole(each, result));
    if (whole === undefined) return;
    // What was understood so far of it and of those before is in the text.
    for (const each of this.#owed.slice(0, this.#owed.indexOf(whole) + 1)) each.interim = '';
    this.#finish(whole);
  }

  /** Tells what the vendor has understood of an utterance, and of those before it. */
  #finish(last: Owed): void {
    while (this.#owed.includes(last)) {
      const owed = this.#owed.shift();
      owed?.cancelWait();
      this.emit('final', joinedFinal(owed?.parts ?? [], owed?.interim));
    }
    if (!this.#forgets || this.#owed.length > 0) return;
    this.#forgets = false;
    if (!this.#speaking) this.#inner.cancelUtterance();
  }
}

function isWhole({ untilMs }: Owed, { endMs }: Final): boolean {
  return endMs === undefined || reachesTo(endMs, untilMs);
}
