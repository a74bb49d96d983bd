import { voice } from '../../src/dialout/machine-detection/test-support.ts';
import { encodeG711, SILENCE_BYTE } from '../../src/media/g711.ts';
import { markOfWord } from '../e2e/support/marked-words.ts';

const PAYLOAD = 160;
/** 300 ms. */
const WORD_FRAMES = 15;
const WORDS_AT_ONCE = 4;
const SPEECH_FRAMES = WORDS_AT_ONCE * WORD_FRAMES;
/** Speech, and the pause after it: 3 s. */
const PERIOD_FRAMES = 150;
/** The hub may take so long to listen after it has answered. */
const FIRST_FRAMES = 50;
/** Numbers that one caller may use. */
export const WORDS_PER_CALL = 200;

const sound = ulaw(voice(SPEECH_FRAMES * 20));

function ulaw(samples: Int16Array): Buffer {
  const codes = Buffer.alloc(samples.length);
  encodeG711('PCMU', samples, codes, 0);
  return codes;
}

/** The first word of a caller: no two callers say the same. */
export function firstWordOf(id: number): number {
  return id * WORDS_PER_CALL + 1;
}

/** A caller who says one word after the other, four at a time, for a detector of voices and for a recogniser of marked words. */
export class SpokenWords {
  /** Words that were said to their end. */
  said = 0;
  readonly #first: number;
  /** Of the word under way. */
  #mark: Buffer = Buffer.alloc(0);
  #frame = -FIRST_FRAMES;
  #speaking = false;
  #ending = false;

  constructor(first: number) {
    this.#first = first;
  }

  /** Writes the next 20 ms of u-law. */
  fill(packet: Buffer, at: number): void {
    const frame = this.#frame % PERIOD_FRAMES;
    this.#frame += 1;
    if (frame === 0) this.#speaking = !this.#ending;
    if (frame < 0 || frame >= SPEECH_FRAMES || !this.#speaking) {
      packet.fill(SILENCE_BYTE.PCMU, at, at + PAYLOAD);
      return;
    }
    sound.copy(packet, at, frame * PAYLOAD, (frame + 1) * PAYLOAD);
    if (frame % WORD_FRAMES === 0) this.#mark = ulaw(markOfWord(this.#first + this.said));
    this.#mark.copy(packet, at);
    if ((frame + 1) % WORD_FRAMES === 0) this.said += 1;
  }

  /** Nothing more after what is being said. */
  hush(): void {
    this.#ending = true;
  }
}
