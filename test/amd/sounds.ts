import type { ToneShape } from './clip.ts';

const FULL_SCALE = 32_768;

/** Numbers in 0..1, the same for the same seed (Numerical Recipes' congruential generator, high bits). */
export function generator(seed: number): () => number {
  let state = (seed ^ 0x9e3779b9) >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}

/** FNV-1a. */
export function seedOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** One or several frequencies of equal strength, with edges of 5 ms. */
export function tone(
  hz: readonly number[],
  { ms, levelDb, shape = {} }: { ms: number; levelDb: number; shape?: ToneShape },
  sampleRate: number,
): Float64Array {
  const length = Math.round((ms * sampleRate) / 1000);
  const samples = new Float64Array(length);
  const edge = 0.005 * sampleRate;
  const partials = [1, ...(shape.harmonics ?? [])];
  for (let i = 0; i < length; i++) {
    const time = i / sampleRate;
    const reversed = shape.reversalMs !== undefined && Math.floor((time * 1000) / shape.reversalMs) % 2 === 1;
    const swing = 1 + (shape.modulation ?? 0) * Math.sin(2 * Math.PI * (shape.modulationHz ?? 0) * time);
    let value = 0;
    for (const frequency of hz) {
      for (const [index, part] of partials.entries()) {
        if (frequency * (index + 1) < sampleRate / 2)
          value += part * Math.sin(2 * Math.PI * frequency * (index + 1) * time);
      }
    }
    samples[i] = value * swing * (reversed ? -1 : 1) * Math.min(1, i / edge, (length - i) / edge);
  }
  return levelled(samples, levelDb);
}

/** Slow chords of a soft timbre with an arpeggio above, as waiting loops have them. */
export function pads(
  { seed, ms, levelDb }: { seed: number; ms: number; levelDb: number },
  sampleRate: number,
): Float64Array {
  const random = generator(seed);
  const length = Math.round((ms * sampleRate) / 1000);
  const samples = new Float64Array(length);
  const root = 130.8 * 2 ** (Math.floor(random() * 12) / 12);
  const beat = (0.35 + 0.3 * random()) * sampleRate;
  const chords = [
    [0, 4, 7, 11],
    [-3, 0, 4, 9],
    [-7, -3, 0, 5],
    [-5, -1, 2, 7],
  ];
  for (let at = 0, index = 0; at < length; at += beat, index++) {
    const chord = chords[Math.floor(index / 8) % chords.length] ?? [];
    if (index % 8 === 0)
      for (const step of chord) add(samples, at, 8.3 * beat, root * 2 ** (step / 12), 0.25, 0.2 * sampleRate);
    const step = (chord[index % chord.length] ?? 0) + (random() < 0.3 ? 24 : 12);
    add(samples, at, 1.6 * beat, root * 2 ** (step / 12), 0.5, 0.005 * sampleRate);
    if (index % 4 === 0) add(samples, at, 3 * beat, (root / 2) * 2 ** ((chord[0] ?? 0) / 12), 0.5, 0.01 * sampleRate);
  }
  return levelled(samples, levelDb);

  function add(into: Float64Array, from: number, count: number, hz: number, amplitude: number, attack: number): void {
    for (let i = 0; i < count && from + i < into.length; i++) {
      const phase = (2 * Math.PI * hz * i) / sampleRate;
      const envelope = Math.min(1, i / attack) * Math.min(1, (count - i) / (0.2 * count));
      const at = Math.floor(from) + i;
      into[at] =
        (into[at] ?? 0) +
        amplitude * envelope * (Math.sin(phase) + 0.35 * Math.sin(2 * phase) + 0.12 * Math.sin(3 * phase));
    }
  }
}

/** Bursts of noise with a sharp beginning, 120 to 260 ms long, a resonance around 1 kHz and a voiced tail. */
export function cough(
  { seed, bursts, levelDb }: { seed: number; bursts: number; levelDb: number },
  sampleRate: number,
): Float64Array {
  const random = generator(seed);
  const pieces: Float64Array[] = [];
  for (let burst = 0; burst < bursts; burst++) {
    const length = Math.round((0.12 + 0.14 * random()) * sampleRate);
    const piece = new Float64Array(length + Math.round((0.08 + 0.15 * random()) * sampleRate));
    const pole = 0.92;
    const angle = (2 * Math.PI * (800 + 500 * random())) / sampleRate;
    let y1 = 0;
    let y2 = 0;
    for (let i = 0; i < length; i++) {
      const voiced = i > length / 2 ? 0.5 * Math.sign(Math.sin((2 * Math.PI * 140 * i) / sampleRate)) : 0;
      const y = random() * 2 - 1 + voiced + 2 * pole * Math.cos(angle) * y1 - pole * pole * y2;
      y2 = y1;
      y1 = y;
      piece[i] = y * Math.min(1, i / (0.004 * sampleRate)) * Math.exp((-3 * i) / length);
    }
    pieces.push(piece);
  }
  const whole = new Float64Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return levelled(whole, levelDb);
}

export function noise(colour: 'pink' | 'white', levelDb: number, length: number, seed: number): Float64Array {
  const random = generator(seed);
  let [b0, b1, b2] = [0, 0, 0];
  const samples = Float64Array.from({ length }, () => {
    const white = random() * 2 - 1;
    if (colour === 'white') return white;
    // P. Kellet's economy filter.
    b0 = 0.99765 * b0 + white * 0.099046;
    b1 = 0.963 * b1 + white * 0.2965164;
    b2 = 0.57 * b2 + white * 1.0526913;
    return b0 + b1 + b2 + white * 0.1848;
  });
  return levelled(samples, levelDb);
}

/** 50 Hz and its odd harmonics. */
export function hum(levelDb: number, length: number, sampleRate: number): Float64Array {
  const samples = Float64Array.from({ length }, (_, i) =>
    [1, 3, 5, 7].reduce(
      (sum, harmonic) => sum + Math.sin((2 * Math.PI * 50 * harmonic * i) / sampleRate) / harmonic,
      0,
    ),
  );
  return levelled(samples, levelDb);
}

/** Brings the RMS of the parts that sound (20 ms frames within 30 dB of the loudest) to a level in dBFS. */
export function levelled(samples: Float64Array, levelDb: number): Float64Array {
  const frame = 160;
  const powers: number[] = [];
  for (let from = 0; from < samples.length; from += frame) {
    let sum = 0;
    const to = Math.min(samples.length, from + frame);
    for (let i = from; i < to; i++) sum += (samples[i] ?? 0) ** 2;
    powers.push(sum / Math.max(1, to - from));
  }
  const loudest = Math.max(0, ...powers);
  const sounding = powers.filter((power) => power > loudest / 1000);
  const mean = sounding.reduce((sum, power) => sum + power, 0) / Math.max(1, sounding.length);
  const gain = mean === 0 ? 0 : (FULL_SCALE * 10 ** (levelDb / 20)) / Math.sqrt(mean);
  return samples.map((sample) => sample * gain);
}
