import { EventEmitter } from 'node:events';
import type { AudioFrame } from '../../../src/media/audio.ts';
import type {
  SpeechService,
  SpeechToText,
  SttSession,
  SttSessionEvents,
  TextToSpeech,
} from '../../../src/speech/ports.ts';
import { goertzel, tone } from './tones.ts';

/**
 * A speech vendor whose language is tones, for tests that listen: the text `700 Hz 400 ms` is spoken as that tone, and a tone
 * of one of the known frequencies that lasts 200 ms is recognised as `700 Hz`. Any other text is a 1 kHz tone of 60 ms
 * per character. So each direction of a call carries a signal of its own that nothing else can produce.
 */
export const KNOWN_TONES_HZ = [400, 500, 600, 700, 800, 900] as const;

const SHORTEST_TONE_MS = 200;
const END_SILENCE_MS = 200;
const LEVEL = 0.05;

export interface ToneSpeechOptions {
  id: string;
  /** Who decides where an utterance ends; `hub` makes the hub's own detector run. */
  endpointing: 'vendor' | 'hub';
}

export function toneSpeech(options: ToneSpeechOptions): SpeechService {
  return {
    id: options.id,
    stt: toneRecogniser(options),
    tts: toneVoice(options.id),
    warmUp: async () => {},
    close: async () => {},
  };
}

function toneVoice(id: string): TextToSpeech {
  return {
    id,
    capabilities: { streaming: true, ssml: false, languages: undefined },
    async *synthesize({ text, sampleRate }, signal) {
      const [, hertz, ms] = /^(\d+) Hz (\d+) ms$/.exec(text) ?? [];
      // A whole number of hertz repeats itself after a second, so a long tone costs no more than a short one.
      const second = tone(Number(hertz ?? 1000), 1000, 0.3, sampleRate);
      const samples = Math.round((Number(ms ?? text.length * 60) * sampleRate) / 1000);
      const chunk = sampleRate / 10;
      for (let at = 0; at < samples && !signal.aborted; at += chunk) {
        const from = at % sampleRate;
        yield second.slice(from, from + Math.min(chunk, samples - at));
      }
    },
  };
}

function toneRecogniser({ id, endpointing }: ToneSpeechOptions): SpeechToText {
  return {
    id,
    capabilities: { interimResults: true, endpointing, dictation: true, languages: undefined },
    open: async () => new ToneSession(endpointing === 'vendor'),
  };
}

class ToneSession extends EventEmitter<SttSessionEvents> implements SttSession {
  closed = false;
  readonly #endsByItself: boolean;
  #hertz: number | undefined;
  #toneMs = 0;
  #silenceMs = 0;
  #told = false;

  constructor(endsByItself: boolean) {
    super();
    this.#endsByItself = endsByItself;
  }

  write(frame: AudioFrame): void {
    if (this.closed) return;
    const hertz = dominantTone(frame);
    if (hertz !== undefined) {
      if (hertz !== this.#hertz) this.#toneMs = 0;
      this.#hertz = hertz;
      this.#toneMs += 20;
      this.#silenceMs = 0;
    } else {
      this.#silenceMs += 20;
    }
    if (this.#hertz === undefined || this.#toneMs < SHORTEST_TONE_MS) return;
    if (!this.#told) {
      this.#told = true;
      this.emit('interim', { text: `${this.#hertz} Hz` });
    }
    if (this.#endsByItself && this.#silenceMs >= END_SILENCE_MS) this.#finish();
  }

  startUtterance(): void {}

  endUtterance(): void {
    this.#finish();
  }

  cancelUtterance(): void {
    this.#forget();
  }

  updateHints(): void {}

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('closed');
  }

  #finish(): void {
    const text = this.#hertz !== undefined && this.#toneMs >= SHORTEST_TONE_MS ? `${this.#hertz} Hz` : '';
    this.#forget();
    this.emit('final', {
      text,
      confidence: text ? 1 : undefined,
      alternatives: [],
      rejected: text === '',
      raw: undefined,
    });
  }

  #forget(): void {
    this.#hertz = undefined;
    this.#toneMs = 0;
    this.#silenceMs = 0;
    this.#told = false;
  }
}

function dominantTone({ samples, sampleRate }: AudioFrame): number | undefined {
  let loud = false;
  for (let i = 0; i < samples.length && !loud; i += 3) loud = Math.abs(samples[i] as number) > 600;
  if (!loud) return undefined;
  return KNOWN_TONES_HZ.find(
    (hertz) => goertzel(samples, hertz, sampleRate) >= LEVEL && isPure(samples, hertz, sampleRate),
  );
}

function isPure(samples: Int16Array, hertz: number, sampleRate: number): boolean {
  let energy = 0;
  for (const sample of samples) energy += (sample / 32768) ** 2;
  return goertzel(samples, hertz, sampleRate) ** 2 / 2 > (0.5 * energy) / samples.length;
}
