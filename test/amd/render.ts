import { decodeG711, encodeG711 } from '../../src/media/g711.ts';
import { musicClip } from '../load/turns/music.ts';
import type { Background, Clip, ClipSpec, Part, SpokenWord } from './clip.ts';
import { cough, generator, hum, levelled, noise, pads, seedOf, tone } from './sounds.ts';
import type { Voices } from './voices.ts';

/** Idle noise of a line. */
const IDLE_DB = -70;

/** The audio of a clip as the hub hears it. The same for the same specification and the same espeak-ng. */
export async function render(spec: ClipSpec, voices: Voices): Promise<Clip> {
  const sampleRate = spec.line.codec === 'wideband' ? 16000 : 8000;
  const mix = await background(spec.line.background, spec, sampleRate, voices);
  const words: SpokenWord[] = [];
  let at = 0;
  let end = 0;
  let spoken = false;
  let beepEnd: number | undefined;
  for (const [index, part] of spec.parts.entries()) {
    if (part.kind === 'pause') {
      at += Math.round((part.ms * sampleRate) / 1000);
      continue;
    }
    const samples = await partAudio(part, `${spec.id} ${index}`, spec, sampleRate, voices);
    for (let i = 0; i < samples.length && at + i < mix.length; i++)
      mix[at + i] = (mix[at + i] ?? 0) + (samples[i] ?? 0);
    if (part.kind === 'say') words.push(...timedWords(part.text, index, at, samples.length, sampleRate));
    at += samples.length;
    end = at;
    if (part.kind === 'tone' && spoken && spec.expected === 'answering-machine') beepEnd = (at * 1000) / sampleRate;
    spoken ||= part.kind === 'say';
  }
  if (spec.line.narrow) highPass(mix, 300, sampleRate);
  const samples = Int16Array.from(mix, (value) => Math.max(-32768, Math.min(32767, Math.round(value))));
  if (spec.line.codec !== 'wideband') {
    const codes = new Uint8Array(samples.length);
    encodeG711(spec.line.codec, samples, codes, 0);
    decodeG711(spec.line.codec, codes, 0, codes.length, samples);
  }
  lose(samples, spec, sampleRate);
  return { spec, sampleRate, samples, words, endMs: (end * 1000) / sampleRate, beepEndMs: beepEnd };
}

async function partAudio(
  part: Exclude<Part, { kind: 'pause' }>,
  seed: string,
  spec: ClipSpec,
  sampleRate: 8000 | 16000,
  voices: Voices,
): Promise<Float64Array> {
  switch (part.kind) {
    case 'say':
      return levelled(
        Float64Array.from(await voices.say(part.text, part.voice, spec.language, sampleRate)),
        part.levelDb,
      );
    case 'tone':
      return tone(
        part.hz,
        { ms: part.ms, levelDb: part.levelDb, ...(part.shape && { shape: part.shape }) },
        sampleRate,
      );
    case 'music':
      return part.style === 'band' ? Float64Array.from(musicClip(part, sampleRate)) : pads(part, sampleRate);
    case 'cough':
      return cough({ ...part, seed: seedOf(seed) }, sampleRate);
  }
}

async function background(
  what: Background,
  spec: ClipSpec,
  sampleRate: 8000 | 16000,
  voices: Voices,
): Promise<Float64Array> {
  const length = Math.round((spec.ms * sampleRate) / 1000);
  const seed = seedOf(spec.id);
  const mix = noise('white', IDLE_DB, length, seed);
  const add = (samples: Float64Array) => {
    for (let i = 0; i < length; i++) mix[i] = (mix[i] ?? 0) + (samples[i] ?? 0);
  };
  switch (what.kind) {
    case 'idle':
      break;
    case 'noise':
      add(noise(what.colour, what.levelDb, length, seed + 1));
      break;
    case 'hum':
      add(hum(what.levelDb, length, sampleRate));
      break;
    case 'music':
      add(
        what.style === 'band'
          ? Float64Array.from(musicClip({ ...what, ms: spec.ms }, sampleRate))
          : pads({ ...what, ms: spec.ms }, sampleRate),
      );
      break;
    case 'babble': {
      const babble = new Float64Array(length);
      for (const [index, { text, voice }] of what.voices.entries()) {
        const said = Float64Array.from(await voices.say(text, voice, 'en', sampleRate));
        const from = index * 977;
        const loud = levelled(said, -20);
        for (let i = 0; i < length; i++) babble[i] = (babble[i] ?? 0) + (loud[(i + from) % loud.length] ?? 0);
      }
      add(levelled(babble, what.levelDb));
      break;
    }
  }
  return mix;
}

/** Each word gets a share of the utterance by its letters. */
function timedWords(text: string, utterance: number, at: number, length: number, sampleRate: number): SpokenWord[] {
  const words = text.split(/\s+/u).filter((word) => word !== '');
  const letters = words.reduce((sum, word) => sum + word.length + 1, 0);
  let seen = 0;
  return words.map((word) => {
    seen += word.length + 1;
    return { word, utterance, endMs: ((at + (length * seen) / letters) * 1000) / sampleRate };
  });
}

/** Second-order Butterworth (RBJ cookbook). */
function highPass(samples: Float64Array, hz: number, sampleRate: number): void {
  const w = (2 * Math.PI * hz) / sampleRate;
  const alpha = Math.sin(w) / Math.SQRT2;
  const a0 = 1 + alpha;
  const b = (1 + Math.cos(w)) / 2 / a0;
  const a1 = (-2 * Math.cos(w)) / a0;
  const a2 = (1 - alpha) / a0;
  let [x1, x2, y1, y2] = [0, 0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const x = samples[i] ?? 0;
    const y = b * (x - 2 * x1 + x2) - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    samples[i] = y;
  }
}

function lose(samples: Int16Array, spec: ClipSpec, sampleRate: number): void {
  if (spec.line.loss === 0) return;
  const random = generator(seedOf(`${spec.id} loss`));
  const frame = sampleRate / 50;
  for (let from = 0; from < samples.length; from += frame)
    if (random() < spec.line.loss) samples.fill(0, from, from + frame);
}
