import { SpeechError } from './ports.ts';
import type { Candidates } from './steady-candidates.ts';
import { VoiceWatch } from './voice-watch.ts';

/** What is done about a session that says nothing while a voice is heard. */
export type Remedy =
  | 'failed' // it had begun a text
  | 'nextService'
  | 'anew'
  | 'none'; // what was loud was no speech

/** Of recognisers that endpoint by themselves: which of them said nothing while a voice was heard. */
export class MuteWatch {
  /** Since the last result. */
  readonly voice = new VoiceWatch();
  readonly #candidates: Candidates;
  /** Sessions in a row that said nothing. */
  #mute = 0;
  /** Services that were left because of that: whether there was a voice, the next one is to show. */
  #suspects: { index: number; error: SpeechError }[] = [];

  constructor(candidates: Candidates) {
    this.#candidates = candidates;
  }

  /** Somebody understands something. @param now milliseconds, of the clock of `voice` */
  answered(now: number): void {
    this.#mute = 0;
    this.voice.answered(now);
  }

  /** An utterance is settled: where it was speech, services that were left had a voice to hear. */
  told(by: number, speech: boolean): void {
    for (const { index, error } of this.#suspects.splice(0)) {
      if (speech && index !== by) this.#candidates.blame(index, error);
    }
  }

  /** Nobody understands anything: it was no speech. */
  noise(): void {
    this.#suspects = [];
    this.voice.reset();
  }

  /**
   * The line may be dead, or what was loud was no speech: it is opened anew, then another service is asked, and where that hears
   * nothing either it is left at that until somebody understands something.
   * @param interim a text was begun
   */
  muted(index: number, interim: boolean): { remedy: Remedy; error: SpeechError } {
    this.#mute += 1;
    this.voice.reset();
    const error = new SpeechError('speech_timeout', 'a voice is heard, and the recogniser says nothing', {
      retryable: true,
    });
    const isLast = index + 1 === this.#candidates.count;
    if (interim) return { remedy: 'failed', error };
    if (this.#mute > 1 && !isLast) {
      this.#suspects.push({ index, error });
      return { remedy: 'nextService', error };
    }
    return { remedy: this.#mute <= 2 ? 'anew' : 'none', error };
  }
}
