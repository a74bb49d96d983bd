/** Harmonics of one note and their shares: between a plucked string and an organ. */
const HARMONICS = [1, 0.5, 0.33, 0.2, 0.1] as const;
/** Semitones above the root: major, minor, suspended. */
const CHORDS = [
  [0, 4, 7],
  [0, 3, 7],
  [0, 5, 7],
] as const;
const STEPS = [0, 5, 7, 9, 5, 0] as const;

/**
 * Music as it stands in the background of a call: chords with a decay of their own, a melody above them and a brushed drum
 * on every beat. The same in every run for a seed; RMS level in dBFS.
 */
export function musicClip(
  { seed, levelDb, ms }: { seed: number; levelDb: number; ms: number },
  sampleRate: number,
): Int16Array {
  const random = generator(seed + 1);
  const values = new Float64Array(Math.round((ms * sampleRate) / 1000));
  const beatMs = 60_000 / (80 + Math.floor(random() * 60));
  const root = 110 * 2 ** (Math.floor(random() * 12) / 12);
  for (let beat = 0; beat * beatMs < ms; beat++) {
    const from = Math.round((beat * beatMs * sampleRate) / 1000);
    const base = root * 2 ** ((STEPS[Math.floor(beat / 2) % STEPS.length] as number) / 12);
    const chord = CHORDS[Math.floor(random() * CHORDS.length)] as readonly number[];
    for (const semitone of chord) {
      note(values, from, { hz: base * 2 ** (semitone / 12), seconds: beatMs / 700, share: 0.5 }, sampleRate);
    }
    const melody = base * 4 * 2 ** ((chord[Math.floor(random() * 3)] as number) / 12);
    note(values, from, { hz: melody, seconds: beatMs / 1200, share: 0.4 }, sampleRate);
    for (let i = 0; i < 0.06 * sampleRate && from + i < values.length; i++) {
      const drum = (random() * 2 - 1) * 0.4 * Math.exp((-i / sampleRate) * 60);
      values[from + i] = (values[from + i] as number) + drum;
    }
  }
  const energy = values.reduce((sum, value) => sum + value * value, 0) / Math.max(1, values.length);
  const gain = (32_768 * 10 ** (levelDb / 20)) / Math.sqrt(energy || 1);
  return Int16Array.from(values, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * gain))));
}

function note(
  values: Float64Array,
  from: number,
  { hz, seconds, share }: { hz: number; seconds: number; share: number },
  sampleRate: number,
): void {
  const length = Math.min(values.length - from, Math.round(seconds * 2 * sampleRate));
  for (const [index, harmonic] of HARMONICS.entries()) {
    const step = (2 * Math.PI * hz * (index + 1)) / sampleRate;
    if (step >= Math.PI) break;
    for (let i = 0; i < length; i++) {
      const attack = Math.min(1, i / (0.01 * sampleRate));
      const level = share * harmonic * attack * Math.exp(-i / (seconds * sampleRate));
      values[from + i] = (values[from + i] as number) + level * Math.sin(step * i);
    }
  }
}

function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
