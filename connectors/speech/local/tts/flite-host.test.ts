import { beforeAll, describe, expect, it } from 'vitest';
import { FliteHost } from './flite-host.ts';
import { compileFlite, type FliteModule } from './flite-module.ts';
import { FLITE_VOICES } from './tts-voices.ts';

let program: FliteModule;
beforeAll(async () => {
  program = await compileFlite();
});

describe('FliteHost', () => {
  it('gives in one instance what fresh instances give, whatever was spoken before', () => {
    const texts = [
      'Yes.',
      'At 10:30 on 03/04/2025, $5.20, Dr. Smith; xyzzy blorg?',
      'a'.repeat(170),
      '',
      '!!! ...',
      '-h',
    ];
    const used = new FliteHost(program);
    for (const voice of FLITE_VOICES) {
      for (const text of texts) {
        const fresh = new FliteHost(program).synthesize(voice, text);
        expect(Buffer.compare(used.synthesize(voice, text), fresh), `${voice}: ${text}`).toBe(0);
      }
    }
  });

  it('keeps a copy of the variables only, not of 17 MB of constants', () => {
    expect(program.constantBytes).toBeGreaterThan(15_000_000);
    expect(program.constantBytes).toBeLessThan(18_000_000);
  });

  it('writes a WAV of 16 kHz (8 kHz for kal) and tells the voices apart', () => {
    const host = new FliteHost(program);
    const header = (voice: string) => Buffer.from(host.synthesize(voice, 'Hello.')).readUInt32LE(24);
    expect(FLITE_VOICES.map(header)).toEqual([16_000, 16_000, 16_000, 8000, 16_000]);
    const lengths = FLITE_VOICES.map((voice) => host.synthesize(voice, 'Good morning to you.').length);
    expect(new Set(lengths).size).toBe(lengths.length);
  });

  it('goes on after a run that failed', () => {
    const host = new FliteHost(program, 60_000);
    const before = Buffer.from(host.synthesize('slt', 'Hello.'));
    expect(() => host.synthesize('slt', 'A sentence of more than two seconds does not fit.')).toThrow(/flite failed/);
    expect(Buffer.compare(host.synthesize('slt', 'Hello.'), before)).toBe(0);
  });
});
