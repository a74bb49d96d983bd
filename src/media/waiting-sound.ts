import type { SampleRate } from './audio.ts';
import type { MediaEndpoint } from './port.ts';
import { resample } from './resample.ts';
import { type RingingCountry, ringingCycle } from './ringback.ts';
import { readWav, toMono } from './wav.ts';

/** What somebody hears who waits for another party: the audio of one round, which is played over and over. */
export interface WaitingSound {
  round(sampleRate: SampleRate): Int16Array | Promise<Int16Array>;
}

export function ringbackSound(country: RingingCountry): WaitingSound {
  return cached((sampleRate) => ringingCycle(country, sampleRate));
}

/** @param file a WAV file. @throws WavError `bad_wav` */
export function musicSound(file: Uint8Array): WavMusic {
  const audio = readWav(file);
  const mono = toMono(audio);
  const durationMs = (mono.length * 1000) / audio.sampleRate;
  return { durationMs, sound: cached((sampleRate) => resample(mono, audio.sampleRate, sampleRate)) };
}

export interface WavMusic {
  durationMs: number;
  sound: WaitingSound;
}

function cached(make: (sampleRate: SampleRate) => Int16Array | Promise<Int16Array>): WaitingSound {
  const rounds = new Map<SampleRate, Int16Array | Promise<Int16Array>>();
  return {
    round(sampleRate) {
      const known = rounds.get(sampleRate) ?? make(sampleRate);
      rounds.set(sampleRate, known);
      return known;
    },
  };
}

/** Queued at a time; as much again is always behind it. */
const CHUNK_MS = 1000;

/**
 * Plays the sound until the returned function is called, which takes back what has not gone out. Nothing else may be written to
 * the playout meanwhile. `undefined` is silence. Never throws.
 */
export function playWaiting(media: MediaEndpoint, sound: WaitingSound | undefined): () => void {
  if (sound === undefined) return () => {};
  let stopped = false;
  const loop = async () => {
    const round = await sound.round(media.sampleRate);
    const chunk = (media.sampleRate * CHUNK_MS) / 1000;
    let at = 0;
    const write = () => {
      const end = Math.min(round.length, at + chunk);
      media.playout.write(round.subarray(at, end));
      at = end === round.length ? 0 : end;
      return media.playout.drained();
    };
    if (stopped || round.length === 0) return;
    let first = write();
    while (!stopped) {
      const second = write();
      if (!(await first)) return;
      first = second;
    }
  };
  loop().catch(() => {}); // an endpoint that is gone plays nothing
  return () => {
    if (stopped) return;
    stopped = true;
    media.playout.flush();
  };
}
