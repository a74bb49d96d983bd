import { createLocalTts } from '../../../connectors/speech/local/tts/tts.ts';
import type { KitVoice } from './stt-harness.ts';

const WORDS = ['', 'one', 'two', 'three', 'four', 'five'];
/** As recognisers write what sounds like them. */
const HEARD: Readonly<Record<string, number>> = {
  ...{ one: 1, won: 1, two: 2, to: 2, too: 2, three: 3, four: 4, for: 4, five: 5 },
  ...{ '1': 1, '2': 2, '3': 3, '4': 4, '5': 5 },
};
const FRAME = 160;
/** Before and after words, as on a line. */
const QUIET_FRAMES = 10;

/** The words of the kit as somebody says them on the telephone: spoken by flite. */
export function spokenVoice(): KitVoice & { close(): Promise<void> } {
  const tts = createLocalTts({ id: 'kit' });
  const spoken = new Map<string, Promise<Int16Array[]>>();

  async function framesOf(text: string): Promise<Int16Array[]> {
    const request = { callId: 'kit', text, language: 'en-US', voice: 'rms', sampleRate: 8000 } as const;
    const samples: number[] = [];
    for await (const chunk of tts.synthesize(request, new AbortController().signal)) samples.push(...chunk);
    const frames = Array.from({ length: Math.ceil(samples.length / FRAME) }, (_, index) => {
      const frame = new Int16Array(FRAME);
      frame.set(samples.slice(index * FRAME, (index + 1) * FRAME));
      return frame;
    });
    return [...quiet(), ...frames, ...quiet()];
  }

  return {
    async say(words) {
      const frames: Int16Array[] = [];
      for (let at = 0; at < words.length; at += 1) {
        if (words[at] === 0) {
          frames.push(new Int16Array(FRAME));
          continue;
        }
        const end = words.indexOf(0, at);
        const phrase = words.slice(at, end === -1 ? undefined : end);
        const text = phrase.map((word) => WORDS[word]).join(' ');
        const made = spoken.get(text) ?? framesOf(text);
        spoken.set(text, made);
        frames.push(...(await made));
        at += phrase.length - 1;
      }
      return frames;
    },
    read(text) {
      const words = text.toLowerCase().match(/[a-z]+|\d/g) ?? [];
      return words.map((word) => HEARD[word] ?? Number.NaN);
    },
    close: () => tts.close(),
  };
}

const quiet = () => Array.from({ length: QUIET_FRAMES }, () => new Int16Array(FRAME));
