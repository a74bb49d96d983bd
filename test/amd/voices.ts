import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createLocalTts, type LocalTts } from '../../connectors/speech/local/tts/tts.ts';
import { resample } from '../../src/media/resample.ts';
import { readWav, toMono, writeWav } from '../../src/media/wav.ts';
import type { Language, Voice } from './clip.ts';

const run = promisify(execFile);

/** Speaks, and keeps what was spoken in a folder of the system's temporary one. */
export class Voices {
  readonly #folder: string;
  #flite: LocalTts | undefined;

  constructor(folder = process.env.PATCHBAY_AMD_CACHE ?? join(tmpdir(), 'patchbay-amd-voices')) {
    this.#folder = folder;
  }

  /** Speech without silence around it. */
  async say(text: string, voice: Voice, language: Language, sampleRate: 8000 | 16000): Promise<Int16Array> {
    const key = createHash('sha256')
      .update(JSON.stringify([text, voice, language, sampleRate]))
      .digest('hex')
      .slice(0, 32);
    const file = join(this.#folder, `${key}.wav`);
    try {
      return toMono(readWav(await readFile(file)));
    } catch {
      // Not spoken yet, or cut off by somebody who was interrupted.
    }
    const spoken =
      voice.engine === 'flite'
        ? scaled(await this.#flitely(text, voice, sampleRate), voice.scale ?? 1)
        : await espeak(text, voice, sampleRate);
    const samples = trimmed(spoken);
    await mkdir(this.#folder, { recursive: true });
    const part = `${file}.${process.pid}`;
    await writeFile(part, writeWav({ sampleRate, channels: [samples] }));
    await rename(part, file);
    return samples;
  }

  async close(): Promise<void> {
    await this.#flite?.close();
  }

  async #flitely(text: string, voice: Voice, sampleRate: 8000 | 16000): Promise<Int16Array> {
    this.#flite ??= createLocalTts({ id: 'corpus', workers: 2 });
    const request = { callId: 'corpus', text, language: 'en-US', voice: `flite/${voice.name}`, sampleRate } as const;
    const chunks: Int16Array[] = [];
    for await (const chunk of this.#flite.synthesize(request, new AbortController().signal)) chunks.push(chunk);
    const whole = new Int16Array(chunks.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const chunk of chunks) {
      whole.set(chunk, at);
      at += chunk.length;
    }
    return whole;
  }
}

async function espeak(text: string, voice: Voice, sampleRate: 8000 | 16000): Promise<Int16Array> {
  const options = [
    '-v',
    voice.name,
    '-s',
    String(voice.speed ?? 165),
    '-p',
    String(voice.pitch ?? 50),
    '--stdout',
    '--',
    text,
  ];
  const { stdout } = await run('espeak-ng', options, { encoding: 'buffer', maxBuffer: 32 * 1024 * 1024 });
  const wav = readWav(stdout);
  return resample(toMono(wav), wav.sampleRate, sampleRate);
}

/** Zero crossings of the sinc on either side. */
const SINC_REACH = 16;

/** Played so many times as fast: windowed sinc, below half of the lower rate. */
function scaled(samples: Int16Array, scale: number): Int16Array {
  if (scale === 1) return samples;
  const cutoff = Math.min(1, 1 / scale);
  const reach = SINC_REACH / cutoff;
  return Int16Array.from({ length: Math.floor(samples.length / scale) }, (_, i) => {
    const at = i * scale;
    let sum = 0;
    for (let from = Math.ceil(at - reach); from <= at + reach; from++) {
      const x = (from - at) * cutoff;
      const sinc = x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
      sum += (samples[from] ?? 0) * cutoff * sinc * (0.5 + 0.5 * Math.cos((Math.PI * x) / SINC_REACH));
    }
    return Math.max(-32768, Math.min(32767, Math.round(sum)));
  });
}

/** Silence at both ends: quieter than 40 dB below the peak. */
function trimmed(samples: Int16Array): Int16Array {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  if (peak === 0) throw new Error('a voice said nothing');
  let from = 0;
  let to = samples.length;
  while (Math.abs(samples[from] ?? 0) < peak / 100) from++;
  while (Math.abs(samples[to - 1] ?? 0) < peak / 100) to--;
  return samples.slice(from, to);
}
