import { describe, expect, test } from 'vitest';
import { decodeG711, encodeG711 } from '../media/g711.ts';
import { humClip, noiseClip } from '../scenario/sounds.ts';
import { SpeechEvidence } from './speech-evidence.ts';

/** A vowel whose pitch falls and whose level follows syllables. */
function vowel(ms: number): Int16Array {
  const samples = new Int16Array(ms * 8);
  let phase = 0;
  for (let i = 0; i < samples.length; i++) {
    phase += (2 * Math.PI * (150 - (i / samples.length) * 50)) / 8000;
    const level = 3000 * (0.55 + 0.45 * Math.sin((2 * Math.PI * 5 * i) / 8000));
    for (let harmonic = 1; harmonic <= 12; harmonic++) {
      samples[i] = (samples[i] ?? 0) + (level / harmonic) * Math.sin(phase * harmonic);
    }
  }
  return samples;
}

/** A voice on one note whose vowels are cut up by consonants: soft hiss. */
function flatVoice({ vowelMs, hissMs, ms }: { vowelMs: number; hissMs: number; ms: number }): Int16Array {
  const samples = noiseClip({ kind: 'white', level_db: -41, ms }, 8000);
  for (let i = 0; i < samples.length; i++) {
    if (i % ((vowelMs + hissMs) * 8) >= vowelMs * 8) continue;
    samples[i] = 0;
    for (let harmonic = 1; harmonic <= 12; harmonic++) {
      samples[i] = (samples[i] ?? 0) + (3000 / harmonic) * Math.sin((2 * Math.PI * 110 * harmonic * i) / 8000);
    }
  }
  return samples;
}

function hear(samples: Int16Array, evidence = new SpeechEvidence()): SpeechEvidence {
  evidence.begin();
  for (let at = 0; at + 160 <= samples.length; at += 160) evidence.process(samples.subarray(at, at + 160), true);
  return evidence;
}

describe('speech shows itself within half a second', () => {
  test('a voice', () => {
    expect(hear(vowel(500)).found).toBe(true);
  });

  test.each([
    { vowelMs: 60, hissMs: 120, ms: 560 },
    { vowelMs: 50, hissMs: 50, ms: 560 },
  ])('a voice on one note, vowels of $vowelMs ms between consonants of $hissMs ms', (voice) => {
    expect(hear(flatVoice(voice)).found).toBe(true);
  });

  test.each(['white', 'pink'] as const)('not %s noise', (kind) => {
    expect(hear(noiseClip({ kind, level_db: -30, ms: 500 }, 8000)).found).toBe(false);
  });

  test.each([50, 60, 100, 120, 400])('not hum of %i Hz', (hz) => {
    expect(hear(humClip({ hz, level_db: -25, ms: 500 }, 8000)).found).toBe(false);
  });

  test('not hum of 120 Hz from any phase on, also over a telephone line', () => {
    const hum = humClip({ hz: 120, level_db: -22, ms: 700 }, 8000);
    const codes = new Uint8Array(hum.length);
    encodeG711('PCMU', hum, codes, 0);
    decodeG711('PCMU', codes, 0, codes.length, hum);
    for (let phase = 0; phase < 160; phase++) expect(hear(hum.subarray(phase, phase + 4480)).found).toBe(false);
  });

  test('not silence, and not what does not count', () => {
    const evidence = new SpeechEvidence();
    const voice = vowel(500);
    for (let at = 0; at + 160 <= voice.length; at += 160) evidence.process(voice.subarray(at, at + 160), false);
    expect(evidence.possible).toBe(false);
    expect(hear(new Int16Array(4000)).possible).toBe(false);
  });

  test('each sound anew', () => {
    const evidence = hear(vowel(500));
    expect(hear(noiseClip({ kind: 'white', level_db: -30, ms: 500 }, 8000), evidence).found).toBe(false);
  });
});
